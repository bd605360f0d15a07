/* With it poll() is an inline function, which cannot be replaced. */
#undef _FORTIFY_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "scripted_clock.h"

#define MOST_EVENTS 512

/* Turns in which no time passes. A program that has something to do needs far fewer. */
static const int most_idle_turns = 5000;

static struct {
    int descriptor;
    int signal_number; /* 0: a byte to the descriptor */
    int64_t due_ms;
} events[MOST_EVENTS];

static size_t event_count;
static int64_t now_ms = 1000000;
static int idle_turns;

int64_t clock_now_ms(void)
{
    return now_ms;
}

int64_t clock_now_us(void)
{
    return now_ms * 1000;
}

void scripted_clock_reset(void)
{
    event_count = 0;
    idle_turns = 0;
}

static void add_event(int descriptor, int signal_number, int64_t due_ms)
{
    assert_true(event_count < MOST_EVENTS);
    events[event_count].descriptor = descriptor;
    events[event_count].signal_number = signal_number;
    events[event_count++].due_ms = due_ms;
}

void scripted_clock_write(int descriptor, int64_t due_ms)
{
    add_event(descriptor, 0, due_ms);
}

void scripted_clock_raise(int signal_number, int64_t due_ms)
{
    add_event(-1, signal_number, due_ms);
}

void scripted_clock_forget(int descriptor)
{
    size_t kept = 0;

    for (size_t i = 0; i < event_count; i++)
        if (events[i].descriptor != descriptor)
            events[kept++] = events[i];
    event_count = kept;
}

static void deliver_what_is_due(void)
{
    size_t kept = 0;

    for (size_t i = 0; i < event_count; i++) {
        if (events[i].due_ms > now_ms)
            events[kept++] = events[i];
        else if (events[i].signal_number != 0)
            assert_int_equal(raise(events[i].signal_number), 0);
        else
            assert_int_equal(write(events[i].descriptor, "", 1), 1);
    }
    event_count = kept;
}

void scripted_clock_pass(int64_t ms)
{
    now_ms += ms;
    deliver_what_is_due();
}

void clock_sleep_ms(int milliseconds)
{
    scripted_clock_pass(milliseconds);
}

/* What ends a sleep: the first event, or the timeout. */
static int64_t sleep_ends_ms(int timeout)
{
    int64_t end = timeout < 0 ? INT64_MAX : now_ms + timeout;

    for (size_t i = 0; i < event_count; i++)
        if (events[i].due_ms < end)
            end = events[i].due_ms;
    if (end == INT64_MAX)
        fail_msg("waits for ever: nothing is under way, and no deadline is set");
    return end;
}

static int scripted_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
    const struct timespec at_once = {0};
    int64_t end_ms;
    int ready;

    deliver_what_is_due();
    ready = ppoll(fds, nfds, &at_once, NULL);
    if (ready == 0 && timeout != 0 && (end_ms = sleep_ends_ms(timeout)) > now_ms) {
        now_ms = end_ms;
        idle_turns = 0;
        deliver_what_is_due();
        ready = ppoll(fds, nfds, &at_once, NULL);
    }
    if (++idle_turns > most_idle_turns)
        fail_msg("goes round and round without waiting");
    return ready;
}

int poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
    return scripted_poll(fds, nfds, timeout);
}

/* What poll() is called by code that is compiled with _FORTIFY_SOURCE. */
int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t size);

int __poll_chk(struct pollfd *fds, nfds_t nfds, int timeout, size_t size)
{
    assert_true(nfds * sizeof *fds <= size);
    return scripted_poll(fds, nfds, timeout);
}
