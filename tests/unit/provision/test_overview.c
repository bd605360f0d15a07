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
#include "provision_fixture.h"
#include "scripted_session.h"

struct attempt {
    struct settings settings;
    struct scope scope;
    struct inventory inventory;
    struct error err;
};

static void attempt_init(struct attempt *attempt)
{
    scripted_session_begin();
    *attempt = (struct attempt){0};
    fixture_settings(&attempt->settings);
    fixture_scope(&attempt->settings, &attempt->scope);
}

static bool attempt_run(struct attempt *attempt)
{
    return overview_look(&attempt->scope, &attempt->inventory, &attempt->err);
}

static void attempt_release(struct attempt *attempt)
{
    inventory_release(&attempt->inventory);
    scope_release(&attempt->scope);
    settings_release(&attempt->settings);
    error_release(&attempt->err);
    scripted_session_end();
}

/* Another job drops its databases just now: the list is made all the same. */
static void test_looks_again_when_a_database_goes_away(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_SERVER, "3D000", 2);
    assert_true(attempt_run(&attempt));
    assert_false(error_is_set(&attempt.err));
    assert_string_equal(attempt.inventory.role, "app");
    assert_string_equal(scripted_session_calls(), "open\nlook\nlook\nlook\nclose\n");
}

/* But not for ever: a maintenance database that is missing has the same code. */
static void test_gives_up_after_some_looks(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
    scripted_session_fails("look", ERROR_SERVER, "3D000", 100);
    assert_false(attempt_run(&attempt));
    assert_string_equal(attempt.err.sqlstate, "3D000");
    assert_string_equal(scripted_session_calls(), "open\nlook\nlook\nlook\nlook\nlook\nclose\n");
}

/* Whatever else is wrong will not pass by itself. */
static void test_other_failures_are_told_at_once(void **state)
{
    struct attempt attempt OWNED(attempt_release);
    (void)state;

    attempt_init(&attempt);
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
