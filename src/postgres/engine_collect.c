#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/postgres/engine_parts.h"

void engine_end_job(struct engine *engine, struct lane *lane, enum job_state state)
{
    struct job *job = lane->job;

    lane->job = NULL;
    job->state = state;
    job->finished_ms = clock_now_ms();
    engine->options.job_ended(job, engine->options.context);
}

/* Of several connections that are refused or lost the last one counts; none of them is why a run
 * ended that was cancelled. */
static void engine_blame(struct engine *engine, const struct error *lost)
{
    if (engine->phase != ENGINE_CANCELLING)
        error_copy(&engine->reason, lost);
}

static void engine_fail_job(struct engine *engine, struct lane *lane)
{
    struct job *job = lane->job;

    error_move(&job->error, &lane->slot.error);
    error_prefix(&job->error, "could not %s: ", job->statements[job->next].purpose);
    if (job->quiet)
        log_message(LOG_VERBOSE, "%s", job->error.message);
    else if (job->optional && !lane->slot.cancelled)
        log_warning(&job->error);
    /* A cancelled statement is not a failure of its own: the signal is the reason. */
    engine_end_job(engine, lane, lane->slot.cancelled ? JOB_SKIPPED : JOB_FAILED);
}

static void engine_collect_job(struct engine *engine, struct lane *lane)
{
    struct job *job = lane->job;

    if (lane->slot.state == SLOT_CLOSED) {
        engine_enter(engine, ENGINE_DRAINING);
        engine_blame(engine, &lane->slot.error);
        engine_fail_job(engine, lane);
        lane_close(lane);
        return;
    }
    if (lane_tries_otherwise(lane))
        return;
    if (!lane_may_go_on(lane)) {
        engine_fail_job(engine, lane);
        return;
    }
    if (job->collect) {
        results_release(&job->results);
        job->results = lane->slot.results;
        lane->slot.results = (struct results){0};
    }
    job->next++;
    if (job->next == job->count)
        engine_end_job(engine, lane, JOB_DONE);
    else if (engine->phase != ENGINE_FEEDING)
        engine_end_job(engine, lane, JOB_SKIPPED);
    else
        lane_send_statement(lane, engine_retry_until(engine));
}

/* With the first connection goes what the others rely on. */
static void engine_lose_idle(struct engine *engine, struct lane *lane)
{
    if (lane == engine->lanes && !engine_is_running(engine)) {
        error_move(&engine->loss, &lane->slot.error);
    } else if (lane == engine->lanes && engine->first > 0) {
        engine_blame(engine, &lane->slot.error);
        engine_enter(engine, ENGINE_DRAINING);
    }
    lane_close(lane);
}

static void engine_refuse(struct engine *engine, struct lane *lane)
{
    if (error_is_set(&lane->slot.error))
        engine_blame(engine, &lane->slot.error);
    lane_close(lane);
    lane->state = LANE_REFUSED;
    log_message(LOG_VERBOSE, "connection %d: %s", lane->slot.number,
                engine->reason.message != NULL ? engine->reason.message : "given up");
}

static void engine_collect_setup(struct engine *engine, struct lane *lane)
{
    free(lane->setup);
    lane->setup = NULL;
    if (lane->slot.state == SLOT_CLOSED || error_is_set(&lane->slot.error)) {
        engine_refuse(engine, lane);
        return;
    }
    lane->state = LANE_READY;
    if (lane == engine->lanes)
        engine->may_prewarm =
            engine->options.may_prewarm(&lane->slot.results, engine->options.context);
}

static void engine_set_up(struct engine *engine, struct lane *lane)
{
    const struct engine_options *options = &engine->options;

    engine->server_version = PQserverVersion(lane->slot.conn);
    lane_prepare(lane, options->session_setup(engine->server_version, options->context),
                 engine_retry_until(engine));
}

void engine_collect(struct engine *engine, struct lane *lane)
{
    if (!lane_event_pending(lane))
        return;
    engine->last_answer_ms = clock_now_ms();
    if (lane->job != NULL)
        engine_collect_job(engine, lane);
    else if (lane->state == LANE_PREPARING)
        engine_collect_setup(engine, lane);
    else if (lane->state == LANE_READY)
        engine_lose_idle(engine, lane);
    else if (lane->slot.state == SLOT_FREE)
        engine_set_up(engine, lane);
    else
        engine_refuse(engine, lane);
}
