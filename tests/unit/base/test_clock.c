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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_now_advances_in_milliseconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
