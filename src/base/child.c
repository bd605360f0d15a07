#include "pgclone/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"

/* The two pipes between the parent and the child until the command runs. */
struct child_pipes {
    int go[2];     /* a byte for the child: the command may run */
    int report[2]; /* the errno of an exec that failed; closed by one that did not */
};

enum { READ_END, WRITE_END };

/* In the child: becomes the command, or tells the parent through the pipe why not. A signal that
 * has come in the meantime ends it when it is let through, and stands for the command's end. */
static void child_become(char *const argv[], const struct strings *environment,
                         const struct child_pipes *pipes, const sigset_t *mask)
{
    int reason;
    char byte;

    (void)close(pipes->go[WRITE_END]);
    if (read(pipes->go[READ_END], &byte, 1) != 1)
        _exit(CHILD_NOT_FOUND);
    interrupt_restore();
    interrupt_release(mask);
    for (size_t i = 0; i < environment->count; i++)
        (void)putenv(environment->items[i]);
    (void)execvp(argv[0], argv);
    reason = errno;
    (void)!write(pipes->report[WRITE_END], &reason, sizeof reason);
    _exit(CHILD_NOT_FOUND);
}

static bool child_failed(const char *name, int reason, int *status, struct error *err)
{
    *status = reason == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
    return error_set(err, ERROR_SYSTEM, "could not run \"%s\": %s", name, strerror(reason));
}

static bool child_open_pipes(struct child_pipes *pipes)
{
    if (pipe2(pipes->go, O_CLOEXEC) != 0)
        return false;
    if (pipe2(pipes->report, O_CLOEXEC) == 0)
        return true;
    (void)close(pipes->go[READ_END]);
    (void)close(pipes->go[WRITE_END]);
    return false;
}

/*
 * Signals are held back around the fork: one that came before it is not the child's, and would be
 * lost for a command that is already on its way. After the fork all that the terminal sends comes
 * to both. So the child waits until the parent has looked. Whether it may run.
 */
static bool child_let_go(const struct child_pipes *pipes)
{
    return !interrupt_is_near() && write(pipes->go[WRITE_END], "", 1) == 1;
}

/* 0 when the command runs, or else the reason. */
static int child_hear(const struct child_pipes *pipes)
{
    int reason = 0;
    ssize_t length;

    do
        length = read(pipes->report[READ_END], &reason, sizeof reason);
    while (length < 0 && errno == EINTR);
    return reason;
}

bool child_start(char *const argv[], const struct strings *environment, struct child *child,
                 int *status, struct error *err)
{
    struct child_pipes pipes;
    sigset_t mask;
    bool let_go;
    int reason;

    if (!child_open_pipes(&pipes))
        return child_failed(argv[0], errno, status, err);
    interrupt_hold(&mask);
    child->pid = fork();
    if (child->pid == 0)
        child_become(argv, environment, &pipes, &mask);
    reason = child->pid < 0 ? errno : 0;
    let_go = child->pid > 0 && child_let_go(&pipes);
    interrupt_release(&mask);
    (void)close(pipes.go[READ_END]);
    (void)close(pipes.go[WRITE_END]);
    (void)close(pipes.report[WRITE_END]);
    if (let_go)
        reason = child_hear(&pipes);
    (void)close(pipes.report[READ_END]);
    if (let_go && reason == 0)
        return true;
    if (child->pid > 0)
        (void)waitpid(child->pid, NULL, 0);
    return reason == 0 ? interrupt_error(err) : child_failed(argv[0], reason, status, err);
}

bool child_has_ended(const struct child *child, int *status)
{
    int raw = 0;

    if (waitpid(child->pid, &raw, WNOHANG) != child->pid)
        return false;
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return true;
}
