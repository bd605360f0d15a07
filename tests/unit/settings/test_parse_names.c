/* The parsers of names, and how messages show them. */
#include "pgclone/settings/parse.h"
#include "settings_fixture.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define U_UMLAUT "\xc3\xbc"

struct text_case {
    enum setting_id id;
    const char *value;
    const char *message;
};

/* A name that PostgreSQL cuts, or that holds half a character, makes two workers share one. */
static void test_names(void **state)
{
    static const struct text_case cases[] = {
        {SETTING_OWNER, "a", ""},
        {SETTING_OWNER, "my role; --", ""},
        {SETTING_OWNER, A60 "aaa", ""},
        {SETTING_OWNER, A60 "aaaa",
         "\"" A60 "aaaa\" is 64 bytes long, and PostgreSQL would silently cut it to 63"},
        /* 62 characters, but 64 bytes: bytes are what counts. */
        {SETTING_OWNER, A60 U_UMLAUT U_UMLAUT,
         "\"" A60 U_UMLAUT U_UMLAUT
         "\" is 64 bytes long, and PostgreSQL would silently cut it to 63"},
        {SETTING_OWNER, A60 "a" U_UMLAUT, ""},
        {SETTING_OWNER, "caf\xe9", "\"caf\\xe9\" is not valid UTF-8"},
        {SETTING_OWNER, "\xc0\xaf", "\"\\xc0\\xaf\" is not valid UTF-8"},
        {SETTING_OWNER, "a\nb", "\"a\\x0ab\" has a control character"},
        {SETTING_OWNER, "a\x7f", "\"a\\x7f\" has a control character"},
        {SETTING_OWNER, "a\xc2\x9b", "\"a\\xc2\\x9b\" has a control character"},
        {SETTING_OWNER, "a\xc2\xa0", ""},
        {SETTING_OWNER, "", "must not be empty"},
        {SETTING_MAINTENANCE_DATABASE, "", "must not be empty"},
        {SETTING_GRANT_TO, "", "must not be empty"},
        {SETTING_PROJECT, "", "must not be empty"},
        {SETTING_RUN_ID, "", "must not be empty"},
        {SETTING_RUN_ID, A60 "aaaa",
         "\"" A60 "aaaa\" is 64 bytes long, and PostgreSQL would silently cut it to 63"},
        {SETTING_PROJECT, "\t", "\"\\x09\" has a control character"},
        {SETTING_GRANT_TO, "\xff", "\"\\xff\" is not valid UTF-8"},
        {SETTING_TEMPLATE, "", ""},
        {SETTING_TEMPLATE, A60 "aaaa",
         "\"" A60 "aaaa\" is 64 bytes long, and PostgreSQL would silently cut it to 63"},
        {SETTING_SERVER, "", ""},
        {SETTING_SERVER, "host=/tmp dbname=\xe9", ""},
        {SETTING_NAME, "", "must not be empty"},
        {SETTING_NAME, "{base}_{worker}", ""},
        {SETTING_NAME, A60 A60, ""},
        {SETTING_NAME, "a\x01", "\"a\\x01\" has a control character"},
        {SETTING_NAME, "\xed\xa0\x80", "\"\\xed\\xa0\\x80\" is not valid UTF-8"},
        {SETTING_CONFIG, "", "must not be empty"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct setting *row = settings_row(cases[i].id);
        struct settings settings = {0};
        char *message = parse_message(cases[i].id, cases[i].value, &settings);
        char *stored = NULL;

        memcpy(&stored, (char *)&settings + row->offset, sizeof stored);
        assert_string_equal(message, cases[i].message);
        if (*message != '\0')
            assert_null(stored);
        else
            assert_string_equal(stored, cases[i].value);
        free(message);
        settings_release(&settings);
    }
}

/* A connection string in the wrong setting must not put its password into a CI log. */
static void test_printable(void **state)
{
    static const struct {
        const char *text;
        const char *shown;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"postgresql://u:secret@h/d", "postgresql://…"},
        {"host=h Password=secret", "host=h Password=…"},
        {"a\x1b[31mb", "a\\x1b[31mb"},
        {"line\r\nline", "line\\x0d\\x0aline"},
        {U_UMLAUT, U_UMLAUT},
        {U_UMLAUT "\xff", "\\xc3\\xbc\\xff"},
        {A60 A10 A10, A60 A10 A10},
        {A60 A10 A10 "a", A60 A10 A10 "…"},
        {A60 A10 "aaaaaaaaa" U_UMLAUT "a", A60 A10 "aaaaaaaaa…"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct strbuf out = {0};

        parse_add_printable(&out, cases[i].text);
        assert_string_equal(strbuf_text(&out), cases[i].shown);
        strbuf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_printable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
