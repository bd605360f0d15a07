/* What the engine's own files share: its state, and the parts of one turn. Nobody else includes it.
 */
#ifndef PGCLONE_POSTGRES_ENGINE_PARTS_H
#define PGCLONE_POSTGRES_ENGINE_PARTS_H

#include "pgclone/postgres/engine.h"
#include "pgclone/postgres/lane.h"

/** How far a run is. It only ever goes on to a later phase, and from any of them back to idle. */
enum engine_phase {
    ENGINE_IDLE,       /**< no run has been begun, or it has ended */
    ENGINE_FEEDING,    /**< jobs are handed out */
    ENGINE_DRAINING,   /**< a connection was lost: what is at work is waited for */
    ENGINE_CANCELLING, /**< what is at work was told to stop, and is waited for */
};

struct engine {
    struct engine_options options;
    struct lane *lanes;
    size_t lane_count;
    int server_version;
    bool persists;
    int64_t patience_ms; /* 0: no limit */

    /* The run at work. */
    enum engine_phase phase;
    struct job_queue *queue;
    struct job query;             /* the job of a query */
    struct job_queue query_queue; /* holds that one */
    size_t width;
    size_t first;   /* the first lane that takes jobs: 1 while lane 0 is kept idle */
    size_t prewarm; /* connections wanted even without a job for them */
    bool may_prewarm;
    int64_t last_answer_ms; /* when the server last answered, or the run began */
    struct error reason;    /* why a connection was refused or lost, or why the run was ended */
    struct error loss;      /* how the first connection was lost while no run was at work */

    /* What engine_prepare() has put into the poll set. */
    size_t entry;          /* the index of lane 0 */
    size_t prepared_lanes; /* how many lanes have an entry */
};

/** The one writer of the phase, but for a run's begin. */
void engine_enter(struct engine *engine, enum engine_phase phase);

/** How many of the lanes are in use: those that take jobs, and those that are only prewarmed. */
size_t engine_limit(const struct engine *engine);

/** How many of them have a job. */
size_t engine_at_work(const struct engine *engine);

/** Until when a refusal that passes by itself is tried again, if it comes now. */
int64_t engine_retry_until(const struct engine *engine);

/** Hands jobs to idle lanes, and begins connections for those that no lane is there for. */
void engine_feed(struct engine *engine);

/** Looks at what a lane has come to, if it is at rest. */
void engine_collect(struct engine *engine, struct lane *lane);

/** Ends a lane's job, and tells who listens. */
void engine_end_job(struct engine *engine, struct lane *lane, enum job_state state);

/** Ends a lane's job with its slot's error, which is taken; one that was cancelled is skipped. */
void engine_fail_job(struct engine *engine, struct lane *lane);

/** The same for a job that no lane is left for. */
void engine_refuse_job(struct engine *engine, struct job *job);

#endif
