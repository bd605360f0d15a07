/*
 * The lease of a process that lives as long as what it has made: with the connection it is gone,
 * and anybody may take the databases for a dead one's. So a connection that was lost is tried
 * again, at once and then after a pause each, beside all else in a loop.
 */
#ifndef PGCLONE_PROVISION_LEASE_WATCH_H
#define PGCLONE_PROVISION_LEASE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/loop.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/session.h"

enum lease_state {
    LEASE_IS_HELD,
    LEASE_IS_LOST,
    LEASE_IS_TAKEN, /**< a look is under way that takes the lease and the locks on names again */
};

struct lease_watch {
    struct session *session; /**< whose connection holds the lease; borrowed */
    const char *hint;        /**< what goes on while the connection is lost; static */
    /** Is told what the look found by which a lost lease was taken again; NULL: nobody. */
    void (*regained)(const struct inventory *found, void *context);
    /** Whether somebody else is at work in the session: as long as that is so, a lost connection is
     * theirs to notice, and the session theirs alone. NULL: nobody ever is. */
    bool (*is_in_use)(const void *context);
    void *context; /**< passed to both */

    /* Its own. */
    enum lease_state state;
    int64_t due_ms; /* the next try, or the end of the one under way */
    struct look look;
};

/** The watch as a source of a loop that has the session as one, too. It must stay where it is. */
struct loop_source lease_watch_source(struct lease_watch *watch);

/** Leaves what is under way in the session, which is somebody else's from now on. */
void lease_watch_end(struct lease_watch *watch);

#endif
