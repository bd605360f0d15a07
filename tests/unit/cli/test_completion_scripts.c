/* The scripts for the shells. tests/integration/test_completion.py tries them in the shells. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/completion.h"

/* Each shell that `pgclone completion` names has a script, which asks the program. */
static void test_every_shell_has_a_script(void **state)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};
    (void)state;

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        assert_string_equal(completion_scripts[i].shell, shells[i]);
        assert_non_null(strstr(completion_scripts[i].text, " completion --answer "));
    }
    assert_null(completion_scripts[sizeof shells / sizeof shells[0]].shell);
    /* zsh finds the function's name in the first line of a file in fpath. */
    assert_int_equal(strncmp(completion_scripts[1].text, "#compdef pgclone\n", 17), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shell_has_a_script),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
