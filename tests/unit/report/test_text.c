#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pgclone/report/text.h"

/* Without this a database named with a tab or a line feed breaks the script that reads `list`, and
 * one named with an escape sequence commands the terminal of whoever lists a shared server. */
static void test_fields_never_break_their_line(void **state)
{
    static const struct {
        const char *text;
        const char *field;
    } cases[] = {
        {"", ""},
        {"circ_gw0", "circ_gw0"},
        {"a b", "a b"},
        {"a\tb", "a\\tb"},
        {"a\nb", "a\\nb"},
        {"a\r\n", "a\\r\\n"},
        {"a\\tb", "a\\tb"},
        {"\033[2J\a\x7f", "\\x1b[2J\\x07\\x7f"},
        {"prüfung_日本", "prüfung_日本"},
        {"a\xc2\x9b"
         "2J",
         "a\\xc2\\x9b2J"}, /* U+009B is an escape and a bracket in one */
        {"100%s \"q\" 'q'", "100%s \"q\" 'q'"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf out OWNED(strbuf_release) = {0};

        text_add_field(&out, cases[i].text);
        assert_string_equal(strbuf_text(&out), cases[i].field);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_never_break_their_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
