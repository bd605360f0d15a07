/*
 * Patterns of what is left out of folders: the entries of `build.inputs` that begin with `!`. They
 * are what .gitignore files have made usual, as fnmatch() knows it.
 */
#ifndef PGCLONE_TEMPLATE_EXCLUDE_H
#define PGCLONE_TEMPLATE_EXCLUDE_H

#include <stdbool.h>
#include <stddef.h>

struct exclude_pattern {
    char *text;        /**< owned */
    bool whole_name;   /**< matches the whole name, else its last part */
    bool folders_only; /**< matches folders only */
};

struct excludes {
    struct exclude_pattern *items;
    size_t count;
};

/**
 * Adds a pattern, without its `!`. One with a slash at its beginning or inside matches the whole
 * name, in which `*` and `?` match no slash; any other matches the name's last part, at every
 * depth. A slash at its end matches folders only. False, and nothing added, where nothing is left
 * to match.
 */
bool excludes_add(struct excludes *excludes, const char *pattern);

/** Whether a file or folder of that name is left out. */
bool excludes_match(const struct excludes *excludes, const char *name, bool is_folder);

/** Frees everything and leaves it empty. */
void excludes_release(struct excludes *excludes);

#endif
