/*
 * The names under which a template's files count. They must not depend on where a project's folder
 * happens to be, or another checkout of the same files would be another template.
 */
#ifndef PGCLONE_TEMPLATE_INPUT_NAME_H
#define PGCLONE_TEMPLATE_INPUT_NAME_H

#include <stddef.h>

#include "pgclone/base/strbuf.h"

struct input_name {
    struct strbuf path; /**< absolute, without a slash at its end; "" is the root */
    size_t name_at;     /**< where in `path` the name begins */
    size_t shown_at;    /**< where in `path` begins what is shown to a user */
};

/**
 * Names the file or folder `given`, a path that begins at the folder `base` (absolute, without
 * symbolic links). What is in `base`, however it is written, is named from there; anything else by
 * the last part of its path alone; and a folder that holds `base` has no name, only what is in it.
 * Names what is in a folder, too: who adds to `path` names that. `out` must be empty.
 */
void input_name_resolve(const char *base, const char *given, struct input_name *out);

/** The name, borrowed; "" for `base` itself and what holds it. */
const char *input_name_text(const struct input_name *name);

/** Adds to `path` what is called `part` in the folder that it names. */
void input_name_enter(struct input_name *name, const char *part);

/** Adds the path for a message: the name where the file is in `base`, else the whole path. */
void input_name_show(const struct input_name *name, struct strbuf *out);

/** Frees the path and leaves the name empty. */
void input_name_release(struct input_name *name);

#endif
