/* The command line: which command it names, and what it says to it. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/options.h"

static void assert_command(struct line line, const char *name)
{
    const struct command *found = options_command(lines_table, line.count, line.words);

    if (name == NULL)
        assert_null(found);
    else
        assert_string_equal(found->name, name);
    line_release(&line);
}

/* The command is found behind options, whatever values they have. */
static void test_the_command_is_the_first_operand(void **state)
{
    (void)state;
    assert_command(LINE("make", "x"), "make");
    assert_command(LINE("--server", "x", "make"), "make");
    assert_command(LINE("--server=x", "-v", "make"), "make");
    assert_command(LINE("--server", "make"), NULL);
    assert_command(LINE("--server", "make", "make"), "make");
    assert_command(LINE("-w", "4", "--format", "json", "make"), "make");
    assert_command(LINE("--owner", "x", "make"), "make");
    assert_command(LINE("--nonsense", "make"), "make");
    assert_command(LINE("--", "make"), "make");
    assert_command(LINE("x", "make"), NULL);
    assert_command(LINE("mak"), NULL);
    assert_command(LINE("--help"), NULL);
    assert_command(LINE("launch", "--", "make"), "launch");
}

/* --keep is a flag of one command and takes a value for another. */
static void test_each_command_reads_the_line_its_own_way(void **state)
{
    (void)state;
    assert_command(LINE("--keep", "keep"), "keep");
    assert_command(LINE("--keep", "3", "template", "prune"), "template prune");
}

/* Nested commands, with options anywhere; the group where it goes on with something else. */
static void test_nested_commands(void **state)
{
    (void)state;
    assert_command(LINE("template", "build"), "template build");
    assert_command(LINE("--server", "x", "template", "--force", "build"), "template build");
    assert_command(LINE("template"), "template");
    assert_command(LINE("template", "--help"), "template");
    assert_command(LINE("template", "biuld"), "template");
    assert_command(LINE("build"), NULL);
    assert_command(LINE("template build"), NULL);
}

/* What a line that was taken apart holds. */
struct parsed {
    struct line line;
    struct invocation invocation;
    struct error err;
    bool done;
};

static struct parsed parse(struct line line)
{
    struct parsed parsed = {.line = line};
    const struct command *command = options_command(lines_table, line.count, line.words);

    parsed.done = options_parse(lines_table, command, line.count, line.words, &parsed.invocation,
                                &parsed.err);
    return parsed;
}

static void parsed_release(struct parsed *parsed)
{
    invocation_release(&parsed->invocation);
    error_release(&parsed->err);
    line_release(&parsed->line);
}

static void test_options_stand_before_and_behind(void **state)
{
    struct parsed parsed OWNED(parsed_release) =
        parse(LINE("--workers", "2", "-v", "make", "--format=json", "db", "-vo", "f", "--workers",
                   "3", "--no-create"));
    const struct invocation *invocation = &parsed.invocation;
    (void)state;

    assert_true(parsed.done);
    assert_string_equal(invocation->command->name, "make");
    assert_int_equal(invocation->operands.count, 1);
    assert_string_equal(invocation->operands.items[0], "db");
    assert_int_equal(invocation_values(invocation, &option_verbose)->count, 2);
    assert_string_equal(invocation_value(invocation, &lines_format), "json");
    assert_string_equal(invocation_value(invocation, &option_output), "f");
    assert_false(invocation_has(invocation, &option_quiet));
    assert_null(invocation_value(invocation, &option_quiet));
    assert_int_equal(invocation->flag_count, 3);
    assert_int_equal(invocation->flags[0].id, SETTING_WORKERS);
    assert_string_equal(invocation->flags[0].value, "2");
    assert_string_equal(invocation->flags[1].value, "3");
    assert_int_equal(invocation->flags[2].id, SETTING_CREATE_DATABASE);
    assert_true(invocation->flags[2].negative);
    assert_null(invocation->flags[2].value);
}

static void test_nested_names_are_no_operands(void **state)
{
    struct parsed parsed OWNED(parsed_release) =
        parse(LINE("template", "--server", "x", "build", "--force"));
    (void)state;

    assert_true(parsed.done);
    assert_true(invocation_has(&parsed.invocation, &lines_force));
    assert_int_equal(parsed.invocation.operands.count, 0);
}

/* ps shows the argument list to every user of the machine. */
static void test_the_server_is_not_left_in_the_argument_list(void **state)
{
    struct parsed parsed OWNED(parsed_release) =
        parse(LINE("make", "--server", "hunter2", "--server=hunter3"));
    (void)state;

    assert_true(parsed.done);
    assert_string_equal(parsed.invocation.flags[0].value, "hunter2");
    assert_string_equal(parsed.invocation.flags[1].value, "hunter3");
    assert_string_equal(parsed.line.words[3], "*******");
    assert_string_equal(parsed.line.words[4], "--server=*******");
}

