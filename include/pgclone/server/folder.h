/*
 * The folder of one run, `pgclone-ephemeral-<16 hex digits>`: `data`, `socket`, the server's log,
 * and a lock file that the living pgclone holds locked. The lock goes with the process however it
 * ends, so that the next run knows the dead ones' folders and removes them.
 *
 * The folder belongs to the user who calls and is closed to others, but for the server's group
 * when that is another user: it may pass through, and owns `data` and `socket`.
 */
#ifndef PGCLONE_SERVER_FOLDER_H
#define PGCLONE_SERVER_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"
#include "pgclone/server/place.h"

/** The folder of a living run; all NULL, with `lock` -1, when there is none. */
struct folder {
    char *path;
    char *data;   /**< the server's data folder, made empty */
    char *socket; /**< the folder of its socket */
    char *log;    /**< the path of its log, which is not there yet */
    int lock;
};

/** No folder. */
#define FOLDER_NONE ((struct folder){.lock = -1})

/**
 * Makes the folder in the first of `places` that suits and lets us. ERROR_SYSTEM when none does,
 * with the reasons as its detail.
 */
bool folder_create(const struct place_list *places, const struct account *account,
                   struct folder *out, struct error *err);

/** Removes the folder with all that is in it, and frees. What cannot be removed is a warning, and
 * left to the next run. */
void folder_remove(struct folder *folder);

/** What became of a folder in a sweep. */
enum folder_fate {
    FOLDER_NOT_OURS, /**< another user's, or without a lock file, or not a folder */
    FOLDER_ALIVE,    /**< its pgclone lives */
    FOLDER_REMOVED,
    FOLDER_STUCK, /**< dead, but it could not be removed */
};

/**
 * Looks at one entry of a place, and removes it when it is the folder of a dead pgclone of this
 * user; a server that still runs in it is ended first. Takes a second at the most, or up to 10 when
 * such a server has to be killed.
 */
enum folder_fate folder_sweep_one(const char *place, const char *name);

/** Sweeps every place. Returns how many folders were removed. */
size_t folder_sweep(const struct place_list *places);

#endif
