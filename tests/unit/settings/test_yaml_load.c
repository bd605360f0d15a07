/* Keys and the kinds of their values: what libcyaml refuses, said in our words, with its line. */
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
        {"PGCLONE_TEMPLATE: x\n", "f.yaml:1: PGCLONE_TEMPLATE: unknown key"},
        {"<<: {owner: x}\n", "f.yaml:1: <<: unknown key"},
        {"\"a\\nb\\e\": 1\n", "f.yaml:1: a\\x0ab\\x1b: unknown key"},
        {"owner: a\nwait: 1\nowner: b\nowner: c\n",
         "f.yaml:3: owner: duplicate key; the first is on line 1"},
        {"build: {sql: a}\nbuild: {sql: b}\n",
         "f.yaml:2: build: duplicate key; the first is on line 1"},
        {"build:\n  sql: a\n  slq: b\n", "f.yaml:3: build.slq: unknown key; did you mean \"sql\"?"},
        {"build:\n  sql: a\n  inputs: b\n  sql: c\n",
         "f.yaml:4: build.sql: duplicate key; the first is on line 2"},
        {"build:\n  com: a\n", "f.yaml:2: build.com: unknown key"},
        /* libcyaml forgets where it is after a nested value. */
        {"build:\n  sql: [a]\nsql: b\n", "f.yaml:3: sql: unknown key"},
        {"build: {sql: [a]}\nbuild.sql: c\nowner: b\n", "f.yaml:2: build.sql: unknown key"},
    };

    (void)state;
    ASSERT_FORMS(cases);
}

/* A list where a word belongs must not end up as the first word, or as none. */
static void test_kinds(void **state)
{
    static const struct form_case cases[] = {
        {"server: [a]\n", "f.yaml:1: server: must be a single value, not a list"},
        {"server:\n  host: x\n", "f.yaml:2: server: must be a single value, not a mapping"},
        {"owner: a\nwait: [1]\n", "f.yaml:2: wait: must be a single value, not a list"},
        {"{owner: a, wait: [1]}\n", "f.yaml:1: wait: must be a single value, not a list"},
        {"name: {base}\n", "f.yaml:1: name: must be a single value, not a mapping" QUOTE_BRACE},
        {"owner: *nope\n", "f.yaml:1: owner: " NO_ALIAS},
        {"owner: &a x\nproject: *a\n", "f.yaml:2: project: " NO_ALIAS},
        {"build:\n", "f.yaml:1: build: must not be empty"},
        {"build: {}\n", "f.yaml:1: build: must not be empty"},
        {"build: make\n", "f.yaml:1: build: must be a mapping with \"sql\", \"command\" or "
                          "\"inputs\", not a single value"},
        {"build: [make]\n", "f.yaml:1: build: must be a mapping with \"sql\", \"command\" or "
                            "\"inputs\", not a list"},
        {"build:\n  sql: a\n  inputs: []\n", "f.yaml:3: build.inputs: must not be empty"},
        {"build:\n  sql:\n  command: ''\n", "f.yaml:2: build.sql: must not be empty\n"
                                            "f.yaml:3: build.command: must not be empty"},
        {"build:\n  sql: {a: b}\n", "f.yaml:2: build.sql: must be a string or a list of strings, "
                                    "not a mapping" QUOTE_BRACE},
        {"build:\n  sql:\n  - a\n  - [b]\n",
         "f.yaml:4: build.sql: item 2: must be a single value, not a list"},
        {"build:\n  sql:\n  - a\n  - {c: d}\n",
         "f.yaml:4: build.sql: item 2: must be a single value, not a mapping" QUOTE_BRACE},
        {"build:\n  sql:\n  - &a a\n  - *a\n", "f.yaml:4: build.sql: item 2: " NO_ALIAS},
        {"build:\n  sql:\n  - a\n  - \n", "f.yaml:4: build.sql: item 2: must not be empty"},
        {"build:\n  command: ['', x]\n  sql: [a, '']\n",
         "f.yaml:2: build.command: item 1: must not be empty\n"
         "f.yaml:3: build.sql: item 2: must not be empty"},
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
    static const char *const befores[] = {"", "owner: ", "build: {sql: [", "turbo: "};
    static const char *const messages[] = {
        "f.yaml:1: the file must be a mapping of lines like \"workers: 4\", not a list",
        "f.yaml:1: owner: must be a single value, not a list",
        "f.yaml:1: build.sql: item 1: must be a single value, not a list",
        "f.yaml:1: turbo: unknown key",
    };
    struct strbuf text = {0};
    struct yaml_file file = {0};
    char *message = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof befores / sizeof befores[0]; i++) {
        strbuf_clear(&text);
        strbuf_add(&text, befores[i]);
        for (size_t j = 0; j < 500000; j++)
            strbuf_add(&text, "[");
        message = parse_bytes(text.data, text.length, &file);
        assert_string_equal(message, messages[i]);
        free(message);
        yaml_release(&file);
    }
    strbuf_clear(&text);
    strbuf_add(&text,
               "owner: &a0 x\nbuild:\n  sql: &a1 [*a0, *a0, *a0, *a0, *a0, *a0, *a0, *a0]\n");
    for (int i = 2; i < 30; i++)
        strbuf_printf(&text, "  a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1,
                      i - 1, i - 1, i - 1, i - 1, i - 1);
    message = parse_bytes(text.data, text.length, &file);
    assert_string_equal(message, "f.yaml:3: build.sql: item 1: " NO_ALIAS);
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
