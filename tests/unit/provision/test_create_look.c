/* The look that a create is planned from: what it refuses, and what it waits for. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: scripted_clock.c
// links: create_attempt.c
// links: template_fixture.c
// links: watched_fixture.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "create_attempt.h"
#include "pgclone/base/memory.h"
#include "provision_fixture.h"
#include "watched_fixture.h"

/* A foreign database of that name, seen in the first look: nothing is begun. */
static void test_guards_come_first(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_finds(create_foreign_there);
    assert_false(create_attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_GUARD);
    assert_string_equal(scripted_session_calls(), "open\nlook circ_gw0 circ_gw1\n");
}

/* Somebody has dropped the template that pgclone made, a moment ago: it is made again, and not
 * missed. */
static void test_a_template_that_went_is_asked_for_again(void **state)
{
    static const char *const gone[TABLE_SETS] = {
        [LOOK_TEMPLATE] = "owner|owned|is_template|connection_limit|has_grants|folder|size\n"};
    static const char *const used[TABLE_SETS] = {
        [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections|"
                        "template_used\n7|app|f|t|f|t|90|t\n"};
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_attempt_undoes(&attempt.base);
    scripted_session_finds(gone);
    scripted_session_finds(used);
    watched_fixture_says("16384/0", false, true);
    watched_fixture_says("16384/0", false, true);
    if (!create_attempt_run(&attempt))
        fail_msg("%s", attempt.base.err.message);
    assert_int_equal(scripted_session_times_called("query: look at the template\n"), 2);
    assert_true(scripted_session_was_called("RENAME TO \"circ_gw1\""));
}

/* A run that this process is in may regain its lease in a moment; where it does not, it lives on
 * another server or no more, and the databases are a plain create's. */
static void test_waits_for_the_lease_of_its_run(void **state)
{
    static const char *const alive[TABLE_SETS] = {[LOOK_LEASES] = FIXTURE_OPEN_RUN};
    static const char *const alone[TABLE_SETS] = {0};
    char project[] = "shop";
    struct enclosing_run run = {.project = project};
    (void)state;

    assert_true(lease_read(FIXTURE_RUN_LEASE, &run.lease));
    for (int regained = 0; regained < 2; regained++) {
        struct create_attempt attempt OWNED(create_attempt_release);

        create_attempt_init(&attempt);
        attempt.base.scope.enclosing = &run;
        scripted_session_finds(alone);
        scripted_session_finds(regained ? alive : alone);
        assert_true(create_attempt_run(&attempt));
        assert_true(scripted_session_was_called("look circ_gw0 circ_gw1\nlook circ_gw0"));
        assert_int_equal(scripted_session_was_called("\"lease\":\"" FIXTURE_RUN_LEASE "\""),
                         regained);
        assert_int_equal(scripted_session_was_called("\"inside\":\"shop\""), regained);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_guards_come_first),
        cmocka_unit_test(test_a_template_that_went_is_asked_for_again),
        cmocka_unit_test(test_waits_for_the_lease_of_its_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
