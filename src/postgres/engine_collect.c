#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/postgres/engine_parts.h"

void engine_end_job(struct engine *engine, struct worker *worker, enum job_state state)
{
    struct job *job = worker->job;

    worker->job = NULL;
    job->state = state;
    job->finished_ms = clock_now_ms();
    if (engine->options.job_ended != NULL)
        engine->options.job_ended(job, engine->options.context);
}

static void engine_fail_job(struct engine *engine, struct worker *worker)
{
    struct job *job = worker->job;

    error_move(&job->error, &worker->slot.error);
    error_prefix(&job->error, "could not %s: ", job->statements[job->next].purpose);
    if (job->optional && !worker->slot.cancelled)
        log_warning(&job->error);
    /* A cancelled statement is not a failure of its own: the signal is the reason. */
    engine_end_job(engine, worker, worker->slot.cancelled ? JOB_SKIPPED : JOB_FAILED);
}

static void engine_collect_job(struct engine *engine, struct worker *worker)
{
    struct job *job = worker->job;

    if (worker->slot.state == SLOT_CLOSED) {
        engine->stopping = true;
        error_copy(&engine->refused, &worker->slot.error);
        engine_fail_job(engine, worker);
        worker_close(worker);
        return;
    }
    if (worker_tries_otherwise(worker))
        return;
    if (!worker_may_go_on(worker)) {
        engine_fail_job(engine, worker);
        return;
    }
    if (job->collect) {
        results_release(&job->results);
        job->results = worker->slot.results;
        worker->slot.results = (struct results){0};
    }
    job->next++;
    if (job->next == job->count)
        engine_end_job(engine, worker, JOB_DONE);
    else if (engine->stopping)
        engine_end_job(engine, worker, JOB_SKIPPED);
    else
        worker_send_statement(worker, engine_retry_until(engine));
}

static void engine_refuse(struct engine *engine, struct worker *worker)
{
    if (error_is_set(&worker->slot.error))
        error_move(&engine->refused, &worker->slot.error);
    worker_close(worker);
    worker->state = WORKER_REFUSED;
    log_message(LOG_VERBOSE, "connection %d: %s", worker->slot.number,
                engine->refused.message != NULL ? engine->refused.message : "given up");
}

static void engine_collect_setup(struct engine *engine, struct worker *worker)
{
    const struct engine_options *options = &engine->options;

    free(worker->setup);
    worker->setup = NULL;
    if (worker->slot.state == SLOT_CLOSED || error_is_set(&worker->slot.error))
        engine_refuse(engine, worker);
    else
        worker->state = WORKER_READY;
    if (worker->state == WORKER_READY && worker == engine->workers && options->may_prewarm != NULL)
        engine->may_prewarm = options->may_prewarm(&worker->slot.results, options->context);
}

static void engine_prepare(struct engine *engine, struct worker *worker)
{
    char *setup = NULL;

    engine->server_version = PQserverVersion(worker->slot.conn);
    if (engine->options.session_setup != NULL)
        setup = engine->options.session_setup(engine->server_version, engine->options.context);
    worker_prepare(worker, setup, engine_retry_until(engine));
}

void engine_collect(struct engine *engine, struct worker *worker)
{
    if (!worker_has_news(worker))
        return;
    engine->heard_ms = clock_now_ms();
    if (worker->job != NULL)
        engine_collect_job(engine, worker);
    else if (worker->state == WORKER_PREPARING)
        engine_collect_setup(engine, worker);
    else if (worker->slot.state == SLOT_FREE)
        engine_prepare(engine, worker);
    else
        engine_refuse(engine, worker);
}
