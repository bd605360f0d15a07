/*
 * Runs jobs over a few asynchronous connections: feed, poll, advance, collect. It knows nothing of
 * what the statements do. Connections stay open from one run to the next.
 */
#ifndef PGCLONE_POSTGRES_ENGINE_H
#define PGCLONE_POSTGRES_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/postgres/job.h"
#include "pgclone/postgres/slot.h"

struct engine;

struct engine_options {
    struct slot_target target; /**< its lists are borrowed and must outlive the engine */
    /** The first connection takes no jobs, only queries, as long as others can be had: the server
     * notices at once when the client of an idle connection dies, and frees what that one holds. */
    bool first_rests;
    int64_t wait_ms; /**< how long refusals that pass by themselves are tried again */

    /**
     * The statements to send on each new connection before its first job, as one string that the
     * engine frees; NULL for none. `server_version` is libpq's (150018).
     */
    char *(*session_setup)(int server_version, void *context);

    /**
     * Called with what the set-up statements of the first connection gave; whether others may be
     * begun beside its query. NULL: they may.
     */
    bool (*may_prewarm)(const struct results *setup, void *context);

    /** Called after each job has ended, in order of arrival; may be NULL. */
    void (*job_ended)(const struct job *job, void *context);

    void *context; /**< passed to the callbacks */
};

/** What ends a run before its time. */
enum engine_mode {
    /** Any signal: what is at work is cancelled and drained, and left when a signal insists. */
    ENGINE_STOPS,
    /** Only a signal that insists (interrupt_insists()): what is at work is left. */
    ENGINE_PERSISTS,
    /** Whatever interrupt_descriptor() tells of, which is left in it: what is at work is left. */
    ENGINE_YIELDS,
};

/** Makes an engine without connections. The caller frees it with engine_free(). */
struct engine *engine_new(const struct engine_options *options);

/**
 * Runs `jobs` over at most `width` connections, as many as there are jobs at the most, opened as
 * they are needed. A failed job does not stop the others; a lost connection does, since what the
 * jobs made can then no longer be answered for. SIGINT, SIGTERM and SIGHUP stop the feeding, cancel
 * what is at work and drain it (engine_set_mode() changes that). A connection beyond the first that
 * is refused only makes the run narrower. Returns false with the first failure in the jobs' order;
 * each job has its own outcome.
 */
bool engine_run(struct engine *engine, struct job *jobs, size_t count, size_t width,
                struct error *err);

/**
 * Runs `sql`, which may hold several statements, on the engine's first connection and gives their
 * result sets. `purpose` is for messages ("look at the catalog"). `prewarm` connections (the first
 * included) are begun meanwhile, for the run that follows.
 */
bool engine_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm,
                  struct results *out, struct error *err);

/** Changes how long refusals that pass by themselves are tried again. */
void engine_set_wait(struct engine *engine, int64_t wait_ms);

/**
 * Sets what ends the runs from here on; ENGINE_STOPS is the mode of a new engine. When the server
 * has answered nothing for `patience_ms` (0: no limit), what is at work is left, too. What is left
 * goes on in the server; its connections are closed.
 */
void engine_set_mode(struct engine *engine, enum engine_mode mode, int64_t patience_ms);

/** Closes every connection but the first. */
void engine_keep_first(struct engine *engine);

/** The first connection's descriptor, to be polled for reading while it is idle; -1 without one. */
int engine_descriptor(const struct engine *engine);

/** Whether the first connection still stands; ERROR_CONNECTION, once, when it was lost while idle.
 */
bool engine_is_alive(struct engine *engine, struct error *err);

/** The version of the server as libpq has it (150018), or 0 before the first connection. */
int engine_server_version(const struct engine *engine);

/** The first connection's process id as libpq knows it (a proxy may have made it up); 0 without
 * one. */
int engine_backend_pid(const struct engine *engine);

/** What engine_new() was given. */
const struct engine_options *engine_get_options(const struct engine *engine);

/** Closes the connections. NULL is allowed. */
void engine_free(struct engine *engine);

#endif
