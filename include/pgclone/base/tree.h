/*
 * Whole folders, copied and removed. Everything is reached by descriptor and name, and no symbolic
 * link is ever followed: whoever owns the files cannot lead us, who may be root, anywhere else.
 */
#ifndef PGCLONE_BASE_TREE_H
#define PGCLONE_BASE_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/spawn.h"

/** What was copied: to be compared with what should have been there. */
struct tree_count {
    uint64_t files;
    uint64_t bytes;
};

/**
 * Copies what is in folder `from` into the folder `to`, which is there and empty. Everything in
 * `from` must be a folder or a regular file of `from_uid`; the copies belong to `owner` (NULL: to
 * us) and to nobody else (modes 0700 and 0600). Blocks are shared where the file system can.
 * ERROR_SYSTEM when something cannot be copied, ERROR_INTERRUPTED when a signal arrived; `to` then
 * holds a part.
 */
bool tree_copy(const char *from, uid_t from_uid, const char *to, const struct spawn_user *owner,
               struct tree_count *out, struct error *err);

/**
 * Removes `name` in the folder that `parent` is a descriptor of (AT_FDCWD: by path), with all that
 * is in it. What is not there is no error. ERROR_SYSTEM names what could not be removed.
 */
bool tree_remove(int parent, const char *name, struct error *err);

#endif
