/* "did you mean …?" */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/suggest.h"

#define LONG "workersworkersworkersworkersworkersworkersworkersworkersworkersworkersworkersworkers"

/* A slip of the pen gets the right word; a wrong guess would send the user the wrong way. */
static void test_nearest(void **state)
{
    static const char *const names[] = {NULL, "workers", "wait", "run_id", "owner", "jobs", "name"};
    static const size_t count = sizeof names / sizeof names[0];
    static const struct {
        const char *word;
        const char *nearest; /* NULL: none */
    } cases[] = {
        {"worker", "workers"},
        {"wrokers", "workers"},
        {"workesr", "workers"},
        {"Workers", "workers"},
        {"wurkerz", "workers"},
        {"run-id", "run_id"},
        {"runid", "run_id"},
        {"ower", "owner"},
        {"wai", "wait"},
        {"job", "jobs"},
        {"none", NULL},
        {"zzz", NULL},
        {"", NULL},
        {"a", NULL},
        {"turbo", NULL},
        {LONG, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t nearest = suggest_nearest(cases[i].word, names, count);

        if (cases[i].nearest == NULL) {
            assert_int_equal(nearest, count);
        } else {
            assert_true(nearest < count);
            assert_string_equal(names[nearest], cases[i].nearest);
        }
    }
}

/* Of two that are as near, always the same one: a message must not change with the table's end. */
static void test_first_of_equals(void **state)
{
    static const char *const names[] = {"hat", "cat", "bat"};

    (void)state;
    assert_int_equal(suggest_nearest("rat", names, 3), 0);
    assert_int_equal(suggest_nearest("bat", names, 3), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_nearest),
                                       cmocka_unit_test(test_first_of_equals)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