/* Fails with the message and the hint. */
static void assert_refused(struct line line, const char *message, const char *hint)
{
    struct parsed parsed OWNED(parsed_release) = parse(line);

    assert_false(parsed.done);
    assert_int_equal(parsed.err.kind, ERROR_USAGE);
    assert_string_equal(parsed.err.message, message);
    assert_string_equal(parsed.err.hint, hint);
    assert_null(parsed.invocation.command);
}

static void test_mistakes_are_told_with_what_to_do(void **state)
{
    static const char see[] = "See \"pgclone make --help\".";
    (void)state;

    assert_refused(LINE("make", "--work", "2"), "unknown option \"--work\"",
                   "Did you mean \"--workers\"? See \"pgclone make --help\".");
    assert_refused(LINE("make", "-x"), "unknown option \"-x\"", see);
    assert_refused(LINE("make", "--workers"), "option \"--workers\" needs a value", see);
    assert_refused(LINE("make", "-w"), "option \"-w\" needs a value", see);
    assert_refused(LINE("make", "--verbose=yes"), "option \"--verbose\" takes no value", see);
    assert_refused(LINE("make", "a", "b"), "unexpected argument \"b\"", see);
    assert_refused(LINE("make", "--format", "xml"),
                   "--format: \"xml\" is not one of \"text\" or \"json\"", see);
    assert_refused(LINE("-v"), "no command is given", "See \"pgclone --help\".");
    assert_refused(LINE("--format", "json", "mkae"), "unknown command \"mkae\"",
                   "Did you mean \"make\"? See \"pgclone --help\".");
    assert_refused(LINE("template"), "no command is given", "See \"pgclone template --help\".");
    assert_refused(LINE("template", "biuld"), "unknown command \"template biuld\"",
                   "Did you mean \"template build\"? See \"pgclone template --help\".");
}

/* A setting that the command has no use for is a slip, or a wrong idea of the command. */
static void test_settings_that_a_command_does_not_use(void **state)
{
    (void)state;
    assert_refused(LINE("make", "--owner", "x"), "\"make\" does not use --owner",
                   "Leave it out; PGCLONE_OWNER and pgclone.yaml may still set it. "
                   "See \"pgclone make --help\".");
    assert_refused(LINE("-j4", "make"), "\"make\" does not use --jobs",
                   "Leave it out; PGCLONE_JOBS and pgclone.yaml may still set it. "
                   "See \"pgclone make --help\".");
    assert_refused(LINE("keep", "--server", "x"), "\"keep\" does not use --server",
                   "See \"pgclone keep --help\".");
}

/* A URL with a slip in its flag may hold a password, and so may one in a wrong place. */
static void test_mistakes_show_no_secrets(void **state)
{
    struct parsed flag OWNED(parsed_release) =
        parse(LINE("make", "--sever=postgresql://u:hunter2@h/d"));
    struct parsed operand OWNED(parsed_release) =
        parse(LINE("make", "a", "postgresql://u:hunter2@h/d"));
    (void)state;

    assert_string_equal(flag.err.message, "unknown option \"--sever\"");
    assert_null(strstr(operand.err.message, "hunter2"));
}

/* Whoever asks for help need not get the rest right. */
static void test_help_and_version_come_first(void **state)
{
    struct parsed help OWNED(parsed_release) = parse(LINE("make", "a", "b", "-h"));
    struct parsed group OWNED(parsed_release) = parse(LINE("template", "--help"));
    struct parsed overview OWNED(parsed_release) = parse(LINE("--help"));
    struct parsed version OWNED(parsed_release) = parse(LINE("--version"));
    (void)state;

    assert_true(help.done && group.done && overview.done && version.done);
    assert_true(invocation_has(&help.invocation, &option_help));
    assert_string_equal(group.invocation.command->name, "template");
    assert_null(overview.invocation.command);
    assert_true(invocation_has(&version.invocation, &option_version));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_command_is_the_first_operand),
        cmocka_unit_test(test_each_command_reads_the_line_its_own_way),
        cmocka_unit_test(test_nested_commands),
        cmocka_unit_test(test_options_stand_before_and_behind),
        cmocka_unit_test(test_nested_names_are_no_operands),
        cmocka_unit_test(test_the_server_is_not_left_in_the_argument_list),
        cmocka_unit_test(test_mistakes_are_told_with_what_to_do),
        cmocka_unit_test(test_settings_that_a_command_does_not_use),
        cmocka_unit_test(test_mistakes_show_no_secrets),
        cmocka_unit_test(test_help_and_version_come_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
