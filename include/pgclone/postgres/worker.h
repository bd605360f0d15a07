/* A slot with what the engine knows about it: whether its session is prepared, and its job. */
#ifndef PGCLONE_POSTGRES_WORKER_H
#define PGCLONE_POSTGRES_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/postgres/job.h"
#include "pgclone/postgres/slot.h"

enum worker_state {
    WORKER_UNPREPARED, /**< the session's set-up was not sent yet */
    WORKER_PREPARING,  /**< it is under way */
    WORKER_READY,      /**< takes jobs */
    WORKER_REFUSED,    /**< could not connect in this run */
};

struct worker {
    struct slot slot;
    enum worker_state state;
    char *setup;          /**< the set-up's text while it is under way; owned */
    struct job *job;      /**< borrowed; NULL when idle */
    struct error refusal; /**< of the statement in whose place another is at work */
};

/** Starts without a connection. */
void worker_init(struct worker *worker, int number, const struct slot_target *target);

/** Whether it can take a job at once. */
bool worker_is_idle(const struct worker *worker);

/** Whether its slot has come to rest with something that nobody has looked at. */
bool worker_has_news(const struct worker *worker);

/** Sends the session's set-up, taking it over; NULL: the worker is ready at once. */
void worker_prepare(struct worker *worker, char *setup, int64_t retry_until_ms);

/** Sends the statement that the job is at. */
void worker_send_statement(struct worker *worker, int64_t retry_until_ms);

/** Whether the job may go on after its statement: it was done, or what went wrong is tolerated. */
bool worker_may_go_on(struct worker *worker);

/**
 * Sends what the job has in place of a statement that was refused, if it has; then returns true. If
 * that fails as well, the first refusal is the error.
 */
bool worker_tries_otherwise(struct worker *worker);

/** Closes the connection. */
void worker_close(struct worker *worker);

/** Closes the connection and frees everything. */
void worker_release(struct worker *worker);

#endif
