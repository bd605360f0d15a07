/* The words of a command line, one by one. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/arguments.h"

/* Each argument as text: "name:x", "operand:x", "flag:workers=2", "unknown:al", "needs:w",
 * "extra:all". */
static void read_line(const struct line *line, struct strbuf *out)
{
    static const char *const kinds[] = {
        [ARGUMENT_NAME] = "name",         [ARGUMENT_OPERAND] = "operand",
        [ARGUMENT_FLAG] = "flag",         [ARGUMENT_UNKNOWN] = "unknown",
        [ARGUMENT_NEEDS_VALUE] = "needs", [ARGUMENT_EXTRA_VALUE] = "extra"};
    const struct command *make = command_find(lines_table, "make");
    struct arguments arguments OWNED(arguments_release) = {0};
    struct argument argument;

    arguments_begin(lines_table, make, line->count, line->words, &arguments);
    while (arguments_next(&arguments, &argument)) {
        strbuf_printf(out, "%s%s:", out->length > 0 ? " " : "", kinds[argument.kind]);
        if (argument.kind == ARGUMENT_NAME || argument.kind == ARGUMENT_OPERAND)
            strbuf_add(out, argument.value);
        else if (argument.flag != NULL)
            strbuf_add(out, argument.flag->row.flag);
        else
            strbuf_printf(out, "%.*s", argument.name_length, argument.name);
        if (argument.kind == ARGUMENT_FLAG && argument.value != NULL)
            strbuf_printf(out, "=%s", argument.value);
    }
}

static void assert_reads(struct line line, const char *expected)
{
    struct strbuf out OWNED(strbuf_release) = {0};

    read_line(&line, &out);
    assert_string_equal(strbuf_text(&out), expected);
    line_release(&line);
}

/* `--opt value` and `--opt=value` are alike, also where the value is empty or looks like a flag. */
static void test_values_stand_behind_a_space_or_an_equals_sign(void **state)
{
    (void)state;
    assert_reads(LINE("--workers", "2"), "flag:workers=2");
    assert_reads(LINE("--workers=2"), "flag:workers=2");
    assert_reads(LINE("--template="), "flag:template=");
    assert_reads(LINE("--name=a=b"), "flag:name=a=b");
    assert_reads(LINE("--name", "--output"), "flag:name=--output");
    assert_reads(LINE("--workers"), "needs:workers");
    assert_reads(LINE("--verbose=yes"), "extra:verbose");
    assert_reads(LINE("--no-create", "x"), "flag:no-create name:x");
}

/* As in `-vv`, `-w4`, `-w 4` and `-vw4`. */
static void test_short_flags_cluster(void **state)
{
    (void)state;
    assert_reads(LINE("-vv"), "flag:verbose flag:verbose");
    assert_reads(LINE("-w4"), "flag:workers=4");
    assert_reads(LINE("-w", "4"), "flag:workers=4");
    assert_reads(LINE("-vqw4", "x"), "flag:verbose flag:quiet flag:workers=4 name:x");
    assert_reads(LINE("-ofile", "-c", "y"), "flag:output=file flag:config=y");
    assert_reads(LINE("-vw"), "flag:verbose needs:workers");
    assert_reads(LINE("-vxq"), "flag:verbose unknown:x flag:quiet");
}

/* A script that abbreviates breaks when a longer flag comes along. */
static void test_nothing_is_abbreviated(void **state)
{
    (void)state;
    assert_reads(LINE("--work", "2"), "unknown:work name:2");
    assert_reads(LINE("--workerss=2"), "unknown:workerss");
    assert_reads(LINE("--=x"), "unknown:");
}

/* Operands stand anywhere, the command's name first; behind `--` everything is one. */
static void test_operands(void **state)
{
    (void)state;
    assert_reads(LINE("a", "-v", "b"), "name:a flag:verbose operand:b");
    assert_reads(LINE("a", "--", "-v", "--", "b"), "name:a operand:-v operand:-- operand:b");
    assert_reads(LINE("-", "", "x"), "name:- operand: operand:x");
    assert_reads(LINE("--"), "");
    assert_reads(LINE("--name", "--", "x"), "flag:name=-- name:x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_stand_behind_a_space_or_an_equals_sign),
        cmocka_unit_test(test_short_flags_cluster),
        cmocka_unit_test(test_nothing_is_abbreviated),
        cmocka_unit_test(test_operands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
