/* What the engine's own files share: its state, and the parts of one turn. Nobody else includes it.
 */
#ifndef PGCLONE_POSTGRES_ENGINE_PARTS_H
#define PGCLONE_POSTGRES_ENGINE_PARTS_H

#include "pgclone/postgres/engine.h"
#include "pgclone/postgres/worker.h"

struct engine {
    struct engine_options options;
    struct worker *workers;
    size_t worker_count;
    int server_version;
    enum engine_mode mode;
    int64_t patience_ms; /* 0: none */

    /* The run at work. */
    struct job *jobs;
    size_t job_count;
    size_t fed;     /* jobs handed out so far */
    size_t prewarm; /* connections wanted even without a job for them */
    bool may_prewarm;
    size_t width;
    size_t first;         /* the first worker that takes jobs: 1 while worker 0 rests */
    bool stopping;        /* no job is handed out any more */
    bool first_lost;      /* the connection that rests is gone */
    bool cancelled;       /* a signal came, and what was at work was told to stop */
    bool called;          /* something came that ENGINE_YIELDS yields to */
    int64_t heard_ms;     /* when the server last answered, or the run began */
    struct error refused; /* why a connection was refused or lost */
};

/** How many of the workers are in use: those that take jobs, and those that are only prewarmed. */
size_t engine_limit(const struct engine *engine);

/** Until when a refusal that passes by itself is tried again, if it comes now. */
int64_t engine_retry_until(const struct engine *engine);

/** Hands jobs to idle workers, and begins connections for those that no worker is there for. */
void engine_feed(struct engine *engine);

/** Looks at what a worker has come to, if it is at rest. */
void engine_collect(struct engine *engine, struct worker *worker);

/** Ends a worker's job, and tells who listens. */
void engine_end_job(struct engine *engine, struct worker *worker, enum job_state state);

#endif
