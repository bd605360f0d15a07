/*
 * Where results go: standard output, or a file that appears whole or not at all. The file is opened
 * before any work is done, so that a path that cannot be written is found while nothing is lost.
 */
#ifndef PGCLONE_REPORT_OUTPUT_H
#define PGCLONE_REPORT_OUTPUT_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"

struct output {
    char *path;      /**< where it is to appear; NULL: standard output */
    char *temporary; /**< beside `path`, until output_write() renames it; or NULL */
    int descriptor;
};

/**
 * Opens a temporary file beside `path` (mode 0600), or takes standard output where `path` is NULL.
 * Where `path` is a symbolic link, the file that it leads to is meant. What is not a regular file
 * (/dev/null, a fifo) or is this process's own standard output or error (/dev/stdout) is written
 * into. ERROR_SYSTEM on failure.
 */
bool output_open(const char *path, struct output *out, struct error *err);

/**
 * Writes all of `text`, and for a file syncs and renames it into place: call it once then.
 * ERROR_SYSTEM on failure.
 */
bool output_write(struct output *output, const struct strbuf *text, struct error *err);

/** Writes all of `text` to standard output. ERROR_SYSTEM on failure. */
bool output_print(const struct strbuf *text, struct error *err);

/**
 * Prints a line for each thing that was done: they are owed also where not everything was, `done`
 * is false and `err` says why, which it goes on saying. False then, and where they cannot be
 * written.
 */
bool output_print_done(const struct strbuf *lines, bool done, struct error *err);

/** Appends all of `text` to the file at `path` (GITHUB_ENV). ERROR_SYSTEM on failure. */
bool output_append(const char *path, const struct strbuf *text, struct error *err);

/** Removes a temporary file that was not renamed, and leaves the struct empty. */
void output_release(struct output *output);

#endif
