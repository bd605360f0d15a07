#include "pgclone/base/helper.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/process.h"

/* Whoever called us may have had the alarm ignored that is to end the copy. */
static bool helper_limit(unsigned limit_s, pid_t parent)
{
    if (!process_die_with(parent, SIGKILL) || signal(SIGALRM, SIG_DFL) == SIG_ERR)
        return false;
    (void)alarm(limit_s);
    return true;
}

bool helper_start(void (*work)(void *context), void *context, unsigned limit_s, struct helper *out)
{
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1; /* the copy's is the last one: its end is the pipe's */
    pid_t parent = getpid();
    sigset_t others; /* than the alarm */
    sigset_t before;

    *out = (struct helper){0};
    if (!file_pipe(&readable, &writable, NULL))
        return false;
    (void)sigfillset(&others);
    (void)sigdelset(&others, SIGALRM);
    (void)sigprocmask(SIG_SETMASK, &others, &before);
    out->pid = fork();
    if (out->pid == 0) {
        if (helper_limit(limit_s, parent))
            work(context);
        _exit(0);
    }
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (out->pid < 0) {
        *out = (struct helper){0};
        return false;
    }
    out->descriptor = file_take(&readable);
    return true;
}

void helper_end(struct helper *helper)
{
    if (helper->pid == 0)
        return;
    (void)kill(helper->pid, SIGKILL);
    (void)waitpid(helper->pid, NULL, 0);
    (void)close(helper->descriptor);
    *helper = (struct helper){0};
}
