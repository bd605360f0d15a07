#include "pgclone/base/helper.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/process.h"

/* In the copy: sees to its end. Every signal has been blocked since before the fork; the alarm that
 * ends us must come through. */
static bool helper_limit(unsigned limit_s, pid_t parent)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t alarm_only;

    if (!process_die_with(parent, SIGKILL) || sigaction(SIGALRM, &usual, NULL) != 0 ||
        sigemptyset(&alarm_only) != 0 || sigaddset(&alarm_only, SIGALRM) != 0 ||
        sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) != 0)
        return false;
    (void)alarm(limit_s);
    return true;
}

bool helper_start(void (*work)(void *context), void *context, unsigned limit_s, struct helper *out)
{
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1; /* the copy's is the last one: its end is the pipe's */
    pid_t parent = getpid();
    sigset_t all;
    sigset_t before;

    *out = (struct helper){0};
    if (!file_pipe(&readable, &writable, NULL))
        return false;
    (void)sigfillset(&all);
    (void)sigprocmask(SIG_SETMASK, &all, &before);
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
