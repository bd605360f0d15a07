#include "pgclone/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"

extern char **environ;

/* How often a child is looked at. A program that starts or ends in milliseconds is worth it. */
static const int look_ms = 1;
/* How long a killed process may take to be gone. */
static const int kill_ms = 5000;

/* What a child does before the program runs; a failure is told to the parent by its number. */
enum spawn_step {
    STEP_SIGNALS,
    STEP_STREAMS,
    STEP_SESSION,
    STEP_USER,
    STEP_DEATH_SIGNAL,
    STEP_FOLDER,
    STEP_RUN
};

static const char *const step_failures[] = {
    [STEP_SIGNALS] = "could not set up the signals of",
    [STEP_STREAMS] = "could not set up the streams of",
    [STEP_SESSION] = "could not make a session for",
    [STEP_USER] = "could not change the user for",
    [STEP_DEATH_SIGNAL] = "could not tie to this process",
    [STEP_FOLDER] = "could not change the folder for",
    [STEP_RUN] = "could not run",
};

struct spawn_failure {
    enum spawn_step step;
    int number;
};

/* ---------------------------------------------------------------------------------- the child */

/*
 * interrupt_install() ignores SIGPIPE, and a shell has its background jobs ignore SIGQUIT: a death
 * signal that came before the program handles it would be lost.
 */
static bool child_signals(int death_signal)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    return sigemptyset(&none) == 0 && sigprocmask(SIG_SETMASK, &none, NULL) == 0 &&
           sigaction(SIGPIPE, &usual, NULL) == 0 &&
           (death_signal == 0 || death_signal == SIGKILL ||
            sigaction(death_signal, &usual, NULL) == 0);
}

static bool child_stream(int from, int to, int flags)
{
    int source = from > 0 ? from : open("/dev/null", flags | O_CLOEXEC);

    if (source < 0)
        return false;
    /* dup2() onto itself would leave it to be closed by exec. */
    return source == to ? fcntl(source, F_SETFD, 0) == 0 : dup2(source, to) == to;
}

static bool child_streams(const struct spawn_options *options)
{
    return child_stream(0, STDIN_FILENO, O_RDONLY) &&
           child_stream(options->output, STDOUT_FILENO, O_WRONLY) &&
           child_stream(options->errors, STDERR_FILENO, O_WRONLY);
}

static bool child_user(const struct spawn_user *user)
{
    return user == NULL ||
           (setgroups(1, &user->gid) == 0 && setgid(user->gid) == 0 && setuid(user->uid) == 0);
}

/* After the change of user, which clears it. The parent may have died before: then nobody will
 * ever send the signal. */
static bool child_death_signal(int number, pid_t parent)
{
#ifdef __linux__
    if (number != 0 && prctl(PR_SET_PDEATHSIG, (unsigned long)number, 0UL, 0UL, 0UL) != 0)
        return false;
#endif
    return number == 0 || getppid() == parent;
}

/* Comes back only when the program does not run; errno says why. */
static enum spawn_step child_run(const struct spawn_options *options, char **arguments,
                                 char **environment, pid_t parent)
{
    if (!child_signals(options->death_signal))
        return STEP_SIGNALS;
    if (!child_streams(options))
        return STEP_STREAMS;
    if (options->own_session && setsid() < 0)
        return STEP_SESSION;
    if (!child_user(options->user))
        return STEP_USER;
    if (!child_death_signal(options->death_signal, parent))
        return STEP_DEATH_SIGNAL;
    if (options->folder != NULL && chdir(options->folder) != 0)
        return STEP_FOLDER;
    if (environment != NULL)
        environ = environment;
    (void)execvp(arguments[0], arguments);
    return STEP_RUN;
}

/* --------------------------------------------------------------------------------- the parent */

/* Where SIGCHLD was ignored when we were started, no child's status could be asked for. */
static void spawn_keep_statuses(void)
{
    struct sigaction action;

    if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
        (void)sigaction(SIGCHLD, &action, NULL);
    }
}

static void spawn_close(int *descriptor)
{
    if (*descriptor >= 0)
        (void)close(*descriptor);
    *descriptor = -1;
}

static void spawn_free_list(char ***list)
{
    free(*list);
}

/* The list as exec() wants it, its strings borrowed. */
static char **spawn_terminated(const struct strings *list)
{
    char **array;

    array = memory_new(list->count + 1, sizeof *array);
    for (size_t i = 0; i < list->count; i++)
        array[i] = list->items[i];
    return array;
}

static bool spawn_pipe(int *readable, int *writable, struct error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERROR_SYSTEM, "could not create a pipe: %s", strerror(errno));
    *readable = ends[0];
    *writable = ends[1];
    return true;
}

/* The pipe is closed by exec: its end means that the program runs. */
static bool spawn_started(int report, const char *program, struct error *err)
{
    struct spawn_failure failure;
    ssize_t length;

    do {
        length = read(report, &failure, sizeof failure);
    } while (length < 0 && errno == EINTR);
    if (length != (ssize_t)sizeof failure)
        return true;
    error_set(err, ERROR_SYSTEM, "%s \"%s\": %s", step_failures[failure.step], program,
              strerror(failure.number));
    errno = failure.number;
    return false;
}

bool spawn_start(const struct spawn_options *options, pid_t *out, struct error *err)
{
    char **arguments OWNED(spawn_free_list) = spawn_terminated(options->arguments);
    char **environment OWNED(spawn_free_list) =
        options->environment != NULL ? spawn_terminated(options->environment) : NULL;
    const char *program = options->arguments->items[0];
    int readable OWNED(spawn_close) = -1;
    int writable OWNED(spawn_close) = -1;
    pid_t parent = getpid();
    pid_t child;

    if (!spawn_pipe(&readable, &writable, err))
        return false;
    spawn_keep_statuses();
    child = fork();
    if (child < 0)
        return error_set(err, ERROR_SYSTEM, "could not start \"%s\": %s", program, strerror(errno));
    if (child == 0) {
        struct spawn_failure failure = {.step = child_run(options, arguments, environment, parent)};
        ssize_t ignored;

        failure.number = errno;
        ignored = write(writable, &failure, sizeof failure);
        (void)ignored;
        _exit(127);
    }
    spawn_close(&writable);
    if (!spawn_started(readable, program, err)) {
        int reason = errno;

        (void)spawn_wait(child, kill_ms, NULL);
        errno = reason;
        return false;
    }
    *out = child;
    return true;
}

bool spawn_wait(pid_t pid, int timeout_ms, int *status)
{
    int64_t deadline = clock_now_ms() + timeout_ms;
    int found = 0;
    pid_t ended;

    for (;;) {
        ended = waitpid(pid, &found, WNOHANG);
        if (ended != 0 || clock_now_ms() >= deadline)
            break;
        /* Not interrupt_sleep_ms(), which no longer sleeps once a signal has arrived. */
        (void)poll(NULL, 0, look_ms);
    }
    if (ended == pid && status != NULL)
        *status = found;
    return ended != 0;
}

void spawn_describe(int status, struct strbuf *out)
{
    if (WIFSIGNALED(status))
        strbuf_printf(out, "was ended by signal %d", WTERMSIG(status));
    else
        strbuf_printf(out, "exited with status %d", WEXITSTATUS(status));
}
