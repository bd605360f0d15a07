/* The names of databases: placeholders, and what PostgreSQL takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/base/memory.h"
#include "pgclone/provision/naming.h"

#define A10 "aaaaaaaaaa"
#define A60 A10 A10 A10 A10 A10 A10
#define U_UMLAUT "\xc3\xbc"

struct expand_case {
    const char *pattern;
    const char *name;    /* NULL: refused */
    const char *message; /* a part of it, where it is refused */
};

/* With base "circ", project "proj", run "r1", worker "gw0". */
static const struct expand_case expansions[] = {
    {"{base}_{worker}", "circ_gw0", NULL},
    {"{base}_{run}_{worker}", "circ_r1_gw0", NULL},
    {"{project}-{base}", "proj-circ", NULL},
    {"{worker}{worker}", "gw0gw0", NULL},
    {"plain", "plain", NULL},
    {"Two words", "Two words", NULL},
    {U_UMLAUT "_{worker}", U_UMLAUT "_gw0", NULL},
    {"{{{base}}}", "{circ}", NULL},
    {"{{base}}", "{base}", NULL},
    {"{{}}", "{}", NULL},
    {"a}}b{{c", "a}b{c", NULL},
    {"{}", NULL, "unknown placeholder \"{}\""},
    {"{bas}", NULL, "unknown placeholder \"{bas}\""},
    {"{base_}", NULL, "unknown placeholder \"{base_}\""},
    {"{Base}", NULL, "unknown placeholder \"{Base}\""},
    {"{ base}", NULL, "unknown placeholder \"{ base}\""},
    {"{worker", NULL, "stray \"{\""},
    {"worker}", NULL, "stray \"}\""},
    {"{base}}", NULL, "stray \"}\""},
    {"{{base}", NULL, "stray \"}\""},
    {"{", NULL, "stray \"{\""},
    {"", NULL, "must not be empty"},
    {"a\nb", NULL, "control characters"},
    {"a\xff", NULL, "UTF-8"},
    {A60 "abc", A60 "abc", NULL},
    {A60 "abcd", NULL, "64 bytes long"},
    {A60 "{worker}", A60 "gw0", NULL},
    {A60 "a{worker}", NULL, "64 bytes long"},
};

/* A name that is not the pattern's is a database that the tests do not find. */
static void test_expand(void **state)
{
    const struct naming_parts parts = {"circ", "proj", "r1", "gw0"};
    (void)state;

    for (size_t i = 0; i < sizeof expansions / sizeof expansions[0]; i++) {
        const struct expand_case *one = &expansions[i];
        struct error err OWNED(error_release) = {0};
        char *name OWNED(memory_free_string) = NULL;

        assert_int_equal(naming_expand(one->pattern, &parts, &name, &err), one->name != NULL);
        if (one->name != NULL) {
            assert_string_equal(name, one->name);
            continue;
        }
        assert_null(name);
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strstr(err.message, one->message) == NULL)
            fail_msg("\"%s\": %s", one->pattern, err.message);
    }
}

/* Two concurrent runs without a run id would share databases. */
static void test_run_without_a_run_id(void **state)
{
    const struct naming_parts parts = {.base = "circ", .project = "circ", .worker = "gw0"};
    struct error err OWNED(error_release) = {0};
    char *name = NULL;
    (void)state;

    assert_false(naming_expand("{base}_{run}", &parts, &name, &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_non_null(strstr(err.hint, "--run-id"));
    assert_string_equal(naming_default_pattern(NULL), "{base}_{worker}");
    assert_string_equal(naming_default_pattern("r1"), "{base}_{run}_{worker}");
}

/* Braces in a value are not placeholders: the project's name is not a program. */
static void test_values_are_not_expanded(void **state)
{
    const struct naming_parts parts = {"{worker}", "}", "{", "gw0"};
    char *name OWNED(memory_free_string) = NULL;
    (void)state;

    assert_true(naming_expand("{base}{project}{run}", &parts, &name, NULL));
    assert_string_equal(name, "{worker}}{");
}

static const struct {
    const char *name;
    const char *message; /* a part of it; NULL: taken */
} names[] = {
    {"a", NULL},
    {"template1", NULL},
    {"it's \"x\" \\ / ; --", NULL},
    {" ", NULL},
    {"\xf0\x9f\x90\x98", NULL},
    {A60 "aaa", NULL},
    {A60 "aaaa", "is 64 bytes long, and PostgreSQL takes 63"},
    {A60 "a" U_UMLAUT, NULL},
    {A60 "aa" U_UMLAUT, "is 64 bytes long"},
    {"", "template must not be empty"},
    {"a\nb", "control characters"},
    {"\r", "control characters"},
    {"\x1b[31mred", "control characters"},
    {"\x7f", "control characters"},
    {"\xc2\x85", "control characters"},
    {"\xc2\x9b"
     "31m",
     "control characters"},
    {"\xc2\xa0", NULL},
    {"\xff", "not valid UTF-8"},
    {"\xc3", "not valid UTF-8"},
    {"\xc0\xaf", "not valid UTF-8"},
    {"\xed\xa0\x80", "not valid UTF-8"},
    {U_UMLAUT "\x9f", "not valid UTF-8"},
};

/* PostgreSQL cuts long names with a notice only, so that two workers would share a database; a name
 * with a line break in it makes two lines of output out of one. */
static void test_check(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct error err OWNED(error_release) = {0};

        assert_int_equal(naming_check(names[i].name, "template", &err), names[i].message == NULL);
        if (names[i].message == NULL)
            continue;
        assert_int_equal(err.kind, ERROR_USAGE);
        if (strstr(err.message, names[i].message) == NULL)
            fail_msg("%s", err.message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_run_without_a_run_id),
        cmocka_unit_test(test_values_are_not_expanded),
        cmocka_unit_test(test_check),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
