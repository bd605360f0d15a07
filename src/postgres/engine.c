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
    engine->may_prewarm = true;
    return engine;
}

void engine_free(struct engine *engine)
{
    if (engine == NULL)
        return;
    for (size_t i = 0; i < engine->worker_count; i++)
        worker_release(&engine->workers[i]);
    free(engine->workers);
    error_release(&engine->refused);
    free(engine);
}

int engine_server_version(const struct engine *engine)
{
    return engine->server_version;
}

int engine_backend_pid(const struct engine *engine)
{
    return engine->worker_count > 0 ? PQbackendPID(engine->workers[0].slot.conn) : 0;
}

const struct engine_options *engine_get_options(const struct engine *engine)
{
    return &engine->options;
}

void engine_set_wait(struct engine *engine, int64_t wait_ms)
{
    engine->options.wait_ms = wait_ms;
}

void engine_set_mode(struct engine *engine, enum engine_mode mode, int64_t patience_ms)
{
    engine->mode = mode;
    engine->patience_ms = patience_ms;
}

void engine_keep_first(struct engine *engine)
{
    for (size_t i = 1; i < engine->worker_count; i++)
        worker_close(&engine->workers[i]);
}

int engine_descriptor(const struct engine *engine)
{
    return engine->worker_count > 0 ? slot_idle_descriptor(&engine->workers[0].slot) : -1;
}

bool engine_is_alive(struct engine *engine, struct error *err)
{
    struct worker *worker = engine->workers;

    if (engine->worker_count == 0 || worker->slot.conn == NULL || slot_is_alive(&worker->slot))
        return true;
    error_move(err, &worker->slot.error);
    worker_close(worker);
    return false;
}

static void engine_grow(struct engine *engine, size_t count)
{
    if (count <= engine->worker_count)
        return;
    engine->workers = memory_resize(engine->workers, count, sizeof *engine->workers);
    for (size_t i = engine->worker_count; i < count; i++)
        worker_init(&engine->workers[i], (int)i + 1, &engine->options.target);
    engine->worker_count = count;
}

/* ------------------------------------------------------------------------------------- waiting */

/* When the server will have been silent for too long. */
static int64_t engine_quiet_until(const struct engine *engine)
{
    return engine->patience_ms > 0 ? engine->heard_ms + engine->patience_ms : INT64_MAX;
}

static int engine_timeout_ms(const struct engine *engine)
{
    int64_t now_ms = clock_now_ms();
    int64_t nearest = engine_quiet_until(engine);

    for (size_t i = 0; i < engine->worker_count; i++) {
        if (worker_has_news(&engine->workers[i]))
            return 0; /* a connect or a send that failed at once leaves nothing to poll for */
        if (engine->workers[i].slot.deadline_ms < nearest)
            nearest = engine->workers[i].slot.deadline_ms;
    }
    if (nearest == INT64_MAX)
        return -1;
    if (nearest <= now_ms)
        return 0;
    return nearest - now_ms > INT32_MAX ? INT32_MAX : (int)(nearest - now_ms);
}

/* Whether the first connection idles beside those at work: with it goes what they rely on. */
static bool engine_watches_first(const struct engine *engine)
{
    return engine->first > 0 && worker_is_idle(&engine->workers[0]);
}

static void engine_look_after_first(struct engine *engine)
{
    if (engine_watches_first(engine) && !engine_is_alive(engine, &engine->refused)) {
        engine->stopping = true;
        engine->first_lost = true;
    }
}

/* A signal that is yet to be acted on stays in the descriptor; any other has only woken us. */
static void engine_look_at_signals(struct engine *engine)
{
    if (engine->mode == ENGINE_YIELDS)
        engine->called = true;
    else if (engine->mode == ENGINE_PERSISTS || engine->cancelled)
        interrupt_drain();
}

static void engine_wait_and_advance(struct engine *engine)
{
    size_t count = engine->worker_count;
    struct pollfd *ready = memory_new(count + 1, sizeof *ready);

    for (size_t i = 0; i < count; i++) {
        ready[i].fd = slot_descriptor(&engine->workers[i].slot);
        ready[i].events = slot_events(&engine->workers[i].slot);
    }
    if (engine_watches_first(engine))
        ready[0] = (struct pollfd){.fd = engine_descriptor(engine), .events = POLLIN};
    ready[count] = (struct pollfd){.fd = interrupt_descriptor(), .events = POLLIN};
    /* A failing poll (EINTR) leaves no events: the slots then only look at their deadlines. */
    if (poll(ready, (nfds_t)count + 1, engine_timeout_ms(engine)) < 0)
        for (size_t i = 0; i <= count; i++)
            ready[i].revents = 0;
    if (ready[count].revents != 0)
        engine_look_at_signals(engine);
    for (size_t i = 0; i < count; i++) {
        struct worker *worker = &engine->workers[i];

        slot_advance(&worker->slot, ready[i].revents, clock_now_ms());
        engine_collect(engine, worker);
    }
    if (ready[0].revents != 0)
        engine_look_after_first(engine);
    free(ready);
}

