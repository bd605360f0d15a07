/* Help texts: of the program, of a command, and of a group of commands. */
// links: command_lines.c
#include "command_lines.h"

#include "pgclone/cli/help.h"

static char *help_text(const char *name)
{
    struct strbuf text = {0};

    help_add(lines_table, name != NULL ? command_find(lines_table, name) : NULL, &text);
    return strbuf_take(&text);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

static void assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" is in:\n%s", part, text);
}

/* Under the headings of their sections, nested ones not at all, empty sections neither. */
static void test_overview(void **state)
{
    char *text OWNED(memory_free_string) = help_text(NULL);
    (void)state;

    assert_has(text, "\nTest runs:\n  template    templates\n");
    assert_has(text, "\nDatabases:\n  explain     explains one\n  keep        keeps them\n");
    assert_lacks(text, "Help:");
    assert_lacks(text, "build");
}

static void test_a_command(void **state)
{
    char *text OWNED(memory_free_string) = help_text("make");
    (void)state;

    assert_has(text, "Usage: pgclone make [OPTION]... [NAME]\n\nIt makes them.\n\nOptions:\n"
                     "      --format FORMAT           how: text, json\n"
                     "  -o, --output FILE             ");
    assert_has(text, "  -h, --help                    show this text\n");
    assert_has(text, "\n  -w, --workers N|auto          ");
    assert_has(text, "[PGCLONE_WORKERS, workers; 1 to 4096; default: 1]");
    assert_has(text,
               "[PGCLONE_RUNNER, runner; pytest-xdist, jest, vitest, mocha, nextest, paratest, "
               "mix, parallel-tests, django; default: pytest-xdist]");
    assert_has(text, "      --create, --no-create     ");
    assert_has(text, "[PGCLONE_CONFIG; default: pgclone.yaml]");
    /* A long flag's explanation begins on the next line. */
    assert_has(text, "      --maintenance-database NAME\n                                where");
}

/* Whoever sees a flag in --help tries it. */
static void test_what_a_command_does_not_use_is_not_shown(void **state)
{
    char *make OWNED(memory_free_string) = help_text("make");
    char *keep OWNED(memory_free_string) = help_text("keep");
    (void)state;

    assert_lacks(make, "--owner");
    assert_lacks(make, "--force");
    assert_lacks(make, "Commands:");
    assert_lacks(keep, "Settings");
    assert_lacks(keep, "--server");
}

static void test_a_group_lists_its_commands(void **state)
{
    char *group OWNED(memory_free_string) = help_text("template");
    char *build OWNED(memory_free_string) = help_text("template build");
    (void)state;

    assert_has(group, "Usage: pgclone template COMMAND [OPTION]...\n\nIt is about templates.\n\n"
                      "Commands:\n  build       builds one\n  prune       drops old ones\n");
    assert_has(build, "Usage: pgclone template build [OPTION]...\n");
    assert_has(build, "      --force ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overview),
        cmocka_unit_test(test_a_command),
        cmocka_unit_test(test_what_a_command_does_not_use_is_not_shown),
        cmocka_unit_test(test_a_group_lists_its_commands),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
