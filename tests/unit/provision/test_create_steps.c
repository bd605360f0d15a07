/* What a create begins after each step: checks, names, and what databases note of themselves. */
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

/* What is replaced goes last, after a second look at whose it is. */
static void test_replaces_after_a_second_look(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_finds(create_one_there);
    assert_true(create_attempt_run(&attempt));
    assert_true(create_attempt_call("GRANT ALL PRIVILEGES") < create_attempt_call("look\n"));
    assert_true(create_attempt_call("look\n") <
                create_attempt_call("DROP DATABASE IF EXISTS \"circ_gw1\""));
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_gw0\""));
    assert_int_equal(attempt.outcome.statuses[0], CREATE_CREATED);
    assert_int_equal(attempt.outcome.statuses[1], CREATE_REPLACED);
}

/* Meanwhile another program has put a database of its own there: it is left alone. */
static void test_does_not_replace_what_came_meanwhile(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_finds(create_one_there);
    scripted_session_finds(create_foreign_there);
    assert_false(create_attempt_run(&attempt));
    assert_int_equal(attempt.base.err.kind, ERROR_GUARD);
    assert_non_null(strstr(attempt.base.err.message, "circ_gw1"));
    assert_false(scripted_session_was_called("DROP"));
    assert_false(scripted_session_was_called("RENAME"));
    assert_true(scripted_session_was_called("persist\nkeep first\n"));
}

/* Somebody has replaced it in between: it stays, and its name is theirs again, which a run would
 * else keep from them for as long as it lives. */
static void test_gives_up_the_name_of_what_it_does_not_sweep(void **state)
{
    static const char *const left[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "old_gw7|" FIXTURE_MARK("circ", "\"r1\"", "gw7", CREATE_DEAD_LEASE) "|f|f|0|~\n"};
    static const char *const replaced[TABLE_SETS] = {
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "old_gw7|" FIXTURE_MARK("circ", "null", "gw7", FIXTURE_LEASE) "|f|f|0|~\n"};
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    create_attempt_init(&attempt);
    scripted_session_finds(left);
    scripted_session_finds(replaced);
    assert_true(create_attempt_run(&attempt));
    assert_false(scripted_session_was_called("DROP DATABASE"));
    assert_true(create_attempt_call("creating 2 over") < create_attempt_call("unlock old_gw7"));
}

#define BEGIN(name) SCRIPTED_SENDS_BEGIN(name)

/* One whose databases note their changes, and whose template is there. */
static void init_undo(struct create_attempt *attempt)
{
    static const char *const used[TABLE_SETS] = {
        [LOOK_SERVER] = "pid|role|superuser|createdb|recovery|fsync|free_connections|"
                        "template_used\n7|app|f|t|f|t|90|t\n",
        [LOOK_DATABASES] = FIXTURE_DATABASES
        "circ_gw1|" FIXTURE_MARK("circ", "null", "gw1", CREATE_DEAD_LEASE) "|f|f|0|~\n"};

    create_attempt_init(attempt);
    scripted_attempt_undoes(&attempt->base);
    scripted_session_finds(used);
    watched_fixture_says("16384/0", false, true);
}

/* Once they have their names, and before anybody is told of them. */
static void test_databases_note_what_they_are_like(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    init_undo(&attempt);
    if (!create_attempt_run(&attempt))
        fail_msg("%s", attempt.base.err.message);
    scripted_session_assert_order("RENAME TO \"circ_gw1\"", BEGIN("circ_gw0"));
    scripted_session_assert_order(BEGIN("circ_gw0"), BEGIN("circ_gw1"));
    assert_int_equal(scripted_session_times_called("pgclone.begin()"), 2);
    assert_int_equal(attempt.outcome.statuses[1], CREATE_REPLACED);
}

/* It is swapped instead of undone, which is no reason to be without it. */
static void test_one_that_cannot_note_it_is_there_all_the_same(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    (void)state;

    init_undo(&attempt);
    scripted_session_fails(BEGIN("circ_gw0"), ERROR_CONNECTION, "", 1);
    assert_true(create_attempt_run(&attempt));
    assert_false(scripted_session_was_called("persist"));
}

/* What a swap has put aside goes last: by then every worker has its new database, which notes its
 * changes. */
static void test_what_was_swapped_goes_last(void **state)
{
    struct create_attempt attempt OWNED(create_attempt_release);
    struct create create OWNED(create_release) = {0};
    (void)state;

    init_undo(&attempt);
    create_begin(&attempt.base.session, false, &create);
    create.swaps = true;
    assert_true(create_finish(&create, &attempt.base.err));
    scripted_session_assert_order("ALTER DATABASE \"circ_gw1\" RENAME TO \"pgclone_scratch_",
                                  BEGIN("circ_gw1"));
    scripted_session_assert_order(BEGIN("circ_gw1"), "DROP DATABASE IF EXISTS \"pgclone_scratch_");
    assert_false(scripted_session_was_called("DROP DATABASE IF EXISTS \"circ_gw1\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replaces_after_a_second_look),
        cmocka_unit_test(test_does_not_replace_what_came_meanwhile),
        cmocka_unit_test(test_gives_up_the_name_of_what_it_does_not_sweep),
        cmocka_unit_test(test_databases_note_what_they_are_like),
        cmocka_unit_test(test_one_that_cannot_note_it_is_there_all_the_same),
        cmocka_unit_test(test_what_was_swapped_goes_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
