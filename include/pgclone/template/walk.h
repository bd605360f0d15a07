/*
 * A walk through a folder, by descriptors: no path is ever too long, no link that is found is
 * followed, and what is moved meanwhile leads to no other place.
 */
#ifndef PGCLONE_TEMPLATE_WALK_H
#define PGCLONE_TEMPLATE_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/template/exclude.h"
#include "pgclone/template/input_name.h"
#include "pgclone/template/inputs.h"

struct walk_level;

struct walk {
    const struct inputs_sink *sink;
    struct excludes excludes; /**< what is left out of folders */
    struct input_name *name;  /**< of what is being read; borrowed */

    int base;   /**< the folder where relative paths begin, or -1 */
    int folder; /**< the one folder that is being read, or -1 */
    struct walk_level *levels;
    size_t depth;
};

/** Begins with the folder where relative paths begin. False with errno on failure. */
bool walk_begin(struct walk *walk, const char *base);

/**
 * Tells the sink of the file `path`, or of all that is in that folder. `name` is its name, and
 * serves for what is in it meanwhile. ERROR_USAGE when something cannot be read, and where `path`
 * is neither file nor folder, or no file while those alone are allowed.
 */
bool walk_read(struct walk *walk, const char *path, struct input_name *name, bool files_only,
               struct error *err);

/** Frees everything. */
void walk_release(struct walk *walk);

#endif
