#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/spawn.h"

static void make_arguments(struct strings *out, const char *first, const char *second,
                           const char *third)
{
    const char *const words[] = {first, second, third};

    for (size_t i = 0; i < 3 && words[i] != NULL; i++)
        strings_add(out, words[i]);
}

/* The status of `sh -c script`, started with what `options` say besides. */
static int run_script(const char *script, struct spawn_options options)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    int status = 0;
    pid_t pid = 0;

    make_arguments(&arguments, "sh", "-c", script);
    options.arguments = &arguments;
    assert_true(spawn_start(&options, &pid, &err));
    assert_true(spawn_wait(pid, 10000, &status));
    return status;
}

/* Without this a missing program looks like one that failed, or its error names nothing. */
static void test_missing_program_is_named(void **state)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    struct spawn_options options = {.arguments = &arguments};
    pid_t pid = -7;
    (void)state;

    make_arguments(&arguments, "/nonexistent/program", NULL, NULL);
    assert_false(spawn_start(&options, &pid, &err));
    assert_int_equal(errno, ENOENT);
    assert_int_equal(pid, -7);
    assert_int_equal(err.kind, ERROR_SYSTEM);
    assert_string_equal(err.message,
                        "could not run \"/nonexistent/program\": No such file or directory");
}

/* Without this a folder that is gone is blamed on the program. */
static void test_missing_folder_is_told_apart(void **state)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    struct spawn_options options = {.arguments = &arguments, .folder = "/nonexistent"};
    pid_t pid;
    (void)state;

    make_arguments(&arguments, "true", NULL, NULL);
    assert_false(spawn_start(&options, &pid, &err));
    assert_string_equal(err.message,
                        "could not change the folder for \"true\": No such file or directory");
}

/* Without this a program reads what was typed for us, finds the ignored SIGPIPE or another folder
 * than it was given. */
static void test_program_starts_clean(void **state)
{
    struct sigaction before;
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)state;

    assert_int_equal(sigaction(SIGPIPE, &ignore, &before), 0);
    assert_int_equal(run_script("kill -PIPE $$; exit 3", (struct spawn_options){0}), SIGPIPE);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
    assert_int_equal(run_script("! read line", (struct spawn_options){0}), 0);
    assert_int_equal(run_script("test \"$(pwd)\" = /", (struct spawn_options){.folder = "/"}), 0);
}

/* Without this PGDATA or PGHOSTADDR of the caller leads the server's programs astray. */
static void test_variables_are_left_out(void **state)
{
    struct spawn_options options = {.without = "PG"};
    (void)state;

    assert_int_equal(setenv("PGCLONE_TEST_SPAWN", "inherited", 1), 0);
    assert_int_equal(setenv("OTHER", "value", 1), 0);
    assert_int_equal(
        run_script("test \"$PGCLONE_TEST_SPAWN\" = inherited", (struct spawn_options){0}), 0);
    assert_int_equal(
        run_script("test -z \"$PGCLONE_TEST_SPAWN\" && test \"$OTHER\" = value", options), 0);
    assert_int_equal(run_script("! env | grep ^PG", options), 0);
    assert_int_equal(unsetenv("PGCLONE_TEST_SPAWN"), 0);
    assert_int_equal(unsetenv("OTHER"), 0);
}

/* Without this initdb takes the time zone from the caller, or psql the level of its messages. */
static void test_variables_are_added(void **state)
{
    struct strings additions OWNED(strings_release) = {0};
    struct spawn_options options = {.additions = &additions, .without = "TZ"};
    (void)state;

    assert_int_equal(setenv("TZ", "here", 1), 0);
    strings_add(&additions, "TZ=UTC");
    strings_add(&additions, "OTHER=value");
    assert_int_equal(run_script("test \"$TZ\" = UTC && test \"$OTHER\" = value", options), 0);
    options.without = NULL;
    assert_int_equal(run_script("test \"$TZ\" = UTC && test \"$OTHER\" = value", options), 0);
    assert_string_equal(getenv("TZ"), "here");
    assert_int_equal(unsetenv("TZ"), 0);
}

