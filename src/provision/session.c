#include "pgclone/provision/session.h"

#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/engine.h"

static char *session_setup(int server_version, const char *database, void *context)
{
    const struct session *session = context;
    const struct scope *scope = session->scope;
    const struct enclosing_run *run = scope->enclosing;
    const struct sql_session_locks locks = {
        .lease_key = session->lease.key,
        .session_key = lease_session_key(&session->lease),
        .join_key = session->may_be_joined ? lease_join_key(&session->lease) : 0,
        .run_join_key = run != NULL ? lease_join_key(&run->lease) : 0,
        .run_session_key = run != NULL ? lease_session_key(&run->lease) : 0,
        .template_name = scope_makes_template(scope) && scope->template_name[0] != '\0'
                             ? scope->template_name
                             : NULL,
    };

    return database != NULL ? sql_visit_setup(server_version)
                            : sql_session_setup(server_version, &locks);
}

/* Behind a proxy that pools transactions, others would be given the backends by whose process ids
 * it is found out. */
static bool session_may_prewarm(const struct results *setup, void *context)
{
    const struct session *session = context;

    return results_number(setup, setup->count - 1, 0, "pid", 0) == session_backend_pid(session);
}

static void session_job_ended(const struct job *job, void *context)
{
    struct session *session = context;

    (void)job;
    if (session->work != SESSION_JOBS)
        return;
    session->ended++;
    progress_update(&session->progress, session->ended, clock_now_ms());
}

/* The line goes on while nothing happens, too. */
static void session_waits(struct poll_set *set, void *context)
{
    struct session *session = context;

    progress_prepare(&session->progress, set);
}

/* `session` has its scope and its lease. */
static void session_make_engine(struct session *session, bool keep_first_idle, int server_version)
{
    const struct scope *scope = session->scope;
    struct engine_options options = {
        .keep_first_idle = keep_first_idle,
        .wait_ms = (int64_t)scope->settings->wait_s * 1000,
        .server_version = server_version,
        .session_setup = session_setup,
        .may_prewarm = session_may_prewarm,
        .job_ended = session_job_ended,
        .waits = session_waits,
        .context = session,
    };

    url_connection_init(&scope->url, scope->settings->maintenance_database, &session->connection);
    options.target = (struct slot_target){
        .keywords = session->connection.keywords,
        .values = session->connection.values,
        .connect_timeout_ms = url_connect_timeout_ms(&scope->url),
    };
    session->engine = engine_new(&options);
}

bool session_open(const struct scope *scope, enum lease_kind kind, struct session *session,
                  struct error *err)
{
    *session = (struct session){.scope = scope};
    if (!lease_make(kind, &session->lease, err))
        return false;
    session_make_engine(session, true, 0);
    return true;
}

void session_open_beside(const struct session *first, struct session *session)
{
    *session = (struct session){.scope = first->scope, .lease = first->lease};
    session_make_engine(session, false, session_server_version(first));
}

bool session_end_joining(struct session *session, struct error *err)
{
    char *sql OWNED(memory_free_string) = NULL;

    if (!session->may_be_joined)
        return true;
    session->may_be_joined = false;
    if (!engine_is_connected(session->engine))
        return true; /* it went with the connection */
    sql = sql_unlock_key(lease_join_key(&session->lease));
    return session_query(session, sql, "end the joining", NULL, err);
}

int session_server_version(const struct session *session)
{
    return engine_server_version(session->engine);
}

int session_backend_pid(const struct session *session)
{
    return engine_backend_pid(session->engine);
}

void session_persist(struct session *session, int patience_ms)
{
    session->persists = true;
    engine_persist(session->engine, patience_ms);
}

void session_set_wait(struct session *session, int64_t wait_ms)
{
    engine_set_wait(session->engine, wait_ms);
}

void session_keep_first(struct session *session)
{
    engine_keep_first(session->engine);
}

/* ----------------------------------------------------------------------------------- beginning */

void session_begin_query(struct session *session, const char *sql, const char *purpose)
{
    session->work = SESSION_QUERY;
    engine_begin_query(session->engine, sql, purpose, 1);
}

void session_begin_look(struct session *session, const struct sql_look *look, size_t prewarm)
{
    struct sql_look asked = *look;
    char *sql OWNED(memory_free_string) = NULL;

    if (!engine_is_connected(session->engine))
        strings_release(&session->locked); /* they went with the connection */
    asked.locked = &session->locked;
    sql = sql_look(&asked);
    session->work = look->lock_names ? SESSION_LOCKS : SESSION_QUERY;
    engine_begin_query(session->engine, sql, "look at the catalog", prewarm + 1);
}

void session_begin_unlock(struct session *session, const char *const *names, size_t count)
{
    char *sql OWNED(memory_free_string) = sql_unlock(names, count);

    for (size_t i = 0; i < count; i++)
        strings_remove(&session->locked, names[i]);
    session_begin_query(session, sql, "give up locks");
}

