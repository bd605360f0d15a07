/* `pgclone template`: a group of commands, and nothing by itself. */
// links: command_lines.c
// links: clean_environment.c
#include "command_lines.h"

static void test_it_names_its_commands(void **state)
{
    struct called called = CALL("help", "template");
    (void)state;

    assert_true(called.done);
    assert_non_null(strstr(strbuf_text(&called.out), "build"));
    assert_non_null(strstr(strbuf_text(&called.out), "list"));
    assert_non_null(strstr(strbuf_text(&called.out), "prune"));
    called_release(&called);
}

/* Without this a call that lacks its last word looks as if it had done something. */
static void test_alone_it_is_a_mistake(void **state)
{
    struct called called = CALL("template");
    (void)state;

    assert_false(called.done);
    assert_int_equal(called.err.kind, ERROR_USAGE);
    called_release(&called);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_names_its_commands),
        cmocka_unit_test(test_alone_it_is_a_mistake),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
