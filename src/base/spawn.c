#include "pgclone/base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/process.h"

extern char **environ;

/* How often a child is looked at. A program that starts or ends in milliseconds is worth it. */
static const int look_ms = 1;
/* How long a child that could not become the program may take to end. */
static const int end_ms = 5000;

/* What the child writes to its parent when the program does not run. */
struct spawn_failure {
    const char *what; /* "could not …"; the child is a copy, whose literals are where ours are */
    int number;       /* errno */
};

/* A start on its way. */
struct spawn {
    const struct spawn_options *options;
    pid_t parent;
    sigset_t mask; /* the signals that were blocked before the start */
    /* A pair of sockets. To the child goes a byte: the program may run; from it comes its failure.
     * An exec that succeeds closes its end. */
    int ours;
    int its;
};

/* ---------------------------------------------------------------------------------- the child */

/*
 * interrupt_install() ignores SIGPIPE, and a shell has its background jobs ignore SIGQUIT: a death
 * signal that came before the program handles it would be lost.
 */
static void child_signals(const struct spawn *spawn)
{
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;

    if (spawn->options->foreground) {
        interrupt_restore();
        /* A signal that has come in the meantime ends the child here, which then stands for the
         * command's end. */
        (void)sigprocmask(SIG_SETMASK, &spawn->mask, NULL);
        return;
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)sigaction(SIGPIPE, &usual, NULL);
    if (spawn->options->death_signal != 0)
        (void)sigaction(spawn->options->death_signal, &usual, NULL);
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

/* Comes back only when the program does not run, with what failed; errno says why. */
static const char *child_run(const struct spawn *spawn)
{
    const struct spawn_options *options = spawn->options;
    const char *failed;

    child_signals(spawn);
    if (!child_streams(options))
        return "could not set up the streams of";
    if (options->own_session)
        (void)setsid();
    failed = options->overlay != NULL ? overlay_enter(options->overlay) : NULL;
    if (failed != NULL)
        return failed;
    if (!child_user(options->user))
        return "could not change the user for";
    /* After the change of user, which clears it, as a user namespace does. */
    if (options->death_signal != 0 && !process_die_with(spawn->parent, options->death_signal))
        return "could not tie to this process";
    if (options->folder != NULL && chdir(options->folder) != 0)
        return "could not change the folder for";
    child_environment(options);
    (void)execvp(options->arguments->items[0], options->arguments->items);
    return "could not run";
}

static void child_main(struct spawn *spawn)
{
    struct spawn_failure failure;
    char byte;

    file_close(&spawn->ours);
    if (read(spawn->its, &byte, 1) == 1) {
        failure = (struct spawn_failure){.what = child_run(spawn), .number = errno};
        (void)!write(spawn->its, &failure, sizeof failure);
    }
    _exit(SPAWN_NOT_FOUND);
}

/* --------------------------------------------------------------------------------- the parent */

static void spawn_release(struct spawn *spawn)
{
    file_close(&spawn->ours);
    file_close(&spawn->its);
}

/*
 * Lets the child become the program. Signals are held back around the fork: one that came before it
 * is not the child's, and would be lost for a command that is already on its way. After the fork
 * all that the terminal sends comes to both. So the child waits until the parent has looked.
 */
static bool spawn_let_go(const struct spawn *spawn)
{
    return !interrupt_is_near() && write(spawn->ours, "", 1) == 1;
}

/* Waits until the program runs, which closes the child's end, or the child says why it does not. */
static bool spawn_runs(const struct spawn *spawn, struct spawn_failure *failure)
{
    ssize_t length;

    do {
        length = read(spawn->ours, failure, sizeof *failure);
    } while (length < 0 && errno == EINTR);
    return length != (ssize_t)sizeof *failure;
}

static bool spawn_failed(const struct spawn *spawn, const struct spawn_failure *failure,
                         struct error *err)
{
    error_set(err, ERROR_SYSTEM, "%s \"%s\": %s", failure->what,
              spawn->options->arguments->items[0], strerror(failure->number));
    errno = failure->number;
    return false;
}

/* The child, or -1 with errno. */
static pid_t spawn_fork(struct spawn *spawn)
{
    int ends[2];
    pid_t child;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    spawn->ours = ends[0];
    spawn->its = ends[1];
    child = fork();
    if (child == 0)
        child_main(spawn);
    file_close(&spawn->its);
    return child;
}

bool spawn_start(const struct spawn_options *options, pid_t *out, struct error *err)
{
    struct spawn spawn OWNED(spawn_release) = {
        .options = options, .parent = getpid(), .ours = -1, .its = -1};
    struct spawn_failure failure = {.what = "could not start"};
    bool let_go;
    pid_t child;

    interrupt_hold(&spawn.mask);
    child = spawn_fork(&spawn);
    failure.number = errno;
    let_go = child > 0 && spawn_let_go(&spawn);
    (void)sigprocmask(SIG_SETMASK, &spawn.mask, NULL);
    if (let_go && spawn_runs(&spawn, &failure)) {
        *out = child;
        return true;
    }
    file_close(&spawn.ours); /* the end of a child that was not let go */
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
