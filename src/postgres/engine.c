#include "pgclone/postgres/engine.h"

#include <poll.h>
#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/engine_parts.h"

/* How long a cancelled statement may take to end. CREATE and DROP DATABASE check for it between
 * files, and a checkpoint that they wait for is not interrupted; but a taking back ends the session
 * and waits for it, so that there is no need to wait long here. */
static const int64_t cancel_grace_ms = 10000;

struct engine *engine_new(const struct engine_options *options)
{
    struct engine *engine = memory_new(1, sizeof *engine);

    engine->options = *options;
    engine->server_version = options->server_version;
    engine->may_prewarm = true;
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    for (size_t i = 0; i < engine->lane_count; i++)
        lane_release(&engine->lanes[i]);
    free(engine->lanes);
    job_release(&engine->query);
    error_release(&engine->reason);
    error_release(&engine->loss);
    free(engine);
}

int engine_server_version(const struct engine *engine)
{
    return engine->server_version;
}

void engine_set_wait(struct engine *engine, int64_t wait_ms)
{
    engine->options.wait_ms = wait_ms;
}

void engine_persist(struct engine *engine, int64_t patience_ms)
{
    engine->persists = true;
    engine->patience_ms = patience_ms;
}

/* --------------------------------------------------------------------------------- a run's phase
 */

bool engine_is_running(const struct engine *engine)
{
    return engine->phase != ENGINE_IDLE;
}

void engine_enter(struct engine *engine, enum engine_phase phase)
{
    if (phase == ENGINE_IDLE)
        job_queue_skip(engine->queue);
    if (phase == ENGINE_IDLE || phase > engine->phase)
        engine->phase = phase;
}

/* Whether a lane is there, or may still come, for the jobs that wait. */
static bool engine_may_feed(const struct engine *engine)
{
    if (engine->phase != ENGINE_FEEDING || engine->queue->waiting == 0)
        return false;
    for (size_t i = 0; i < engine->first + engine->width; i++)
        if (engine->lanes[i].state != LANE_REFUSED &&
            (i >= engine->first || engine->lanes[i].state == LANE_READY))
            return true;
    return false;
}

static bool engine_is_done(const struct engine *engine)
{
    return engine_is_running(engine) && engine_at_work(engine) == 0 && !engine_may_feed(engine);
}

static void engine_end_when_done(struct engine *engine)
{
    if (engine_is_done(engine))
        engine_enter(engine, ENGINE_IDLE);
}

/* Closes a connection that is not idle, whatever it is at. */
static void engine_drop_lane(struct engine *engine, struct lane *lane)
{
    if (lane->job != NULL)
        engine_end_job(engine, lane, JOB_SKIPPED);
    else if (!slot_is_busy(&lane->slot))
        return;
    lane_close(lane);
}

void engine_cancel(struct engine *engine, struct error *reason)
{
    error_move(&engine->reason, reason);
    engine_enter(engine, ENGINE_CANCELLING);
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];

        if (lane->job != NULL && lane->state == LANE_READY)
            slot_cancel(&lane->slot, cancel_grace_ms, clock_now_ms());
        else /* a session that is not ready holds nothing of ours */
            engine_drop_lane(engine, lane);
    }
    engine_end_when_done(engine);
}

void engine_leave(struct engine *engine, struct error *reason)
{
    if (engine->phase != ENGINE_CANCELLING)
        error_move(&engine->reason, reason);
    for (size_t i = 0; i < engine->lane_count; i++)
        engine_drop_lane(engine, &engine->lanes[i]);
    engine_enter(engine, ENGINE_IDLE);
}

/* ------------------------------------------------------------------------------------- one turn */

/* When the server will have been silent for too long. */
static int64_t engine_quiet_until(const struct engine *engine)
{
    return engine_is_running(engine) && engine->patience_ms > 0
               ? engine->last_answer_ms + engine->patience_ms
               : INT64_MAX;
}

void engine_prepare(struct engine *engine, struct poll_set *set)
{
    if (engine->phase == ENGINE_FEEDING)
        engine_feed(engine);
    /* Where no lane was left for the last jobs, there is nothing to wait for either. */
    poll_set_until(set, engine_is_done(engine) ? INT64_MIN : engine_quiet_until(engine));
    engine->entry = set->count;
    engine->prepared_lanes = engine->lane_count;
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];

        (void)poll_set_add(set, slot_descriptor(&lane->slot), slot_events(&lane->slot));
        /* A connect or a send that failed at once leaves nothing to poll for. */
        poll_set_until(set, lane_event_pending(lane) ? INT64_MIN : lane->slot.deadline_ms);
    }
}

/* Where no more is begun, a job that has no connection yet is not waited for. */
static void engine_drop_connecting(struct engine *engine)
{
    for (size_t i = 0; i < engine->lane_count; i++)
        if (engine->lanes[i].job != NULL && engine->lanes[i].state != LANE_READY)
            engine_drop_lane(engine, &engine->lanes[i]);
}

