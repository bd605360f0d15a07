#include "pgclone/base/spawn.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"

static const size_t kept_bytes = 65536;
/* How long a killed process may take to be gone. */
static const int kill_ms = 5000;
/* A signal ends the waiting at once, but for one that comes just before it begins. */
static const int look_ms = 50;

enum { OUTPUT, ERRORS, STREAM_COUNT };

/* The two pipes from the program: our ends and its ends. */
struct spawn_streams {
    int ours[STREAM_COUNT];
    int its[STREAM_COUNT];
};

static void streams_release(struct spawn_streams *streams)
{
    for (int i = 0; i < STREAM_COUNT; i++) {
        file_close(&streams->ours[i]);
        file_close(&streams->its[i]);
    }
}

static bool streams_open(struct spawn_streams *streams, struct error *err)
{
    for (int i = 0; i < STREAM_COUNT; i++)
        if (!file_pipe(&streams->ours[i], &streams->its[i], err))
            return false;
    return true;
}

/* Adds what can be read. False when there is nothing more to come. */
static bool streams_collect(int descriptor, struct strbuf *into)
{
    char bytes[16384];
    ssize_t length = read(descriptor, bytes, sizeof bytes);

    if (length < 0)
        return errno == EINTR || errno == EAGAIN;
    strbuf_add_bytes(into, bytes, (size_t)length);
    if (into->length > 2 * kept_bytes) {
        struct strbuf tail = {0};

        strbuf_add_bytes(&tail, into->data + into->length - kept_bytes, kept_bytes);
        strbuf_release(into);
        *into = tail;
    }
    return length > 0;
}

/* Collects until both streams have ended. False when a signal or the deadline came before. */
static bool streams_listen(struct spawn_streams *streams, struct spawn_result *result,
                           int64_t deadline)
{
    struct strbuf *const texts[STREAM_COUNT] = {&result->output, &result->errors};

    while (streams->ours[OUTPUT] >= 0 || streams->ours[ERRORS] >= 0) {
        struct pollfd watched[] = {{.fd = streams->ours[OUTPUT], .events = POLLIN},
                                   {.fd = streams->ours[ERRORS], .events = POLLIN}};
        int64_t left = deadline - clock_now_ms();

        if (left <= 0 || interrupt_signal() != 0)
            return false;
        (void)poll(watched, STREAM_COUNT, left < look_ms ? (int)left : look_ms);
        for (int i = 0; i < STREAM_COUNT; i++)
            if (watched[i].revents != 0 && !streams_collect(streams->ours[i], texts[i]))
                file_close(&streams->ours[i]);
    }
    return true;
}

/* A program may close its streams and go on. */
static bool streams_ended(pid_t child, int64_t deadline, int *status)
{
    while (interrupt_signal() == 0 && clock_now_ms() < deadline)
        if (spawn_wait(child, 1, status))
            return true;
    return spawn_wait(child, 0, status);
}

bool spawn_run(const struct spawn_options *options, int timeout_ms, struct spawn_result *out,
               struct error *err)
{
    struct spawn_streams streams OWNED(streams_release) = {{-1, -1}, {-1, -1}};
    struct spawn_result result OWNED(spawn_result_release) = {0};
    struct spawn_options piped = *options;
    int64_t deadline = clock_now_ms() + timeout_ms;
    pid_t child;

    if (!streams_open(&streams, err))
        return false;
    piped.output = streams.its[OUTPUT];
    piped.errors = streams.its[ERRORS];
    if (!spawn_start(&piped, &child, err))
        return false;
    for (int i = 0; i < STREAM_COUNT; i++)
        file_close(&streams.its[i]);
    if (!streams_listen(&streams, &result, deadline) ||
        !streams_ended(child, deadline, &result.status)) {
        (void)kill(options->own_session ? -child : child, SIGKILL);
        (void)spawn_wait(child, kill_ms, NULL);
        if (interrupt_signal() != 0)
            return interrupt_error(err);
        return error_set(err, ERROR_SYSTEM, "\"%s\" did not end within %d ms",
                         options->arguments->items[0], timeout_ms);
    }
    *out = result;
    result = (struct spawn_result){0};
    return true;
}

bool spawn_succeeded(const struct spawn_result *result)
{
    return WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;
}

void spawn_result_release(struct spawn_result *result)
{
    strbuf_release(&result->output);
    strbuf_release(&result->errors);
    result->status = 0;
}
