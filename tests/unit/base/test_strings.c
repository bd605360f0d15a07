#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/strings.h"

/* Without this `drop --worker a --worker b …` forgets some of what it was told, or their order. */
static void test_keeps_copies_in_order(void **state)
{
    struct strings list OWNED(strings_release) = {0};
    char text[32];
    (void)state;

    for (int i = 0; i < 100; i++) {
        (void)snprintf(text, sizeof text, "item %d", i);
        strings_add(&list, text);
        assert_int_equal(list.count, i + 1);
        assert_null(list.items[i + 1]);
    }
    for (int i = 0; i < 100; i++) {
        (void)snprintf(text, sizeof text, "item %d", i);
        assert_string_equal(list.items[i], text);
    }
}

/* Without this a worker whose id begins another's is taken for it, or the empty id is never found.
 */
static void test_contain_compares_whole_strings(void **state)
{
    struct strings list OWNED(strings_release) = {0};
    (void)state;

    assert_false(strings_contain(&list, ""));
    strings_add(&list, "gw1");
    assert_false(strings_contain(&list, "gw"));
    assert_false(strings_contain(&list, "gw10"));
    assert_false(strings_contain(&list, ""));
    assert_true(strings_contain(&list, "gw1"));
    strings_add(&list, "");
    assert_true(strings_contain(&list, ""));
}

/* Without this a name that was unlocked counts as locked, or its neighbour does not. */
static void test_remove_takes_the_first(void **state)
{
    struct strings list OWNED(strings_release) = {0};
    (void)state;

    strings_remove(&list, "a");
    for (const char *letter = "abab"; *letter != '\0'; letter++)
        strings_add(&list, (const char[]){*letter, '\0'});
    strings_remove(&list, "none");
    strings_remove(&list, "a");
    assert_int_equal(list.count, 3);
    assert_string_equal(list.items[0], "b");
    assert_string_equal(list.items[1], "a");
    assert_null(list.items[3]);
    strings_add(&list, "c");
    assert_string_equal(list.items[3], "c");
    assert_null(list.items[4]);
}

/* Without this the second call of a program's life frees the first one's memory again. */
static void test_released_list_is_empty_and_usable(void **state)
{
    struct strings list = {0};
    (void)state;

    strings_release(&list);
    strings_add(&list, "a");
    strings_release(&list);
    assert_null(list.items);
    assert_int_equal(list.count, 0);
    strings_add(&list, "b");
    assert_string_equal(list.items[0], "b");
    strings_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keeps_copies_in_order),
        cmocka_unit_test(test_contain_compares_whole_strings),
        cmocka_unit_test(test_remove_takes_the_first),
        cmocka_unit_test(test_released_list_is_empty_and_usable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
