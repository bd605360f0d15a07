/* A Unix socket that only this user can reach, in a private folder that goes with this process. */
#ifndef PGCLONE_BASE_LISTENER_H
#define PGCLONE_BASE_LISTENER_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/temporary.h"

struct listener {
    struct temporary folder;
    char *path;     /**< of the socket; owned */
    int descriptor; /**< non-blocking; becomes readable when a peer connects */
};

/** There is none. */
#define LISTENER_NONE ((struct listener){.folder = TEMPORARY_NONE, .descriptor = -1})

/**
 * Listens in a folder (mode 0700) below TMPDIR or, where that makes the path longer than a socket's
 * may be, below /tmp. What dead processes have left of such folders is removed. ERROR_SYSTEM on
 * failure.
 */
bool listener_open(struct listener *out, struct error *err);

/** The next peer that has connected, a descriptor that the caller closes; -1 when there is none. A
 * peer of another user (but root) is turned away, where the system tells who it is. */
int listener_accept(const struct listener *listener);

/** Closes the socket and removes the folder. LISTENER_NONE is allowed. */
void listener_close(struct listener *listener);

#endif
