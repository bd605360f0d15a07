/*
 * The files that a template is made from: those of `build.sql` in their order, and what
 * `build.inputs` names, files and folders with all that is in them, in an order that depends on
 * names alone.
 *
 * What is named may be a symbolic link, and is followed. A link that is found in a folder counts by
 * the text that it holds, whatever is behind it: so nothing is read twice, and no walk is endless.
 * Left out are sockets, pipes, devices, folders without a file, what a pattern (exclude.h) matches,
 * and, at every depth, `.git` and `__pycache__`, which change while the sources do not.
 */
#ifndef PGCLONE_TEMPLATE_INPUTS_H
#define PGCLONE_TEMPLATE_INPUTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"

enum inputs_kind { INPUTS_FILE = 'f', INPUTS_LINK = 'l' };

/** What is told of each file, in this order: its beginning, its content in pieces, its end. The
 * content of a link is the text that it holds. */
struct inputs_sink {
    void (*begin)(void *context, const char *name, enum inputs_kind kind);
    void (*add)(void *context, const void *bytes, size_t length);
    void (*end)(void *context);
    void *context;
};

/**
 * Reads the files that `paths` names, in that order, as often as they are named. Relative paths
 * begin at `folder`, as for inputs_read(). Names are as input_name.h has them. ERROR_USAGE, with
 * the file in the message, when one cannot be read or is no regular file, and ERROR_INTERRUPTED
 * when a signal arrived; what was told until then is worth nothing.
 */
bool inputs_read_files(const struct strings *paths, const char *folder,
                       const struct inputs_sink *sink, struct error *err);

/**
 * Reads files and folders in the order of their names; what is named twice counts once. Entries
 * that begin with `!` are patterns of what is left out of the folders. What vanishes while they are
 * read counts as if it had not been there. Fails as inputs_read_files() does, and where there are
 * patterns only.
 */
bool inputs_read(const struct strings *entries, const char *folder, const struct inputs_sink *sink,
                 struct error *err);

#endif
