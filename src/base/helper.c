#include "pgclone/base/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

/* Every signal is blocked here since before the fork; the one that ends us must come through. */
static bool helper_limit(unsigned limit_s, pid_t parent)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t alarm_only;

#ifdef __linux__
    if (prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL) != 0)
        return false;
#endif
    if (getppid() != parent || sigaction(SIGALRM, &usual, NULL) != 0 ||
        sigemptyset(&alarm_only) != 0 || sigaddset(&alarm_only, SIGALRM) != 0 ||
        sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) != 0)
        return false;
    (void)alarm(limit_s);
    return true;
}

bool helper_start(void (*work)(void *context), void *context, unsigned limit_s, struct helper *out)
{
    pid_t parent = getpid();
    sigset_t all;
    sigset_t before;
    int ends[2];

    *out = (struct helper){0};
    if (pipe2(ends, O_CLOEXEC) != 0)
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
    /* The copy's is the last one: its end is the end of the pipe. */
    (void)close(ends[1]);
    out->descriptor = ends[0];
    if (out->pid > 0)
        return true;
    (void)close(ends[0]);
    *out = (struct helper){0};
    return false;
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
