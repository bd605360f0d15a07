/* The look behind `list`, while databases come and go. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/provision/overview.h"
#include "scripted_session.h"

static bool attempt_run(struct scripted_attempt *attempt)
{
    return overview_look(&attempt->scope, &attempt->inventory, &attempt->err);
}

/* Another job drops its databases just now: the list is made all the same. */
static void test_looks_again_when_a_database_goes_away(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_fails("look", ERROR_SERVER, "3D000", 2);
    assert_true(attempt_run(&attempt));
    assert_false(error_is_set(&attempt.err));
    assert_string_equal(attempt.inventory.role, "app");
    assert_string_equal(scripted_session_calls(), "open\nlook\nlook\nlook\nclose\n");
}

/* But not for ever: a maintenance database that is missing has the same code. */
static void test_gives_up_after_some_looks(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_fails("look", ERROR_SERVER, "3D000", 100);
    assert_false(attempt_run(&attempt));
    assert_string_equal(attempt.err.sqlstate, "3D000");
    assert_string_equal(scripted_session_calls(), "open\nlook\nlook\nlook\nlook\nlook\nclose\n");
}

/* Whatever else is wrong will not pass by itself. */
static void test_other_failures_are_told_at_once(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_fails("look", ERROR_PRIVILEGE, "42501", 100);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.err.kind, ERROR_PRIVILEGE);
    assert_string_equal(scripted_session_calls(), "open\nlook\nclose\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks_again_when_a_database_goes_away),
        cmocka_unit_test(test_gives_up_after_some_looks),
        cmocka_unit_test(test_other_failures_are_told_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
