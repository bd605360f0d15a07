/*
 * The temporary folder of one throw-away server, `pgclone-ephemeral-<16 hex digits>`: its data, its
 * socket, its log and its rules. It belongs to the user who calls and is closed to others, but for
 * the server's group when that is another user: the group may pass through, and that user owns the
 * folders in it.
 */
#ifndef PGCLONE_SERVER_FOLDER_H
#define PGCLONE_SERVER_FOLDER_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/temporary.h"
#include "pgclone/server/account.h"
#include "pgclone/server/place.h"

/** The folder of a living server; all NULL, with no temporary folder, when there is none. */
struct folder {
    struct temporary temporary;
    char *data;    /**< the server's data folder, made empty */
    char *changes; /**< made empty; where the data is an overlay, what is changed in it is here, */
    char *work;    /**< and here the system has its own files for that */
    char *socket;  /**< the folder of its socket */
    char *log;     /**< the path of its log, which is not there yet */
    char *rules;   /**< the path of its rules (tcp.h), which are not there yet */
    bool overlaid; /**< what the server finds in `data` is an overlay that only it sees */
};

/** No folder. */
#define FOLDER_NONE ((struct folder){.temporary = {.lock = -1}})

/**
 * Makes the folder in the first of `places` that suits and lets us. ERROR_SYSTEM when none does,
 * with the reasons as its detail.
 */
bool folder_create(const struct place_list *places, const struct account *account,
                   struct folder *out, struct error *err);

/** Where files are found that the server makes in its data folder. */
const char *folder_files(const struct folder *folder);

/** Puts everything back to how folder_create() has made it, but for the rules. No server may be at
 * work there. ERROR_SYSTEM on failure. */
bool folder_renew(struct folder *folder, const struct account *account, struct error *err);

/** Removes the folder with all that is in it, and frees. What cannot be removed is a warning, and
 * left to the next run. */
void folder_remove(struct folder *folder);

/** Removes what dead processes of this user left in any of the places, and ends the servers that
 * still run there; one that has to be killed takes up to 10 s. */
void folder_sweep(const struct place_list *places);

#endif
