/*
 * The time during which a command uses the databases that were made for it: the connection that
 * holds the lease is watched, signals are passed on, and at the end everything is dropped or kept.
 */
#ifndef PGCLONE_PROVISION_RUN_WATCH_H
#define PGCLONE_PROVISION_RUN_WATCH_H

#include <stdbool.h>
#include <sys/types.h>

#include "pgclone/base/error.h"
#include "pgclone/base/loop.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/selection.h"
#include "pgclone/provision/session.h"

/** What is watched while a command runs. */
struct run_watch {
    struct session *session;          /**< whose connection holds the lease; NULL in serial mode */
    pid_t command;                    /**< the child process */
    const struct loop_source *beside; /**< go on in the same loop */
    size_t beside_count;
    /** Is told what the look found by which a lost lease was taken again; NULL: nobody. */
    void (*regained)(const struct inventory *found, void *context);
    /** Whether somebody else is at work in the session: as long as that is so, a lost connection is
     * theirs to notice, and the session theirs alone. NULL: nobody ever is. */
    bool (*is_in_use)(const void *context);
    void *context; /**< passed to both */
};

/**
 * Waits until the command has ended and gives its exit status (128 + the signal's number where one
 * ended it). SIGINT, SIGTERM and SIGHUP that a process sent are passed on to it; those of the
 * terminal have reached it already, as it is in the same process group. A lost server is a warning;
 * the lease is taken again as soon as the server is back.
 */
int run_watch(const struct run_watch *run);

/** Drops what was made; a server that was lost is tried again for `wait` seconds. A first signal
 * meanwhile changes nothing; one that insists (interrupt_insists()) gives it up. */
bool run_watch_drop(struct session *session, struct error *err);

/** What a run has kept. */
struct run_kept {
    struct inventory found;
    struct selected_list databases; /**< of `found`, in natural order */
};

/**
 * Drops the copies that were handed out or kept ready, and leaves the databases of workers: those
 * that the run knew from the start, those that asked later, and what was made inside it. They are
 * marked as made by a plain `create`, where they are not, so that no later run removes them. `out`
 * must be empty; it has them also on failure, but stays empty where a server could not be reached
 * for `wait` seconds.
 */
bool run_watch_keep(struct session *session, struct run_kept *out, struct error *err);

/** Frees everything and leaves it empty. */
void run_kept_release(struct run_kept *kept);

#endif
