/* The YAML file: what is read, and which values come out. */
#include "yaml_fixture.h"

/* A file without settings is what is left when a user comments them all out. */
static void test_empty_files_are_fine(void **state)
{
    static const struct form_case cases[] = {
        {"", ""},    {"\n", ""},         {"# workers: 4\n", ""}, {"---\n", ""},
        {"{}", ""},  {"---\n...\n", ""}, {"\xef\xbb\xbf", ""},   {"~\n", ""},
        {"  \n", ""}};

    (void)state;
    ASSERT_FORMS(cases);
}

/* A file cut at a NUL would be read as if its second half were not there. */
static void test_nul_and_utf16(void **state)
{
    static const char nul[] = "owner: x\nname: a\0b\n";
    static const char utf16[] = "\xff\xfeo\0w\0n\0e\0r\0:\0 \0x\0";
    struct yaml_file file = {0};
    char *message = parse_bytes(nul, sizeof nul - 1, &file);

    (void)state;
    assert_string_equal(message, "f.yaml:2: not valid YAML: control characters are not allowed");
    free(message);
    message = parse_bytes(utf16, sizeof utf16 - 1, &file);
    assert_string_equal(message, "f.yaml:1: not valid YAML: invalid leading UTF-8 octet");
    free(message);
}

/* What the file says must arrive: values as they stand, expanded, with the lines of their keys. */
static void test_values(void **state)
{
    static const char text[] = "\xef\xbb\xbf# of a Windows editor\r\n"
                               "server: postgresql://h/${PGT_DB}?a=$$b\r\n"
                               "workers: 04\r\n"
                               "template:\r\n"
                               "owner: ~\r\n"
                               "name: \"~\"\r\n"
                               "run_id: 'a''b'\r\n"
                               "project: &anchor caf\xc3\xa9\r\n"
                               "strategy: >-\r\n"
                               "  wal_log\r\n"
                               "wait:\r\n"
                               "  30\r\n";
    static const struct {
        enum setting_id id;
        int line;
        const char *value;
    } expected[] = {
        {SETTING_SERVER, 2, "postgresql://h/shop?a=$b"},
        {SETTING_WORKERS, 3, "04"},
        {SETTING_TEMPLATE, 4, ""},
        {SETTING_OWNER, 5, ""},
        {SETTING_NAME, 6, "~"},
        {SETTING_RUN_ID, 7, "a'b"},
        {SETTING_PROJECT, 8, "caf\xc3\xa9"},
        {SETTING_STRATEGY, 9, "wal_log"},
        {SETTING_WAIT, 11, "30"},
    };
    struct yaml_file file = {0};
    char *message = NULL;
    size_t found = 0;

    (void)state;
    setenv("PGT_DB", "shop", 1);
    message = parse_bytes(text, sizeof text - 1, &file);
    assert_string_equal(message, "");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct yaml_value *value = &file.values[expected[i].id];

        assert_non_null(value->text);
        assert_int_equal(value->line, expected[i].line);
        assert_string_equal(value->text, expected[i].value);
    }
    for (size_t id = 0; id < SETTING_COUNT; id++)
        found += file.values[id].text != NULL;
    assert_int_equal(found, sizeof expected / sizeof expected[0]);
    free(message);
    yaml_release(&file);
}

