#include "scripted_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "provision_fixture.h"
#include "scripted_libpq.h"

#define MOST 8
#define MOST_BESIDE 4
#define MOST_JOBS 128

/* A session of session_open_beside(): its jobs wait for the test. */
struct beside {
    const struct session *session;
    struct job *jobs[MOST_JOBS];
    size_t count;
    struct error outcome;
};

static struct {
    struct fixture_looks looks;
    struct {
        const char *call;
        enum error_kind kind;
        const char *sqlstate;
        int times;
    } failures[MOST];
    size_t failure_count;
    struct {
        const char *purpose;
        const char *table;
        int times;
    } answers[MOST];
    size_t answer_count;
    int version;
    const char *files;
    int64_t since_us;
    int lost; /* how often the first connection is not there when it is looked for */
    struct strbuf calls;
    struct beside beside[MOST_BESIDE];
    size_t beside_count;

    /* What was begun last came to this. */
    bool begun;
    struct results results;
    struct error outcome;
} script;

void scripted_attempt_init(struct scripted_attempt *attempt, int workers)
{
    memset(&script, 0, sizeof script);
    script.version = SCRIPTED_VERSION;
    script.files = "files|file_system\n326|~\n";
    *attempt = (struct scripted_attempt){0};
    fixture_settings(&attempt->settings);
    attempt->settings.workers = workers;
    fixture_scope(&attempt->settings, &attempt->scope);
    attempt->session.scope = &attempt->scope;
}

void scripted_attempt_undoes(struct scripted_attempt *attempt)
{
    scope_release(&attempt->scope);
    attempt->settings.reset = RESET_UNDO;
    fixture_scope(&attempt->settings, &attempt->scope);
    (void)strncpy(attempt->scope.watched->name, SCRIPTED_WATCHED, IDENTITY_NAME_MAX);
}

void scripted_attempt_release(struct scripted_attempt *attempt)
{
    inventory_release(&attempt->inventory);
    scope_release(&attempt->scope);
    settings_release(&attempt->settings);
    error_release(&attempt->err);
    strbuf_release(&script.calls);
    results_release(&script.results);
    error_release(&script.outcome);
    for (size_t i = 0; i < script.beside_count; i++)
        error_release(&script.beside[i].outcome);
}

void scripted_session_finds(const char *const sets[TABLE_SETS])
{
    fixture_looks_add(&script.looks, sets);
}

void scripted_session_fails(const char *call, enum error_kind kind, const char *sqlstate, int times)
{
    assert_true(script.failure_count < MOST);
    script.failures[script.failure_count].call = call;
    script.failures[script.failure_count].kind = kind;
    script.failures[script.failure_count].sqlstate = sqlstate;
    script.failures[script.failure_count++].times = times;
}

void scripted_session_is(int server_version, const char *files)
{
    script.version = server_version;
    script.files = files;
}

void scripted_session_gives(const char *purpose, const char *table, int times)
{
    assert_true(script.answer_count < MOST);
    script.answers[script.answer_count].purpose = purpose;
    script.answers[script.answer_count].table = table;
    script.answers[script.answer_count++].times = times;
}

void scripted_session_is_connected_since(int64_t since_us)
{
    script.since_us = since_us;
}

void scripted_session_is_lost(int times)
{
    script.lost = times;
}

const char *scripted_session_calls(void)
{
    return strbuf_text(&script.calls);
}

bool scripted_session_was_called(const char *part)
{
    return strstr(scripted_session_calls(), part) != NULL;
}

int scripted_session_times_called(const char *part)
{
    int count = 0;

    for (const char *at = scripted_session_calls(); (at = strstr(at, part)) != NULL; at++)
        count++;
    return count;
}

void scripted_session_assert_order(const char *first, const char *then)
{
    const char *at = strstr(scripted_session_calls(), first);

    if (at == NULL || strstr(at, then) == NULL)
        fail_msg("%s before %s in:\n%s", first, then, scripted_session_calls());
}

/* Keeps the line that `call` has, and fails if the test wants it. */
static bool take_call(struct strbuf *call, struct error *err)
{
    bool done = true;

    for (size_t i = 0; done && i < script.failure_count; i++) {
        if (script.failures[i].times == 0 ||
            strstr(strbuf_text(call), script.failures[i].call) == NULL)
            continue;
        script.failures[i].times--;
        done = error_set(err, script.failures[i].kind, "refused");
        if (err != NULL)
            (void)strncpy(err->sqlstate, script.failures[i].sqlstate, sizeof err->sqlstate - 1);
    }
    strbuf_printf(&script.calls, "%s\n", strbuf_text(call));
    strbuf_release(call);
    return done;
}

/* ---------------------------------------------------------------------------------- the session */

bool session_open(const struct scope *scope, enum lease_kind kind, struct session *session,
                  struct error *err)
{
    struct strbuf call = {0};

