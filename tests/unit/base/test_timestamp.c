#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "pgclone/base/timestamp.h"

/* Without this `list` shows times of the zone of whoever created the database, and --older-than
 * counts from a wrong hour. */
static void test_timestamps_are_utc(void **state)
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
        char text[TIMESTAMP_SIZE];
        time_t again = -1;

        timestamp_format(cases[i].when, text);
        assert_string_equal(text, cases[i].text);
        assert_true(timestamp_parse(text, &again));
        assert_int_equal(again, cases[i].when);
    }
}

/* A mark that somebody has edited: no time is better than a wrong one. */
static void test_nothing_else_is_a_timestamp(void **state)
{
    static const char *const texts[] = {"",
                                        "2026-11-22",
                                        "2026-11-22T16:30:13",
                                        "2026-11-22T16:30:13+01:00",
                                        "2026-11-22T16:30:13Zulu",
                                        "2026-13-22T16:30:13Z",
                                        "yesterday"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        time_t when = 4711;

        assert_false(timestamp_parse(texts[i], &when));
        assert_int_equal(when, 4711);
    }
}

/* Without this people count hours backwards in another zone. */
static void test_ages(void **state)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } cases[] = {
        {0, "0 s ago"},         {119, "119 s ago"},
        {120, "2 min ago"},     {7199, "119 min ago"},
        {7200, "2 h ago"},      {172799, "47 h ago"},
        {172800, "2 days ago"}, {86400 * 400, "400 days ago"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf out OWNED(strbuf_release) = {0};

        timestamp_add_age(cases[i].seconds, &out);
        assert_string_equal(strbuf_text(&out), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timestamps_are_utc),
        cmocka_unit_test(test_nothing_else_is_a_timestamp),
        cmocka_unit_test(test_ages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
