/* The loop: sources, signals and a child in one wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <unistd.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/clock.h"
#include "pgclone/base/loop.h"

/* A test runner may itself have been started with signals ignored. */
static int install(void **state)
{
    (void)state;
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    return interrupt_install(NULL) ? 0 : -1;
}

static int setup(void **state)
{
    (void)state;
    interrupt_reset();
    return 0;
}

/* A source that counts its turns, and may add or remove another. */
struct counter {
    int descriptor; /* -1: none */
    int64_t until_ms;
    size_t entry;
    int prepared;
    int turns;
    int ready;
    struct loop *loop;
    struct counter *adds;
    struct counter *removes;
};

static void prepare(void *context, struct poll_set *set)
{
    struct counter *counter = context;

    counter->prepared++;
    counter->entry = poll_set_add(set, counter->descriptor, POLLIN);
    poll_set_until(set, counter->until_ms);
}

static void turn(void *context, const struct poll_set *set);

static void add(struct loop *loop, struct counter *counter)
{
    loop_add(loop, &(struct loop_source){.prepare = prepare, .turn = turn, .context = counter});
}

static void turn(void *context, const struct poll_set *set)
{
    struct counter *counter = context;

    counter->turns++;
    assert_int_equal(counter->turns, counter->prepared);
    counter->ready += poll_set_ready(set, counter->entry) != 0;
    if (counter->removes != NULL)
        loop_remove(counter->loop, counter->removes);
    if (counter->adds != NULL)
        add(counter->loop, counter->adds);
    counter->adds = NULL;
}

/* Whoever is ready has its turn, and the others are not held up by it. */
static void test_every_source_has_its_turn(void **state)
{
    struct loop loop OWNED(loop_release) = {0};
    struct counter idle = {.descriptor = -1, .until_ms = INT64_MAX};
    struct counter ready = {.until_ms = INT64_MAX};
    struct counter due = {.descriptor = -1, .until_ms = clock_now_ms() + 20};
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0);
    ready.descriptor = ends[0];
    add(&loop, &idle);
    add(&loop, &ready);
    add(&loop, &due);
    loop_turn(&loop);
    assert_true(clock_now_ms() >= due.until_ms);
    assert_int_equal(ready.ready, 0);
    due.until_ms = INT64_MAX;
    assert_int_equal(write(ends[1], "", 1), 1);
    loop_turn(&loop);
    assert_int_equal(ready.ready, 1);
    assert_int_equal(idle.turns, 2);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* A source that came in the middle of a turn has said nothing yet of what it waits for, and one
 * that went is not called any more. */
static void test_sources_come_and_go_in_a_turn(void **state)
{
    struct loop loop OWNED(loop_release) = {0};
    struct counter second = {.descriptor = -1};
    struct counter third = {.descriptor = -1};
    struct counter first = {.descriptor = -1, .loop = &loop, .adds = &third, .removes = &second};
    (void)state;

    add(&loop, &first);
    add(&loop, &second);
    loop_turn(&loop);
    assert_int_equal(first.turns, 1);
    assert_int_equal(second.turns, 0);
    assert_int_equal(third.turns, 0);
    loop_turn(&loop);
    assert_int_equal(second.turns, 0);
    assert_int_equal(third.turns, 1);
}

/* Without this a client that hangs up takes its neighbour's turn. */
static void test_who_goes_takes_no_turn_of_others(void **state)
{
    struct loop loop OWNED(loop_release) = {0};
    struct counter first = {.descriptor = -1, .loop = &loop, .removes = &first};
    struct counter second = {.descriptor = -1, .loop = &loop, .removes = &second};
    struct counter third = {.descriptor = -1};
    (void)state;

    add(&loop, &first);
    add(&loop, &second);
    add(&loop, &third);
    for (int i = 1; i < 3; i++) {
        loop_turn(&loop);
        assert_int_equal(first.turns, 1);
        assert_int_equal(second.turns, 1);
        assert_int_equal(third.turns, i);
    }
}

static void note_signal(const struct interrupt_event *event, void *context)
{
    int *signals = context;

    signals[0]++;
    signals[signals[0]] = event->signal;
}

/* Signals come in their order, one by one. */
static void test_signals_are_told(void **state)
{
    int signals[4] = {0};
    struct loop loop OWNED(loop_release) = {.signal = note_signal, .context = signals};
    (void)state;

    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(raise(SIGTERM), 0);
    loop_turn(&loop);
    assert_int_equal(signals[0], 2);
    assert_int_equal(signals[1], SIGHUP);
    assert_int_equal(signals[2], SIGTERM);
}

static void note_status(int status, void *context)
{
    int *ends = context;

    ends[0]++;
    ends[1] = status;
}

/* However a child ends, and also when it had ended before anybody waited: it is told once. */
static void test_the_end_of_a_child_is_told_once(void **state)
{
    static const int expected[] = {7, 128 + SIGKILL};
    (void)state;

    for (int i = 0; i < 2; i++) {
        int ends[2] = {0};
        struct loop loop OWNED(loop_release) = {.child_ended = note_status, .context = ends};
        struct counter timer = {.descriptor = -1, .until_ms = 0};
        pid_t pid = fork();

        if (pid == 0) {
            if (i == 1)
                (void)pause();
            _exit(7);
        }
        if (i == 1)
            (void)kill(pid, SIGKILL);
        loop.child = pid;
        while (ends[0] == 0)
            loop_turn(&loop);
        add(&loop, &timer);
        loop_turn(&loop);
        assert_int_equal(ends[0], 1);
        assert_int_equal(ends[1], expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_every_source_has_its_turn, setup),
        cmocka_unit_test_setup(test_sources_come_and_go_in_a_turn, setup),
        cmocka_unit_test_setup(test_who_goes_takes_no_turn_of_others, setup),
        cmocka_unit_test_setup(test_signals_are_told, setup),
        cmocka_unit_test_setup(test_the_end_of_a_child_is_told_once, setup),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
