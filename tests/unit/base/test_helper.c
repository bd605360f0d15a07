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
#include "pgclone/base/helper.h"

/* Waits until the helper is gone. */
static bool is_gone(const struct helper *helper, int timeout_ms)
{
    struct pollfd end = {.fd = helper->descriptor, .events = POLLIN};

    return poll(&end, 1, timeout_ms) == 1;
}

static void write_byte(void *context)
{
    (void)!write(*(int *)context, "x", 1);
}

static void block(void *context)
{
    (void)context;
    for (;;)
        (void)pause();
}

/* What a helper does happens, beside this process, and its end is seen. */
static void test_work_is_done_aside(void **state)
{
    struct helper helper;
    int ends[2];
    char byte;
    (void)state;

    assert_int_equal(pipe(ends), 0);
    assert_true(helper_start(write_byte, &ends[1], 20, &helper));
    assert_true(helper.pid != getpid());
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_true(is_gone(&helper, 20000));
    helper_end(&helper);
    assert_int_equal(helper.pid, 0);
    helper_end(&helper);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* What blocks is ended at once when nobody waits for it any more, and leaves no process behind. */
static void test_end_does_not_wait(void **state)
{
    int64_t before = clock_now_ms();
    struct helper helper;
    pid_t pid;
    (void)state;

    assert_true(helper_start(block, NULL, 20, &helper));
    pid = helper.pid;
    assert_false(is_gone(&helper, 20));
    helper_end(&helper);
    assert_true(clock_now_ms() - before < 10000);
    assert_int_equal(kill(pid, 0), -1);
}

/* It ends by itself when its time is up, though its parent should have forgotten it. */
static void test_time_is_limited(void **state)
{
    struct helper helper;
    (void)state;

    assert_true(helper_start(block, NULL, 1, &helper));
    assert_true(is_gone(&helper, 20000));
    helper_end(&helper);
}

/* A second Ctrl-C at the terminal comes to the helper, too, and is not to stop the cancel request.
 */
static void test_signals_do_not_stop_it(void **state)
{
    struct helper helper;
    sigset_t blocked;
    (void)state;

    assert_true(helper_start(block, NULL, 20, &helper));
    assert_int_equal(kill(helper.pid, SIGINT), 0);
    assert_int_equal(kill(helper.pid, SIGTERM), 0);
    assert_false(is_gone(&helper, 50));
    helper_end(&helper);
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGINT), 0);
}

#ifdef __linux__
/* kill -9 of pgclone leaves no process behind. */
static void test_it_dies_with_its_parent(void **state)
{
    struct pollfd end = {.events = POLLIN};
    int ends[2];
    pid_t parent;
    (void)state;

    assert_int_equal(pipe(ends), 0);
    parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        struct helper helper;

        (void)!write(ends[1], helper_start(block, NULL, 60, &helper) ? "y" : "n", 1);
        block(NULL);
    }
    (void)close(ends[1]);
    end.fd = ends[0];
    assert_int_equal(poll(&end, 1, 20000), 1);
    assert_int_equal(read(ends[0], &(char){0}, 1), 1);
    assert_int_equal(kill(parent, SIGKILL), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    assert_int_equal(poll(&end, 1, 20000), 1);
    assert_int_equal(end.revents & POLLHUP, POLLHUP); /* the helper had it open as well */
    (void)close(ends[0]);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_work_is_done_aside),
        cmocka_unit_test(test_end_does_not_wait),
        cmocka_unit_test(test_time_is_limited),
        cmocka_unit_test(test_signals_do_not_stop_it),
#ifdef __linux__
        cmocka_unit_test(test_it_dies_with_its_parent),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
