/* The settings file that `init` writes: read by the settings reader, it means what was found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/init_text.h"
#include "pgclone/settings/yaml.h"

static void init_read_back(const struct init_found *found, const char *project,
                           struct yaml_file *out)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct mistakes mistakes OWNED(mistakes_release) = {0};

    init_text(found, project, &text);
    yaml_parse("pgclone.yaml", &text, out, &mistakes);
    if (mistakes.count > 0)
        fail_msg("%s in:\n%s", mistakes.items[0].text, strbuf_text(&text));
}

/* Each of them means something to YAML, or to the settings. */
static const char *const odd[] = {
    "a\"b",  "a\\b",     "a: b", "# a", "${HOME}", "$${HOME}", "$$",      "a'b", "- a",
    "!a",    "*a",       "&a",   "{a}", "[a]",     "null",     "true",    "~",   "%a",
    "a $x$", "\xc3\xa9", "a'",   "@a",  "`a`",     "a\tb",     "${a:-b}", "1e3", "a $",
};

static void check_odd(const char *text)
{
    struct init_found found = {.schema = "Rails",
                               .server = memory_copy_string(text),
                               .database = memory_copy_string(text),
                               .command = memory_copy_string(text),
                               .runner = "mix"};
    struct yaml_file file = {0};

    strings_add(&found.inputs, text);
    strings_add(&found.sql, text);
    init_read_back(&found, "My Shop-2", &file);
    assert_string_equal(file.values[SETTING_SERVER].text, text);
    assert_string_equal(file.values[SETTING_TEMPLATE].text, text);
    assert_string_equal(file.build.command.items[0], text);
    assert_true(file.build.command_is_shell);
    assert_string_equal(file.build.inputs.items[0], text);
    assert_string_equal(file.build.sql.items[0], text);
    assert_string_equal(file.values[SETTING_RUNNER].text, "mix");
    yaml_release(&file);
    init_found_release(&found);
}

static void test_odd_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++)
        check_odd(odd[i]);
}

/* With the variable, or without it. */
static void test_the_variable(void **state)
{
    struct init_found found = {.server = memory_copy_string("postgresql://a@h/d%7D"),
                               .has_variable = true};
    struct yaml_file with = {0};
    struct yaml_file without = {0};
    (void)state;

    (void)unsetenv("DATABASE_URL");
    init_read_back(&found, "x", &without);
    assert_string_equal(without.values[SETTING_SERVER].text, "postgresql://a@h/d%7D");
    (void)setenv("DATABASE_URL", "postgresql://b/c", 1);
    init_read_back(&found, "x", &with);
    assert_string_equal(with.values[SETTING_SERVER].text, "postgresql://b/c");
    yaml_release(&with);
    yaml_release(&without);
    init_found_release(&found);
}

/* The administration's databases are no templates, nor are names that leave no room. */
static void test_template(void **state)
{
    static const char *const databases[] = {"postgres", "template0",
                                            "a234567890123456789012345678901234567890x"};
    (void)state;

    for (size_t i = 0; i < sizeof databases / sizeof databases[0]; i++) {
        struct init_found found = {.database = memory_copy_string(databases[i])};
        struct yaml_file file = {0};

        init_read_back(&found, "\xc3\xa9", &file);
        assert_string_equal(file.values[SETTING_TEMPLATE].text, "app");
        yaml_release(&file);
        init_found_release(&found);
    }
}

/* What is not known is there as a comment. */
static void test_nothing(void **state)
{
    const struct init_found nothing = {0};
    struct yaml_file file = {0};
    (void)state;

    init_read_back(&nothing, "shop", &file);
    assert_null(file.values[SETTING_SERVER].text);
    assert_null(file.values[SETTING_TEMPLATE].text);
    assert_string_equal(file.values[SETTING_WORKERS].text, "auto");
    yaml_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_values),
        cmocka_unit_test(test_the_variable),
        cmocka_unit_test(test_template),
        cmocka_unit_test(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
