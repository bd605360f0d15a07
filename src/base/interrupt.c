#include "pgclone/base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/clock.h"

/* How much later than the first a further signal is a wish of its own. */
static const int64_t insist_ms = 1000;

static volatile sig_atomic_t arrived;

/* For interrupt_insists(): written by the handler, which no signal interrupts. */
static volatile sig_atomic_t counted;
static volatile sig_atomic_t insisted;
static int64_t counted_ms;
static int wake_pipe[2] = {-1, -1};

static const struct {
    int number;
    const char *name;
} watched[] = {{SIGINT, "SIGINT"}, {SIGTERM, "SIGTERM"}, {SIGHUP, "SIGHUP"}};

#define WATCHED_COUNT (sizeof watched / sizeof watched[0])

/* A byte in the pipe: the signal's number, and this bit where a process sent it. */
static const int from_process_bit = 0x80;

/* What a child gets back, where it is not the default: a shell's background job begins with SIGINT
 * ignored, so that Ctrl-C at the terminal leaves it alone. */
static struct sigaction pipe_action_before;
static bool interrupt_was_ignored;

static void interrupt_count(int signal_number)
{
    int64_t now_ms = clock_now_ms();

    if (counted == 0) {
        counted_ms = now_ms;
        counted = 1;
    } else if (signal_number != SIGHUP && now_ms - counted_ms > insist_ms) {
        insisted = 1;
    }
}

static void interrupt_note(int signal_number, siginfo_t *info, void *context)
{
    int saved = errno;
    unsigned char byte =
        (unsigned char)(signal_number | (info->si_code <= 0 ? from_process_bit : 0));
    ssize_t ignored;

    (void)context;
    if (arrived == 0 && signal_number != SIGCHLD)
        arrived = signal_number;
    if (signal_number != SIGCHLD)
        interrupt_count(signal_number);
    /* The pipe is non-blocking: when it is full, a wake-up is already waiting in it. */
    ignored = write(wake_pipe[1], &byte, 1);
    (void)ignored;
    errno = saved;
}

static void interrupt_fill(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < WATCHED_COUNT; i++)
        (void)sigaddset(set, watched[i].number);
}

static bool interrupt_watch(int signal_number)
{
    struct sigaction old;
    struct sigaction action = {.sa_sigaction = interrupt_note, .sa_flags = SA_RESTART | SA_SIGINFO};

    if (sigaction(signal_number, NULL, &old) != 0)
        return false;
    if (old.sa_handler == SIG_IGN && signal_number == SIGHUP)
        return true; /* nohup */
    if (signal_number == SIGINT)
        interrupt_was_ignored = old.sa_handler == SIG_IGN;
    interrupt_fill(&action.sa_mask);
    return sigaction(signal_number, &action, NULL) == 0;
}

bool interrupt_install(struct error *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return error_set(err, ERROR_SYSTEM, "could not create a pipe: %s", strerror(errno));
    for (size_t i = 0; i < WATCHED_COUNT; i++)
        if (!interrupt_watch(watched[i].number))
            return error_set(err, ERROR_SYSTEM, "could not handle %s: %s", watched[i].name,
                             strerror(errno));
    if (sigaction(SIGPIPE, &ignore, &pipe_action_before) != 0)
        return error_set(err, ERROR_SYSTEM, "could not ignore SIGPIPE: %s", strerror(errno));
    return true;
}

int interrupt_signal(void)
{
    return arrived;
}

bool interrupt_insists(void)
{
    return insisted != 0;
}

void interrupt_recount(void)
{
    counted = 0;
    insisted = 0;
}

int interrupt_descriptor(void)
{
    return wake_pipe[0];
}

bool interrupt_next(struct interrupt_event *event)
{
    unsigned char byte;

    if (read(wake_pipe[0], &byte, 1) != 1)
        return false;
    *event = (struct interrupt_event){.signal = byte & ~from_process_bit,
                                      .from_process = (byte & from_process_bit) != 0};
    return true;
}

bool interrupt_watch_children(struct error *err)
{
    return interrupt_watch(SIGCHLD) ||
           error_set(err, ERROR_SYSTEM, "could not handle SIGCHLD: %s", strerror(errno));
}

void interrupt_hold(sigset_t *before)
{
    sigset_t held;

    interrupt_fill(&held);
    (void)sigprocmask(SIG_BLOCK, &held, before);
}

bool interrupt_is_near(void)
{
    sigset_t pending;

    if (sigpending(&pending) == 0)
        for (size_t i = 0; i < WATCHED_COUNT; i++)
            if (sigismember(&pending, watched[i].number) == 1)
                return true;
    return arrived != 0;
}

void interrupt_release(const sigset_t *before)
{
    (void)sigprocmask(SIG_SETMASK, before, NULL);
}

void interrupt_restore(void)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    const struct sigaction usual = {.sa_handler = SIG_DFL};
    struct sigaction now;

    for (size_t i = 0; i < WATCHED_COUNT; i++)
        if (sigaction(watched[i].number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            (void)sigaction(watched[i].number, &usual, NULL);
    (void)sigaction(SIGPIPE, &pipe_action_before, NULL);
    if (interrupt_was_ignored)
        (void)sigaction(SIGINT, &ignore, NULL);
}

bool interrupt_sleep_ms(int milliseconds)
{
    struct pollfd wake = {.fd = wake_pipe[0], .events = POLLIN};

    if (arrived == 0)
        (void)poll(&wake, 1, milliseconds);
    return arrived == 0;
}

bool interrupt_error(struct error *err)
{
    const char *name = "a signal";
    int number = interrupt_signal();

    for (size_t i = 0; i < WATCHED_COUNT; i++)
        if (watched[i].number == number)
            name = watched[i].name;
    error_set(err, ERROR_INTERRUPTED, "interrupted by %s", name);
    if (err != NULL)
        err->signal = number;
    return false;
}

void interrupt_drain(void)
{
    char drained[64];

    while (read(wake_pipe[0], drained, sizeof drained) > 0)
        continue;
}

void interrupt_reset(void)
{
    interrupt_drain();
    interrupt_recount();
    arrived = 0;
}
