/* `pgclone run` as far as it needs no server: the command, and what it gets in serial mode. */
// links: command_lines.c
// links: clean_environment.c
// links: scratch_folder.c
#include "command_lines.h"

#include <unistd.h>

#include "clean_environment.h"
#include "pgclone/base/interrupt.h"
#include "scratch_folder.h"

static int install(void **state)
{
    struct error err = {0};
    (void)state;

    return interrupt_install(&err) ? 0 : -1;
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0 || chdir(scratch_folder()) != 0)
        return -1;
    clean_environment();
    (void)setenv("TMPDIR", scratch_folder(), 1);
    return setenv("PGCLONE_SERVER", "postgresql://me:secret@h/app", 1);
}

static int teardown(void **state)
{
    (void)unsetenv("TMPDIR");
    return chdir("/") != 0 ? -1 : scratch_teardown(state);
}

/* The command has the variables and the terminal; its status is pgclone's. */
static void test_the_command_gets_the_databases(void **state)
{
    struct called called OWNED(called_release) =
        CALL("run", "--no-create", "--run-id", "r1", "--", "sh", "-c",
             "echo \"$PGCLONE_URL_GW0 $PGCLONE_RUN_ID $PGCLONE_WORKERS\"; "
             "grep -c configured \"$PGCLONE_MANIFEST\"; exit 7");
    (void)state;

    if (!called.done)
        print_error("%s\n", called.err.message);
    assert_true(called.done);
    assert_int_equal(called.status, 7);
    assert_string_equal(strbuf_text(&called.out), "postgresql://me:secret@h/app r1 1\n1\n");
}

/* Behind `--` all is the command's, and so it is behind its name where `--` is left out, as long as
 * it does not look like an option. */
static void test_the_commands_own_options(void **state)
{
    struct called dashes OWNED(called_release) =
        CALL("run", "--no-create", "--", "echo", "-v", "--help", "--", "create");
    struct called plain OWNED(called_release) = CALL("run", "echo", "create", "--no-create");
    struct called mixed OWNED(called_release) = CALL("run", "echo", "-x", "--no-create");
    (void)state;

    assert_true(dashes.done && plain.done);
    assert_string_equal(strbuf_text(&dashes.out), "-v --help -- create\n");
    assert_string_equal(strbuf_text(&plain.out), "create\n");
    assert_false(mixed.done);
    assert_string_equal(mixed.err.message, "unknown option \"-x\"");
}

static void test_commands_that_cannot_be_started(void **state)
{
    struct called none OWNED(called_release) = CALL("run", "--no-create", "--");
    struct called missing OWNED(called_release) =
        CALL("run", "--no-create", "--", "./not-there", "x");
    struct called guarded OWNED(called_release) =
        CALL("run", "--no-create", "-w", "2", "--", "true");
    (void)state;

    assert_false(none.done);
    assert_int_equal(none.err.kind, ERROR_USAGE);
    assert_string_equal(none.err.message, "there is no command to run");
    assert_false(missing.done);
    assert_non_null(strstr(missing.err.message, "not-there"));
    assert_false(guarded.done);
    assert_int_equal(guarded.err.kind, ERROR_GUARD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_command_gets_the_databases, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_commands_own_options, setup, teardown),
        cmocka_unit_test_setup_teardown(test_commands_that_cannot_be_started, setup, teardown),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
