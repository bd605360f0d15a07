/* Text that is not YAML. */
#include "yaml_fixture.h"

/* libyaml's words alone do not tell a user of tabs and braces what to do. */
static void test_syntax(void **state)
{
    static const struct form_case cases[] = {
        {"owner: x\n\twait: 1\n",
         "f.yaml:2: not valid YAML: found a tab character that violates indentation while scanning "
         "a plain scalar; indent with spaces, not with tabs"},
        {"wrokers: 1\nname: {base}_{worker}\n",
         "f.yaml:1: wrokers: unknown key; did you mean \"workers\"?\n"
         "f.yaml:2: name: must be a single value, not a mapping" QUOTE_BRACE "\n"
         "f.yaml:2: not valid YAML: did not find expected key while parsing a block "
         "mapping" QUOTE_BRACE},
        {"name: @x\n",
         "f.yaml:1: not valid YAML: found character that cannot start any token while scanning for "
         "the next token; a string that begins with \"@\" needs quotes"},
        {"owner: x\nname: \"abc\nwait: 3\n",
         "f.yaml:4: not valid YAML: found unexpected end of stream while scanning a quoted scalar"},
        {"owner: x\nserver: a: b\n",
         "f.yaml:2: not valid YAML: mapping values are not allowed in this context"},
        {"owner: x\nname: a\x01\n", "f.yaml:2: not valid YAML: control characters are not allowed"},
        {"%YAML 2.0\n---\nowner: x\n",
         "f.yaml:1: not valid YAML: found incompatible YAML document"},
        {"owner: x\n---\nowner: y\n",
         "f.yaml:2: a second document begins here, and there may be only one"},
        {"owner: x\nname: caf\xe9\n", "f.yaml:2: not valid UTF-8"},
        {"owner: *nope\n", "f.yaml:1: owner: must be a single value, not an alias; a string that "
                           "begins with \"*\" needs quotes"},
    };

    (void)state;
    ASSERT_FORMS(cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syntax),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
