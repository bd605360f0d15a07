#include "pgclone/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/process.h"

extern char **environ;

/* How often a child is looked at. A program that starts or ends in milliseconds is worth it. */
static const int look_ms = 1;
/* How long a child that could not become the program may take to end. */
static const int end_ms = 5000;

/* What it takes until the program runs: the fork, then what the child does. */
enum spawn_step {
    STEP_FORK,
    STEP_SIGNALS,
    STEP_STREAMS,
    STEP_SESSION,
    STEP_USER,
    STEP_DEATH_SIGNAL,
    STEP_FOLDER,
    STEP_RUN
};

static const char *const step_failures[] = {
    [STEP_FORK] = "could not start",
    [STEP_SIGNALS] = "could not set up the signals of",
    [STEP_STREAMS] = "could not set up the streams of",
    [STEP_SESSION] = "could not make a session for",
    [STEP_USER] = "could not change the user for",
    [STEP_DEATH_SIGNAL] = "could not tie to this process",
    [STEP_FOLDER] = "could not change the folder for",
    [STEP_RUN] = "could not run",
};

/* The step that failed, and errno: what the child writes into the pipe to its parent. */
struct spawn_failure {
    enum spawn_step step;
    int number;
};

enum { READABLE, WRITABLE };

/* A start on its way. */
struct spawn {
    const struct spawn_options *options;
    char **arguments; /* as exec() wants them, the strings borrowed */
    pid_t parent;
    sigset_t mask; /* the signals that were blocked before the start */
    int go[2];     /* a byte for the child: the program may run */
    int report[2]; /* the child's failure; closed by an exec that succeeds */
};

/* ---------------------------------------------------------------------------------- the child */

/*
 * interrupt_install() ignores SIGPIPE, and a shell has its background jobs ignore SIGQUIT: a death
 * signal that came before the program handles it would be lost.
 */
static bool child_signals(const struct spawn *spawn)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    int death_signal = spawn->options->death_signal;
    sigset_t none;

    if (spawn->options->foreground) {
        interrupt_restore();
        /* A signal that has come in the meantime ends the child here, which then stands for the
         * command's end. */
        interrupt_release(&spawn->mask);
        return true;
    }
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
    return options->foreground || (child_stream(0, STDIN_FILENO, O_RDONLY) &&
                                   child_stream(options->output, STDOUT_FILENO, O_WRONLY) &&
                                   child_stream(options->errors, STDERR_FILENO, O_WRONLY));
}

static bool child_user(const struct spawn_user *user)
{
    return user == NULL ||
           (setgroups(1, &user->gid) == 0 && setgid(user->gid) == 0 && setuid(user->uid) == 0);
}

static void child_environment(const struct spawn_options *options)
{
    const struct strings *additions = options->additions;
    char **kept = environ;

    for (char **variable = environ; options->without != NULL && *variable != NULL; variable++)
        if (strncmp(*variable, options->without, strlen(options->without)) != 0)
            *kept++ = *variable;
    if (options->without != NULL)
        *kept = NULL;
    for (size_t i = 0; additions != NULL && i < additions->count; i++)
        (void)putenv(additions->items[i]);
}

/* Comes back only when the program does not run; errno says why. */
static enum spawn_step child_run(const struct spawn *spawn)
{
    const struct spawn_options *options = spawn->options;

    if (!child_signals(spawn))
        return STEP_SIGNALS;
    if (!child_streams(options))
        return STEP_STREAMS;
    if (options->own_session && setsid() < 0)
        return STEP_SESSION;
    if (!child_user(options->user))
        return STEP_USER;
    /* After the change of user, which clears it. */
    if (options->death_signal != 0 && !process_die_with(spawn->parent, options->death_signal))
        return STEP_DEATH_SIGNAL;
    if (options->folder != NULL && chdir(options->folder) != 0)
        return STEP_FOLDER;
    child_environment(options);
    (void)execvp(spawn->arguments[0], spawn->arguments);
    return STEP_RUN;
}

