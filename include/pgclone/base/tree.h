/*
 * Whole folders, copied and removed. Everything is reached by the descriptor of its folder and its
 * name, and no symbolic link is ever followed: pgclone may run as root, and whoever owns the files
 * must not be able to lead it to others.
 */
#ifndef PGCLONE_BASE_TREE_H
#define PGCLONE_BASE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/spawn.h"

/** How much was copied, to be compared with how much there should have been. */
struct tree_count {
    uint64_t files;
    uint64_t bytes;
};

/**
 * Copies what is in the folder `from` into the folder `to`, which exists and is empty. Everything
 * in `from` must be a folder or a regular file of the user `from_uid`; the copies belong to `owner`
 * (NULL: to us) and are closed to everybody else (modes 0700 and 0600). The copies share their
 * blocks with the originals (FICLONE) where the file system can do that. ERROR_SYSTEM when
 * something cannot be copied, ERROR_INTERRUPTED when a signal arrived; `to` then holds a part.
 */
bool tree_copy(const char *from, uid_t from_uid, const char *to, const struct spawn_user *owner,
               struct tree_count *out, struct error *err);

/**
 * Removes the file or folder `name`, with all that is in it. `parent` is the descriptor of the
 * folder that it is in; with AT_FDCWD, `name` may be a path. That there is no such file is not an
 * error. ERROR_SYSTEM names what could not be removed.
 */
bool tree_remove(int parent, const char *name, struct error *err);

#endif
