#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/spawn.h"

/* So many variables that there is time for a signal between the fork and the command. */
static void fill(struct strings *additions)
{
    char variable[32];

    for (int i = 0; i < 3000; i++) {
        (void)snprintf(variable, sizeof variable, "VARIABLE_%d=value", i);
        strings_add(additions, variable);
    }
}

/* Starts the words, up to a NULL, as the user's command. */
static bool start(const char *const words[], const struct strings *additions, pid_t *out,
                  struct error *err)
{
    struct strings arguments OWNED(strings_release) = {0};
    struct spawn_options options = {
        .arguments = &arguments, .additions = additions, .foreground = true};

    for (size_t i = 0; words[i] != NULL; i++)
        strings_add(&arguments, words[i]);
    return spawn_start(&options, out, err);
}

/* As `pgclone run -- sleep 20` in a process group of its own; does not pass signals on, as it would
 * not with those of the terminal. Its exit status is the command's, or 128 + the signal's number.
 */
static void run_sleep(int started)
{
    static const char *const words[] = {"sleep", "20", NULL};
    struct strings additions = {0};
    struct error err = {0};
    int status = 0;
    pid_t pid;

    fill(&additions);
    (void)setpgid(0, 0);
    (void)signal(SIGINT, SIG_DFL);
    if (!interrupt_install(NULL))
        _exit(99);
    (void)!write(started, "", 1);
    if (!start(words, &additions, &pid, &err))
        _exit(err.kind == ERROR_INTERRUPTED ? error_exit_code(&err) : 98);
    while (!spawn_has_ended(pid, &status))
        (void)poll(NULL, 0, 1);
    _exit(status);
}

/* Ctrl-C at whatever moment: the command hears of it, or never runs. It is the terminal's, so that
 * nobody else will tell the command. */
static void test_no_signal_is_lost_on_the_way(void **state)
{
    (void)state;
    for (int round = 0; round < 60; round++) {
        int status = 0;
        int ends[2];
        pid_t group;
        bool ended;
        char byte;

        assert_int_equal(pipe(ends), 0);
        group = fork();
        assert_true(group >= 0);
        if (group == 0)
            run_sleep(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 1);
        (void)usleep((useconds_t)(round * round * 10)); /* up to 36 ms, most of them short */
        assert_int_equal(kill(-group, SIGINT), 0);
        ended = spawn_wait(group, 10000, &status);
        (void)kill(-group, SIGKILL);
        (void)close(ends[0]);
        (void)close(ends[1]);
        if (!ended)
            fail_msg("SIGINT was lost in round %d", round);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 128 + SIGINT);
    }
}

static int exit_status_of(const char *const words[])
{
    struct strings additions OWNED(strings_release) = {0};
    int status = 0;
    pid_t pid;

    strings_add(&additions, "GIVEN=7");
    if (!start(words, &additions, &pid, NULL))
        return spawn_status_of_failure(errno);
    while (!spawn_has_ended(pid, &status))
        (void)poll(NULL, 0, 1);
    return status;
}

/* The command's own status, its environment, and how signals are set for it, are as without us. */
static void test_command_runs_as_if_alone(void **state)
{
    static const char check[] = "trap 'exit 9' TERM; kill -TERM $$; exit 1";
    (void)state;

    assert_int_equal(exit_status_of((const char *[]){"sh", "-c", "exit $GIVEN", NULL}), 7);
    assert_int_equal(exit_status_of((const char *[]){"sh", "-c", "kill -INT $$", NULL}),
                     128 + SIGINT);
    assert_int_equal(exit_status_of((const char *[]){"sh", "-c", check, NULL}), 9);
}

/* Without this a command that is to outlive SIGTERM, as its caller has set it, does not. */
static void test_command_ignores_what_the_caller_does(void **state)
{
    static const char *const words[] = {"sh", "-c", "kill -TERM $$; exit 9", NULL};
    int status = 0;
    pid_t caller = fork();
    (void)state;

    assert_true(caller >= 0);
    if (caller == 0) {
        (void)signal(SIGTERM, SIG_IGN);
        _exit(interrupt_install(NULL) ? exit_status_of(words) : 1);
    }
    assert_true(spawn_wait(caller, 20000, &status));
    assert_int_equal(WEXITSTATUS(status), 9);
}

/* As env(1) and sh say it. */
static void test_command_that_cannot_run(void **state)
{
    (void)state;
    assert_int_equal(exit_status_of((const char *[]){"no-such-program-here", NULL}),
                     SPAWN_NOT_FOUND);
    assert_int_equal(exit_status_of((const char *[]){"/", NULL}), SPAWN_NOT_EXECUTABLE);
}

/* Without this the command cannot ask at the terminal, and Ctrl-C does not reach it. */
static void test_command_shares_terminal_and_streams(void **state)
{
    int before = dup(STDIN_FILENO);
    int status = 0;
    int ends[2];
    pid_t pid;
    (void)state;

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_true(
        start((const char *[]){"sh", "-c", "read line; exit $line", NULL}, NULL, &pid, NULL));
    assert_int_equal(getpgid(pid), getpgrp());
    assert_int_equal(getsid(pid), getsid(0));
    assert_false(spawn_has_ended(pid, &status));
    assert_int_equal(write(ends[1], "5\n", 2), 2);
    while (!spawn_has_ended(pid, &status))
        (void)poll(NULL, 0, 1);
    assert_int_equal(status, 5);
    assert_int_equal(dup2(before, STDIN_FILENO), STDIN_FILENO);
    (void)close(ends[0]);
    (void)close(ends[1]);
    (void)close(before);
}

static int install(void **state)
{
    (void)state;
    (void)signal(SIGINT, SIG_DFL);
    return interrupt_install(NULL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest alone[] = {cmocka_unit_test(test_no_signal_is_lost_on_the_way)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_command_runs_as_if_alone),
        cmocka_unit_test(test_command_ignores_what_the_caller_does),
        cmocka_unit_test(test_command_that_cannot_run),
        cmocka_unit_test(test_command_shares_terminal_and_streams),
    };

    return cmocka_run_group_tests(alone, NULL, NULL) + cmocka_run_group_tests(tests, install, NULL);
}