static void child_main(struct spawn *spawn)
{
    struct spawn_failure failure;
    char byte;

    file_close(&spawn->go[WRITABLE]);
    if (read(spawn->go[READABLE], &byte, 1) == 1) {
        failure.step = child_run(spawn);
        failure.number = errno;
        (void)!write(spawn->report[WRITABLE], &failure, sizeof failure);
    }
    _exit(SPAWN_NOT_FOUND);
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

static void spawn_release(struct spawn *spawn)
{
    free(spawn->arguments);
    for (int i = READABLE; i <= WRITABLE; i++) {
        file_close(&spawn->go[i]);
        file_close(&spawn->report[i]);
    }
}

static char **spawn_terminated(const struct strings *list)
{
    char **array = memory_new(list->count + 1, sizeof *array);

    memcpy(array, list->items, list->count * sizeof *array);
    return array;
}

/*
 * Lets the child become the program. Signals are held back around the fork: one that came before it
 * is not the child's, and would be lost for a command that is already on its way. After the fork
 * all that the terminal sends comes to both. So the child waits until the parent has looked.
 */
static bool spawn_let_go(const struct spawn *spawn)
{
    return !interrupt_is_near() && write(spawn->go[WRITABLE], "", 1) == 1;
}

/* Waits until the program runs, which is the end of the pipe, or the child says why it does not. */
static bool spawn_runs(struct spawn *spawn, struct spawn_failure *failure)
{
    ssize_t length;

    file_close(&spawn->report[WRITABLE]);
    do {
        length = read(spawn->report[READABLE], failure, sizeof *failure);
    } while (length < 0 && errno == EINTR);
    return length != (ssize_t)sizeof *failure;
}

static bool spawn_failed(const struct spawn *spawn, const struct spawn_failure *failure,
                         struct error *err)
{
    error_set(err, ERROR_SYSTEM, "%s \"%s\": %s", step_failures[failure->step], spawn->arguments[0],
              strerror(failure->number));
    errno = failure->number;
    return false;
}

bool spawn_start(const struct spawn_options *options, pid_t *out, struct error *err)
{
    struct spawn spawn OWNED(spawn_release) = {.options = options,
                                               .arguments = spawn_terminated(options->arguments),
                                               .parent = getpid(),
                                               .go = {-1, -1},
                                               .report = {-1, -1}};
    struct spawn_failure failure = {.step = STEP_FORK};
    bool let_go;
    pid_t child;

    if (!file_pipe(&spawn.go[READABLE], &spawn.go[WRITABLE], err) ||
        !file_pipe(&spawn.report[READABLE], &spawn.report[WRITABLE], err))
        return false;
    spawn_keep_statuses();
    interrupt_hold(&spawn.mask);
    child = fork();
    if (child == 0)
        child_main(&spawn);
    failure.number = errno;
    let_go = child > 0 && spawn_let_go(&spawn);
    interrupt_release(&spawn.mask);
    file_close(&spawn.go[WRITABLE]);
    if (let_go && spawn_runs(&spawn, &failure)) {
        *out = child;
        return true;
    }
    if (child > 0)
        (void)spawn_wait(child, end_ms, NULL);
    return child > 0 && !let_go ? interrupt_error(err) : spawn_failed(&spawn, &failure, err);
}

int spawn_status_of_failure(int number)
{
    return number == ENOENT ? SPAWN_NOT_FOUND : SPAWN_NOT_EXECUTABLE;
}

/* ------------------------------------------------------------------------------------ its end */

bool spawn_wait(pid_t pid, int timeout_ms, int *status)
{
    int64_t deadline = clock_now_ms() + timeout_ms;
    int found = 0;
    pid_t ended;

    while ((ended = waitpid(pid, &found, WNOHANG)) == 0 && clock_now_ms() < deadline)
        clock_sleep_ms(look_ms);
    if (ended == pid && status != NULL)
        *status = found;
    return ended != 0;
}

bool spawn_has_ended(pid_t pid, int *status)
{
    int found = 0;

    if (waitpid(pid, &found, WNOHANG) != pid)
        return false;
    *status = WIFSIGNALED(found) ? 128 + WTERMSIG(found) : WEXITSTATUS(found);
    return true;
}

void spawn_describe(int status, struct strbuf *out)
{
    if (WIFSIGNALED(status))
        strbuf_printf(out, "was ended by signal %d", WTERMSIG(status));
    else
        strbuf_printf(out, "exited with status %d", WEXITSTATUS(status));
}
