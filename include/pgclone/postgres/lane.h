/* A slot with what the engine knows about it: whether its session is prepared, and its job. */
#ifndef PGCLONE_POSTGRES_LANE_H
#define PGCLONE_POSTGRES_LANE_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/postgres/job.h"
#include "pgclone/postgres/slot.h"

enum lane_state {
    LANE_UNPREPARED, /**< the session's set-up was not sent yet */
    LANE_PREPARING,  /**< it is under way */
    LANE_READY,      /**< takes jobs */
    LANE_REFUSED,    /**< could not connect in this run */
};

/** Another database than the engine's own, and how to connect to it. */
struct lane_visit {
    char *database;
    const char **values; /**< the engine's, but for the database's name */
    struct slot_target target;
};

struct lane {
    struct slot slot;
    enum lane_state state;
    const struct slot_target *home; /**< the engine's own database; borrowed */
    struct lane_visit *visit;       /**< where its connection is made to; NULL: home. Owned */
    int64_t since_us;               /**< when its connection was set up */
    char *setup;                    /**< the set-up's text while it is under way; owned */
    struct job *job;                /**< borrowed; NULL when idle. One that is sent in another
                                       database has its lane from before the connection is there */
    struct error refusal;           /**< of the statement in whose place another is at work */
};

/** Starts without a connection. */
void lane_init(struct lane *lane, int number, const struct slot_target *target);

/** Whether it can take a job at once. */
bool lane_is_idle(const struct lane *lane);

/** Whether its connection is one to this database; NULL: to the engine's own. */
bool lane_is_in(const struct lane *lane, const char *database);

/** Whether it is idle, but in another database than the engine's own. */
bool lane_is_away(const struct lane *lane);

/** Whether it has no connection and nothing that speaks against one. */
bool lane_is_unused(const struct lane *lane);

/** Closes the connection, and begins one to `database` (NULL: the engine's own). */
void lane_connect(struct lane *lane, const char *database, int64_t retry_until_ms);

/** Whether the server has said nothing to an idle lane that nobody has looked at: it says little
 * more to one than that it ends the connection. */
bool lane_is_quiet(const struct lane *lane);

/** Whether the server is seen to have ended the connection, also where nobody has looked yet. */
bool lane_has_ended(const struct lane *lane);

/** Whether its slot has come to rest with something that nobody has looked at. */
bool lane_event_pending(const struct lane *lane);

/** Sends the session's set-up, taking it over. */
void lane_prepare(struct lane *lane, char *setup, int64_t retry_until_ms);

/** The set-up is done: it is ready for jobs. */
void lane_prepared(struct lane *lane);

/** Sends the statement that the job is at. */
void lane_send_statement(struct lane *lane, int64_t retry_until_ms);

/** Whether the job may go on after its statement: it was done, or what went wrong is tolerated. */
bool lane_may_go_on(struct lane *lane);

/**
 * Sends what the job has in place of a statement that was refused, if it has; then returns true. If
 * that fails as well, the first refusal is the error.
 */
bool lane_tries_otherwise(struct lane *lane);

/** Closes the connection, and forgets what went wrong with it and which database it was to. */
void lane_close(struct lane *lane);

/** Closes the connection and frees everything. */
void lane_release(struct lane *lane);

#endif
