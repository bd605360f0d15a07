#include "pgclone/base/clock.h"
#include "pgclone/postgres/engine_parts.h"

size_t engine_limit(const struct engine *engine)
{
    size_t last = engine->first + engine->width;

    return last > engine->prewarm ? last : engine->prewarm;
}

/* Connections that exist or are on their way. */
static size_t engine_connections(const struct engine *engine)
{
    size_t count = 0;

    for (size_t i = engine->first; i < engine_limit(engine); i++)
        count += engine->workers[i].slot.state != SLOT_CLOSED;
    return count;
}

int64_t engine_retry_until(const struct engine *engine)
{
    return clock_now_ms() + engine->options.wait_ms;
}

/* Where the server has no connection for another worker, the one that rests must do the work. */
static size_t engine_first_to_feed(const struct engine *engine)
{
    for (size_t i = engine->first; i < engine->first + engine->width; i++)
        if (engine->workers[i].state != WORKER_REFUSED &&
            engine->workers[i].slot.state != SLOT_BACKOFF)
            return engine->first;
    return 0;
}

static void engine_feed_jobs(struct engine *engine)
{
    size_t last = engine->first + engine->width;

    for (size_t i = engine_first_to_feed(engine); i < last && engine->fed < engine->job_count;
         i++) {
        struct worker *worker = &engine->workers[i];

        if (!worker_is_idle(worker))
            continue;
        worker->job = &engine->jobs[engine->fed++];
        worker->job->state = JOB_RUNNING;
        worker->job->started_ms = clock_now_ms();
        worker_send_statement(worker, engine_retry_until(engine));
    }
}

/* What a first connection that rests takes when it is made, no other may have before it. */
static bool engine_may_prewarm(const struct engine *engine)
{
    return engine->may_prewarm &&
           (!engine->options.first_rests || engine->workers[0].state == WORKER_READY);
}

static void engine_feed_connections(struct engine *engine)
{
    size_t running = 0;
    size_t wanted;

    for (size_t i = 0; i < engine->worker_count; i++)
        running += engine->workers[i].job != NULL;
    wanted = running + engine->job_count - engine->fed;
    if (wanted > engine->width)
        wanted = engine->width;
    if (wanted < engine->prewarm && engine_may_prewarm(engine))
        wanted = engine->prewarm;
    for (size_t i = engine->first; i < engine_limit(engine) && engine_connections(engine) < wanted;
         i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->state == WORKER_UNPREPARED && worker->slot.state == SLOT_CLOSED)
            slot_connect(&worker->slot, engine_retry_until(engine), clock_now_ms());
    }
}

void engine_feed(struct engine *engine)
{
    engine_feed_jobs(engine);
    engine_feed_connections(engine);
}
