/* What `list` finds, while databases come and go. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/provision/list.h"
#include "provision_fixture.h"
#include "scripted_session.h"

static bool attempt_run(struct scripted_attempt *attempt)
{
    struct selected_list found OWNED(selected_list_release) = {0};

    return list_databases(&attempt->scope, false, &attempt->inventory, &found, &attempt->err);
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
    assert_string_equal(scripted_session_calls(),
                        "open\nlook with sizes\nlook with sizes\nlook with sizes\nclose\n");
}

/* But not for ever, and at last without the sizes. */
static void test_gives_up_after_some_looks(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_fails("look", ERROR_SERVER, "3D000", 100);
    assert_false(attempt_run(&attempt));
    assert_string_equal(attempt.err.sqlstate, "3D000");
    assert_string_equal(scripted_session_calls(),
                        "open\nlook with sizes\nlook with sizes\nlook with sizes\nlook with "
                        "sizes\nlook with sizes\nlook\nclose\n");
}

/* Whatever else is wrong will not pass by itself; it may be the sizes. */
static void test_other_failures_are_told(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 3);
    scripted_session_fails("look", ERROR_PRIVILEGE, "42501", 100);
    assert_false(attempt_run(&attempt));
    assert_int_equal(attempt.err.kind, ERROR_PRIVILEGE);
    assert_string_equal(scripted_session_calls(), "open\nlook with sizes\nlook\nclose\n");
}

/* A project sees its own databases and what is unfinished, living or not; only with every project
 * those of others; and what pgclone did not make is nobody's to see. */
static void test_finds_what_the_project_has(void **state)
{
    static const char *const sets[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES "a|" FIXTURE_MARK(
            "circ", "null", "gw10",
            FIXTURE_RUN_LEASE) "|f|f|0|5\n"
                               "b|" FIXTURE_MARK("shop", "null", "gw2",
                                                 FIXTURE_LEASE) "|f|f|0|5\n"
                                                                "foreign|~|f|f|0|5\n"
                                                                "pgclone_scratch_" FIXTURE_LEASE
                                                                "_0|~|f|f|0|5\n",
        [LOOK_LEASES] = FIXTURE_LEASES FIXTURE_HOLDER(FIXTURE_RUN_KEY, "1")};
    (void)state;

    for (int every_project = 0; every_project < 2; every_project++) {
        struct scripted_attempt attempt OWNED(scripted_attempt_release);
        struct selected_list found OWNED(selected_list_release) = {0};

        scripted_attempt_init(&attempt, 3);
        scripted_session_finds(sets);
        assert_true(list_databases(&attempt.scope, every_project != 0, &attempt.inventory, &found,
                                   &attempt.err));
        assert_int_equal(found.count, every_project != 0 ? 3 : 2);
        assert_string_equal(found.items[0].database->name, "a");
        assert_string_equal(found.items[found.count - 1].database->name,
                            "pgclone_scratch_" FIXTURE_LEASE "_0");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_looks_again_when_a_database_goes_away),
        cmocka_unit_test(test_gives_up_after_some_looks),
        cmocka_unit_test(test_other_failures_are_told),
        cmocka_unit_test(test_finds_what_the_project_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
