#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/postgres/engine_parts.h"

static void engine_tell_end(struct engine *engine, struct job *job, enum job_state state)
{
    job->state = state;
    job->finished_ms = clock_now_ms();
    engine->options.job_ended(job, engine->options.context);
}

void engine_end_job(struct engine *engine, struct lane *lane, enum job_state state)
{
    struct job *job = lane->job;

    lane->job = NULL;
    engine_tell_end(engine, job, state);
}

/* Of several connections that are refused or lost the last one counts; none of them is why a run
 * ended that was cancelled. */
static void engine_blame(struct engine *engine, const struct error *lost)
{
    if (engine->phase != ENGINE_CANCELLING)
        error_copy(&engine->reason, lost);
}

static void engine_say_failure(struct job *job, bool cancelled)
{
    error_prefix(&job->error, "could not %s: ", job->statements[job->next].purpose);
    if (job->quiet)
        log_message(LOG_VERBOSE, "%s", job->error.message);
    else if (job->optional && !cancelled)
        log_warning(&job->error);
}

void engine_fail_job(struct engine *engine, struct lane *lane)
{
    bool cancelled = lane->slot.cancelled;

    error_move(&lane->job->error, &lane->slot.error);
    engine_say_failure(lane->job, cancelled);
    /* A cancelled statement is not a failure of its own: the signal is the reason. */
    engine_end_job(engine, lane, cancelled ? JOB_SKIPPED : JOB_FAILED);
}

void engine_refuse_job(struct engine *engine, struct job *job)
{
    error_copy(&job->error, &engine->reason);
    engine_say_failure(job, false);
    engine_tell_end(engine, job, JOB_FAILED);
}

static void engine_collect_job(struct engine *engine, struct lane *lane)
{
    struct job *job = lane->job;

    if (lane->slot.state == SLOT_CLOSED) {
        /* Nothing of the lease hangs on a connection to another database. */
        if (lane_is_in(lane, NULL)) {
            engine_enter(engine, ENGINE_DRAINING);
            engine_blame(engine, &lane->slot.error);
        }
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

/* With the first connection goes what the others rely on, unless it was made to another database.
 */
static void engine_lose_idle(struct engine *engine, struct lane *lane)
{
    bool first = lane == engine->lanes && lane_is_in(lane, NULL);

    if (first && !engine_is_running(engine)) {
        error_move(&engine->loss, &lane->slot.error);
    } else if (first && engine->first > 0) {
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
    if (lane->slot.state == SLOT_CLOSED || error_is_set(&lane->slot.error)) {
        engine_refuse(engine, lane);
        return;
    }
    lane_prepared(lane);
    if (lane == engine->lanes)
        engine->may_prewarm =
            engine->options.may_prewarm(&lane->slot.results, engine->options.context);
}

static void engine_set_up(struct engine *engine, struct lane *lane)
{
    const struct engine_options *options = &engine->options;
    const char *database = lane->visit != NULL ? lane->visit->database : NULL;

    engine->server_version = PQserverVersion(lane->slot.conn);
    lane_prepare(lane, options->session_setup(engine->server_version, database, options->context),
                 engine_retry_until(engine));
}

/* The connection that a job waits for, which is to the job's database. */
static void engine_collect_visit(struct engine *engine, struct lane *lane)
{
    if (lane->slot.state == SLOT_CLOSED || error_is_set(&lane->slot.error)) {
        engine_fail_job(engine, lane);
        lane_close(lane);
    } else if (lane->state == LANE_UNPREPARED) {
        engine_set_up(engine, lane);
    } else {
        lane_prepared(lane);
        lane_send_statement(lane, engine_retry_until(engine));
    }
}

void engine_collect(struct engine *engine, struct lane *lane)
{
    if (!lane_event_pending(lane))
        return;
    engine->last_answer_ms = clock_now_ms();
    if (lane->job != NULL && lane->state == LANE_READY)
        engine_collect_job(engine, lane);
    else if (lane->job != NULL)
        engine_collect_visit(engine, lane);
    else if (lane->state == LANE_PREPARING)
        engine_collect_setup(engine, lane);
    else if (lane->state == LANE_READY)
        engine_lose_idle(engine, lane);
    else if (lane->slot.state == SLOT_FREE)
        engine_set_up(engine, lane);
    else
        engine_refuse(engine, lane);
}
