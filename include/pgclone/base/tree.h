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

/** How much there is, or was copied. */
struct tree_count {
    uint64_t files;
    uint64_t bytes;
};

/** What a folder holds, to be compared with what it held. */
struct tree_state {
    struct tree_count count;
    uint64_t digest; /**< of the names, kinds, sizes and times of change, in any order */
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
 * Looks at everything below the folder, a descriptor, without reading files. So it notices what was
 * cut off, removed, added, or written to later (in another second), and not what a disk has
 * forgotten. All of it must belong to `owner` and be a folder or a regular file that nobody else
 * may write to. False with errno when it is not, or cannot be looked at.
 */
bool tree_look(int folder, const struct spawn_user *owner, struct tree_state *out);

/**
 * Removes the file or folder `name`, with all that is in it. `parent` is the descriptor of the
 * folder that it is in; with AT_FDCWD, `name` may be a path. That there is no such file is not an
 * error. ERROR_SYSTEM names what could not be removed.
 */
bool tree_remove(int parent, const char *name, struct error *err);

#endif