static void engine_look_at_patience(struct engine *engine)
{
    struct error silence OWNED(error_release) = {0};

    if (clock_now_ms() < engine_quiet_until(engine))
        return;
    error_set(&silence, ERROR_SERVER, "the server did not answer for %d s",
              (int)(engine->patience_ms / 1000));
    engine_leave(engine, &silence);
}

void engine_turn(struct engine *engine, const struct poll_set *set)
{
    for (size_t i = 0; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];
        bool prepared = i < engine->prepared_lanes;
        short ready = (short)(prepared ? poll_set_ready(set, engine->entry + i) : 0);

        slot_advance(&lane->slot, ready, clock_now_ms());
        engine_collect(engine, lane);
    }
    engine->prepared_lanes = 0;
    if (engine->phase == ENGINE_DRAINING)
        engine_drop_connecting(engine);
    engine_end_when_done(engine);
    engine_look_at_patience(engine);
}

/* ----------------------------------------------------------------------------------------- runs */

static void engine_grow(struct engine *engine, size_t count)
{
    if (count <= engine->lane_count)
        return;
    engine->lanes = memory_resize(engine->lanes, count, sizeof *engine->lanes);
    for (size_t i = engine->lane_count; i < count; i++)
        lane_init(&engine->lanes[i], (int)i + 1, &engine->options.target);
    engine->lane_count = count;
}

static void engine_begin_from(struct engine *engine, size_t first, struct job_queue *queue,
                              size_t width, size_t prewarm)
{
    engine->first = first;
    engine->queue = queue;
    engine->width = width;
    engine->prewarm = prewarm;
    engine->prepared_lanes = 0;
    engine->last_answer_ms = clock_now_ms();
    error_release(&engine->reason);
    engine_grow(engine, engine_limit(engine));
    for (size_t i = 0; i < engine->lane_count; i++)
        if (engine->lanes[i].state == LANE_REFUSED)
            engine->lanes[i].state = LANE_UNPREPARED;
    engine->phase = ENGINE_FEEDING;
    engine_end_when_done(engine);
}

void engine_begin(struct engine *engine, struct job_queue *queue, size_t width)
{
    engine_begin_from(engine, engine->options.keep_first_idle ? 1 : 0, queue, width, 0);
}

void engine_begin_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm)
{
    job_release(&engine->query);
    job_init(&engine->query, "");
    job_add(&engine->query, memory_copy_string(sql), NULL, "%s", purpose);
    engine->query.collect = true;
    engine->query_queue = (struct job_queue){0};
    job_queue_add(&engine->query_queue, &engine->query);
    engine_begin_from(engine, 0, &engine->query_queue, 1, prewarm);
}

/* A signal is looked at first: once nothing is at work there is nothing left to wait for. */
static void engine_heed_signals(struct engine *engine)
{
    struct error reason OWNED(error_release) = {0};

    if (!engine->persists && interrupt_signal() != 0 && engine->phase != ENGINE_CANCELLING) {
        (void)interrupt_error(&reason);
        engine_cancel(engine, &reason);
    }
    if (engine_is_running(engine) && interrupt_insists()) {
        error_set(&reason, ERROR_INTERRUPTED, "given up because of a further signal");
        engine_leave(engine, &reason);
    }
}

void engine_wait(struct engine *engine)
{
    struct poll_set set OWNED(poll_set_release) = {0};

    engine_heed_signals(engine);
    while (engine_is_running(engine)) {
        poll_set_clear(&set);
        (void)poll_set_add(&set, interrupt_descriptor(), POLLIN);
        engine_prepare(engine, &set);
        if (engine->options.waits != NULL)
            engine->options.waits(&set, engine->options.context);
        poll_set_wait(&set);
        interrupt_drain();
        engine_turn(engine, &set);
        engine_heed_signals(engine);
    }
}

/* The loss of a first connection that is kept idle is a failure even where all jobs are done: what
 * it held is gone. */
static bool engine_has_lost_first(const struct engine *engine)
{
    return engine->first > 0 && engine->lanes[0].slot.state == SLOT_CLOSED &&
           error_is_set(&engine->reason);
}

bool engine_end(struct engine *engine, struct error *err)
{
    struct error failures OWNED(error_release) = {0};
    bool done = job_queue_succeeded(engine->queue, &failures);

    if (engine->reason.kind != ERROR_INTERRUPTED) {
        if (error_is_set(&failures))
            return error_move(err, &failures);
        if (done && !engine_has_lost_first(engine))
            return true;
    }
    return error_move(err, &engine->reason);
}

bool engine_end_query(struct engine *engine, struct results *out, struct error *err)
{
    if (!engine_end(engine, err))
        return false;
    results_release(out);
    *out = engine->query.results;
    engine->query.results = (struct results){0};
    return true;
}