    *session = (struct session){.scope = scope};
    assert_true(lease_make(kind, &session->lease, NULL));
    strbuf_add(&call, "open");
    return take_call(&call, err);
}

static void begin(void)
{
    script.begun = true;
    results_release(&script.results);
    error_release(&script.outcome);
}

void session_begin_look(struct session *session, const struct sql_look *look, size_t prewarm)
{
    struct strbuf call = {0};
    const char *const *sets = fixture_looks_next(&script.looks);
    const char *all[TABLE_SETS];

    (void)session;
    (void)prewarm;
    begin();
    strbuf_add(&call, look->sizes ? "look with sizes" : "look");
    for (size_t i = 0; look->lock_names && i < look->name_count; i++)
        strbuf_printf(&call, " %s", look->names[i]);
    if (!take_call(&call, &script.outcome))
        return;
    fixture_sets(sets, all);
    for (size_t i = 0; i < TABLE_SETS; i++)
        results_add(&script.results, table_result(all[i]));
}

/* NULL: the test has not said any. */
static const char *answer(const char *purpose)
{
    for (size_t i = 0; i < script.answer_count; i++) {
        if (script.answers[i].times == 0 || strstr(purpose, script.answers[i].purpose) == NULL)
            continue;
        script.answers[i].times--;
        return script.answers[i].table;
    }
    return NULL;
}

/* Each table is a result set. */
static void add_tables(const char *tables, struct results *out)
{
    const char *end;

    while ((end = strstr(tables, "\n\n")) != NULL) {
        char *table = strndup(tables, (size_t)(end - tables) + 1);

        results_add(out, table_result(table));
        free(table);
        tables = end + 2;
    }
    results_add(out, table_result(tables));
}

void session_begin_query(struct session *session, const char *sql, const char *purpose)
{
    struct strbuf call = {0};
    const char *pids = strstr(sql, "ARRAY[");
    const char *tables;

    (void)session;
    begin();
    if (strcmp(purpose, "end sessions") == 0 && pids != NULL)
        strbuf_printf(&call, "terminate %.*s", (int)strcspn(pids + 6, "]"), pids + 6);
    else
        strbuf_printf(&call, "query: %s", purpose);
    if (!take_call(&call, &script.outcome))
        return;
    tables = answer(purpose);
    add_tables(tables != NULL ? tables : script.files, &script.results);
}

void session_begin_unlock(struct session *session, const char *const *names, size_t count)
{
    struct strbuf call = {0};

    (void)session;
    begin();
    strbuf_add(&call, "unlock");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&call, " %s", names[i]);
    (void)take_call(&call, &script.outcome);
}

static void collect(struct job *job)
{
    const char *tables = answer(job->statements[job->count - 1].purpose);

    add_tables(tables != NULL ? tables : SCRIPTED_UNDONE, &job->results);
}

static bool run_job(struct job *job)
{
    job->state = JOB_RUNNING;
    for (job->next = 0; job->next < job->count; job->next++) {
        struct strbuf call = {0};

        if (job->database != NULL)
            strbuf_printf(&call, "in %s: ", job->database);
        strbuf_add(&call, job->statements[job->next].sql);
        if (take_call(&call, &job->error))
            continue;
        job->state = JOB_FAILED;
        return job->optional;
    }
    if (job->collect)
        collect(job);
    job->state = JOB_DONE;
    return true;
}

/* --------------------------------------------------------------------------- the ones beside it */

static struct beside *find_beside(const struct session *session)
{
    for (size_t i = 0; i < script.beside_count; i++)
        if (script.beside[i].session == session)
            return &script.beside[i];
    return NULL;
}

/* A session that must be one of them. */
static struct beside *the_beside(const struct session *session)
{
    struct beside *beside = find_beside(session);

    if (beside == NULL) {
        fail_msg("not a session of session_open_beside()");
        return &script.beside[0]; /* the compiler does not know that fail_msg() does not return */
    }
    return beside;
}

static void give(struct beside *beside, struct job *job)
{
    assert_true(beside->count < MOST_JOBS);
    beside->jobs[beside->count++] = job;
}

void session_open_beside(const struct session *first, struct session *session)
{
    assert_true(script.beside_count < MOST_BESIDE);
    *session = (struct session){.scope = first->scope, .lease = first->lease};
    script.beside[script.beside_count++] = (struct beside){.session = session};
}

void session_push(struct session *session, struct job *job, size_t width)
{
    assert_true(width > 0);
    give(the_beside(session), job);
}

/* As in job_queue_remove(), what is at work must not be taken away. */
void session_forget(struct session *session, const struct job *job)
{
    struct beside *beside = the_beside(session);

    for (size_t i = 0; i < beside->count; i++)
        assert_ptr_not_equal(beside->jobs[i], job);
}

size_t scripted_session_jobs(const struct session *session)
{
    return the_beside(session)->count;
}

