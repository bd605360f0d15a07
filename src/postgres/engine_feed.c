#include "pgclone/base/clock.h"
#include "pgclone/postgres/engine_parts.h"

size_t engine_limit(const struct engine *engine)
{
    size_t last = engine->first + engine->width;

    return last > engine->prewarm ? last : engine->prewarm;
}

size_t engine_at_work(const struct engine *engine)
{
    size_t count = 0;

    for (size_t i = 0; i < engine->lane_count; i++)
        count += engine->lanes[i].job != NULL;
    return count;
}

/* Connections that exist or are on their way, but for those that idle in another database. */
static size_t engine_connections(const struct engine *engine)
{
    size_t count = 0;

    for (size_t i = engine->first; i < engine->lane_count; i++) {
        const struct lane *lane = &engine->lanes[i];

        if (lane->job != NULL)
            count++;
        else if (i < engine_limit(engine))
            count += lane->slot.state != SLOT_CLOSED && !lane_is_away(lane);
    }
    return count;
}

/* Whether another job may be begun beside those at work: one may wait in a lane beyond the width,
 * which an earlier and wider run has left in that job's database. */
static bool engine_has_room(const struct engine *engine)
{
    size_t count = 0;

    for (size_t i = engine->first; i < engine->lane_count; i++)
        count += engine->lanes[i].job != NULL;
    return count < engine->width;
}

int64_t engine_retry_until(const struct engine *engine)
{
    return clock_now_ms() + engine->options.wait_ms;
}

/* Where the server has no connection for another lane, the one that is kept idle must do the work.
 */
static size_t engine_first_to_feed(const struct engine *engine)
{
    for (size_t i = engine->first; i < engine->first + engine->width; i++)
        if (engine->lanes[i].state != LANE_REFUSED && engine->lanes[i].slot.state != SLOT_BACKOFF)
            return engine->first;
    return 0;
}

static struct lane *engine_lane_at_home(struct engine *engine)
{
    for (size_t i = engine_first_to_feed(engine); i < engine->first + engine->width; i++) {
        struct lane *lane = &engine->lanes[i];

        if (lane_is_idle(lane) && lane_is_in(lane, NULL) &&
            (i < engine->first || engine_has_room(engine)))
            return lane;
    }
    return NULL;
}

/* One that is in the database already; else one without a connection; else any that is idle. What
 * the server has ended meanwhile (the database was swapped, say) is one without a connection. */
static struct lane *engine_lane_for_visit(struct engine *engine, const char *database)
{
    struct lane *best = NULL;

    if (!engine_has_room(engine))
        return NULL;
    for (size_t i = engine->first; i < engine->lane_count; i++) {
        struct lane *lane = &engine->lanes[i];

        if (!lane_is_away(lane) || !lane_is_in(lane, database))
            continue;
        if (lane_is_quiet(lane))
            return lane;
        lane_close(lane);
    }
    for (size_t i = engine->first; i < engine->first + engine->width; i++) {
        struct lane *lane = &engine->lanes[i];

        if (lane_is_unused(lane))
            return lane;
        if (best == NULL && lane_is_idle(lane))
            best = lane;
    }
    return best;
}

/* Whether no lane is left that could be connected to another database. */
static bool engine_is_refused(const struct engine *engine)
{
    for (size_t i = engine->first; i < engine->first + engine->width; i++)
        if (engine->lanes[i].state != LANE_REFUSED)
            return false;
    return true;
}

/* Begins the next job, if there is a lane for it. */
static bool engine_feed_job(struct engine *engine)
{
    const char *database = engine->queue->next->database;
    bool refused = database != NULL && engine_is_refused(engine);
    struct lane *lane =
        database != NULL ? engine_lane_for_visit(engine, database) : engine_lane_at_home(engine);
    bool there;

    if (lane == NULL && refused)
        engine_refuse_job(engine, job_queue_take(engine->queue, clock_now_ms()));
    if (lane == NULL)
        return refused;
    there = lane_is_idle(lane) && lane_is_in(lane, database);
    lane->job = job_queue_take(engine->queue, clock_now_ms());
    if (there)
        lane_send_statement(lane, engine_retry_until(engine));
    else
        lane_connect(lane, database, engine_retry_until(engine));
    return true;
}

static void engine_feed_jobs(struct engine *engine)
{
    while (engine->queue->waiting > 0 && engine_feed_job(engine))
        continue;
}

/* What a first connection that is kept idle takes when it is made, no other may have before it. */
static bool engine_may_prewarm(const struct engine *engine)
{
    return engine->may_prewarm &&
           (!engine->options.keep_first_idle || engine->lanes[0].state == LANE_READY);
}

/* How many of the jobs that wait are the engine's own database's, as far as there are lanes for
 * them. */
static size_t engine_waiting_at_home(const struct engine *engine)
{
    const struct job *job = engine->queue->next;
    size_t count = 0;

    for (size_t i = 0; i < engine->queue->waiting && count < engine->width; i++, job = job->behind)
        count += job->database == NULL;
    return count;
}

/* Jobs for another database have their connections made for them; these are for the others. */
static void engine_feed_connections(struct engine *engine)
{
    size_t needed = engine_at_work(engine) + engine_waiting_at_home(engine);
    size_t last = engine->first + engine->width;
    size_t wanted;

    if (needed > engine->width)
        needed = engine->width;
    wanted = needed;
    if (wanted < engine->prewarm && engine_may_prewarm(engine))
        wanted = engine->prewarm;
    for (size_t i = engine->first; i < engine_limit(engine) && engine_connections(engine) < wanted;
         i++) {
        struct lane *lane = &engine->lanes[i];

        if (lane_is_unused(lane))
            lane_connect(lane, NULL, engine_retry_until(engine));
    }
    for (size_t i = engine->first; i < last && engine_connections(engine) < needed; i++)
        if (lane_is_away(&engine->lanes[i]))
            lane_connect(&engine->lanes[i], NULL, engine_retry_until(engine));
}

void engine_feed(struct engine *engine)
{
    engine_feed_jobs(engine);
    engine_feed_connections(engine);
}
