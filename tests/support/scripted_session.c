#include "scripted_session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "provision_fixture.h"
#include "scripted_libpq.h"

#define MOST 8

static struct {
    struct fixture_looks looks;
    struct {
        const char *call;
        enum error_kind kind;
        const char *sqlstate;
        int times;
    } failures[MOST];
    size_t failure_count;
    int version;
    const char *files;
    struct strbuf calls;
} script;

void scripted_attempt_init(struct scripted_attempt *attempt, int workers)
{
    memset(&script, 0, sizeof script);
    script.version = SCRIPTED_VERSION;
    script.files = "files|mounts|data_directory\n326|~|~\n";
    *attempt = (struct scripted_attempt){0};
    fixture_settings(&attempt->settings);
    attempt->settings.workers = workers;
    fixture_scope(&attempt->settings, &attempt->scope);
    attempt->session.scope = &attempt->scope;
}

void scripted_attempt_release(struct scripted_attempt *attempt)
{
    inventory_release(&attempt->inventory);
    scope_release(&attempt->scope);
    settings_release(&attempt->settings);
    error_release(&attempt->err);
    strbuf_release(&script.calls);
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

const char *scripted_session_calls(void)
{
    return strbuf_text(&script.calls);
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

bool session_look(struct session *session, const struct sql_look *look, struct inventory *out,
                  struct error *err)
{
    struct strbuf call = {0};
    const char *const *sets = fixture_looks_next(&script.looks);

    strbuf_add(&call, "look");
    for (size_t i = 0; look->lock_names && i < look->name_count; i++)
        strbuf_printf(&call, " %s", look->names[i]);
    if (!take_call(&call, err))
        return false;
    inventory_release(out);
    fixture_inventory(sets, session->scope->settings, out);
    return true;
}

bool session_look_while(struct session *session, const struct sql_look *look, session_waits *waits,
                        int patience_ms, struct inventory *out, struct error *err)
{
    assert_true(patience_ms >= 0);
    do
        if (!session_look(session, look, out, err))
            return false;
    while (waits(session, look, out) && script.looks.taken < script.looks.count);
    return true;
}

static bool run_job(struct job *job)
{
    for (job->next = 0; job->next < job->count; job->next++) {
        struct strbuf call = {0};

        strbuf_add(&call, job->statements[job->next].sql);
        if (take_call(&call, &job->error))
            continue;
        job->state = JOB_FAILED;
        return job->optional;
    }
    job->state = JOB_DONE;
    return true;
}

bool session_run(struct session *session, const char *verb, struct job *jobs, size_t count,
                 size_t width, struct error *err)
{
    struct strbuf call = {0};
    bool done;

    (void)session;
    strbuf_printf(&call, "%s %zu over %zu", verb, count, width);
    done = take_call(&call, err);
    for (size_t i = 0; i < count; i++) {
        struct error one = {0};

        if (run_job(&jobs[i]))
            continue;
        error_copy(&one, &jobs[i].error);
        error_append(err, &one);
        done = false;
    }
    return done;
}

size_t session_drop_width(const struct session *session, const struct inventory *inventory,
                          size_t count)
{
    (void)session;
    (void)inventory;
    return count;
}

bool session_terminate(struct session *session, const int *pids, size_t count, struct error *err)
{
    struct strbuf call = {0};

    (void)session;
    strbuf_add(&call, "terminate");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&call, " %d", pids[i]);
    return take_call(&call, err);
}

bool session_unlock(struct session *session, const char *const *names, size_t count,
                    struct error *err)
{
    struct strbuf call = {0};

    (void)session;
    strbuf_add(&call, "unlock");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&call, " %s", names[i]);
    return take_call(&call, err);
}

void session_persist(struct session *session, int patience_ms)
{
    (void)session;
    assert_true(patience_ms > 0);
    strbuf_add(&script.calls, "persist\n");
}

bool session_drop_own(struct session *session, int patience_ms, struct error *err)
{
    struct strbuf call = {0};

    (void)session;
    assert_true(patience_ms > 0);
    strbuf_add(&call, "drop own");
    return take_call(&call, err);
}

bool session_regain(struct session *session)
{
    struct strbuf call = {0};

    (void)session;
    strbuf_add(&call, "regain");
    return take_call(&call, NULL);
}

void session_take_back(struct session *session)
{
    (void)session;
    strbuf_add(&script.calls, "take back\n");
}

void session_close(struct session *session)
{
    (void)session;
    strbuf_add(&script.calls, "close\n");
}

/* --------------------------------------------------------------------------------- its engine */

int engine_server_version(const struct engine *engine)
{
    assert_null(engine);
    return script.version;
}

/* As after its connection was lost. */
int engine_descriptor(const struct engine *engine)
{
    assert_null(engine);
    return -1;
}

bool engine_is_alive(struct engine *engine, struct error *err)
{
    assert_null(engine);
    return error_set(err, ERROR_CONNECTION, "lost");
}

bool engine_query(struct engine *engine, const char *sql, const char *purpose, size_t prewarm,
                  struct results *out, struct error *err)
{
    struct strbuf call = {0};

    (void)sql;
    (void)prewarm;
    assert_null(engine);
    strbuf_printf(&call, "query: %s", purpose);
    if (!take_call(&call, err))
        return false;
    results_add(out, table_result(script.files));
    return true;
}
