#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "pgclone/base/clock.h"

/* Without this `list` shows times of the zone of whoever created the database, and --older-than
 * counts from a wrong hour. */
static void test_rfc3339_is_utc(void **state)
{
    static const struct {
        time_t when;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {951782400, "2000-02-29T00:00:00Z"},
        {1763829013, "2025-11-22T16:30:13Z"},
        {4102444799, "2099-12-31T23:59:59Z"},
    };
    (void)state;

    assert_int_equal(setenv("TZ", "Asia/Tokyo", 1), 0);
    tzset();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[CLOCK_RFC3339_SIZE];

        clock_rfc3339(cases[i].when, text);
        assert_string_equal(text, cases[i].text);
    }
}

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
        cmocka_unit_test(test_rfc3339_is_utc),
        cmocka_unit_test(test_now_advances_in_milliseconds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
