/* The list of mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/base/mistakes.h"

/* Mistakes are mended from the top of the file down: the order must be the file's. */
static void test_order_of_lines(void **state)
{
    static const int lines[] = {9, 2, 0, 7, 2, 5, 1, 2, 0, 7, 8};
    struct mistakes mistakes = {0};
    struct error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        mistakes_add(&mistakes, lines[i], "%d.%zu", lines[i], i);
    mistakes_sort(&mistakes);
    assert_false(mistakes_none(&mistakes, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "0.2\n0.8\n1.6\n2.1\n2.4\n2.7\n5.5\n7.3\n7.9\n8.10\n9.0");
    error_release(&err);
    mistakes_release(&mistakes);
}

/* The line number is what an editor jumps to. */
static void test_place(void **state)
{
    struct mistakes mistakes = {0};
    struct error err = {0};

    (void)state;
    mistakes_add_at(&mistakes, "dir/pgclone.yaml", 7, "%s: %s", "workers", "no");
    assert_false(mistakes_none(&mistakes, &err));
    assert_string_equal(err.message, "dir/pgclone.yaml:7: workers: no");
    error_release(&err);
    mistakes_release(&mistakes);
}

/* No mistakes must not be an error, nor crash when sorted. */
static void test_none(void **state)
{
    struct mistakes mistakes = {0};
    struct error err = {0};

    (void)state;
    mistakes_sort(&mistakes);
    assert_true(mistakes_none(&mistakes, &err));
    assert_false(error_is_set(&err));
    mistakes_release(&mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_of_lines),
        cmocka_unit_test(test_place),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
