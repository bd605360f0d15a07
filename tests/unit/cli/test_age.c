/* Ages on the command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pgclone/cli/age.h"

static const struct command_option older_than = {.flag = "older-than", .argument = AGE_ARGUMENT};

static bool read_age(const char *text, int64_t *seconds, struct error *err)
{
    struct given_option given = {.option = &older_than};
    struct invocation invocation = {.options = &given, .option_count = 1};
    bool done;

    if (text != NULL)
        strings_add(&given.values, text);
    else
        invocation.option_count = 0;
    done = age_read(&invocation, &older_than, seconds, err);
    strings_release(&given.values);
    return done;
}

static void test_units(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {{"90s", 90}, {"30m", 1800}, {"2h", 7200}, {"7d", 604800}, {NULL, 5}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t seconds = 5;

        assert_true(read_age(cases[i].text, &seconds, NULL));
        assert_int_equal(seconds, cases[i].seconds);
    }
}

/* Without this a typing mistake drops what is a minute old. */
static void test_what_is_no_age(void **state)
{
    static const char *const texts[] = {"", "2", "h", "0h", "2w", "2hh", "-2h", "2 h", "1234567h"};
    (void)state;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct error err OWNED(error_release) = {0};
        int64_t seconds = 5;

        assert_false(read_age(texts[i], &seconds, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_int_equal(strncmp(err.message, "--older-than: ", 14), 0);
        assert_int_equal(seconds, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units),
        cmocka_unit_test(test_what_is_no_age),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
