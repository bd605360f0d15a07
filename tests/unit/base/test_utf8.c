#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/utf8.h"
#include <cmocka.h>
#include <string.h>

/* Without this a name that the server refuses, or stores as something else, is found only after
 * half of the databases are made. The cases are those of RFC 3629 and of Markus Kuhn's test file:
 * first and last of each length, overlong forms, surrogates, stray and missing continuations. */
static void test_validity(void **state)
{
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        {"", true},
        {"plain\x7f", true},
        {"prüfung 日本", true},
        {"\xc2\x80", true},
        {"\xdf\xbf", true},
        {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true},
        {"\xef\xbf\xbf", true},
        {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\x80", false},
        {"a\xbf", false},
        {"caf\xe9", false},
        {"\xc0\xaf", false},
        {"\xc1\xbf", false},
        {"\xc3", false},
        {"\xc3(", false},
        {"\xe0\x80\xaf", false},
        {"\xe0\x9f\xbf", false},
        {"\xe6\x97", false},
        {"\xe6\x97(", false},
        {"\xed\xa0\x80", false},
        {"\xed\xbf\xbf", false},
        {"\xf0\x80\x80\xaf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf0\x90\x80", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"\xfe", false},
        {"\xff", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (utf8_is_valid(cases[i].text) != cases[i].valid)
            fail_msg("case %zu is %s", i, cases[i].valid ? "valid" : "not valid");
}

/* Without this a name can command the terminal of whoever lists a shared server, or an umlaut is
 * taken for such a command. */
static void test_control_characters(void **state)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        {"", 0},         {" ", 0},    {"a", 0},        {"\n", 1},       {"\x01", 1},
        {"\x1f", 1},     {"\x7f", 1}, {"\xc2\x80", 2}, {"\xc2\x9f", 2}, {"\xc2\xa0", 0},
        {"\xc3\x80", 0}, {"\xc2", 0}, {"\x80", 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (utf8_control_length(cases[i].text) != cases[i].length)
            fail_msg("case %zu", i);
    assert_true(utf8_has_control("ab\xc2\x85"
                                 "c"));
    assert_true(utf8_has_control("ab\t"));
    assert_false(utf8_has_control("a b ü"));
    assert_false(utf8_has_control(""));
}

/* Without this a name from somewhere else writes lines of its own into a terminal. */
static void test_printable_is_one_line(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"", ""},
        {"a b ü", "a b ü"},
        {"a\nb\x1b", "a\\x0ab\\x1b"},
        {"\xc2\x85", "\\xc2\\x85"},
        {"ü\xff", "\\xc3\\xbc\\xff"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf shown OWNED(strbuf_release) = {0};

        utf8_add_printable(&shown, cases[i].text, strlen(cases[i].text));
        assert_string_equal(strbuf_text(&shown), cases[i].shown);
    }
}

/* Without this the columns of `list` are askew where a project has an umlaut in its name. */
static void test_characters_are_counted_not_bytes(void **state)
{
    static const struct {
        const char *text;
        size_t count;
    } cases[] = {{"", 0}, {"abc", 3}, {"prüfung", 7}, {"日本", 2}, {"\xf0\x9f\x90\x98", 1}};
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(utf8_count(cases[i].text), cases[i].count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_characters_are_counted_not_bytes),
        cmocka_unit_test(test_validity),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_printable_is_one_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
