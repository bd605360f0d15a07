/* Reading result sets of real libpq. */
// links: table_results.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table_results.h"

/* What the catalog says must arrive as it is; a NULL is not an empty string. */
static void test_values_by_name(void **state)
{
    struct results results OWNED(results_release) = {0};
    (void)state;

    results_add(&results, table_result("name|size|held\n"
                                       "one|9223372036854775807|t\n"
                                       "|~|f\n"
                                       "~|-2|~\n"));
    assert_int_equal(results_rows(&results, 0), 3);
    assert_string_equal(results_text(&results, 0, 0, "name"), "one");
    assert_string_equal(results_text(&results, 0, 1, "name"), "");
    assert_null(results_text(&results, 0, 2, "name"));
    assert_true(results_number(&results, 0, 0, "size", -1) == INT64_MAX);
    assert_int_equal(results_number(&results, 0, 1, "size", -1), -1);
    assert_int_equal(results_number(&results, 0, 2, "size", -1), -2);
    assert_true(results_bool(&results, 0, 0, "held"));
    assert_false(results_bool(&results, 0, 1, "held"));
    assert_false(results_bool(&results, 0, 2, "held"));
}

/* A column that the server does not know (an older version) is NULL, not a crash. */
static void test_missing_columns_and_sets(void **state)
{
    struct results results OWNED(results_release) = {0};
    (void)state;

    assert_int_equal(results_rows(&results, 0), 0);
    results_add(&results, table_result(NULL));
    results_add(&results, table_result("a\n1\n"));
    assert_int_equal(results_rows(&results, 0), 0);
    assert_int_equal(results_rows(&results, 1), 1);
    assert_int_equal(results_rows(&results, 2), 0);
    assert_null(results_text(&results, 1, 0, "b"));
    assert_false(results_bool(&results, 1, 0, "b"));
    assert_int_equal(results_number(&results, 1, 0, "b", 7), 7);
}

/* Released twice, or never filled: neither may free what is not there. */
static void test_release(void **state)
{
    struct results results = {0};
    (void)state;

    results_release(&results);
    results_add(&results, table_result("a\n1\n"));
    results_release(&results);
    assert_int_equal(results.count, 0);
    assert_null(results.items);
    results_release(&results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_by_name),
        cmocka_unit_test(test_missing_columns_and_sets),
        cmocka_unit_test(test_release),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
