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

/* Connections that exist or are on their way. */
static size_t engine_connections(const struct engine *engine)
{
    size_t count = 0;

    for (size_t i = engine->first; i < engine_limit(engine); i++)
        count += engine->lanes[i].slot.state != SLOT_CLOSED;
    return count;
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

static void engine_feed_jobs(struct engine *engine)
{
    size_t last = engine->first + engine->width;

    for (size_t i = engine_first_to_feed(engine); i < last && engine->queue->waiting > 0; i++) {
        struct lane *lane = &engine->lanes[i];

        if (!lane_is_idle(lane))
            continue;
        lane->job = job_queue_take(engine->queue, clock_now_ms());
        lane_send_statement(lane, engine_retry_until(engine));
    }
}

/* What a first connection that is kept idle takes when it is made, no other may have before it. */
static bool engine_may_prewarm(const struct engine *engine)
{
    return engine->may_prewarm &&
           (!engine->options.keep_first_idle || engine->lanes[0].state == LANE_READY);
}

static void engine_feed_connections(struct engine *engine)
{
    size_t wanted = engine_at_work(engine) + engine->queue->waiting;

    if (wanted > engine->width)
        wanted = engine->width;
    if (wanted < engine->prewarm && engine_may_prewarm(engine))
        wanted = engine->prewarm;
    for (size_t i = engine->first; i < engine_limit(engine) && engine_connections(engine) < wanted;
         i++) {
        struct lane *lane = &engine->lanes[i];

        if (lane->state == LANE_UNPREPARED && lane->slot.state == SLOT_CLOSED)
            slot_connect(&lane->slot, engine_retry_until(engine), clock_now_ms());
    }
}

void engine_feed(struct engine *engine)
{
    engine_feed_jobs(engine);
    engine_feed_connections(engine);
}
