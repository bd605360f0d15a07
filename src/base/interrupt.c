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

static struct {
    int number;
    const char *name;
    struct sigaction before; /* what a child gets back */
} watched[] = {{.number = SIGINT, .name = "SIGINT"},
               {.number = SIGTERM, .name = "SIGTERM"},
               {.number = SIGHUP, .name = "SIGHUP"}};

#define WATCHED_COUNT (sizeof watched / sizeof watched[0])

static struct sigaction pipe_before;

/* A byte in the pipe: the signal's number, and this bit where a process sent it. */
static const int from_process_bit = 0x80;

static void interrupt_count(int signal_number)
{
    int64_t now_ms = clock_now_ms();

    if (arrived == 0)
        arrived = signal_number;
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

    (void)context;
    if (signal_number != SIGCHLD)
        interrupt_count(signal_number);
    /* The pipe is non-blocking: when it is full, a wake-up is already waiting in it. */
    (void)!write(wake_pipe[1], &byte, 1);
    errno = saved;
}

static void interrupt_fill(sigset_t *set)
{
    (void)sigemptyset(set);
    for (size_t i = 0; i < WATCHED_COUNT; i++)
        (void)sigaddset(set, watched[i].number);
}

bool interrupt_install(struct error *err)
{
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction note = {.sa_sigaction = interrupt_note, .sa_flags = SA_RESTART | SA_SIGINFO};

    if (pipe2(wake_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return error_set(err, ERROR_SYSTEM, "could not create a pipe: %s", strerror(errno));
    interrupt_fill(&note.sa_mask);
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        (void)sigaction(watched[i].number, NULL, &watched[i].before);
        if (watched[i].number != SIGHUP || watched[i].before.sa_handler != SIG_IGN)
            (void)sigaction(watched[i].number, &note, NULL);
    }
    (void)sigaction(SIGCHLD, &note, NULL);
    (void)sigaction(SIGPIPE, &ignore, &pipe_before);
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

void interrupt_restore(void)
{
    for (size_t i = 0; i < WATCHED_COUNT; i++)
        (void)sigaction(watched[i].number, &watched[i].before, NULL);
    (void)sigaction(SIGPIPE, &pipe_before, NULL);
}

bool interrupt_sleep_ms(int milliseconds)
{
    struct pollfd wake = {.fd = wake_pipe[0], .events = POLLIN};

    interrupt_drain(); /* of children that have ended meanwhile */
    if (arrived == 0)
        (void)poll(&wake, 1, milliseconds);
    return arrived == 0;
}

bool interrupt_error(struct error *err)
{
    const char *name = "a signal";

    for (size_t i = 0; i < WATCHED_COUNT; i++)
        if (watched[i].number == arrived)
            name = watched[i].name;
    error_set(err, ERROR_INTERRUPTED, "interrupted by %s", name);
    if (err != NULL)
        err->signal = arrived;
    return false;
}

void interrupt_drain(void)
{
    struct interrupt_event drained;

    while (interrupt_next(&drained))
        continue;
}

void interrupt_reset(void)
{
    interrupt_drain();
    interrupt_recount();
    arrived = 0;
}