/* Expansion must not reach keys, comments or structure, and tells where a variable is missing. */
static void test_expansion(void **state)
{
    static const struct form_case cases[] = {
        {"${PGT_KEY}: x\n", "f.yaml:1: ${PGT_KEY}: unknown key"},
        {"# ${PGT_UNSET}\nowner: x # ${PGT_UNSET}\n", ""},
        {"\nserver: a${PGT_UNSET}\nowner: ${PGT_KEY}\nname: ${PGT\n",
         "f.yaml:2: server: variable \"PGT_UNSET\" is not set and has no default\n"
         "f.yaml:4: name: variable \"PGT\" must be followed by \"}\" or \":-default}\""},
        {"build:\n  sql: ${PGT_UNSET}\n  inputs:\n  - a\n  - ${PGT_UNSET}\n  - ${PGT_EMPTY}\n",
         "f.yaml:2: build.sql: variable \"PGT_UNSET\" is not set and has no default\n"
         "f.yaml:5: build.inputs: item 2: variable \"PGT_UNSET\" is not set and has no default\n"
         "f.yaml:6: build.inputs: item 3: must not be empty"},
        {"owner: ${PGT_YAML}\n", ""},
        {"unknown: ${PGT_UNSET}\n", "f.yaml:1: unknown: unknown key"},
    };
    struct yaml_file file = {0};
    static const char yaml[] = "owner: ${PGT_YAML}\n";
    char *message = NULL;

    (void)state;
    setenv("PGT_KEY", "owner", 1);
    setenv("PGT_EMPTY", "", 1);
    setenv("PGT_YAML", "a: [b\n\"", 1);
    unsetenv("PGT_UNSET");
    ASSERT_FORMS(cases);
    message = parse_bytes(yaml, sizeof yaml - 1, &file);
    assert_string_equal(file.values[SETTING_OWNER].text, "a: [b\n\"");
    free(message);
    yaml_release(&file);
}

/* `command: make db` is for a shell, `command: [make, db]` is not: quoting depends on it. */
static void test_build(void **state)
{
    static const char lists[] = "build:\n"
                                "  sql: [a.sql, \"b c.sql\"]\n"
                                "  command: [make, '', 'a b', '${PGT_T:-t}']\n"
                                "  inputs:\n"
                                "    - migrations\n";
    static const char strings[] = "build: {sql: a.sql, command: make db && true, inputs: m}\n";
    struct yaml_file file = {0};
    char *message = parse_bytes(lists, sizeof lists - 1, &file);

    (void)state;
    unsetenv("PGT_T");
    assert_string_equal(message, "");
    assert_int_equal(file.values[SETTING_BUILD].line, 1);
    assert_int_equal(file.build.sql.count, 2);
    assert_string_equal(file.build.sql.items[1], "b c.sql");
    assert_false(file.build.command_is_shell);
    assert_int_equal(file.build.command.count, 4);
    assert_string_equal(file.build.command.items[1], "");
    assert_string_equal(file.build.command.items[3], "t");
    assert_int_equal(file.build.inputs.count, 1);
    assert_string_equal(file.build.inputs.items[0], "migrations");
    free(message);
    yaml_release(&file);

    message = parse_bytes(strings, sizeof strings - 1, &file);
    assert_string_equal(message, "");
    assert_true(file.build.command_is_shell);
    assert_string_equal(file.build.command.items[0], "make db && true");
    assert_string_equal(file.build.sql.items[0], "a.sql");
    assert_string_equal(file.build.inputs.items[0], "m");
    free(message);
    yaml_release(&file);
}

/* One value without its variable must not hide the mistakes in the others. */
static void test_good_values_survive_mistakes(void **state)
{
    static const char text[] = "wait: soon\nowner: ${PGT_UNSET}\njobs: many\nproject: a\n";
    struct yaml_file file = {0};
    char *message = NULL;

    (void)state;
    unsetenv("PGT_UNSET");
    message = parse_bytes(text, sizeof text - 1, &file);
    assert_string_equal(message,
                        "f.yaml:2: owner: variable \"PGT_UNSET\" is not set and has no default");
    assert_string_equal(file.values[SETTING_WAIT].text, "soon");
    assert_null(file.values[SETTING_OWNER].text);
    assert_string_equal(file.values[SETTING_JOBS].text, "many");
    assert_int_equal(file.values[SETTING_JOBS].line, 3);
    assert_string_equal(file.values[SETTING_PROJECT].text, "a");
    free(message);
    yaml_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_files_are_fine),
        cmocka_unit_test(test_nul_and_utf16),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_good_values_survive_mistakes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
