/*
 * The copies of the template that a run hands out: kept ready before anybody asks, made and dropped
 * in batches that share the server's checkpoints, beside all else. A copy is a whole, marked
 * database under a name of its own from the moment at which it is ready.
 */
#ifndef PGCLONE_HANDOUT_STOCK_H
#define PGCLONE_HANDOUT_STOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/poll_set.h"
#include "pgclone/handout/generation.h"
#include "pgclone/handout/tally.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/undo.h"

enum copy_state {
    COPY_MAKING,   /**< it is being made */
    COPY_READY,    /**< it can be handed out */
    COPY_TAKEN,    /**< it is in somebody's hands */
    COPY_UNDOING,  /**< it was given back, and its changes are being undone */
    COPY_MOVING,   /**< it is getting another name, for somebody who waits for it */
    COPY_UNWANTED, /**< it is to be dropped */
    COPY_DROPPING, /**< it is being dropped */
};

struct copy {
    char *name;    /**< of the database; owned */
    char *scratch; /**< its name while it is being made; owned */
    enum copy_state state;
    bool undone;        /**< it was in somebody's hands before, and has been put back */
    int64_t visited_us; /**< when its last visit began (visits.h) */
    bool named;         /**< it bears a name that somebody has asked for */
    const void
        *holder; /**< whose it is while it is taken; NULL: it stays until the end of the run */
    struct copy *next;
};

/** Copies that are made or dropped together. */
struct batch {
    struct job *jobs;     /**< owned; one for each copy */
    struct copy **copies; /**< the list is owned; NULL in it: that one is ready */
    size_t count;         /**< 0: nothing is under way */
};

struct stock {
    const struct scope *scope;     /**< borrowed */
    const struct inventory *found; /**< by the look before; borrowed */
    const struct session *first;   /**< that holds the lease; borrowed */
    struct session makes;          /**< where copies are made */
    struct session drops;          /**< where they are dropped */
    struct session visits;         /**< and in themselves, where they note their changes */
    struct visit *visiting;        /**< owned */
    struct tally tally;
    struct batch making;
    struct batch dropping;
    struct generation generation;
    struct copy *copies; /**< owned; in the order in which they were begun */
    size_t target;       /**< how many are to be ready or on their way */
    size_t most;         /**< the target's limit; 0: no spares are kept */
    bool failed;         /**< the last copies could not be made */
    int collisions;      /**< how often in a row copies could not be made */
    int names;           /**< given so far */
    int scratch;         /**< scratch names given so far */
};

/**
 * Gets ready; nothing is made yet. `session` holds the lease, and `found` is what its look found,
 * for the role, the template and the choice of a strategy; both must outlive the stock, which must
 * stay where it is until stock_close().
 */
void stock_open(const struct session *session, const struct inventory *found, struct stock *out);

/** The oldest copy that can be handed out; NULL: there is none. */
struct copy *stock_ready(const struct stock *stock);

/** How many copies are in a state. */
size_t stock_count(const struct stock *stock, enum copy_state state);

/** The copy of that name in somebody's hands; NULL: there is none. */
struct copy *stock_taken(const struct stock *stock, const char *name);

/** Whether a database of that name is being dropped. */
bool stock_is_dropping(const struct stock *stock, const char *name);

/** Whether a database of that name was to be dropped; it is the caller's from now on. */
bool stock_take_back(struct stock *stock, const char *name);

/** A copy that somebody had is not needed any more: it is dropped, or put back to be handed out
 * again. */
void stock_give_back(struct stock *stock, struct copy *copy);

/** Forgets a copy, whose database has become something else. */
void stock_forget(struct stock *stock, struct copy *copy);

/** Takes over the name of a database that is to be dropped, as an unwanted copy. */
void stock_add_unwanted(struct stock *stock, char *name);

/** The same for a database in whose place a copy is from now on. */
void stock_add_replaced(struct stock *stock, char *name);

/** A scratch name that no copy and no database of this process has had. The caller frees it. */
char *stock_scratch_name(struct stock *stock);

/** Raises the target, since somebody has to wait. */
void stock_raise(struct stock *stock);

/**
 * Begins what is due: copies for `waiting` who wait for one, and for the target; drops, in batches
 * or when there is nothing else to do, or those of a generation when all of it was used. False,
 * with the reason, when the making of copies has failed since the last call: then nothing was
 * begun. Those who wait for a copy get the reason, and the stock is to be advanced once more.
 */
bool stock_advance(struct stock *stock, size_t waiting, struct error *err);

/** Whether a look shows a database of that name that is this process's. */
bool stock_holds(const struct stock *stock, const struct inventory *now, const char *name);

/** Takes for lost what a look no longer shows: `now` is what was found after a lease was regained.
 */
void stock_check(struct stock *stock, const struct inventory *now);

/** The stock as part of a source of a loop: what it waits for, and its turn. */
void stock_prepare(struct stock *stock, struct poll_set *set);
void stock_turn(struct stock *stock, const struct poll_set *set);

/** Leaves what is under way, closes the connections and frees everything. The databases stay. */
void stock_close(struct stock *stock);

#endif
