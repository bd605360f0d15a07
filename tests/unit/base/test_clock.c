#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "pgclone/base/clock.h"

/* Without this a deadline of ten seconds is one of ten milliseconds, or never comes. */
static void test_now_advances_in_milliseconds(void **state)
{
    const struct timespec pause = {.tv_nsec = 20000000L};
    int64_t before = clock_now_ms();
    int64_t elapsed;
    (void)state;

    assert_int_equal(nanosleep(&pause, NULL), 0);
    elapsed = clock_now_ms() - before;
    assert_in_range(elapsed, 19, 10000);
}

/* Without this an answer says that it took a thousand times as long. */
static void test_microseconds_are_the_same_clock(void **state)
{
    int64_t before_ms = clock_now_ms();
    int64_t now_us = clock_now_us();
    int64_t after_ms = clock_now_ms();
    (void)state;

    assert_in_range(now_us, before_ms * 1000, after_ms * 1000 + 999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now_advances_in_milliseconds),
        cmocka_unit_test(test_microseconds_are_the_same_clock),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