bool scripted_session_goes_on(const struct session *session)
{
    struct beside *beside = the_beside(session);
    size_t count = beside->count;
    bool lost = false;

    for (size_t i = 0; i < count; i++) {
        struct job *job = beside->jobs[i];
        struct error one = {0};

        if (lost)
            job->state = JOB_SKIPPED;
        if (lost || run_job(job))
            continue;
        lost = job->error.kind == ERROR_CONNECTION;
        error_copy(&one, &job->error);
        error_append(&beside->outcome, &one);
    }
    beside->count = 0;
    return count > 0;
}

void session_begin_jobs(struct session *session, const char *verb, struct job *jobs, size_t count,
                        size_t width)
{
    struct strbuf call = {0};
    struct beside *beside = find_beside(session);

    if (beside != NULL) {
        strbuf_printf(&script.calls, "jobs %zu over %zu\n", count, width);
        for (size_t i = 0; i < count; i++)
            give(beside, &jobs[i]);
        return;
    }
    begin();
    strbuf_printf(&call, "%s %zu over %zu", verb, count, width);
    (void)take_call(&call, &script.outcome);
    for (size_t i = 0; i < count; i++) {
        struct error one = {0};

        if (run_job(&jobs[i]))
            continue;
        error_copy(&one, &jobs[i].error);
        error_append(&script.outcome, &one);
    }
}

void session_begin_pause(struct session *session, int milliseconds)
{
    (void)session;
    begin();
    clock_sleep_ms(milliseconds);
}

bool session_is_busy(const struct session *session)
{
    const struct beside *beside = find_beside(session);

    return beside != NULL && beside->count > 0;
}

void session_wait(struct session *session)
{
    (void)session;
}

bool session_finish(struct session *session, struct results *results, struct error *err)
{
    struct beside *beside = find_beside(session);

    if (beside != NULL)
        return !error_is_set(&beside->outcome) || error_move(err, &beside->outcome);
    script.begun = false;
    if (error_is_set(&script.outcome))
        return error_move(err, &script.outcome);
    if (results != NULL) {
        results_release(results);
        *results = script.results;
        script.results = (struct results){0};
    }
    return true;
}

bool session_query(struct session *session, const char *sql, const char *purpose,
                   struct results *results, struct error *err)
{
    session_begin_query(session, sql, purpose);
    return session_finish(session, results, err);
}

bool session_end_joining(struct session *session, struct error *err)
{
    struct strbuf call = {0};

    if (!session->may_be_joined)
        return true;
    session->may_be_joined = false;
    strbuf_add(&call, "end joining");
    return take_call(&call, err);
}

bool session_run(struct session *session, const char *verb, struct job *jobs, size_t count,
                 size_t width, struct error *err)
{
    session_begin_jobs(session, verb, jobs, count, width);
    return session_finish(session, NULL, err);
}

/* What was begun has come to its end already, and only waits to be looked at. */
static void prepare(void *context, struct poll_set *set)
{
    (void)context;
    if (script.begun)
        poll_set_until(set, 0);
}

static void turn(void *context, const struct poll_set *set)
{
    (void)context;
    (void)set;
}

struct loop_source session_source(struct session *session)
{
    return (struct loop_source){.prepare = prepare, .turn = turn, .context = session};
}

bool session_is_lost(const struct session *session)
{
    (void)session;
    if (script.lost == 0)
        return false;
    script.lost--;
    return true;
}

int64_t session_connected_since_us(const struct session *session)
{
    (void)session;
    return script.since_us;
}

bool session_take_loss(struct session *session, struct error *err)
{
    (void)session;
    (void)error_set(err, ERROR_CONNECTION, "lost");
    return true;
}

void session_abandon(struct session *session)
{
    struct beside *beside = find_beside(session);

    strbuf_add(&script.calls, "abandon\n");
    for (size_t i = 0; beside != NULL && i < beside->count; i++)
        beside->jobs[i]->state = JOB_SKIPPED;
    if (beside != NULL)
        beside->count = 0;
}

void session_persist(struct session *session, int patience_ms)
{
    (void)session;
    assert_true(patience_ms > 0);
    strbuf_add(&script.calls, "persist\n");
}

void session_set_wait(struct session *session, int64_t wait_ms)
{
    (void)session;
    strbuf_printf(&script.calls, "wait %d ms\n", (int)wait_ms);
}

void session_keep_first(struct session *session)
{
    (void)session;
    strbuf_add(&script.calls, "keep first\n");
}

int session_server_version(const struct session *session)
{
    (void)session;
    return script.version;
}

int session_backend_pid(const struct session *session)
{
    (void)session;
    return SCRIPTED_PID;
}

void session_close(struct session *session)
{
    struct beside *beside = find_beside(session);

    if (beside != NULL)
        error_release(&beside->outcome);
    strbuf_add(&script.calls, "close\n");
}
