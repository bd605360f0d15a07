#include "pgclone/provision/session.h"

#include <stdlib.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/strategy.h"

/* How long a taking back waits for a server that says nothing. A statement may wait for a
 * checkpoint that long; a server that is frozen, or cut off, must not hold up Ctrl-C for ever. */
static const int take_back_patience_ms = 20000;

/* The same for the lease of a run whose command goes on. */
static const int regain_patience_ms = 10000;

/* How long sessions may take to end after they were told to. */
static const int end_patience_ms = 10000;
static const int end_pause_ms = 20;

/* More orphans than this are ended in several rounds. */
#define ORPHANS_AT_ONCE 64

static char *session_setup(int server_version, void *context)
{
    const struct session *session = context;

    return sql_session_setup(server_version, session->lease.key,
                             lease_session_key(&session->lease));
}

/* Behind a proxy that pools transactions, others would be given the backends by whose process ids
 * it is found out. */
static bool session_may_prewarm(const struct results *setup, void *context)
{
    const struct session *session = context;

    return results_number(setup, setup->count - 1, 0, "pid", 0) ==
           engine_backend_pid(session->engine);
}

static void session_job_ended(const struct job *job, void *context)
{
    struct session *session = context;

    (void)job;
    session->ended++;
    progress_update(&session->progress, session->ended, clock_now_ms());
}

bool session_open(const struct scope *scope, enum lease_kind kind, struct session *session,
                  struct error *err)
{
    struct engine_options options = {
        .first_rests = true,
        .wait_ms = (int64_t)scope->settings->wait_s * 1000,
        .session_setup = session_setup,
        .may_prewarm = session_may_prewarm,
        .job_ended = session_job_ended,
        .context = session,
    };

    *session = (struct session){.scope = scope};
    if (!lease_make(kind, &session->lease, err))
        return false;
    url_connection_init(&scope->url, scope->settings->maintenance_database, &session->connection);
    options.target = (struct slot_target){
        .keywords = session->connection.keywords,
        .values = session->connection.values,
        .connect_timeout_ms = url_connect_timeout_ms(&scope->url),
    };
    session->engine = engine_new(&options);
    return true;
}

/* What the set-up has left in a pooled session would be its next client's, and our locks would be
 * held for as long as the pool lives. Best effort: which session a statement gets is the pool's
 * business, but the one used last is the first to be used again. */
static void session_reset_pooled(struct session *session)
{
    struct results results OWNED(results_release) = {0};

    (void)engine_query(session->engine, sql_session_reset, "put back a pooled session", 1, &results,
                       NULL);
}

/*
 * A proxy has process ids of its own. Behind one, a second connection that is served by the
 * backend that the first one still believes to be its own shows transaction pooling.
 */
static bool session_check_proxy(struct session *session, const struct inventory *inventory,
                                struct error *err)
{
    struct engine *second;
    struct results results OWNED(results_release) = {0};
    bool asked;

    if (session->proxy_checked || inventory->pid == engine_backend_pid(session->engine)) {
        session->proxy_checked = true;
        return true;
    }
    second = engine_new(engine_get_options(session->engine));
    asked = engine_query(second, sql_backend_pid, "look for a proxy", 1, &results, err);
    engine_free(second);
    if (!asked)
        return false;
    session->proxy_checked = true;
    if (results_number(&results, 0, 0, "pid", 0) != inventory->pid)
        return true;
    session_reset_pooled(session);
    error_set(err, ERROR_SERVER, "the server is behind a proxy that pools transactions");
    error_detail(err, "Leases and locks live in sessions, and such a proxy (PgBouncer with "
                      "pool_mode = transaction) gives each transaction another one.");
    return error_hint(err, "Connect to the server itself, or to a pool with pool_mode = session.");
}

bool session_look(struct session *session, const struct sql_look *look, struct inventory *out,
                  struct error *err)
{
    char *sql OWNED(memory_free_string) = sql_look(look);
    struct results results OWNED(results_release) = {0};

    if (!engine_query(session->engine, sql, "look at the catalog", session->prewarm + 1, &results,
                      err))
        return false;
    session->prewarm = 0;
    inventory_read(&results, look->owner, look->grant_to, out);
    return session_check_proxy(session, out, err);
}

