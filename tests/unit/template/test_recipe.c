/* A build's programs: what they are told, what becomes of their output, and how they fail. */
// links: scratch_folder.c
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/template/recipe.h"
#include "scratch_folder.h"

static struct settings_build build;
static struct strings environment;
static struct recipe recipe;
static char *path_before;

/* As in the program; the end of a child is a signal, too. */
static int install(void **state)
{
    (void)state;
    return interrupt_install(NULL) ? 0 : -1;
}

static int setup(void **state)
{
    build = (struct settings_build){0};
    environment = (struct strings){0};
    recipe = (struct recipe){
        .build = &build, .name = "shop_0123", .environment = &environment, .without = "PGSERVICE"};
    scratch_setup(state);
    recipe.folder = scratch_folder();
    path_before = memory_copy_string(getenv("PATH"));
    interrupt_reset();
    log_set_level(LOG_QUIET);
    return 0;
}

static int teardown(void **state)
{
    strings_release(&build.sql);
    strings_release(&build.command);
    strings_release(&environment);
    (void)setenv("PATH", path_before, 1);
    memory_free_string(&path_before);
    interrupt_reset();
    log_set_level(LOG_NORMAL);
    return scratch_teardown(state);
}

static void shell(const char *script)
{
    strings_add(&build.command, script);
    build.command_is_shell = true;
}

/* What the program has left in a file of the folder. */
static void assert_left(const char *name, const char *expected)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct error err OWNED(error_release) = {0};

    if (!file_read(scratch_path(name), 4096, &text, &err))
        fail_msg("%s", err.message);
    assert_string_equal(strbuf_text(&text), expected);
}

/* Without this migrations run on the wrong database, or in the wrong folder, or wait for input. */
static void test_what_a_command_finds(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    strings_add(&environment, "PGDATABASE=scratch");
    shell("echo \"$PGDATABASE $PGSERVICE$(cat)\" > seen");
    assert_int_equal(setenv("PGSERVICE", "other", 1), 0);
    if (!recipe_run(&recipe, &err))
        fail_msg("%s", err.message);
    assert_int_equal(unsetenv("PGSERVICE"), 0);
    assert_left("seen", "scratch \n");
}

/* Without this an argument with a space becomes two. */
static void test_an_argument_list_is_no_shell_line(void **state)
{
    static const char *const words[] = {"/bin/sh", "-c", "printf '%s|' \"$@\" > seen", "sh", "a b",
                                        "$HOME",   ""};
    (void)state;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        strings_add(&build.command, words[i]);
    assert_true(recipe_run(&recipe, NULL));
    assert_left("seen", "a b|$HOME||");
}

/* Without this a failed migration looks like a template, or nobody learns why it failed. */
static void test_a_command_that_fails(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    shell("echo to the point; echo and this >&2; exit 3");
    assert_false(recipe_run(&recipe, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message, "the build's command exited with status 3");
    assert_string_equal(err.detail, "to the point\nand this");
}

static void test_a_command_that_is_killed(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    shell("kill -9 $$");
    assert_false(recipe_run(&recipe, &err));
    assert_string_equal(err.message, "the build's command was ended by signal 9");
    assert_null(err.detail);
}

static void test_a_command_that_is_not_there(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    strings_add(&build.command, "./migrate");
    assert_false(recipe_run(&recipe, &err));
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_non_null(strstr(err.message, "the build's command: could not run \"./migrate\""));
}

/* Without this the command works on an empty database, or after an SQL file that failed. */
static void test_files_come_first(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    scratch_make_folder("bin", 0755);
    scratch_make_file("bin/psql",
                      "#!/bin/sh\nprintf '%s ' \"$@\" \"$PGOPTIONS\" > seen\nexit $PSQL_STATUS\n",
                      0755);
    assert_int_equal(setenv("PATH", scratch_path("bin"), 1), 0);
    strings_add(&build.sql, "a.sql");
    strings_add(&environment, "PSQL_STATUS=0");
    shell("echo command >> seen");
    if (!recipe_run(&recipe, &err))
        fail_msg("%s", err.message);
    assert_left("seen", "-X -q -w -o /dev/null -v ON_ERROR_STOP=1 -f a.sql -c "
                        "client_min_messages=warning command\n");
    strings_add(&environment, "PSQL_STATUS=3");
    assert_false(recipe_run(&recipe, &err));
    assert_string_equal(err.message, "psql, which runs the SQL files, exited with status 3");
    assert_left(
        "seen",
        "-X -q -w -o /dev/null -v ON_ERROR_STOP=1 -f a.sql -c client_min_messages=warning ");
}

/* Without this Ctrl-C leaves migrations running, or ends the shell and not what it runs. */
static void test_a_signal_reaches_all_of_it(void **state)
{
    struct error err OWNED(error_release) = {0};
    (void)state;

    shell("trap 'echo first >> seen' TERM; (trap 'echo second >> seen; exit' TERM; "
          "kill -TERM $RECIPE_PID; while :; do sleep 0.01; done) & wait; wait");
    {
        struct strbuf pid OWNED(strbuf_release) = {0};

        strbuf_printf(&pid, "RECIPE_PID=%d", (int)getpid());
        strings_add(&environment, strbuf_text(&pid));
    }
    assert_false(recipe_run(&recipe, &err));
    assert_int_equal(err.kind, ERROR_INTERRUPTED);
    assert_int_equal(err.signal, SIGTERM);
    {
        struct strbuf text OWNED(strbuf_release) = {0};

        assert_true(file_read(scratch_path("seen"), 4096, &text, &err));
        assert_non_null(strstr(strbuf_text(&text), "first"));
        assert_non_null(strstr(strbuf_text(&text), "second"));
    }
}

int main(void)
{
#define RECIPE_TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
    const struct CMUnitTest tests[] = {
        RECIPE_TEST(test_what_a_command_finds),
        RECIPE_TEST(test_an_argument_list_is_no_shell_line),
        RECIPE_TEST(test_a_command_that_fails),
        RECIPE_TEST(test_a_command_that_is_killed),
        RECIPE_TEST(test_a_command_that_is_not_there),
        RECIPE_TEST(test_files_come_first),
        RECIPE_TEST(test_a_signal_reaches_all_of_it),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
