#include "pgclone/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/interrupt.h"

/* In the child: becomes the command, or tells the parent through the pipe why not. */
static void child_become(char *const argv[], const struct strings *environment, int report)
{
    int reason;

    interrupt_restore();
    for (size_t i = 0; i < environment->count; i++)
        (void)putenv(environment->items[i]);
    (void)execvp(argv[0], argv);
    reason = errno;
    (void)!write(report, &reason, sizeof reason);
    _exit(CHILD_NOT_FOUND);
}

static bool child_failed(const char *name, int reason, int *status, struct error *err)
{
    *status = reason == ENOENT ? CHILD_NOT_FOUND : CHILD_NOT_EXECUTABLE;
    return error_set(err, ERROR_SYSTEM, "could not run \"%s\": %s", name, strerror(reason));
}

bool child_start(char *const argv[], const struct strings *environment, struct child *child,
                 int *status, struct error *err)
{
    int pipes[2];
    int reason = 0;
    ssize_t length;

    if (pipe2(pipes, O_CLOEXEC) != 0)
        return child_failed(argv[0], errno, status, err);
    child->pid = fork();
    if (child->pid == 0)
        child_become(argv, environment, pipes[1]);
    if (child->pid < 0)
        reason = errno;
    (void)close(pipes[1]);
    /* The pipe closes with a successful exec. */
    do
        length = child->pid > 0 ? read(pipes[0], &reason, sizeof reason) : 0;
    while (length < 0 && errno == EINTR);
    (void)close(pipes[0]);
    if (reason == 0)
        return true;
    if (child->pid > 0)
        (void)waitpid(child->pid, NULL, 0);
    return child_failed(argv[0], reason, status, err);
}

bool child_has_ended(const struct child *child, int *status)
{
    int raw = 0;

    if (waitpid(child->pid, &raw, WNOHANG) != child->pid)
        return false;
    *status = WIFSIGNALED(raw) ? 128 + WTERMSIG(raw) : WEXITSTATUS(raw);
    return true;
}
