/* `pgclone reset` inside a run, which does it; without one it does it itself. */
// links: command_lines.c
// links: clean_environment.c
// links: scripted_run.c
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
// links: template_fixture.c
// links: watched_fixture.c
#include "command_lines.h"

#include <stdio.h>

#include "clean_environment.h"
#include "provision_fixture.h"
#include "scripted_run.h"
#include "scripted_session.h"
#include "watched_fixture.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    (void)unsetenv("PYTEST_XDIST_WORKER");
    return unsetenv("PGCLONE_SOCKET");
}

#define ANSWER(name) "{\"worker\":\"w\",\"name\":\"" name "\",\"url\":\"u\",\"from\":\"spare\"}"

/* The workers that are named, in their order, or the one that this process belongs to. */
static void test_asks_the_run_for_each_worker(void **state)
{
    static const char *const answers[] = {ANSWER("circ_gw1"), ANSWER("circ_gw0"),
                                          ANSWER("circ_gw3"), NULL};
    struct called called;
    (void)state;

    scripted_run_begin(answers);
    called = CALL("reset", "gw1", "gw0");
    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), "reset circ_gw1\nreset circ_gw0\n");
    called_release(&called);
    assert_int_equal(setenv("PYTEST_XDIST_WORKER", "gw3", 1), 0);
    called = CALL("reset");
    assert_string_equal(strbuf_text(&called.out), "reset circ_gw3\n");
    called_release(&called);
    scripted_run_end("reset gw1\nreset gw0\nreset gw3\n");
}

/* What was reset before one was refused is said, and the exit code is that of the refusal. */
static void test_a_refusal_keeps_what_was_done(void **state)
{
    static const char *const answers[] = {
        ANSWER("circ_gw0"), "{\"error\":\"no worker\",\"hint\":null,\"exit\":2}", NULL};
    struct called called;
    (void)state;

    scripted_run_begin(answers);
    called = CALL("reset", "gw0", "x");
    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_USAGE);
    assert_string_equal(strbuf_text(&called.out), "reset circ_gw0\n");
    called_release(&called);
    scripted_run_end("reset gw0\nreset x\n");
}

/* Your own database, as it is in serial mode, is never replaced. */
static void test_serial_mode_changes_nothing(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct called called;
    (void)state;

    scripted_attempt_init(&attempt, 1);
    called = CALL("reset", "--no-create", "--server", "postgresql://h/app");
    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_GUARD);
    called_release(&called);
}

#define FACTS "16384/0"

/* Two workers whose databases are there, copies of the template that notes changes. */
static void databases_are_there(struct scripted_attempt *attempt)
{
    static char databases[2048];
    static const char *sets[TABLE_SETS];
    const char *mark = watched_fixture_mark(FACTS);

    scripted_attempt_init(attempt, 2);
    (void)snprintf(databases, sizeof databases,
                   FIXTURE_DATABASES "circ_gw0|%s|f|f|0|~\ncirc_gw1|%s|f|f|0|~\n", mark, mark);
    sets[LOOK_SERVER] =
        "pid|role|superuser|createdb|recovery|fsync|free_connections|template_used\n"
        "7|app|f|t|f|t|90|t\n";
    sets[LOOK_DATABASES] = databases;
    scripted_session_finds(sets);
    watched_fixture_says(FACTS, false, true);
    watched_fixture_says(FACTS, false, true);
}

#define RESET_UNDO_LINE                                                                            \
    "reset", "--reset", "undo", "--server", "postgresql://app@h/circ", "--template", "circ",       \
        "gw0", "gw1"

/* Without this every reset is a swap, whatever is set. */
static void test_databases_are_undone(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    databases_are_there(&attempt);
    called_assert_prints(CALL(RESET_UNDO_LINE), "reset circ_gw0\nreset circ_gw1\n");
    assert_int_equal(scripted_session_times_called("pgclone.undo()"), 2);
    assert_false(scripted_session_was_called("CREATE DATABASE"));
}

/* What cannot be undone is swapped, and only that. */
static void test_what_cannot_be_undone_is_swapped(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    databases_are_there(&attempt);
    scripted_session_gives("undo the changes in \"circ_gw0\"", SCRIPTED_REFUSED, 1);
    called_assert_prints(CALL(RESET_UNDO_LINE), "reset circ_gw1\nreset circ_gw0\n");
    scripted_session_assert_order("pgclone.undo()", "CREATE DATABASE");
    assert_int_equal(scripted_session_times_called("CREATE DATABASE"), 1);
    scripted_session_assert_order("ALTER DATABASE \"circ_gw0\" RENAME TO \"pgclone_scratch_",
                                  SCRIPTED_SENDS_BEGIN("circ_gw0"));
    assert_false(scripted_session_was_called("ALTER DATABASE \"circ_gw1\""));
}

/* What was done is said, also where the rest fails. */
static void test_a_failed_swap_keeps_what_was_undone(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct called called;
    (void)state;

    databases_are_there(&attempt);
    scripted_session_gives("undo the changes in \"circ_gw0\"", SCRIPTED_REFUSED, 1);
    scripted_session_fails("CREATE DATABASE", ERROR_SERVER, "53100", 1);
    called = CALL(RESET_UNDO_LINE);
    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_SERVER);
    assert_string_equal(strbuf_text(&called.out), "reset circ_gw1\n");
    called_release(&called);
}

/* A setting that the server cannot keep is a mistake, not a swap that nobody notices. */
static void test_undo_on_an_old_server(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    struct called called;
    (void)state;

    databases_are_there(&attempt);
    scripted_session_is(140012, NULL);
    called = CALL(RESET_UNDO_LINE);
    assert_false(called.done);
    assert_int_equal(error_exit_code(&called.err), 2);
    assert_non_null(strstr(called.err.message, "--reset: this server (PostgreSQL 14)"));
    called_release(&called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_asks_the_run_for_each_worker, setup),
        cmocka_unit_test_setup(test_a_refusal_keeps_what_was_done, setup),
        cmocka_unit_test_setup(test_serial_mode_changes_nothing, setup),
        cmocka_unit_test_setup(test_databases_are_undone, setup),
        cmocka_unit_test_setup(test_what_cannot_be_undone_is_swapped, setup),
        cmocka_unit_test_setup(test_a_failed_swap_keeps_what_was_undone, setup),
        cmocka_unit_test_setup(test_undo_on_an_old_server, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