/* ------------------------------------------------------------------------------------- running */

static void engine_stop(struct engine *engine)
{
    engine->stopping = true;
    engine->cancelled = true;
    interrupt_drain();
    for (size_t i = 0; i < engine->worker_count; i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->job != NULL)
            slot_cancel(&worker->slot, cancel_grace_ms, clock_now_ms());
        else if (slot_is_busy(&worker->slot))
            worker_close(worker); /* a session that is not ready holds nothing of ours */
    }
}

/* Leaves what is at work to the server: nothing more is waited for. */
static void engine_leave(struct engine *engine)
{
    engine->stopping = true;
    for (size_t i = 0; i < engine->worker_count; i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->job != NULL)
            engine_end_job(engine, worker, JOB_SKIPPED);
        else if (!slot_is_busy(&worker->slot))
            continue;
        worker_close(worker);
    }
}

static bool engine_is_working(const struct engine *engine)
{
    for (size_t i = 0; i < engine->worker_count; i++)
        if (engine->workers[i].job != NULL)
            return true;
    return false;
}

/* Whether a worker is there, or may still come, for the jobs that wait. */
static bool engine_may_feed(const struct engine *engine)
{
    if (engine->stopping || engine->fed == engine->job_count)
        return false;
    for (size_t i = 0; i < engine->first + engine->width; i++)
        if (engine->workers[i].state != WORKER_REFUSED &&
            (i >= engine->first || engine->workers[i].state == WORKER_READY))
            return true;
    return false;
}

static bool engine_interrupted(const struct engine *engine)
{
    return engine->mode == ENGINE_STOPS && interrupt_signal() != 0;
}

/* Whether nothing more is to be waited for; `refused` then says why. */
static bool engine_has_enough(struct engine *engine)
{
    if (engine->mode == ENGINE_YIELDS ? engine->called : interrupt_insists())
        error_set(&engine->refused, ERROR_INTERRUPTED, "given up because of a further signal");
    else if (clock_now_ms() >= engine_quiet_until(engine))
        error_set(&engine->refused, ERROR_SERVER, "the server did not answer for %d s",
                  (int)(engine->patience_ms / 1000));
    else
        return false;
    return true;
}

/* A signal is looked at first: once nothing is at work there is nothing left to wait for. */
static bool engine_goes_on(struct engine *engine)
{
    if (engine_interrupted(engine) && !engine->cancelled)
        engine_stop(engine);
    if (!engine_is_working(engine) && !engine_may_feed(engine))
        return false;
    if (!engine_has_enough(engine))
        return true;
    engine_leave(engine);
    return false;
}

/* The first failure in the jobs' order, whatever order they failed in. */
static bool engine_outcome(struct engine *engine, struct error *err)
{
    bool unfinished = false;

    if (engine_interrupted(engine))
        return interrupt_error(err);
    for (size_t i = 0; i < engine->job_count; i++) {
        struct job *job = &engine->jobs[i];

        if (job->state == JOB_FAILED && !job->optional) {
            error_copy(err, &job->error);
            return false;
        }
        unfinished = unfinished || (job->state != JOB_DONE && !job->optional);
    }
    return unfinished || engine->first_lost ? error_move(err, &engine->refused) : true;
}

static bool engine_run_from(struct engine *engine, size_t first, struct job *jobs, size_t count,
                            size_t width, struct error *err)
{
    engine->first = first;
    engine->first_lost = false;
    engine->jobs = jobs;
    engine->job_count = count;
    engine->fed = 0;
    engine->width = width < count ? width : count;
    engine->stopping = false;
    engine->cancelled = false;
    engine->called = false;
    engine->heard_ms = clock_now_ms();
    error_release(&engine->refused);
    engine_grow(engine, engine_limit(engine));
    for (size_t i = 0; i < engine->worker_count; i++)
        if (engine->workers[i].state == WORKER_REFUSED)
            engine->workers[i].state = WORKER_UNPREPARED;

    while (engine_goes_on(engine)) {
        if (!engine->stopping)
            engine_feed(engine);
        engine_wait_and_advance(engine);
    }
    for (size_t i = engine->fed; i < count; i++)
        jobs[i].state = JOB_SKIPPED;
    return engine_outcome(engine, err);
}

bool engine_run(struct engine *engine, struct job *jobs, size_t count, size_t width,
                struct error *err)
{
    return engine_run_from(engine, engine->options.first_rests ? 1 : 0, jobs, count, width, err);
}

bool engine_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm,
                  struct results *out, struct error *err)
{
    struct job job OWNED(job_release) = {0};
    bool done;

    job_init(&job, "");
    job_add(&job, memory_copy_string(sql), NULL, "%s", purpose);
    job.collect = true;
    engine->prewarm = prewarm;
    done = engine_run_from(engine, 0, &job, 1, 1, err);
    engine->prewarm = 0;
    if (!done)
        return false;
    results_release(out);
    *out = job.results;
    job.results = (struct results){0};
    return true;
}
