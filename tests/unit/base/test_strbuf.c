#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/strbuf.h"

/* Without this a long URL or statement is cut, or written past its room. */
static void test_grows_by_every_kind_of_addition(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    struct strbuf expected OWNED(strbuf_release) = {0};
    (void)state;

    assert_string_equal(strbuf_text(&buffer), "");
    for (int i = 0; i < 500; i++) {
        strbuf_add(&buffer, "ab");
        strbuf_add_char(&buffer, 'c');
        strbuf_add_bytes(&buffer, "defg", 2);
        strbuf_printf(&buffer, "%03d%%", i);
        strbuf_add(&buffer, "");
        assert_int_equal(buffer.length, (size_t)(i + 1) * 9);
        assert_int_equal(strlen(strbuf_text(&buffer)), buffer.length);
        assert_true(buffer.capacity > buffer.length);
    }
    assert_int_equal(strncmp(strbuf_text(&buffer), "abcde000%abcde001%", 18), 0);
    strbuf_printf(&expected, "%s", strbuf_text(&buffer));
    assert_string_equal(strbuf_text(&expected), strbuf_text(&buffer));
}

/* Without this a text that just fills its room loses its end: every length around a power of two.
 */
static void test_every_length_is_terminated(void **state)
{
    (void)state;

    for (size_t length = 0; length < 260; length++) {
        struct strbuf added OWNED(strbuf_release) = {0};
        struct strbuf printed OWNED(strbuf_release) = {0};

        for (size_t i = 0; i < length; i++)
            strbuf_add_char(&added, 'x');
        strbuf_printf(&printed, "%s", strbuf_text(&added));
        assert_int_equal(printed.length, length);
        assert_string_equal(strbuf_text(&printed), strbuf_text(&added));
    }
}

/* Without this a buffer that is used again begins with what it held before. */
static void test_clear_empties(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    (void)state;

    strbuf_clear(&buffer);
    assert_string_equal(strbuf_text(&buffer), "");
    strbuf_add(&buffer, "old");
    strbuf_clear(&buffer);
    assert_string_equal(strbuf_text(&buffer), "");
    strbuf_add_char(&buffer, 'n');
    assert_string_equal(strbuf_text(&buffer), "n");
}

/* Without this the string that was handed over is freed by its former owner. */
static void test_take_hands_over(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    char *taken;
    (void)state;

    taken = strbuf_take(&buffer);
    assert_string_equal(taken, "");
    free(taken);
    strbuf_add(&buffer, "text");
    taken = strbuf_take(&buffer);
    assert_string_equal(taken, "text");
    assert_null(buffer.data);
    assert_int_equal(buffer.length, 0);
    free(taken);
}

/* Without this output that was read in pieces is cut at the first NUL in it. */
static void test_bytes_may_be_nul(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    (void)state;

    strbuf_add_bytes(&buffer, "a\0b", 3);
    assert_int_equal(buffer.length, 3);
    assert_memory_equal(buffer.data, "a\0b", 4);
}

/* Without this a password or a socket's path makes a URL of something else. */
static void test_encodes_for_urls(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    (void)state;

    strbuf_add_encoded(&buffer, "aZ0-._~ /:@%\xc3\xa9", 14, "");
    assert_string_equal(strbuf_text(&buffer), "aZ0-._~%20%2F%3A%40%25%C3%A9");
    strbuf_clear(&buffer);
    strbuf_add_encoded(&buffer, "::1/more", 3, ":");
    assert_string_equal(strbuf_text(&buffer), "::1");
}

/* Without this a program's last words end in an empty line of ours. */
static void test_trim_cuts_the_end(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    (void)state;

    assert_string_equal(strbuf_trim(&buffer), "");
    strbuf_add(&buffer, " a b \r\n\n");
    assert_string_equal(strbuf_trim(&buffer), " a b");
    assert_int_equal(buffer.length, 4);
}

/* Without this a line that was taken comes again, or the next one is cut. */
static void test_remove_takes_from_the_beginning(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    (void)state;

    strbuf_remove(&buffer, 0);
    strbuf_add(&buffer, "one\ntwo");
    strbuf_remove(&buffer, 0);
    assert_string_equal(strbuf_text(&buffer), "one\ntwo");
    strbuf_remove(&buffer, 4);
    assert_string_equal(strbuf_text(&buffer), "two");
    assert_int_equal(buffer.length, 3);
    strbuf_remove(&buffer, 3);
    assert_string_equal(strbuf_text(&buffer), "");
    strbuf_add(&buffer, "three");
    assert_string_equal(strbuf_text(&buffer), "three");
}

static void test_cut_takes_from_the_end(void **state)
{
    struct strbuf buffer OWNED(strbuf_release) = {0};
    (void)state;

    strbuf_cut(&buffer, 0);
    assert_string_equal(strbuf_text(&buffer), "");
    strbuf_add(&buffer, "abc");
    strbuf_cut(&buffer, 4);
    strbuf_cut(&buffer, 3);
    assert_string_equal(strbuf_text(&buffer), "abc");
    strbuf_cut(&buffer, 1);
    assert_string_equal(strbuf_text(&buffer), "a");
    assert_int_equal(buffer.length, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_by_every_kind_of_addition),
        cmocka_unit_test(test_every_length_is_terminated),
        cmocka_unit_test(test_clear_empties),
        cmocka_unit_test(test_take_hands_over),
        cmocka_unit_test(test_bytes_may_be_nul),
        cmocka_unit_test(test_encodes_for_urls),
        cmocka_unit_test(test_trim_cuts_the_end),
        cmocka_unit_test(test_remove_takes_from_the_beginning),
        cmocka_unit_test(test_cut_takes_from_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
