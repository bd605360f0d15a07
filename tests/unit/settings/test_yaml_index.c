/* Keys and the kinds of their values. */
#include "yaml_fixture.h"

/* Whole lines that are misspelt or doubled would be silently without effect. */
static void test_keys(void **state)
{
    static const struct form_case cases[] = {
        {"wrokers: 4\n", "f.yaml:1: wrokers: unknown key; did you mean \"workers\"?"},
        {"\n\nrun-id: x\n", "f.yaml:3: run-id: unknown key; did you mean \"run_id\"?"},
        {"Template: x\n", "f.yaml:1: Template: unknown key; did you mean \"template\"?"},
        {"create: no\n", "f.yaml:1: create: unknown key; did you mean \"create_database\"?"},
        {"clone: no\n", "f.yaml:1: clone: unknown key; did you mean \"external_schema\"?"},
        {"config: x\n", "f.yaml:1: config: unknown key"},
        {"turbo: {a: [b, {c: d}]}\nowner: x\n", "f.yaml:1: turbo: unknown key"},
        {"<<: {owner: x}\n", "f.yaml:1: <<: unknown key"},
        {"\"a\\nb\\e\": 1\n", "f.yaml:1: a\\x0ab\\x1b: unknown key"},
        {"\"owner\\0\": 1\n", "f.yaml:1: owner: has a NUL character"},
        {"!!str owner: 1\n", "f.yaml:1: owner: the tag \"!!str\" is not supported"},
        {"owner: a\nwait: 1\nowner: b\nowner: c\n",
         "f.yaml:3: owner: duplicate key; the first is on line 1\n"
         "f.yaml:4: owner: duplicate key; the first is on line 1"},
        {"build: {sql: a}\nbuild: {sql: b}\n",
         "f.yaml:2: build: duplicate key; the first is on line 1\n"
         "f.yaml:2: build.sql: duplicate key; the first is on line 1"},
        {"build:\n  sql: a\n  slq: b\n  sql: c\n",
         "f.yaml:3: build.slq: unknown key; did you mean \"sql\"?\n"
         "f.yaml:4: build.sql: duplicate key; the first is on line 2"},
        {"? [a]\n: b\nwrokers: 1\n", "f.yaml:1: a key must be a single word, not a list\n"
                                     "f.yaml:3: wrokers: unknown key; did you mean \"workers\"?"},
        {"owner: &a x\n*a : y\n", "f.yaml:2: a key must be a single word, not an alias; "
                                  "a string that begins with \"*\" needs quotes"},
    };

    (void)state;
    ASSERT_FORMS(cases);
}

/* A list where a word belongs must not end up as the first word, or as none. */
static void test_kinds(void **state)
{
    static const struct form_case cases[] = {
        {"server: [a]\n", "f.yaml:1: server: must be a single value, not a list"},
        {"server:\n  host: x\nwait: [1]\n",
         "f.yaml:2: server: must be a single value, not a mapping\n"
         "f.yaml:3: wait: must be a single value, not a list"},
        {"name: {base}\n", "f.yaml:1: name: must be a single value, not a mapping" QUOTE_BRACE},
        {"build:\n", "f.yaml:1: build: must not be empty"},
        {"build: {}\n", "f.yaml:1: build: must not be empty"},
        {"build: make\n", "f.yaml:1: build: must be a mapping with \"sql\", \"command\" or "
                          "\"inputs\", not a single value"},
        {"build: [make]\n", "f.yaml:1: build: must be a mapping with \"sql\", \"command\" or "
                            "\"inputs\", not a list"},
        {"build:\n  sql:\n  command: ''\n  inputs: []\n",
         "f.yaml:2: build.sql: must not be empty\n"
         "f.yaml:4: build.inputs: must not be empty\n"
         "f.yaml:3: build.command: must not be empty"},
        {"build:\n  sql: {a: b}\n", "f.yaml:2: build.sql: must be a string or a list of strings, "
                                    "not a mapping" QUOTE_BRACE},
        {"build:\n  sql:\n  - a\n  - \n  - [b]\n  - {c: d}\n  - !t e\n  - \"f\\0\"\n",
         "f.yaml:4: build.sql: item 2: must not be empty\n"
         "f.yaml:5: build.sql: item 3: must be a single value, not a list\n"
         "f.yaml:6: build.sql: item 4: must be a single value, not a mapping" QUOTE_BRACE "\n"
         "f.yaml:7: build.sql: item 5: the tag \"!t\" is not supported\n"
         "f.yaml:8: build.sql: item 6: has a NUL character"},
        {"build:\n  command: ['', x]\n  sql: [a, '']\n",
         "f.yaml:2: build.command: item 1: must not be empty\n"
         "f.yaml:3: build.sql: item 2: must not be empty"},
        {"workers: !!int 4\n", "f.yaml:1: workers: the tag \"!!int\" is not supported"},
        {"server: !vault |\n  abc\n", "f.yaml:1: server: the tag \"!vault\" is not supported"},
        {"owner: \"a\\0b\"\n", "f.yaml:1: owner: has a NUL character"},
        {"- owner: x\n", "f.yaml:1: the file must be a mapping of lines like \"workers: 4\", "
                         "not a list"},
        {"\nowner\n", "f.yaml:2: the file must be a mapping of lines like \"workers: 4\", "
                      "not a single value"},
    };

    (void)state;
    ASSERT_FORMS(cases);
}

/* A thousand laughs and a million brackets must cost no time, and no memory. */
static void test_hostile_text(void **state)
{
    struct strbuf text = {0};
    struct yaml_file file = {0};
    char *message = NULL;

    (void)state;
    for (size_t i = 0; i < 500000; i++)
        strbuf_add(&text, "[");
    message = parse_bytes(text.data, text.length, &file);
    assert_string_equal(message, "f.yaml:1: the file must be a mapping of lines like "
                                 "\"workers: 4\", not a list\nf.yaml:1: nested too deeply");
    free(message);
    yaml_release(&file);
    strbuf_clear(&text);
    strbuf_add(&text, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 30; i++)
        strbuf_printf(&text, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
                      i - 1, i - 1, i - 1, i - 1);
    strbuf_add(&text, "owner: *a29\n");
    message = parse_bytes(text.data, text.length, &file);
    assert_non_null(strstr(message, "f.yaml:30: a29: unknown key\nf.yaml:31: owner: must be a "
                                    "single value, not an alias"));
    free(message);
    yaml_release(&file);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_hostile_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
