#include "pgclone/base/progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/terminal.h"
#include "pgclone/base/utf8.h"

/* Shorter work shows no line: it would only flicker. */
#define PROGRESS_DELAY_MS 500

/* Ten lines a second are as many as an eye follows. */
#define PROGRESS_INTERVAL_MS 100

/* Below this a bar tells nothing, and beyond it nothing more. It grows and shrinks in steps, so
 * that it does not with each digit beside it. */
enum { BAR_STEP = 5, BAR_LEAST = 5, BAR_MOST = 50 };

/* What every message of ours begins with; the line does where there is room. */
#define PROGRESS_PREFIX "pgclone: "

/* ------------------------------------------------------------------------------------ the line */

/* The rate of what takes longer than a second each says more by the minute. */
static void progress_add_rate(const struct progress *progress, struct strbuf *out)
{
    double rate = (double)progress->done * 1000 / (double)(progress->done_ms - progress->began_ms);

    if (rate < 1)
        strbuf_printf(out, "%.*f/min", rate * 60 < 10 ? 1 : 0, rate * 60);
    else
        strbuf_printf(out, "%.*f/s", rate < 10 ? 1 : 0, rate);
}

static void progress_add_seconds(int64_t seconds, struct strbuf *out)
{
    if (seconds < 60)
        strbuf_printf(out, "%" PRId64 " s", seconds);
    else if (seconds < 600)
        strbuf_printf(out, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
    else if (seconds < 3600)
        strbuf_printf(out, "%" PRId64 " min", seconds / 60);
    else
        strbuf_printf(out, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds / 60 % 60);
}

/* If the others take as long as those that are done: counted down from when the last one was, since
 * nobody believes in a time that grows. What takes longer than that is about to be done. */
static int64_t progress_left_s(const struct progress *progress, int64_t now_ms)
{
    int64_t spent_ms = progress->done_ms - progress->began_ms;
    int64_t others = (int64_t)(progress->total - progress->done);
    int64_t left_ms = others * spent_ms / (int64_t)progress->done - (now_ms - progress->done_ms);

    return left_ms > 1000 ? (left_ms + 999) / 1000 : 1;
}

/* How the line says what stands beside the bar: less of it on a narrower terminal. */
struct progress_form {
    bool whole; /* "pgclone: creating databases" and "12 of 64", not "creating" and "12/64" */
    bool rate;
    bool left;
};

static void progress_add_head(const struct progress *progress, const struct progress_form *form,
                              struct strbuf *out)
{
    strbuf_printf(out, "%s%s%s", form->whole ? PROGRESS_PREFIX : "", progress->what,
                  form->whole ? " databases" : "");
}

static void progress_add_tail(const struct progress *progress, const struct progress_form *form,
                              int64_t now_ms, struct strbuf *out)
{
    const char *comma = form->whole ? ", " : " ";

    strbuf_printf(out, " %zu%s%zu", progress->done, form->whole ? " of " : "/", progress->total);
    if (progress->done == 0 || progress->done_ms <= progress->began_ms) {
        strbuf_add(out, comma);
        progress_add_seconds((now_ms - progress->began_ms) / 1000, out);
        return;
    }
    if (form->rate) {
        strbuf_add(out, comma);
        progress_add_rate(progress, out);
    }
    if (form->left && progress->done < progress->total) {
        strbuf_add(out, comma);
        progress_add_seconds(progress_left_s(progress, now_ms), out);
        strbuf_add(out, " left");
    }
}

static void progress_add_bar(const struct progress *progress, size_t width, struct strbuf *out)
{
    size_t filled;

    width = width < BAR_MOST ? width - width % BAR_STEP : BAR_MOST;
    filled = progress->done * width / progress->total;
    strbuf_add(out, " [");
    for (size_t i = 0; i < width; i++)
        strbuf_add_char(out, i < filled ? '#' : '-');
    strbuf_add_char(out, ']');
}

static void progress_add_counted(const struct progress *progress, int64_t now_ms, size_t room,
                                 struct strbuf *out)
{
    static const struct progress_form forms[] = {
        {true, true, true}, {false, true, true}, {false, false, true}, {false, false, false}};
    const size_t frame = strlen(" []");

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct strbuf head OWNED(strbuf_release) = {0};
        struct strbuf tail OWNED(strbuf_release) = {0};
        size_t taken;

        progress_add_head(progress, &forms[i], &head);
        progress_add_tail(progress, &forms[i], now_ms, &tail);
        taken = head.length + tail.length + frame;
        if (taken + BAR_LEAST > room)
            continue;
        strbuf_add(out, strbuf_text(&head));
        progress_add_bar(progress, room - taken, out);
        strbuf_add(out, strbuf_text(&tail));
        return;
    }
    strbuf_printf(out, "%zu/%zu", progress->done, progress->total);
    if (out->length > room)
        strbuf_clear(out);
}

/* What is at work may bear a long name: its end is left out, and the time is not. */
static void progress_add_uncounted(const struct progress *progress, int64_t elapsed_ms, size_t room,
                                   struct strbuf *out)
{
    struct strbuf time OWNED(strbuf_release) = {0};

    strbuf_add(&time, ", ");
    progress_add_seconds(elapsed_ms / 1000, &time);
    if (room <= time.length)
        return;
    room -= time.length;
    if (strlen(PROGRESS_PREFIX) + utf8_count(progress->what) <= room)
        strbuf_add(out, PROGRESS_PREFIX);
    terminal_add_cut(out, progress->what, room);
    strbuf_add(out, strbuf_text(&time));
}

void progress_add_line(const struct progress *progress, int64_t now_ms, size_t columns,
                       struct strbuf *out)
{
    size_t room = columns > 0 ? columns - 1 : 0;

    if (progress->total > 0)
        progress_add_counted(progress, now_ms, room, out);
    else
        progress_add_uncounted(progress, now_ms - progress->began_ms, room, out);
}

/* -------------------------------------------------------------------------------- the terminal */

void progress_begin(struct progress *progress, const char *what, size_t total, int64_t now_ms)
{
    *progress = (struct progress){
        .what = what,
        .total = total,
        .began_ms = now_ms,
        .next_ms = now_ms + PROGRESS_DELAY_MS,
        .enabled =
            log_enabled(LOG_NORMAL) && !log_enabled(LOG_VERBOSE) && terminal_obeys(STDERR_FILENO),
    };
}

/* The width is asked for each time: a window that is resized has a line that fits at once. */
static void progress_show(struct progress *progress, int64_t now_ms)
{
    struct strbuf line OWNED(strbuf_release) = {0};

    if (!progress->enabled || now_ms < progress->next_ms)
        return;
    progress_add_line(progress, now_ms, terminal_columns(STDERR_FILENO), &line);
    log_progress(strbuf_text(&line));
    progress->next_ms = now_ms + PROGRESS_INTERVAL_MS;
}

void progress_update(struct progress *progress, size_t done, int64_t now_ms)
{
    if (done != progress->done)
        progress->done_ms = now_ms;
    progress->done = done;
    progress_show(progress, now_ms);
}

void progress_prepare(struct progress *progress, struct poll_set *set)
{
    if (!progress->enabled)
        return;
    progress_show(progress, clock_now_ms());
    poll_set_until(set, progress->next_ms);
}

void progress_end(struct progress *progress)
{
    if (progress->enabled)
        log_progress_clear();
    progress->enabled = false;
}
