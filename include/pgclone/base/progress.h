/*
 * One progress line on a terminal for work longer than half a second, else nothing.
 */
#ifndef PGCLONE_BASE_PROGRESS_H
#define PGCLONE_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *verb; /**< "creating" or "dropping"; static */
    size_t total;
    int64_t next_ms; /**< when the line may be written (again) */
    bool enabled;
};

/** Starts; enabled when standard error is a terminal, the level is LOG_NORMAL, and TERM is set and
 * not "dumb". */
void progress_begin(struct progress *progress, const char *verb, size_t total, int64_t now_ms);

/** Notes that `done` are done, and shows the line once half a second has passed, ten times a second
 * at most. */
void progress_update(struct progress *progress, size_t done, int64_t now_ms);

/** Takes the line away. */
void progress_end(struct progress *progress);

#endif
