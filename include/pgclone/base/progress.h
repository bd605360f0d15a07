/*
 * One progress line on a terminal for work longer than half a second, else nothing: a bar, how many
 * are done of all, the rate and the time left, or, of work that has no count, how long it has
 * taken.
 */
#ifndef PGCLONE_BASE_PROGRESS_H
#define PGCLONE_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/poll_set.h"
#include "pgclone/base/strbuf.h"

struct progress {
    const char *what; /**< "creating", or "building …" of work that has no count; borrowed */
    size_t total;     /**< databases; 0: the work has no count */
    size_t done;      /**< of them */
    int64_t began_ms;
    int64_t done_ms; /**< when the last of those that are done was */
    int64_t next_ms; /**< when the line may be written (again) */
    bool enabled;
};

/** Starts; enabled when standard error is a terminal, the level is LOG_NORMAL, and TERM is set and
 * not "dumb". */
void progress_begin(struct progress *progress, const char *what, size_t total, int64_t now_ms);

/** Notes that `done` are done, and shows the line once half a second has passed, ten times a second
 * at most. */
void progress_update(struct progress *progress, size_t done, int64_t now_ms);

/** Shows the line if it is due, and has the wait on `set` end when it is due again: call it before
 * each wait. */
void progress_prepare(struct progress *progress, struct poll_set *set);

/** Takes the line away. */
void progress_end(struct progress *progress);

/** Adds the line as it is at that time, on a terminal that is so many columns wide: the last column
 * stays free, and what does not fit is left out. */
void progress_add_line(const struct progress *progress, int64_t now_ms, size_t columns,
                       struct strbuf *out);

#endif
