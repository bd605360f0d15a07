/*
 * Temporary files and folders that go with their process. Each is locked for as long as the process
 * that made it lives: the lock goes with the process, however it ends, so that the next one can
 * tell what dead ones have left, and sweep it.
 *
 * A file is locked itself, a folder by a lock file in it. That lock file is made first and removed
 * last, so that a folder that is half made or half removed is still known for what it is.
 */
#ifndef PGCLONE_BASE_TEMPORARY_H
#define PGCLONE_BASE_TEMPORARY_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/** What a kind of temporary files or folders has in common. Names are the prefix, random hex digits
 * and the suffix. */
struct temporary_kind {
    const char *prefix;
    const char *suffix;
    const char *lock_name; /**< of the lock file in a folder; NULL: files */
    /** Ends what a dead process may have left at work in its folder at `path`; may be NULL. */
    void (*end_leftovers)(const char *path);
};

/** How many hex digits there are in a name. */
#define TEMPORARY_DIGITS 16

/** A file or folder of this process; `path` is NULL, and `lock` -1, where there is none. */
struct temporary {
    const struct temporary_kind *kind;
    char *path;
    int lock; /**< the descriptor that holds the lock; a file may be written by it */
};

/** No file or folder. */
#define TEMPORARY_NONE ((struct temporary){.lock = -1})

/** The folder for temporary files, borrowed: TMPDIR where that is an absolute path, else /tmp. */
const char *temporary_parent(void);

/**
 * Makes an empty file (mode 0600) or a folder (mode 0700) in `parent` and locks it. ERROR_SYSTEM on
 * failure. The caller removes it with temporary_remove().
 */
bool temporary_make(const struct temporary_kind *kind, const char *parent, struct temporary *out,
                    struct error *err);

/** Removes it with all that is in it, and leaves TEMPORARY_NONE, which is allowed, too. What cannot
 * be removed is a warning, and left to the next sweep. */
void temporary_remove(struct temporary *temporary);

/** Removes what dead processes of this user left in `parent`. What cannot be removed stays. */
void temporary_sweep(const struct temporary_kind *kind, const char *parent);

#endif
