/* `pgclone completion`: a script, or the answer that the script asks for. */
// links: command_lines.c
#include "command_lines.h"

#include <stdio.h>
#include <unistd.h>

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

/* Standard input for the next call. */
static void type_words(const char *bytes, size_t length)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, length), length);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    clearerr(stdin);
}

static void assert_answers(const char *bytes, size_t length, const char *expected)
{
    struct called called OWNED(called_release) = {0};

    type_words(bytes, length);
    called = CALL("completion", "--answer");
    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), expected);
}

#define ANSWERS(words, expected) assert_answers((words), sizeof(words) - 1, (expected))

/* The words of the line stand on standard input, where no other user sees them. */
static void test_answers(void **state)
{
    (void)state;
    ANSWERS("pgclone\0list\0--format\0\0", "words\ntext\t\njson\t\n");
    ANSWERS("pgclone\0list\0--format=", "words\n--format=text\t\n--format=json\t\n");
    ANSWERS("pgclone\0", "");
    ANSWERS("", "");
}

static void test_other_shells(void **state)
{
    struct called none OWNED(called_release) = CALL("completion");
    struct called two OWNED(called_release) = CALL("completion", "bash", "zsh");
    struct called unknown OWNED(called_release) = CALL("completion", "tcsh");
    (void)state;

    assert_int_equal(none.err.kind, ERROR_USAGE);
    assert_string_equal(none.err.message, "completion needs a shell: bash, zsh or fish");
    assert_string_equal(two.err.message, "unexpected argument \"zsh\"");
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
