#include "pgclone/provision/watched.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql_undo.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan_losses.h"
#include "pgclone/provision/plan_mark.h"
#include "pgclone/provision/strategy.h"
#include "pgclone/provision/template_facts.h"
#include "pgclone/provision/template_lock.h"
#include "pgclone/provision/template_make.h"
#include "pgclone/provision/template_wait.h"
#include "pgclone/provision/watched_old.h"
#include "pgclone/template/fingerprint.h"

/* The result sets of sql_undo_facts(). */
enum { FACTS_SOURCE, FACTS_DATABASES };

/* What the server says of the template that a watched one is made from. */
struct facts {
    bool found; /* it is there */
    bool busy;  /* somebody is in it, who may be changing it */
    bool there; /* the watched one is made */
};

/* --------------------------------------------------------------------------------------- asking */

static bool watched_refuse_version(const struct session *session, struct error *err)
{
    char *origin OWNED(memory_free_string) =
        settings_origin_text(session->scope->settings, SETTING_RESET);

    error_set(err, ERROR_USAGE,
              "%s: this server (PostgreSQL %d) cannot prove that an undo is whole", origin,
              session_server_version(session) / 10000);
    return error_hint(err, "It takes PostgreSQL 15; use swap.");
}

static bool watched_refuse_role(const char *role, struct error *err)
{
    error_set(err, ERROR_PRIVILEGE,
              "role \"%s\" may not set session_replication_role, which keeps triggers from firing "
              "while rows are put back",
              role);
    return error_hint(err,
                      "As a superuser: GRANT SET ON PARAMETER session_replication_role TO \"%s\"; "
                      "or set \"reset: swap\".",
                      role);
}

/* The version is known once a connection is there. */
static bool watched_know_version(struct session *session, struct error *err)
{
    return session_server_version(session) != 0 ||
           session_query(session, sql_backend_pid, "connect", NULL, err);
}

static void watched_read_name(const struct scope *scope, const struct results *results)
{
    const struct fingerprint_source nothing = {0};
    struct fingerprint fingerprint;
    struct strbuf text OWNED(strbuf_release) = {0};

    /* Another schema makes other templates. */
    strbuf_printf(&text, "%s/%s\n", scope->watched->source,
                  results_text(results, FACTS_SOURCE, 0, "facts"));
    strbuf_add(&text, sql_undo_schema);
    fingerprint_make(&nothing, strbuf_text(&text), &fingerprint);
    (void)snprintf(scope->watched->name, sizeof scope->watched->name, "%s_%s", scope->base,
                   fingerprint.digits);
}

static bool watched_is_there(const struct results *results, const char *name)
{
    bool there = false;

    for (int row = 0; row < results_rows(results, FACTS_DATABASES); row++) {
        struct template_fact fact = {0};

        template_fact_read(results, FACTS_DATABASES, row, &fact);
        there = there || (fact.built && strcmp(fact.name, name) == 0);
        mark_release(&fact.mark);
    }
    return there;
}

/* `makes`: its databases are made or put back, and not only shown. */
static bool watched_ask(struct session *session, bool makes, struct facts *out, struct error *err)
{
    const struct scope *scope = session->scope;
    struct results results OWNED(results_release) = {0};
    char *sql OWNED(memory_free_string) = sql_undo_facts(scope->watched->source, scope->base);

    *out = (struct facts){0};
    if (!session_query(session, sql, "look at the template", &results, err))
        return false;
    if (results_rows(&results, FACTS_SOURCE) == 0)
        return true;
    if (makes && !results_bool(&results, FACTS_SOURCE, 0, "may_replay"))
        return watched_refuse_role(results_text(&results, FACTS_SOURCE, 0, "role"), err);
    watched_read_name(scope, &results);
    out->found = true;
    out->busy = results_bool(&results, FACTS_SOURCE, 0, "busy");
    out->there = watched_is_there(&results, scope->watched->name);
    return true;
}

/* ------------------------------------------------------------- looking at what it is made from */

/* In the making: what is looked at, waited for and cloned is the template that it is made from. */
struct making {
    struct session *session;
    const struct scope *watched; /* the session's scope before */
    struct scope plain;          /* the session's scope meanwhile */
    struct template_wait wait;
    const char *mark;
};

static void making_begin(struct session *session, struct making *out)
{
    *out = (struct making){.session = session, .watched = session->scope, .plain = *session->scope};
    out->plain.template_name = out->watched->watched->source;
    out->plain.watched = NULL;
    session->scope = &out->plain;
}

static void making_end(struct making *making)
{
    if (making->session != NULL)
        making->session->scope = making->watched;
}

static enum look_verdict watched_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    struct making *making = look->request.context;
    const struct session *session = look->session;

    (void)elapsed_ms;
    if (!guard_server(session->scope, &look->found, session_server_version(session), err))
        return LOOK_IS_REFUSED;
    return template_wait_judge(&making->wait, look, err);
}