void session_begin_jobs(struct session *session, const char *verb, struct job *jobs, size_t count,
                        size_t width)
{
    session->jobs = (struct job_queue){0};
    for (size_t i = 0; i < count; i++)
        job_queue_add(&session->jobs, &jobs[i]);
    session->work = SESSION_JOBS;
    session->ended = 0;
    if (verb != NULL)
        progress_begin(&session->progress, verb, count, clock_now_ms());
    engine_begin(session->engine, &session->jobs, width < count ? width : count);
}

void session_push(struct session *session, struct job *job, size_t width)
{
    if (engine_is_running(session->engine)) {
        job_queue_add(&session->jobs, job);
        return;
    }
    session->jobs = (struct job_queue){0};
    job_queue_add(&session->jobs, job);
    session->work = SESSION_JOBS;
    engine_begin(session->engine, &session->jobs, width);
}

void session_forget(struct session *session, const struct job *job)
{
    job_queue_remove(&session->jobs, job);
}

void session_begin_pause(struct session *session, int milliseconds)
{
    session->work = SESSION_PAUSE;
    session->pause_until_ms = clock_now_ms() + milliseconds;
}

/* ----------------------------------------------------------------------------------- going on */

bool session_is_busy(const struct session *session)
{
    return engine_is_running(session->engine) ||
           (session->work == SESSION_PAUSE && clock_now_ms() < session->pause_until_ms);
}

void session_wait(struct session *session)
{
    int left_ms = (int)(session->pause_until_ms - clock_now_ms());

    if (session->work != SESSION_PAUSE)
        engine_wait(session->engine);
    else if (session->persists)
        clock_sleep_ms(left_ms > 0 ? left_ms : 0);
    else if (left_ms > 0 && !interrupt_sleep_ms(left_ms))
        session->pause_until_ms = 0;
}

static void session_prepare(void *context, struct poll_set *set)
{
    struct session *session = context;

    engine_prepare(session->engine, set);
    progress_prepare(&session->progress, set);
    if (session->work == SESSION_PAUSE)
        poll_set_until(set, session->pause_until_ms);
}

static void session_turn(void *context, const struct poll_set *set)
{
    const struct session *session = context;

    engine_turn(session->engine, set);
}

struct loop_source session_source(struct session *session)
{
    return (struct loop_source){
        .prepare = session_prepare, .turn = session_turn, .context = session};
}

bool session_is_lost(const struct session *session)
{
    return !engine_is_running(session->engine) && !engine_is_connected(session->engine);
}

int64_t session_connected_since_us(const struct session *session)
{
    return engine_connected_since_us(session->engine);
}

bool session_take_loss(struct session *session, struct error *err)
{
    return engine_take_loss(session->engine, err);
}

void session_abandon(struct session *session)
{
    struct error reason OWNED(error_release) = {0};

    error_set(&reason, ERROR_INTERRUPTED, "given up");
    if (engine_is_running(session->engine))
        engine_leave(session->engine, &reason);
    session->pause_until_ms = 0;
}

/* ----------------------------------------------------------------------------------- finishing */

/* The look's first result set says which of the locks were had. */
static void session_note_locks(struct session *session, const struct results *results)
{
    for (int row = 0; row < results_rows(results, LOOK_LOCKS); row++) {
        const char *name = results_text(results, LOOK_LOCKS, row, "name");

        if (results_bool(results, LOOK_LOCKS, row, "locked") &&
            !strings_contain(&session->locked, name))
            strings_add(&session->locked, name);
    }
}

static bool session_finish_query(struct session *session, struct results *results,
                                 struct error *err)
{
    struct results ignored OWNED(results_release) = {0};
    struct results *out = results != NULL ? results : &ignored;

    if (!engine_end_query(session->engine, out, err))
        return false;
    if (session->work == SESSION_LOCKS)
        session_note_locks(session, out);
    return true;
}

bool session_finish(struct session *session, struct results *results, struct error *err)
{
    bool done = true;

    if (session->work == SESSION_QUERY || session->work == SESSION_LOCKS)
        done = session_finish_query(session, results, err);
    else if (session->work == SESSION_JOBS)
        done = engine_end(session->engine, err);
    else if (session->work == SESSION_PAUSE && session->pause_until_ms == 0)
        done = interrupt_error(err);
    progress_end(&session->progress);
    session->work = SESSION_IDLE;
    return done;
}

/* -------------------------------------------------------------------------------- all at once */

bool session_query(struct session *session, const char *sql, const char *purpose,
                   struct results *results, struct error *err)
{
    session_begin_query(session, sql, purpose);
    session_wait(session);
    return session_finish(session, results, err);
}

bool session_run(struct session *session, const char *verb, struct job *jobs, size_t count,
                 size_t width, struct error *err)
{
    session_begin_jobs(session, verb, jobs, count, width);
    session_wait(session);
    return session_finish(session, NULL, err);
}

void session_close(struct session *session)
{
    engine_free(session->engine);
    url_connection_release(&session->connection);
    strings_release(&session->locked);
    *session = (struct session){0};
}
