/* The flags of a command in one list, and which of them may be meant by a slip. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/flags.h"

static const struct flag *find(const struct flags *flags, const char *name)
{
    return flags_find(flags, name, strlen(name));
}

/* A command takes the settings that serve one of its purposes; of the others it is known that they
 * are settings, and whether they take an argument. */
static void test_settings_are_used_by_purpose(void **state)
{
    struct flags flags OWNED(flags_release) = {0};
    (void)state;

    flags_collect(lines_table, command_find(lines_table, "make"), &flags);
    assert_true(find(&flags, "workers")->used);
    assert_true(find(&flags, "server")->used);
    assert_true(find(&flags, "no-create")->used && find(&flags, "no-create")->negative);
    assert_false(find(&flags, "owner")->used);
    assert_non_null(find(&flags, "owner")->row.argument);
    assert_null(find(&flags, "build"));
    assert_null(find(&flags, "force"));
    assert_ptr_equal(find(&flags, "format")->option, &lines_format);
    assert_ptr_equal(flags_find_short(&flags, 'o')->option, &option_output);
    assert_int_equal(flags_find_short(&flags, 'w')->setting, SETTING_WORKERS);
    assert_null(flags_find_short(&flags, 'x'));
    assert_true(find(&flags, "config")->row.takes_file);
    assert_string_equal(find(&flags, "jobs")->row.words[0], "auto");
    assert_string_equal(find(&flags, "existing")->row.words[0], "replace");
}

/* Without a command the shape of every flag is known, so that the words of a line can be told
 * apart when the command is misspelt. */
static void test_without_a_command_all_flags_are_known(void **state)
{
    struct flags flags OWNED(flags_release) = {0};
    (void)state;

    flags_collect(lines_table, NULL, &flags);
    assert_non_null(find(&flags, "force"));
    assert_non_null(find(&flags, "format")->row.argument);
    assert_true(find(&flags, "owner")->used);
    assert_ptr_equal(find(&flags, "help")->option, &option_help);
}

/* What is not used is never suggested. */
static void test_nearest(void **state)
{
    struct flags flags OWNED(flags_release) = {0};
    (void)state;

    flags_collect(lines_table, command_find(lines_table, "make"), &flags);
    assert_string_equal(flags_nearest(&flags, "worker-s")->row.flag, "workers");
    assert_string_equal(flags_nearest(&flags, "outptu")->row.flag, "output");
    assert_string_equal(flags_nearest(&flags, "q")->row.flag, "quiet");
    assert_string_equal(flags_nearest(&flags, "run-")->row.flag, "run-id");
    /* Of two that it may be the short for neither is suggested. */
    assert_null(flags_nearest(&flags, "no-"));
    assert_null(flags_nearest(&flags, "run"));
    assert_null(flags_nearest(&flags, "owne"));
    assert_null(flags_nearest(&flags, ""));
    assert_null(flags_nearest(&flags, "nonsense"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_are_used_by_purpose),
        cmocka_unit_test(test_without_a_command_all_flags_are_known),
        cmocka_unit_test(test_nearest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
