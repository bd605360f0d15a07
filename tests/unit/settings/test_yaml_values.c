/* What libcyaml says when the index was wrong about a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pgclone/settings/yaml_values.h"

/* Two libraries may read one text differently; a value must then be refused, not guessed. */
static void test_objection_is_told_with_its_line(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"owner: x\nwait: [1]\n",
         "f.yaml:2: Invalid value (Load: Expecting STRING, got event: SEQUENCE_START; Load: "
         "Backtrace:; in mapping field 'wait' (line: 2, column: 7))"},
        {"owner: x\nwait: 1\nspares: 2\n", "f.yaml:2: Invalid key (Load: Unexpected key: spares; "
                                           "Load: Backtrace:; in mapping (line: 2, "
                                           "column: 7))"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct yaml_index index = {.clean = true};
        struct yaml_values *values = NULL;
        struct mistakes mistakes = {0};
        struct strbuf text = {0};

        index.keys[SETTING_OWNER] = (struct yaml_found){.line = 1, .kind = YAML_STRING};
        index.keys[SETTING_WAIT] = (struct yaml_found){.line = 2, .kind = YAML_STRING};
        strbuf_add(&text, cases[i].text);
        yaml_values_load("f.yaml", &text, &index, &values, &mistakes);
        assert_null(values);
        assert_int_equal(mistakes.count, 1);
        assert_string_equal(mistakes.items[0].text, cases[i].message);
        mistakes_release(&mistakes);
        strbuf_release(&text);
    }
}

/* The values that are used are libcyaml's: it is where they are looked up that counts. */
static void test_values_are_found_by_their_place(void **state)
{
    static const char yaml[] = "owner: x\nbuild:\n  sql: [a, b]\n  command: c\n";
    struct yaml_index index = {0};
    struct yaml_values *values = NULL;
    struct mistakes mistakes = {0};
    struct strbuf text = {0};

    (void)state;
    strbuf_add(&text, yaml);
    yaml_index_build("f.yaml", &text, &index, &mistakes);
    assert_true(index.clean);
    yaml_values_load("f.yaml", &text, &index, &values, &mistakes);
    assert_int_equal(mistakes.count, 0);
    assert_int_equal(index.count, 4);
    for (size_t i = 0; i < index.count; i++) {
        const char *value = yaml_values_text(values, &index.scalars[i]);

        assert_string_equal(value, index.scalars[i].text);
        assert_ptr_not_equal(value, index.scalars[i].text);
    }
    assert_ptr_equal(yaml_values_text(values, &index.scalars[2]), values->build[0].items[1]);
    yaml_values_free(&values);
    assert_null(values);
    yaml_index_release(&index);
    strbuf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objection_is_told_with_its_line),
        cmocka_unit_test(test_values_are_found_by_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
