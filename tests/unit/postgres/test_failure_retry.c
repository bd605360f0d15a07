/* Which refusals are tried again, and when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/postgres/failure.h"

static const char *const passing[] = {"55006", "53300", "57P03"};

static bool passes(const char *sqlstate)
{
    for (size_t i = 0; i < 3; i++)
        if (strcmp(passing[i], sqlstate) == 0)
            return true;
    return false;
}

/* Every code that there may be: trying again what does not pass only delays the message, and not
 * trying what passes fails a run for nothing. */
static void test_only_three_pass(void **state)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char sqlstate[6] = "";
    (void)state;

    for (const char *a = digits; *a != '\0'; a++)
        for (const char *b = digits; *b != '\0'; b++)
            for (const char *c = digits; *c != '\0'; c++)
                for (int last = 0; last < 10; last++) {
                    (void)snprintf(sqlstate, sizeof sqlstate, "%c%c%c0%d", *a, *b, *c, last);
                    assert_int_equal(failure_retry_delay_ms(sqlstate, 1, 0) >= 0, passes(sqlstate));
                }
    assert_int_equal(failure_retry_delay_ms("", 1, 0), -1);
    assert_int_equal(failure_retry_delay_ms("5500", 1, 0), -1);
    assert_int_equal(failure_retry_delay_ms("57p03", 1, 0), -1);
}

/* The wait grows from try to try up to a cap: neither a storm of tries nor minutes between them. */
static void test_waits_grow_up_to_a_cap(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        int64_t before = 0;

        for (int attempt = 1; attempt < 100; attempt++) {
            int64_t delay = failure_retry_delay_ms(passing[i], attempt, 25);

            assert_true(delay >= before);
            assert_true(delay >= 50 && delay <= 1000);
            before = delay;
        }
        assert_true(before >= 500);
        assert_true(failure_retry_delay_ms(passing[i], 2, 25) ==
                    2 * failure_retry_delay_ms(passing[i], 1, 25));
    }
    assert_true(failure_retry_delay_ms("55006", INT32_MAX, 0) > 0);
}

/* Clients that were refused together must not all come back together. */
static void test_waits_are_spread(void **state)
{
    int64_t least = INT64_MAX;
    int64_t most = 0;
    (void)state;

    for (unsigned random = 0; random < 1000; random++) {
        int64_t delay = failure_retry_delay_ms("53300", 9, random);

        least = delay < least ? delay : least;
        most = delay > most ? delay : most;
    }
    assert_int_equal(least, 750);
    assert_int_equal(most, 1250);
    assert_true(failure_retry_delay_ms("53300", 9, UINT32_MAX) <= 1250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_three_pass),
        cmocka_unit_test(test_waits_grow_up_to_a_cap),
        cmocka_unit_test(test_waits_are_spread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
