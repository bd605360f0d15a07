#include "pgclone/base/spawn.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"

static const size_t kept_bytes = 65536;
/* How long a killed process may take to be gone. */
static const int kill_ms = 5000;
/* A signal ends the waiting at once, but for one that comes just before it begins. */
static const int look_ms = 50;

/* Adds what can be read. False when there is nothing more to come. */
static bool spawn_collect(int stream, struct strbuf *into)
{
    char bytes[16384];
    ssize_t length = read(stream, bytes, sizeof bytes);

    if (length <= 0)
        return false;
    strbuf_add_bytes(into, bytes, (size_t)length);
    if (into->length > 2 * kept_bytes) {
        memmove(into->data, into->data + into->length - kept_bytes, kept_bytes + 1);
        into->length = kept_bytes;
    }
    return true;
}

/* Collects until the stream has ended, and waits for the program, which may go on without it. False
 * when a signal or the deadline came before. */
static bool spawn_listen(int *stream, pid_t child, int64_t deadline, struct strbuf *out,
                         int *status)
{
    while (interrupt_signal() == 0 && clock_now_ms() < deadline) {
        struct pollfd watched = {.fd = *stream, .events = POLLIN};

        if (*stream < 0 && spawn_wait(child, look_ms, status))
            return true;
        if (*stream >= 0 && poll(&watched, 1, look_ms) == 1 && !spawn_collect(*stream, out))
            file_close(stream);
    }
    return false;
}

bool spawn_run(const struct spawn_options *options, int stream, int timeout_ms, struct strbuf *out,
               int *status, struct error *err)
{
    struct spawn_options piped = *options;
    int readable OWNED(file_close) = -1;
    int writable OWNED(file_close) = -1;
    int64_t deadline = clock_now_ms() + timeout_ms;
    pid_t child;

    if (!file_pipe(&readable, &writable, err))
        return false;
    piped.output = stream == STDOUT_FILENO ? writable : 0;
    piped.errors = stream == STDERR_FILENO ? writable : 0;
    piped.own_session = true;
    piped.death_signal = SIGKILL;
    if (!spawn_start(&piped, &child, err))
        return false;
    file_close(&writable);
    if (spawn_listen(&readable, child, deadline, out, status))
        return true;
    (void)kill(-child, SIGKILL);
    (void)spawn_wait(child, kill_ms, NULL);
    if (interrupt_signal() != 0)
        return interrupt_error(err);
    return error_set(err, ERROR_SYSTEM, "\"%s\" did not end within %d ms",
                     options->arguments->items[0], timeout_ms);
}
