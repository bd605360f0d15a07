/* ${NAME} in YAML strings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/settings/expand.h"

static int set_variables(void **state)
{
    (void)state;
    return setenv("PGT_HOST", "db.example", 1) != 0 || setenv("PGT_EMPTY", "", 1) != 0 ||
           setenv("PGT_DOLLAR", "a${PGT_HOST}$$", 1) != 0 || setenv("_p1", "under", 1) != 0 ||
           unsetenv("PGT_UNSET") != 0;
}

/* A URL that keeps "${DB_HOST}" in it, or loses a dollar of a password, connects nowhere. */
static void test_values(void **state)
{
    static const struct {
        const char *text;
        const char *expanded;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"${PGT_HOST}", "db.example"},
        {"a${PGT_HOST}b${PGT_HOST}", "adb.examplebdb.example"},
        {"${_p1}", "under"},
        {"${PGT_EMPTY}", ""},
        {"${PGT_EMPTY:-x}", "x"},
        {"${PGT_UNSET:-x}", "x"},
        {"${PGT_UNSET:-}", ""},
        {"${PGT_HOST:-x}", "db.example"},
        {"${PGT_UNSET:-a:-b}", "a:-b"},
        {"${PGT_UNSET:-$$a${b}c", "$$a${bc"},
        {"$$", "$"},
        {"$${PGT_HOST}", "${PGT_HOST}"},
        {"$$$${x", "$${x"},
        {"$$$", "$$"},
        {"$", "$"},
        {"$PGT_HOST", "$PGT_HOST"},
        {"pa$word$", "pa$word$"},
        {"$ {PGT_HOST}", "$ {PGT_HOST}"},
        /* What comes out of a variable is not looked at again. */
        {"${PGT_DOLLAR}", "a${PGT_HOST}$$"},
        {"\xc3\xbc${PGT_HOST}", "\xc3\xbc"
                                "db.example"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        char *out = NULL;

        assert_true(expand_variables(cases[i].text, &out, &err));
        assert_string_equal(out, cases[i].expanded);
        free(out);
    }
}

#define NOT_A_NAME                                                                                 \
    "\"${\" must be followed by the name of a variable (write \"$${\" for the characters "         \
    "themselves)"

/* A user must learn which variable is missing; and no message may show the rest of a password. */
static void test_mistakes(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"${PGT_UNSET}", "variable \"PGT_UNSET\" is not set and has no default"},
        {"${PGT_HOST}${PGT_UNSET}", "variable \"PGT_UNSET\" is not set and has no default"},
        {"${PGT_HOST", "variable \"PGT_HOST\" must be followed by \"}\" or \":-default}\""},
        {"${PGT_HOST-x}", "variable \"PGT_HOST\" must be followed by \"}\" or \":-default}\""},
        {"${PGT_HOST:x}", "variable \"PGT_HOST\" must be followed by \"}\" or \":-default}\""},
        {"${PGT_HOST }", "variable \"PGT_HOST\" must be followed by \"}\" or \":-default}\""},
        {"${PGT_HOST:-x", "variable \"PGT_HOST\" has a default without a closing \"}\""},
        {"u:p${a@secret/x", "variable \"a\" must be followed by \"}\" or \":-default}\""},
        {"${}", NOT_A_NAME},
        {"${", NOT_A_NAME},
        {"${1A}", NOT_A_NAME},
        {"${:-x}", NOT_A_NAME},
        {"${ PGT_HOST}", NOT_A_NAME},
        {"${\xc3\xbc}", NOT_A_NAME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error err = {0};
        char untouched[] = "untouched";
        char *out = untouched;

        assert_false(expand_variables(cases[i].text, &out, &err));
        assert_int_equal(err.kind, ERROR_USAGE);
        assert_string_equal(err.message, cases[i].message);
        assert_ptr_equal(out, untouched);
        error_release(&err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_mistakes),
    };

    return cmocka_run_group_tests(tests, set_variables, NULL);
}
