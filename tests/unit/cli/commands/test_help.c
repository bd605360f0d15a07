/* `pgclone help`: the same texts as --help. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/help.h"

static void assert_shows(struct called called, const char *name)
{
    struct strbuf expected OWNED(strbuf_release) = {0};

    help_add(command_table, name != NULL ? command_find(command_table, name) : NULL, &expected);
    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), strbuf_text(&expected));
    called_release(&called);
}

static void test_shows_what_help_does(void **state)
{
    (void)state;
    assert_shows(CALL("help"), NULL);
    assert_shows(CALL("help", "create"), "create");
    assert_shows(CALL("-q", "help", "help"), "help");
}

static void test_unknown_commands(void **state)
{
    struct called unknown OWNED(called_release) = CALL("help", "craete");
    struct called nested OWNED(called_release) = CALL("help", "create", "x");
    (void)state;

    assert_false(unknown.done);
    assert_string_equal(unknown.err.message, "unknown command \"craete\"");
    assert_string_equal(unknown.err.hint, "Did you mean \"create\"? See \"pgclone --help\".");
    assert_false(nested.done);
    assert_string_equal(nested.err.message, "unknown command \"create x\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shows_what_help_does),
        cmocka_unit_test(test_unknown_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
