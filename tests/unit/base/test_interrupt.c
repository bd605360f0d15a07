#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};

/* A test runner may itself have been started with signals ignored. */
static int install(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    for (size_t i = 0; i < 3; i++)
        if (signal(watched[i], SIG_DFL) == SIG_ERR)
            return -1;
    return interrupt_descriptor() == -1 && interrupt_install(&err) ? 0 : -1;
}

static int reset(void **state)
{
    (void)state;
    interrupt_reset();
    return 0;
}

static bool descriptor_is_readable(void)
{
    struct pollfd wake = {.fd = interrupt_descriptor(), .events = POLLIN};

    return poll(&wake, 1, 0) == 1 && (wake.revents & POLLIN) != 0;
}

/* Without this Ctrl-C kills the program with half of the databases made, or is not noticed while
 * it waits for the server. */
static void test_each_signal_is_noted_and_wakes(void **state)
{
    static const char *const messages[] = {"interrupted by SIGINT", "interrupted by SIGTERM",
                                           "interrupted by SIGHUP"};
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct error err OWNED(error_release) = {0};

        assert_int_equal(interrupt_signal(), 0);
        assert_false(descriptor_is_readable());
        assert_int_equal(raise(watched[i]), 0);
        assert_int_equal(interrupt_signal(), watched[i]);
        assert_true(descriptor_is_readable());
        assert_false(interrupt_error(&err));
        assert_int_equal(err.kind, ERROR_INTERRUPTED);
        assert_int_equal(error_exit_code(&err), 128 + watched[i]);
        assert_string_equal(err.message, messages[i]);
        interrupt_reset();
    }
}

/* Without this the exit code is that of the last of an impatient user's signals, or so many of
 * them block the program in its own handler. */
static void test_first_signal_counts(void **state)
{
    (void)state;

    assert_int_equal(raise(SIGTERM), 0);
    for (int i = 0; i < 70000; i++) /* more than a pipe holds */
        assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(interrupt_signal(), SIGTERM);
    interrupt_reset();
    assert_int_equal(interrupt_signal(), 0);
    assert_false(descriptor_is_readable());
}

/* Without this Ctrl-C has no effect for as long as the program waits for a busy template. */
static void test_sleep_ends_with_a_signal(void **state)
{
    int64_t before = clock_now_ms();
    (void)state;

    assert_true(interrupt_sleep_ms(20));
    assert_true(clock_now_ms() - before >= 19);
    assert_int_equal(raise(SIGINT), 0);
    assert_false(interrupt_sleep_ms(60000));
    assert_true(clock_now_ms() - before < 30000);
}

/* Without this a child that ended makes every later sleep a busy wait, or looks like Ctrl-C. */
static void test_end_of_a_child_is_no_interruption(void **state)
{
    int64_t before = clock_now_ms();
    struct interrupt_event event;
    (void)state;

    assert_int_equal(raise(SIGCHLD), 0);
    assert_true(descriptor_is_readable());
    assert_true(interrupt_sleep_ms(20));
    assert_true(clock_now_ms() - before >= 19);
    assert_int_equal(interrupt_signal(), 0);
    assert_int_equal(raise(SIGCHLD), 0);
    assert_true(interrupt_next(&event));
    assert_int_equal(event.signal, SIGCHLD);
}

/* Raises the signal and lets some time pass. */
static void raise_and_wait(int number, int milliseconds)
{
    assert_int_equal(raise(number), 0);
    (void)poll(NULL, 0, milliseconds);
}

/* Without this a second Ctrl-C does not end a taking back that hangs; or the signal that a parent
 * passes on beside the terminal's own leaves half-made databases behind. */
static void test_a_later_signal_insists(void **state)
{
    (void)state;

    raise_and_wait(SIGINT, 20);
    raise_and_wait(SIGTERM, 1000);
    assert_false(interrupt_insists());
    raise_and_wait(SIGHUP, 0);
    assert_false(interrupt_insists());
    interrupt_drain();
    assert_false(descriptor_is_readable());
    raise_and_wait(SIGINT, 0);
    assert_true(interrupt_insists());
    assert_true(descriptor_is_readable());
    assert_int_equal(interrupt_signal(), SIGINT);
    interrupt_recount();
    assert_false(interrupt_insists());
    raise_and_wait(SIGINT, 0);
    assert_false(interrupt_insists());
}

/* Without this a signal around the start of the command is lost. */
static void test_held_signals_come_later(void **state)
{
    sigset_t before;
    (void)state;

    interrupt_hold(&before);
    assert_false(interrupt_is_near());
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(interrupt_signal(), 0);
    assert_true(interrupt_is_near());
    assert_int_equal(sigprocmask(SIG_SETMASK, &before, NULL), 0);
    assert_int_equal(interrupt_signal(), SIGTERM);
    assert_true(interrupt_is_near());
}

/* Without this `pgclone list | head -1` dies of a signal in place of saying what failed. */
static void test_closed_pipe_is_an_error(void **state)
{
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(write(ends[1], "x", 1), -1);
    assert_int_equal(errno, EPIPE);
    assert_int_equal(close(ends[1]), 0);
}

/* Without this `nohup pgclone …` ends when its terminal is closed. */
static void test_ignored_signal_stays_ignored(void **state)
{
    int status;
    pid_t child = fork();
    (void)state;

    assert_true(child >= 0);
    if (child == 0) {
        bool installed = signal(SIGHUP, SIG_IGN) != SIG_ERR && interrupt_install(NULL);

        _exit(installed && raise(SIGHUP) == 0 && interrupt_signal() == 0 && raise(SIGINT) == 0 &&
                      interrupt_signal() == SIGINT
                  ? 0
                  : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_each_signal_is_noted_and_wakes, reset),
        cmocka_unit_test_teardown(test_first_signal_counts, reset),
        cmocka_unit_test_teardown(test_sleep_ends_with_a_signal, reset),
        cmocka_unit_test_teardown(test_end_of_a_child_is_no_interruption, reset),
        cmocka_unit_test_teardown(test_a_later_signal_insists, reset),
        cmocka_unit_test_teardown(test_held_signals_come_later, reset),
        cmocka_unit_test_teardown(test_closed_pipe_is_an_error, reset),
        cmocka_unit_test_teardown(test_ignored_signal_stays_ignored, reset),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
