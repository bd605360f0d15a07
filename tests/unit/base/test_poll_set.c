/* Poll sets: what is waited for, and until when. */
// links: scripted_clock.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/clock.h"
#include "pgclone/base/poll_set.h"
#include "scripted_clock.h"

/* Each descriptor has its own events, however many there are, and one that is -1 has none. */
static void test_tells_which_descriptor_is_ready(void **state)
{
    struct poll_set set OWNED(poll_set_release) = {0};
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "", 1), 1);
    for (int turn = 0; turn < 2; turn++) {
        poll_set_clear(&set);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(poll_set_add(&set, i == 70 ? ends[0] : -1, POLLIN), i);
        poll_set_wait(&set);
        for (size_t i = 0; i < 100; i++)
            assert_int_equal(poll_set_ready(&set, i), i == 70 ? POLLIN : 0);
    }
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The first of all deadlines ends the wait; one that has passed ends it at once. */
static void test_the_first_deadline_counts(void **state)
{
    struct poll_set set OWNED(poll_set_release) = {0};
    int64_t before = clock_now_ms();
    (void)state;

    poll_set_clear(&set);
    poll_set_until(&set, before + 5000);
    poll_set_until(&set, before + 300);
    poll_set_until(&set, INT64_MAX);
    poll_set_wait(&set);
    assert_int_equal(clock_now_ms() - before, 300);
    poll_set_until(&set, 0);
    poll_set_wait(&set);
    assert_int_equal(clock_now_ms() - before, 300);
    poll_set_clear(&set);
    poll_set_until(&set, clock_now_ms() + 100);
    poll_set_wait(&set);
    assert_int_equal(clock_now_ms() - before, 400);
}

/* poll() refuses more entries than a process may have descriptors. */
static void test_places_do_not_count(void **state)
{
    struct poll_set set OWNED(poll_set_release) = {0};
    struct rlimit before, few;
    int ends[2];
    (void)state;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "", 1), 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    few = before;
    few.rlim_cur = (rlim_t)ends[1] + 1;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    poll_set_clear(&set);
    for (size_t i = 0; i < 1000; i++)
        (void)poll_set_add(&set, i == 999 ? ends[0] : -1, POLLIN);
    poll_set_wait(&set);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(poll_set_ready(&set, 999), POLLIN);
    assert_int_equal(poll_set_ready(&set, 0), 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tells_which_descriptor_is_ready),
        cmocka_unit_test(test_the_first_deadline_counts),
        cmocka_unit_test(test_places_do_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
