/* `pgclone completion`: a script, or the answer that the script asks for. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/completion.h"

static void test_prints_the_script(void **state)
{
    (void)state;
    for (const struct completion_script *row = completion_scripts; row->shell != NULL; row++) {
        struct called called OWNED(called_release) = CALL("completion", row->shell);

        assert_true(called.done);
        assert_string_equal(strbuf_text(&called.out), row->text);
    }
}

/* The words of the line come behind `--`, the program's name first. */
static void test_answers(void **state)
{
    struct called called OWNED(called_release) =
        CALL("completion", "--answer", "--", "pgclone", "list", "--format", "");
    struct called nothing OWNED(called_release) = CALL("completion", "--answer", "--", "pgclone");
    (void)state;

    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), "words\ntext\t\njson\t\n");
    assert_true(nothing.done);
    assert_string_equal(strbuf_text(&nothing.out), "");
}

static void test_other_shells(void **state)
{
    struct called none OWNED(called_release) = CALL("completion");
    struct called two OWNED(called_release) = CALL("completion", "bash", "zsh");
    struct called unknown OWNED(called_release) = CALL("completion", "tcsh");
    (void)state;

    assert_int_equal(none.err.kind, ERROR_USAGE);
    assert_string_equal(none.err.message, "completion needs one shell: bash, zsh or fish");
    assert_string_equal(two.err.message, "completion needs one shell: bash, zsh or fish");
    assert_string_equal(unknown.err.message, "no completion for \"tcsh\": it is bash, zsh or fish");
    assert_string_equal(strbuf_text(&unknown.out), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prints_the_script),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_other_shells),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
