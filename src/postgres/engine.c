#include "pgclone/postgres/engine.h"

#include <poll.h>
#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/worker.h"

/* How long a cancelled statement may take to end. CREATE and DROP DATABASE check for it between
 * files, and a checkpoint that they wait for is not interrupted. */
static const int64_t cancel_grace_ms = 30000;

struct engine {
    struct engine_options options;
    struct worker *workers;
    size_t worker_count;
    int server_version;
    bool ignore_interrupts;

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
    struct error refused; /* why a connection was refused or lost */
};

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

void engine_ignore_interrupts(struct engine *engine)
{
    engine->ignore_interrupts = true;
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

/* ------------------------------------------------------------------------------------- feeding */

/* How many of the workers are in use: those that take jobs, and those that are only prewarmed. */
static size_t engine_limit(const struct engine *engine)
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

static int64_t engine_retry_until(const struct engine *engine)
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

static void engine_feed_connections(struct engine *engine)
{
    size_t running = 0;
    size_t wanted;

    for (size_t i = 0; i < engine->worker_count; i++)
        running += engine->workers[i].job != NULL;
    wanted = running + engine->job_count - engine->fed;
    if (wanted > engine->width)
        wanted = engine->width;
    if (wanted < engine->prewarm && engine->may_prewarm)
        wanted = engine->prewarm;
    for (size_t i = engine->first; i < engine_limit(engine) && engine_connections(engine) < wanted;
         i++) {
        struct worker *worker = &engine->workers[i];

        /* What the first one takes when it is made, no other may have before it. */
        if (i > 0 && engine->options.first_rests && engine->workers[0].state != WORKER_READY &&
            engine->first == 0)
            return;
        if (worker->state == WORKER_UNPREPARED && worker->slot.state == SLOT_CLOSED)
            slot_connect(&worker->slot, engine_retry_until(engine), clock_now_ms());
    }
}

/* ---------------------------------------------------------------------------------- collecting */

static void engine_end_job(struct engine *engine, struct worker *worker, enum job_state state)
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

static void engine_collect(struct engine *engine, struct worker *worker)
{
    if (!worker_has_news(worker))
        return;
    if (worker->job != NULL)
        engine_collect_job(engine, worker);
    else if (worker->state == WORKER_PREPARING)
        engine_collect_setup(engine, worker);
    else if (worker->slot.state == SLOT_FREE)
        engine_prepare(engine, worker);
    else
        engine_refuse(engine, worker);
}

/* ------------------------------------------------------------------------------------- waiting */

static int engine_timeout_ms(const struct engine *engine)
{
    int64_t now_ms = clock_now_ms();
    int64_t nearest = INT64_MAX;

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
    ready[count].fd = engine->ignore_interrupts || engine->cancelled ? -1 : interrupt_descriptor();
    ready[count].events = POLLIN;
    /* A failing poll (EINTR) leaves no events: the slots then only look at their deadlines. */
    if (poll(ready, (nfds_t)count + 1, engine_timeout_ms(engine)) < 0)
        for (size_t i = 0; i < count; i++)
            ready[i].revents = 0;
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
    for (size_t i = 0; i < engine->worker_count; i++) {
        struct worker *worker = &engine->workers[i];

        if (worker->job != NULL)
            slot_cancel(&worker->slot, cancel_grace_ms, clock_now_ms());
        else if (slot_is_busy(&worker->slot))
            worker_close(worker); /* a session that is not ready holds nothing of ours */
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
    return !engine->ignore_interrupts && interrupt_signal() != 0;
}

/* A signal is looked at first: once nothing is at work there is nothing left to wait for. */
static bool engine_goes_on(struct engine *engine)
{
    if (engine_interrupted(engine) && !engine->cancelled)
        engine_stop(engine);
    return engine_is_working(engine) || engine_may_feed(engine);
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
    error_release(&engine->refused);
    engine_grow(engine, engine_limit(engine));
    for (size_t i = 0; i < engine->worker_count; i++)
        if (engine->workers[i].state == WORKER_REFUSED)
            engine->workers[i].state = WORKER_UNPREPARED;

    while (engine_goes_on(engine)) {
        if (!engine->stopping) {
            engine_feed_jobs(engine);
            engine_feed_connections(engine);
        }
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
