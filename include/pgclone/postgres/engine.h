/*
 * Runs jobs over a few asynchronous connections to one server. It knows nothing of what the
 * statements do. Connections stay open from one run to the next.
 *
 * The engine's own database is the one that its target names. A job may want another (job_in()):
 * its connection is made for it, unless there is one already, and then kept for the next job there
 * until it is needed elsewhere. Such a job answers for its connection: that it is refused or lost
 * is a failure of this job alone.
 *
 * The engine never waits: engine_prepare() says what to wait for, engine_turn() does what can be
 * done without waiting, and whoever has the loop calls them in turn until the run has ended, as
 * engine_wait() does. So any number of engines can be at work in one loop.
 */
#ifndef PGCLONE_POSTGRES_ENGINE_H
#define PGCLONE_POSTGRES_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/poll_set.h"
#include "pgclone/postgres/job.h"
#include "pgclone/postgres/slot.h"

struct engine;

struct engine_options {
    /** Its lists are borrowed and must outlive the engine. "dbname" is the engine's own database.
     */
    struct slot_target target;
    /** The first connection takes no jobs, only queries, as long as others can be had: the server
     * notices at once when the client of an idle connection dies, and frees what that one holds. */
    bool keep_first_idle;
    int64_t wait_ms;    /**< how long refusals that pass by themselves are tried again */
    int server_version; /**< as another engine's connections to the server have told; 0: unknown */

    /**
     * The statements to send on each new connection before its first job, as one string that the
     * engine frees. `server_version` is libpq's (150018); `database` is what its jobs are in, NULL:
     * the engine's own.
     */
    char *(*session_setup)(int server_version, const char *database, void *context);

    /**
     * Called with what the set-up statements of the first connection gave; whether others may be
     * begun beside its query.
     */
    bool (*may_prewarm)(const struct results *setup, void *context);

    /** Called after each job has ended, in order of arrival. */
    void (*job_ended)(const struct job *job, void *context);

    /** Called before each wait of engine_wait(), and may say until when to wait; NULL: nobody is.
     */
    void (*waits)(struct poll_set *set, void *context);

    void *context; /**< passed to the callbacks */
};

/** Makes an engine without connections. The caller frees it with engine_free(). */
struct engine *engine_new(const struct engine_options *options);

/**
 * Begins to run the jobs of `queue`, which is borrowed until engine_end(), over at most `width`
 * connections that are opened as they are needed. A failed job does not stop the others; a lost
 * connection to the engine's own database does, since what the jobs made can then no longer be
 * answered for. A connection beyond the first that is refused only makes the run narrower. The run
 * ends when the queue is empty and nothing is at work.
 */
void engine_begin(struct engine *engine, struct job_queue *queue, size_t width);

/**
 * Begins to run `sql`, which may hold several statements, on the engine's first connection.
 * `purpose` is for messages ("look at the catalog"). `prewarm` connections (the first included) are
 * begun meanwhile, for the run that follows.
 */
void engine_begin_query(struct engine *engine, const char *sql, const char *purpose,
                        size_t prewarm);

/** Hands out jobs, and adds to `set` what the run waits for. Without a run, idle connections are
 * watched: what the first one holds goes with it (engine_take_loss()). */
void engine_prepare(struct engine *engine, struct poll_set *set);

/** Does all that can be done without waiting, after a wait on the set of engine_prepare(). */
void engine_turn(struct engine *engine, const struct poll_set *set);

/** Whether a run has been begun and has not ended. */
bool engine_is_running(const struct engine *engine);

/** Ends the run before its time: no job is handed out any more, what is at work is cancelled, and
 * the run goes on until that is drained. `reason` is taken over and becomes the run's failure. */
void engine_cancel(struct engine *engine, struct error *reason);

/** Ends the run at once: what is at work goes on in the server, its connections are closed.
 * `reason` is taken over and becomes the run's failure, unless it had one. */
void engine_leave(struct engine *engine, struct error *reason);

/**
 * Waits until the run has ended. SIGINT, SIGTERM and SIGHUP cancel what is at work, and it is
 * drained; it is left when a signal insists (interrupt_insists()).
 */
void engine_wait(struct engine *engine);

/**
 * What the run came to. False with the reason why it was cancelled or left; else with the chain of
 * all failures in the jobs' order; else with why connections were refused or lost. Each job has its
 * own outcome, too.
 */
bool engine_end(struct engine *engine, struct error *err);

/** engine_end() for a query: gives its result sets, replacing what is in `out`. */
bool engine_end_query(struct engine *engine, struct results *out, struct error *err);

/** Changes how long refusals that pass by themselves are tried again. */
void engine_set_wait(struct engine *engine, int64_t wait_ms);

/**
 * From here on only a signal that insists ends an engine_wait(): what is at work is left. The same
 * happens when the server has answered nothing for `patience_ms` (0: no limit).
 */
void engine_persist(struct engine *engine, int64_t patience_ms);

/** Closes every connection but the first. */
void engine_keep_first(struct engine *engine);

/** Whether the first connection is there, in the engine's own database, as far as is known. */
bool engine_is_connected(const struct engine *engine);

/** Since when the first connection has been there without a break; INT64_MAX: it is not, or the
 * server is seen to have ended it. */
int64_t engine_connected_since_us(const struct engine *engine);

/** Moves to `err` how the first connection was lost while no run was at work: ERROR_CONNECTION.
 * False where that is not the case, or was told already. */
bool engine_take_loss(struct engine *engine, struct error *err);

/** The version of the server as libpq has it (150018), or 0 before the first connection. */
int engine_server_version(const struct engine *engine);

/** The first connection's process id as libpq knows it (a proxy may have made it up); 0 without
 * one. */
int engine_backend_pid(const struct engine *engine);

/** Closes the connections. NULL is allowed. */
void engine_free(struct engine *engine);

#endif
