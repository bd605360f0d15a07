/* The rows of the command table, the program's own, and what a command is called with. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/flags.h"

/* A row that lacks something crashes help, or is never found. */
static void test_every_row_is_whole(void **state)
{
    size_t count = 0;
    (void)state;

    for (const struct command *const *row = command_table; *row != NULL; row++, count++) {
        const struct command *command = *row;

        assert_true(command->name[0] != '\0' && command->name[0] != '-');
        assert_non_null(command->summary);
        assert_non_null(command->description);
        assert_true(command->section < SECTION_COUNT);
        assert_ptr_equal(command_find(command_table, command->name), command);
        assert_true((command->operand_kind == OPERANDS_WORDS) == (command->operand_words != NULL));
        if (command->operand_kind != OPERANDS_FREE)
            assert_true(command->max_operands > 0 && command->operands != NULL);
        if (row > command_table)
            assert_true(strcmp(row[-1]->name, command->name) < 0);
    }
    assert_true(count >= 7);
}

/* Of two flags with one name the second would be out of reach. A command's own option comes before
 * a setting that it does not use. */
static void test_no_command_has_two_flags_of_one_name(void **state)
{
    (void)state;
    for (const struct command *const *row = command_table; *row != NULL; row++) {
        struct flags flags OWNED(flags_release) = {0};

        flags_collect(command_table, *row, &flags);
        for (size_t i = 0; i < flags.count; i++) {
            const struct flag *flag = &flags.items[i];

            assert_non_null(flag->row.help);
            if (!flag->used)
                continue;
            assert_ptr_equal(flags_find(&flags, flag->row.flag, strlen(flag->row.flag)), flag);
            if (flag->row.short_flag != '\0')
                assert_ptr_equal(flags_find_short(&flags, flag->row.short_flag), flag);
        }
    }
}

/* Nested commands are found by their whole name, and listed under their group alone. */
static void test_nested_commands(void **state)
{
    const struct command *group = command_find(lines_table, "template");
    const struct command *build = command_find(lines_table, "template build");
    const struct command *make = command_find(lines_table, "make");
    (void)state;

    assert_non_null(group);
    assert_non_null(build);
    assert_null(command_find(lines_table, "build"));
    assert_null(command_find(lines_table, ""));
    assert_string_equal(command_short_name(build), "build");
    assert_string_equal(command_short_name(make), "make");
    assert_int_equal(command_name_words(build), 2);
    assert_int_equal(command_name_words(make), 1);
    assert_int_equal(command_name_words(NULL), 0);
    assert_true(command_is_in_group(build, group));
    assert_false(command_is_in_group(build, NULL));
    assert_false(command_is_in_group(build, make));
    assert_true(command_is_in_group(group, NULL));
    assert_false(command_is_in_group(group, group));
}

static void test_unknown_commands_get_a_suggestion(void **state)
{
    const struct command *group = command_find(lines_table, "template");
    struct error err OWNED(error_release) = {0};
    (void)state;

    assert_false(command_unknown(lines_table, NULL, "mkae", &err));
    assert_int_equal(err.kind, ERROR_USAGE);
    assert_string_equal(err.message, "unknown command \"mkae\"");
    assert_string_equal(err.hint, "Did you mean \"make\"? See \"pgclone --help\".");
    assert_false(command_unknown(lines_table, group, "biuld", &err));
    assert_string_equal(err.message, "unknown command \"template biuld\"");
    assert_string_equal(err.hint,
                        "Did you mean \"template build\"? See \"pgclone template --help\".");
    /* What is nested elsewhere is not meant; and a URL in the wrong place may hold a password. */
    assert_false(command_unknown(lines_table, NULL, "build", &err));
    assert_string_equal(err.hint, "See \"pgclone --help\".");
    assert_false(command_unknown(lines_table, NULL, "postgresql://u:hunter2@h/d", &err));
    assert_null(strstr(err.message, "hunter2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_whole),
        cmocka_unit_test(test_no_command_has_two_flags_of_one_name),
        cmocka_unit_test(test_nested_commands),
        cmocka_unit_test(test_unknown_commands_get_a_suggestion),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
