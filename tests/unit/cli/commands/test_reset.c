/* `pgclone reset` inside a run, which does it; without one it needs a server. */
// links: command_lines.c
// links: clean_environment.c
// links: scripted_run.c
#include "command_lines.h"

#include "clean_environment.h"
#include "scripted_run.h"

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
    struct called called;
    (void)state;

    called = CALL("reset", "--no-create", "--server", "postgresql://h/app");
    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_GUARD);
    called_release(&called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_asks_the_run_for_each_worker, setup),
        cmocka_unit_test_setup(test_a_refusal_keeps_what_was_done, setup),
        cmocka_unit_test_setup(test_serial_mode_changes_nothing, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
