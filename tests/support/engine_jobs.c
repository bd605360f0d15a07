#include "engine_jobs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "scripted_libpq.h"

static const char *const keywords[] = {"host", "dbname", "user", NULL};
static const char *const values[] = {"scripted", "own", "one", NULL};

/* Who listens to the engine's callback. */
static struct engine_jobs *listener;

int engine_jobs_setup(void **state)
{
    (void)state;
    scripted_begin();
    log_set_level(LOG_QUIET);
    return 0;
}

int engine_jobs_teardown(void **state)
{
    (void)state;
    scripted_end();
    return 0;
}

/* A test runner may itself have been started with signals ignored. */
int engine_jobs_install_signals(void **state)
{
    (void)state;
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGHUP, SIG_DFL);
    return interrupt_install(NULL) ? 0 : -1;
}

int engine_jobs_setup_signals(void **state)
{
    interrupt_reset();
    return engine_jobs_setup(state);
}

int engine_jobs_teardown_signals(void **state)
{
    interrupt_reset();
    return engine_jobs_teardown(state);
}

static char *session_setup(int server_version, const char *database, void *context)
{
    assert_int_equal(server_version, SCRIPTED_VERSION);
    assert_ptr_equal(context, &listener);
    return memory_copy_string(database == NULL ? "SETUP" : "VISIT");
}

static bool may_prewarm(const struct results *setup, void *context)
{
    assert_int_equal(setup->count, 1);
    assert_ptr_equal(context, &listener);
    return true;
}

static void job_ended(const struct job *job, void *context)
{
    size_t length;

    assert_ptr_equal(context, &listener);
    if (listener == NULL)
        return;
    listener->ended++;
    length = strlen(listener->order);
    assert_true(length + strlen(job->label) + 1 < sizeof listener->order);
    strcat(strcat(listener->order, job->label), " ");
}

static struct engine *new_engine(bool keep_first_idle, int64_t wait_ms)
{
    const struct engine_options options = {.target = {keywords, values, 10000},
                                           .keep_first_idle = keep_first_idle,
                                           .wait_ms = wait_ms,
                                           .session_setup = session_setup,
                                           .may_prewarm = may_prewarm,
                                           .job_ended = job_ended,
                                           .context = (void *)&listener};

    return engine_new(&options);
}

struct engine *engine_jobs_new_engine(int64_t wait_ms)
{
    return new_engine(false, wait_ms);
}

struct engine *engine_jobs_new_resting_engine(int64_t wait_ms)
{
    return new_engine(true, wait_ms);
}

void engine_jobs_free_engine(struct engine **engine)
{
    engine_free(*engine);
}

/* Adds the next of the pattern's statements and returns what follows it. */
static const char *add_statement(struct job *job, const char *pattern, size_t number)
{
    size_t length = strcspn(pattern, " ");
    size_t word = strcspn(pattern, "% ");
    struct strbuf sql = {0};
    char *text;

    strbuf_add_bytes(&sql, pattern, word);
    strbuf_printf(&sql, "%zu", number);
    text = strbuf_take(&sql);
    if (job->label == NULL)
        job_init(job, text);
    job_add(job, text, NULL, "do %s", text);
    return pattern + length + (pattern[length] == ' ');
}

void engine_jobs_init(struct engine_jobs *jobs, size_t count, const char *pattern)
{
    jobs->items = memory_new(count, sizeof *jobs->items);
    jobs->count = count;
    for (size_t i = 0; i < count; i++)
        for (const char *at = pattern; *at != '\0';)
            at = add_statement(&jobs->items[i], at, i);
    listener = jobs;
}

bool engine_run(struct engine *engine, struct job *jobs, size_t count, size_t width,
                struct error *err)
{
    struct job_queue queue = {0};

    for (size_t i = 0; i < count; i++)
        job_queue_add(&queue, &jobs[i]);
    engine_begin(engine, &queue, width < count ? width : count);
    engine_wait(engine);
    return engine_end(engine, err);
}

void engine_jobs_assert_run_succeeds(struct engine *engine, struct engine_jobs *jobs, size_t width)
{
    struct error err OWNED(error_release) = {0};

    if (!engine_run(engine, jobs->items, jobs->count, width, &err))
        fail_msg("%s", err.message);
    assert_false(error_is_set(&err));
    for (size_t i = 0; i < jobs->count; i++)
        assert_int_equal(jobs->items[i].state, JOB_DONE);
}

bool engine_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm,
                  struct results *out, struct error *err)
{
    engine_begin_query(engine, sql, purpose, prewarm);
    engine_wait(engine);
    return engine_end_query(engine, out, err);
}

bool engine_jobs_all_done(const struct engine_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->items[i].state != JOB_DONE)
            return false;
    return true;
}

void engine_jobs_assert_done_once(const struct job *job)
{
    const char *last = scripted_done();
    long connection = 0;

    for (size_t i = 0; i < job->count; i++) {
        struct strbuf line OWNED(strbuf_release) = {0};
        const char *at;

        strbuf_printf(&line, "] %s\n", job->statements[i].sql);
        assert_int_equal(scripted_count(scripted_done(), line.data), 1);
        at = strstr(last, line.data);
        assert_non_null(at);
        last = at;
        while (*at != '[')
            at--;
        assert_true(connection == 0 || strtol(at + 1, NULL, 10) == connection);
        connection = strtol(at + 1, NULL, 10);
    }
}

void engine_jobs_assert_outcomes(const struct engine_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        const struct job *job = &jobs->items[i];

        assert_true(job->state == JOB_DONE || job->state == JOB_FAILED ||
                    job->state == JOB_SKIPPED);
        assert_true(job->state != JOB_FAILED || error_is_set(&job->error));
        if (job->state == JOB_DONE)
            engine_jobs_assert_done_once(job);
    }
}

void engine_jobs_release(struct engine_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++)
        job_release(&jobs->items[i]);
    free(jobs->items);
    if (listener == jobs)
        listener = NULL;
}