bool session_look_settled(struct session *session, const struct sql_look *look,
                          struct inventory *out, struct error *err)
{
    int64_t until_ms = clock_now_ms() + end_patience_ms;
    struct error refused OWNED(error_release) = {0};

    for (;;) {
        int pids[ORPHANS_AT_ONCE];
        size_t count;

        if (!session_look(session, look, out, err))
            return false;
        count = inventory_orphans(out, pids, ORPHANS_AT_ONCE);
        if (count == 0 || clock_now_ms() > until_ms)
            return true;
        log_message(LOG_VERBOSE, "ending %zu sessions of dead processes", count);
        /* Another role's may be out of our reach, and so are the databases that they make. */
        if (!session_terminate(session, pids, count < ORPHANS_AT_ONCE ? count : ORPHANS_AT_ONCE,
                               &refused))
            return refused.kind == ERROR_PRIVILEGE || error_move(err, &refused);
        if (!interrupt_sleep_ms(end_pause_ms))
            return interrupt_error(err);
    }
}

bool session_look_while(struct session *session, const struct sql_look *look, session_waits *waits,
                        int patience_ms, struct inventory *out, struct error *err)
{
    int64_t until_ms = clock_now_ms() + patience_ms;

    for (;;) {
        if (!session_look_settled(session, look, out, err))
            return false;
        if (!waits(session, look, out) || clock_now_ms() >= until_ms)
            return true;
        if (!interrupt_sleep_ms(end_pause_ms))
            return interrupt_error(err);
    }
}

/* Every failure of a run, as a chain in the jobs' order. After a signal there is only that to say.
 */
static void session_collect_failures(const struct job *jobs, size_t count, struct error *err)
{
    struct error all = {0};

    if (err->kind == ERROR_INTERRUPTED)
        return;
    for (size_t i = 0; i < count; i++) {
        struct error one = {0};

        if (jobs[i].state != JOB_FAILED || jobs[i].optional)
            continue;
        error_copy(&one, &jobs[i].error);
        error_append(&all, &one);
    }
    if (error_is_set(&all))
        error_move(err, &all);
}

bool session_run(struct session *session, const char *verb, struct job *jobs, size_t count,
                 size_t width, struct error *err)
{
    bool done;

    session->ended = 0;
    progress_begin(&session->progress, verb, count, clock_now_ms());
    done = engine_run(session->engine, jobs, count, width, err);
    progress_end(&session->progress);
    if (!done)
        session_collect_failures(jobs, count, err);
    return done;
}

bool session_terminate(struct session *session, const int *pids, size_t count, struct error *err)
{
    char *sql OWNED(memory_free_string) = sql_terminate(pids, count);
    struct results results OWNED(results_release) = {0};

    return engine_query(session->engine, sql, "end sessions", 1, &results, err);
}

/* A statement goes on after its connection was lost, and would bring a database to life behind our
 * back: end such sessions and wait until they are gone. */
static bool session_end_own(struct session *session, struct error *err)
{
    char *sql OWNED(memory_free_string) = sql_sessions_of(lease_session_key(&session->lease));
    int64_t until_ms = clock_now_ms() + take_back_patience_ms;

    engine_keep_first(session->engine);
    for (;;) {
        struct results results OWNED(results_release) = {0};

        if (!engine_query(session->engine, sql, "look for sessions of this run", 1, &results, err))
            return false;
        if (results_rows(&results, 0) == 0)
            return true;
        if (clock_now_ms() > until_ms)
            return error_set(err, ERROR_SERVER, "sessions of this run did not end");
        for (int row = 0; row < results_rows(&results, 0); row++) {
            int pid = (int)results_number(&results, 0, row, "pid", 0);

            if (!session_terminate(session, &pid, 1, err))
                return false;
        }
        clock_sleep_ms(end_pause_ms);
    }
}

static bool session_is_own(const struct session *session, const struct inventory_database *database)
{
    return database != NULL && lease_key_of(database->lease) == session->lease.key;
}

