/* A list of mistakes, so that a user sees all of them at once and not one per attempt. */
#ifndef PGCLONE_BASE_MISTAKES_H
#define PGCLONE_BASE_MISTAKES_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/error.h"

struct mistake {
    int line;   /**< in the YAML file, or 0 */
    char *text; /**< owned; one line, with its source in front */
};

struct mistakes {
    struct mistake *items;
    size_t count;
};

/** Adds a mistake; `line` is 0 for those that are not in a file. */
void mistakes_add(struct mistakes *mistakes, int line, const char *format, ...) PRINTF_LIKE(3, 4);

/** Adds a mistake in the file at `path`; `path:line: ` is put before its text. */
void mistakes_add_at(struct mistakes *mistakes, const char *path, int line, const char *format, ...)
    PRINTF_LIKE(4, 5);

/** Sorts the mistakes by their lines; those of one line stay in the order they were found in. */
void mistakes_sort(struct mistakes *mistakes);

/** Whether the list is empty; if not, `err` becomes one ERROR_USAGE with a line for each mistake.
 */
bool mistakes_none(const struct mistakes *mistakes, struct error *err);

/** Frees everything and leaves the list empty. */
void mistakes_release(struct mistakes *mistakes);

#endif
