/* `pgclone serve` as far as it needs no server: what it refuses. */
// links: command_lines.c
// links: clean_environment.c
#include "command_lines.h"

#include "clean_environment.h"

static int setup(void **state)
{
    (void)state;
    clean_environment();
    return 0;
}

/* Nothing is answered where nothing can be handed out: a framework that waits for a line sees the
 * end of its pipe. */
static void test_what_it_refuses(void **state)
{
    static const struct {
        const char *option;
        const char *server;
        enum error_kind kind;
        const char *message;
    } cases[] = {
        {"--no-create", "postgresql://h/app", ERROR_USAGE, "creation is off"},
        {"--clone", "postgresql://h/", ERROR_GUARD, "template"},
        {"--keep", "postgresql://h/app", ERROR_USAGE, "\"--keep\""},
        {"--clone", "nonsense://h", ERROR_USAGE, ""},
        {"take", "postgresql://h/app", ERROR_USAGE, "take"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct called called OWNED(called_release) =
            CALL("serve", "--server", cases[i].server, cases[i].option);

        assert_false(called.done);
        if (called.err.kind != cases[i].kind ||
            strstr(called.err.message, cases[i].message) == NULL)
            fail_msg("%s: %s", cases[i].option, called.err.message);
        assert_string_equal(strbuf_text(&called.out), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_what_it_refuses, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