/* `again` was read after the names were locked: see session_drop_by_lease(). */
static bool session_drop_locked(struct session *session, const struct inventory *again,
                                const char *const *names, size_t name_count, size_t width,
                                struct error *err)
{
    struct job *jobs = memory_new(name_count, sizeof *jobs);
    size_t count = 0;
    bool done;

    for (size_t i = 0; i < name_count; i++) {
        if (!inventory_is_locked(again, i) ||
            !session_is_own(session, inventory_find(again, names[i])))
            continue;
        job_init(&jobs[count], names[i]);
        plan_add_drop(names[i], "drop", &jobs[count++]);
    }
    done = session_run(session, "dropping", jobs, count, width, err);
    for (size_t i = 0; i < count; i++)
        job_release(&jobs[i]);
    free(jobs);
    return done;
}

size_t session_drop_width(const struct session *session, const struct inventory *inventory,
                          size_t count)
{
    return strategy_choose(session->scope->settings, inventory,
                           engine_server_version(session->engine), count)
        .drop_width;
}

/* The locks on the names went with a connection that was lost, and others may have taken us for
 * dead since: what they are replacing, or have replaced, is no longer ours. */
static bool session_drop_by_lease(struct session *session, struct error *err)
{
    struct inventory inventory OWNED(inventory_release) = {0};
    struct inventory again OWNED(inventory_release) = {0};
    struct sql_look look = {.lock_names = true};
    const char **names;
    size_t width;
    bool done;

    if (!session_look(session, &(struct sql_look){.all_marked = true}, &inventory, err))
        return false;
    names = memory_new(inventory.database_count, sizeof *names);
    for (size_t i = 0; i < inventory.database_count; i++)
        if (session_is_own(session, &inventory.databases[i]))
            names[look.name_count++] = inventory.databases[i].name;
    look.names = names;
    width = session_drop_width(session, &inventory, look.name_count);
    session->prewarm = width;
    done = look.name_count == 0 ||
           (session_look(session, &look, &again, err) &&
            session_drop_locked(session, &again, names, look.name_count, width, err));
    free(names);
    return done;
}

void session_persist(struct session *session, int patience_ms)
{
    engine_set_mode(session->engine, ENGINE_PERSISTS, patience_ms);
}

bool session_drop_own(struct session *session, int patience_ms, struct error *err)
{
    session_persist(session, patience_ms);
    return session_end_own(session, err) && session_drop_by_lease(session, err);
}

void session_take_back(struct session *session)
{
    struct error err OWNED(error_release) = {0};

    if (session_drop_own(session, take_back_patience_ms, &err))
        return;
    /* What ended the connection that failed may have ended the idle first one, too: a new one may
     * do. */
    if (err.kind == ERROR_CONNECTION) {
        error_release(&err);
        if (session_drop_own(session, take_back_patience_ms, &err))
            return;
    }
    error_prefix(&err, "could not take back what was half made: ");
    error_hint(&err, "Once the server can be reached, \"pgclone drop --all\" removes it.");
    log_warning(&err);
}

bool session_regain(struct session *session)
{
    const struct scope *scope = session->scope;
    const char **names = scope_names(scope);
    const struct sql_look look = {
        .names = names, .name_count = scope->worker_count, .lock_names = true};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct error err OWNED(error_release) = {0};
    bool done;

    engine_set_mode(session->engine, ENGINE_YIELDS, regain_patience_ms);
    /* The command may end at any moment: no waiting here for a server that starts. */
    engine_set_wait(session->engine, 0);
    done = session_look(session, &look, &inventory, &err);
    engine_set_wait(session->engine, (int64_t)scope->settings->wait_s * 1000);
    free(names);
    return done;
}

bool session_unlock(struct session *session, const char *const *names, size_t count,
                    struct error *err)
{
    char *sql OWNED(memory_free_string) = sql_unlock(names, count);
    struct results results OWNED(results_release) = {0};

    return engine_query(session->engine, sql, "give up locks", 1, &results, err);
}

void session_close(struct session *session)
{
    engine_free(session->engine);
    url_connection_release(&session->connection);
    *session = (struct session){0};
}
