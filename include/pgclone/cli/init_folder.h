/* A project's folder, as `init` reads it: small files, by their lines. Files are read, never run,
 * and what cannot be read is not there. */
#ifndef PGCLONE_CLI_INIT_FOLDER_H
#define PGCLONE_CLI_INIT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"

struct init_folder {
    const char *path; /**< borrowed */
};

/** Whether there is a regular file of that name. */
bool init_has_file(const struct init_folder *folder, const char *name);

/** Whether there is a folder of that name. */
bool init_has_folder(const struct init_folder *folder, const char *name);

/** The text of a file, as far as it is text; false where it is none, is larger than a megabyte, or
 * is not there. */
bool init_read(const struct init_folder *folder, const char *name, struct strbuf *out);

/** Whether the file mentions a word, outside of lines that are comments (# and //). */
bool init_mentions(const struct init_folder *folder, const char *name, const char *word);

/** The first of the names, up to a NULL, that is a file that mentions the word (NULL: any file);
 * NULL where none does. */
const char *init_first(const struct init_folder *folder, const char *const *names,
                       const char *word);

/**
 * Takes the next line of a text apart from `*at`, and moves on: `line` gets it without spaces
 * around it, `indent` how many stood before it. False at the end.
 */
bool init_next_line(const char **at, struct strbuf *line, size_t *indent);

/** The value behind `key` on a line, `key = value` or `key: value`, without quotes and spaces; NULL
 * where the line has another key. The caller frees it. */
char *init_value(const char *line, const char *key);

/** Adds the folders called `name` that are at most three folders deep, by their paths, sorted; at
 * most 50. Hidden folders and those of installed packages are passed by. */
void init_find_folders(const struct init_folder *folder, const char *name, struct strings *out);

#endif