/* Without this Ctrl-C in the terminal ends the server under the tests. */
static void test_own_session(void **state)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct error err OWNED(error_release) = {0};
    struct spawn_options options = {.arguments = &arguments, .own_session = true};
    pid_t pid;
    (void)state;

    make_arguments(&arguments, "sleep", "60", NULL);
    assert_true(spawn_start(&options, &pid, &err));
    assert_int_equal(getsid(pid), pid);
    assert_int_equal(getpgid(pid), pid);
    assert_false(spawn_wait(pid, 0, NULL));
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_true(spawn_wait(pid, 10000, NULL));
}

/* Starts a sleep that is to die with its parent, which is killed; gives how the sleep ended. */
static int status_of_orphan(bool ignored)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct spawn_options options = {.arguments = &arguments, .death_signal = SIGQUIT};
    int ends[2];
    int status = 0;
    pid_t orphan = 0;
    pid_t parent;

    make_arguments(&arguments, "sleep", "60", NULL);
    assert_int_equal(pipe(ends), 0);
    parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        bool told = !ignored || signal(SIGQUIT, SIG_IGN) != SIG_ERR;

        told = told && spawn_start(&options, &orphan, NULL) &&
               write(ends[1], &orphan, sizeof orphan) == (ssize_t)sizeof orphan;
        (void)kill(getpid(), told ? SIGKILL : SIGTERM);
    }
    assert_int_equal(read(ends[0], &orphan, sizeof orphan), sizeof orphan);
    assert_true(spawn_wait(parent, 10000, NULL));
    assert_true(spawn_wait(orphan, 10000, &status));
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    return status;
}

/* Without this a killed pgclone leaves its server running, or does so when it was a shell's
 * background job: those ignore SIGQUIT. */
static void test_dies_with_its_parent(void **state)
{
    (void)state;

    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL), 0);
    assert_int_equal(status_of_orphan(false) & 0x7f, SIGQUIT);
    assert_int_equal(status_of_orphan(true) & 0x7f, SIGQUIT);
}

/* Without this the server runs as root, which it refuses, or keeps root's groups. */
static void test_becomes_another_user(void **state)
{
    const struct spawn_user user = {.uid = 65534, .gid = 65534};
    (void)state;

    if (geteuid() != 0)
        skip();
    assert_int_equal(run_script("test \"$(id -u) $(id -g) $(id -G)\" = '65534 65534 65534'",
                                (struct spawn_options){.user = &user, .folder = "/"}),
                     0);
}

/* Without this the child of a parent that ignores SIGCHLD is taken for one without a status. */
static void test_status_where_sigchld_was_ignored(void **state)
{
    (void)state;

    assert_true(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    assert_true(interrupt_install(NULL));
    assert_int_equal(WEXITSTATUS(run_script("exit 42", (struct spawn_options){0})), 42);
}

/* Without this the error says "status 9" of a program that was killed. */
static void test_describe(void **state)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    (void)state;

    spawn_describe(run_script("exit 3", (struct spawn_options){0}), &text);
    strbuf_add(&text, ", ");
    spawn_describe(run_script("kill -KILL $$", (struct spawn_options){0}), &text);
    assert_string_equal(strbuf_text(&text), "exited with status 3, was ended by signal 9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_program_is_named),
        cmocka_unit_test(test_missing_folder_is_told_apart),
        cmocka_unit_test(test_program_starts_clean),
        cmocka_unit_test(test_variables_are_left_out),
        cmocka_unit_test(test_variables_are_added),
        cmocka_unit_test(test_own_session),
        cmocka_unit_test(test_dies_with_its_parent),
        cmocka_unit_test(test_becomes_another_user),
        cmocka_unit_test(test_status_where_sigchld_was_ignored),
        cmocka_unit_test(test_describe),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
