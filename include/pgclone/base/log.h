/*
 * The only writer of standard error. Lines are `pgclone: error: …`, `pgclone: detail: …`,
 * `pgclone: hint: …` (PostgreSQL's message style). Each message is written with one write(), so
 * that the lines of concurrent processes do not mix.
 */
#ifndef PGCLONE_BASE_LOG_H
#define PGCLONE_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/error.h"

/** How much is written: each level includes those before it. */
enum log_level {
    LOG_QUIET,   /**< -q: errors only */
    LOG_NORMAL,  /**< warnings and notices, too */
    LOG_VERBOSE, /**< -v: a line per database, and choices with their reason */
    LOG_DEBUG,   /**< -vv: each SQL statement with its connection's number */
};

/** Sets the level; LOG_NORMAL until then. */
void log_set_level(enum log_level level);

/** Whether a message of this level would be written. */
bool log_enabled(enum log_level level);

/** Writes the error with its detail and hint. */
void log_error(const struct error *err);

/** Writes the error as `pgclone: warning: …`, with its detail and hint. */
void log_warning(const struct error *err);

/** Writes `pgclone: …` when `level` is enabled. */
void log_message(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

/** Writes what a program of ours has written, as it is. */
void log_pass_on(const char *bytes, size_t length);

/** Shows `text` as the progress line, in place of the one before; not while what was passed on ends
 * in the middle of a line. Call it only where standard error is a terminal. */
void log_progress(const char *text);

/** Takes the progress line away; none is allowed. */
void log_progress_clear(void);

#endif