/* Passes the guards, and waits until nobody is in the template. */
static bool watched_look(struct making *making, struct inventory *found, struct error *err)
{
    const struct scope *scope = making->session->scope;
    const struct look_request request = {
        .catalog = {.template_name = scope->template_name,
                    .template_size = scope->settings->strategy == STRATEGY_AUTO,
                    .use_template = scope->built != NULL,
                    .owner = scope->settings->owner,
                    .grant_to = scope->settings->grant_to},
        .strategy = true,
        .judge = watched_judge,
        .explain = template_wait_explain,
        .context = making,
    };

    return look_take(making->session, &request, found, err);
}

static bool watched_wait(struct session *session, struct error *err)
{
    struct making making OWNED(making_end) = {0};
    struct inventory found OWNED(inventory_release) = {0};

    making_begin(session, &making);
    return watched_look(&making, &found, err);
}

/* --------------------------------------------------------------------------------------- making */

static bool watched_clone(struct making *making, const char *scratch, struct error *err)
{
    struct session *session = making->session;
    const char *source = session->scope->template_name;
    struct inventory found OWNED(inventory_release) = {0};
    struct strategy_choice choice;
    struct sql_create create = {.name = scratch, .template_name = source};
    struct job job;

    if (!watched_look(making, &found, err))
        return false;
    choice = strategy_choose(session->scope->settings, &found, session_server_version(session), 1);
    create.strategy = choice.word;
    job_init(&job, source);
    if (choice.strategy == STRATEGY_CLONE)
        job_add(&job, memory_copy_string(sql_clone_files), NULL, "have files cloned");
    job_add(&job, sql_create_database(&create), NULL, "clone the template \"%s\"", source);
    job_add(&job, sql_comment(scratch, making->mark), NULL, "mark the clone of template \"%s\"",
            source);
    plan_add_losses(&found, scratch, found.role, &job);
    return template_make_job(session, &job, err);
}

static bool watched_install(struct session *session, const char *scratch, const char *source,
                            struct error *err)
{
    struct job job;

    job_init(&job, source);
    job_in(&job, scratch);
    job_add(&job, memory_copy_string(sql_undo_schema), NULL, "watch the tables of \"%s\"", source);
    return template_make_job(session, &job, err);
}

static bool watched_fill(struct session *session, const char *scratch, void *context, bool *changed,
                         struct error *err)
{
    struct making making OWNED(making_end) = {0};

    (void)changed;
    making_begin(session, &making);
    making.mark = context;
    return watched_clone(&making, scratch, err) &&
           watched_install(session, scratch, making.plain.template_name, err);
}

static bool watched_make(struct session *session, struct template_ready *ready, struct error *err)
{
    const struct scope *scope = session->scope;
    int64_t began_ms = clock_now_ms();
    char *mark OWNED(memory_free_string) = plan_watched_mark(scope, &session->lease);
    const struct template_making making = {
        .name = scope->watched->name, .mark = mark, .fill = watched_fill, .context = mark};
    struct inventory found OWNED(inventory_release) = {0};
    bool waited;
    bool changed = false;
    bool done = true;

    if (!template_lock(session, making.name, ready->force, &found, &waited, err))
        return false;
    if (ready->force || !template_lock_is_built(inventory_find(&found, making.name))) {
        done = template_make(session, &making, &found, &changed, err);
        if (done) {
            log_message(LOG_VERBOSE, "made template \"%s\", which notes changes (%" PRId64 " ms)",
                        making.name, clock_now_ms() - began_ms);
            watched_drop_old(session, &found);
        }
    }
    return template_unlock(session, making.name, done, err);
}

bool watched_ready(struct session *session, struct template_ready *ready, struct error *err)
{
    struct facts facts;

    if (!watched_know_version(session, err))
        return false;
    if (session_server_version(session) < SQL_UNDO_VERSION)
        return watched_refuse_version(session, err);
    if (!watched_ask(session, true, &facts, err))
        return false;
    /* Who is in the template may be changing it, and is not counted yet; what is not there, or may
     * not be cloned, is told as a create tells it. */
    if ((!facts.found || (facts.busy && !ready->dry_run)) &&
        (!watched_wait(session, err) || !watched_ask(session, true, &facts, err)))
        return false;
    if (facts.there && !ready->force)
        return true;
    ready->missing = ready->dry_run;
    return ready->dry_run || watched_make(session, ready, err);
}

bool watched_name(struct session *session, struct error *err)
{
    struct facts facts;

    return watched_know_version(session, err) &&
           (session_server_version(session) < SQL_UNDO_VERSION ||
            watched_ask(session, false, &facts, err));
}
