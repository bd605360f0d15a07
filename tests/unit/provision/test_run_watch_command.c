/* Waiting for the command of a run: its status, its signals, and a lease that is lost meanwhile. */
// links: provision_fixture.c
// links: table_results.c
// links: scripted_session.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <signal.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/provision/run_watch.h"
#include "scripted_session.h"

/* A test runner may itself have been started with signals ignored. */
static int install(void **state)
{
    (void)state;
    (void)signal(SIGTERM, SIG_DFL);
    log_set_level(LOG_QUIET);
    return interrupt_install(NULL) ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    interrupt_reset();
    return 0;
}

/* A command that ends by itself after so long. */
static pid_t start_command(unsigned milliseconds, int status)
{
    pid_t pid = fork();

    if (pid == 0) {
        (void)signal(SIGTERM, SIG_DFL);
        (void)usleep(milliseconds * 1000);
        _exit(status);
    }
    return pid;
}

static int watch(struct session *session, pid_t command)
{
    return run_watch(&(struct run_watch){.session = session, .command = command});
}

static void test_gives_the_commands_status(void **state)
{
    (void)state;
    assert_int_equal(watch(NULL, start_command(0, 0)), 0);
    assert_int_equal(watch(NULL, start_command(20, 7)), 7);
}

/* What a process sends to pgclone is meant for the command; how it ends is the status. */
static void test_passes_signals_on(void **state)
{
    pid_t command = start_command(30000, 0);
    (void)state;

    assert_int_equal(kill(getpid(), SIGTERM), 0);
    assert_int_equal(watch(NULL, command), 128 + SIGTERM);
    assert_false(interrupt_insists());
}

/* The server was restarted: the lease and the names are taken again, at once and then after pauses,
 * until it is back. Nothing waits for a server that is only starting, since the command may end. */
static void test_takes_a_lost_lease_again(void **state)
{
    struct scripted_attempt attempt OWNED(scripted_attempt_release);
    (void)state;

    scripted_attempt_init(&attempt, 2);
    scripted_session_is_lost(2); /* it is asked before the wait and behind it */
    scripted_session_fails("look", ERROR_CONNECTION, "", 2);
    assert_int_equal(watch(&attempt.session, start_command(900, 3)), 3);
    assert_string_equal(scripted_session_calls(),
                        "wait 0 ms\nlook circ_gw0 circ_gw1\nwait 10000 ms\n"
                        "wait 0 ms\nlook circ_gw0 circ_gw1\nwait 10000 ms\n"
                        "wait 0 ms\nlook circ_gw0 circ_gw1\nwait 10000 ms\n"
                        "abandon\nwait 10000 ms\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_gives_the_commands_status, setup),
        cmocka_unit_test_setup(test_passes_signals_on, setup),
        cmocka_unit_test_setup(test_takes_a_lost_lease_again, setup),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
