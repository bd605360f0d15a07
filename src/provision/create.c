#include "pgclone/provision/create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/mounts.h"
#include "pgclone/postgres/sqlstate.h"
#include "pgclone/provision/busy.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/strategy.h"

/* How long the locks of a process that was killed while it made them are waited for. */
static const int maker_patience_ms = 3000;

static void create_free_names(const char ***names)
{
    free(*names);
}

/* Another client came between the look and the statement: say what the codes do not. */
static void create_explain(struct error *err)
{
    if (strcmp(err->sqlstate, SQLSTATE_DUPLICATE_DATABASE) == 0 ||
        strcmp(err->sqlstate, SQLSTATE_UNIQUE_VIOLATION) == 0) {
        err->kind = ERROR_GUARD;
        error_hint(err, "Somebody else made that database a moment ago: drop or rename it "
                        "yourself, or choose another --name.");
    } else if (err->kind == ERROR_BUSY && err->hint == NULL) {
        error_hint(err, "Close those sessions, wait longer with --wait, or let pgclone end them "
                        "with --disconnect-template.");
    }
}

static bool create_run_stage(struct session *session, struct job *jobs, size_t count, size_t width,
                             struct error *err)
{
    if (session_run(session, "creating", jobs, count, width, err))
        return true;
    for (struct error *one = err; one != NULL; one = one->next)
        create_explain(one);
    return false;
}

/*
 * Our locks on the names keep every other pgclone away from what is to be replaced, but not other
 * programs. Making the new databases took its time: is what bears the names still ours?
 */
static bool create_check_replaced(struct session *session, struct error *err)
{
    const struct scope *scope = session->scope;
    const char **names OWNED(create_free_names) = scope_names(scope);
    const struct sql_look look = {.names = names, .name_count = scope->worker_count};
    struct inventory now OWNED(inventory_release) = {0};

    if (!session_look(session, &look, &now, err))
        return false;
    for (size_t i = 0; i < scope->worker_count; i++) {
        const struct inventory_database *database = inventory_find(&now, names[i]);

        if (database == NULL || database->marked)
            continue;
        error_set(err, ERROR_GUARD, "the database \"%s\" was made by somebody else meanwhile",
                  names[i]);
        return error_hint(err, "pgclone never replaces what it did not make: drop or rename that "
                               "database yourself, or choose another --name.");
    }
    return true;
}

/* A swept name is anybody's again; a run would keep its lock for as long as it lives. */
static bool create_unlock_swept(struct session *session, const struct plan *plan, struct error *err)
{
    size_t count = plan->make_count - plan->count;
    const char **names OWNED(create_free_names) = memory_new(count, sizeof *names);

    for (size_t i = 0; i < count; i++)
        names[i] = plan->make[plan->count + i].label;
    return count == 0 || session_unlock(session, names, count, err);
}

static bool create_run_plan(struct session *session, struct plan *plan,
                            const struct strategy_choice *choice, struct error *err)
{
    /* Renaming takes less time than connecting. */
    size_t publish_width = plan->replaces ? choice->drop_width : choice->create_width;

    if (create_run_stage(session, plan->make, plan->make_count, choice->create_width, err) &&
        create_unlock_swept(session, plan, err) &&
        (!plan->replaces || create_check_replaced(session, err)) &&
        create_run_stage(session, plan->publish, plan->count, publish_width, err))
        return true;
    session_take_back(session);
    return false;
}

static void create_report(const struct scope *scope, const struct inventory *inventory,
                          const struct plan *plan, struct create_outcome *out)
{
    for (size_t i = 0; i < out->count; i++)
        out->statuses[i] = CREATE_KEPT;
    for (size_t i = 0; i < plan->count; i++) {
        const struct job *make = &plan->make[i];
        const struct job *publish = &plan->publish[i];
        size_t worker = plan->workers[i];
        bool replaced = inventory_find(inventory, make->label) != NULL;

        out->statuses[worker] = replaced ? CREATE_REPLACED : CREATE_CREATED;
        out->elapsed_ms[worker] =
            make->finished_ms - make->started_ms + publish->finished_ms - publish->started_ms;
    }
    for (size_t i = 0; i < out->count; i++) {
        static const char *const verbs[] = {"created", "replaced", "kept"};

        log_message(LOG_VERBOSE, "%s database \"%s\" (%" PRId64 " ms)", verbs[out->statuses[i]],
                    scope->workers[i].name, out->elapsed_ms[i]);
    }
}

/* What dead processes of this project left behind, but for what is to be replaced anyway. */
static bool create_sweep(struct session *session, const struct inventory *inventory, bool dry_run,
                         struct plan *plan, struct error *err)
{
    const struct scope *scope = session->scope;
    const struct selection selection = {.all = true, .stale = true};
    struct drop_work work OWNED(drop_work_release) = {0};

    if (!selection_find(inventory, &selection, scope->project, &work.selected, err))
        return false;
    for (size_t i = 0; i < work.selected.count; i++)
        for (size_t j = 0; j < scope->worker_count; j++)
            if (strcmp(work.selected.items[i].database->name, scope->workers[j].name) == 0)
                memory_replace_string(&work.selected.items[i].kept, "it is a worker's");
    if (!drop_prepare(session, dry_run, false, 0, &work, err))
        return false;
    plan_add_sweep(plan, work.jobs, work.job_count);
    return true;
}

/* A server that does not tell, whatever it has against it, is no reason to make no databases:
 * `results` stays empty then. False only where nothing more can be asked. */
static bool create_ask(struct session *session, const char *sql, const char *purpose,
                       struct results *results, struct error *err)
{
    struct error refused OWNED(error_release) = {0};

    if (engine_query(session->engine, sql, purpose, 1, results, &refused))
        return true;
    if (refused.kind == ERROR_CONNECTION || refused.kind == ERROR_INTERRUPTED)
        return error_move(err, &refused);
    log_message(LOG_VERBOSE, "%s", refused.message);
    return true;
}

/* By trying it: pg_settings would tell as well, but the server makes all of its rows for that. */
static bool create_look_for_clones(struct session *session, struct inventory *inventory,
                                   struct error *err)
{
    struct results results OWNED(results_release) = {0};

    if (!strategy_wants_clones(session->scope->settings, engine_server_version(session->engine)))
        return true;
    if (!create_ask(session, sql_try_clone_files, "have files cloned", &results, err))
        return false;
    inventory->clones = results.count > 0;
    return true;
}

static void create_read_files(const struct results *results, struct inventory_template *source)
{
    const char *mounts = results_text(results, 0, 0, "mounts");
    const char *folder = results_text(results, 0, 0, "data_directory");
    char *file_system OWNED(memory_free_string) = NULL;

    source->files = results_number(results, 0, 0, "files", 0);
    if (mounts != NULL && folder != NULL)
        file_system = mounts_file_system(mounts, folder);
    source->no_clones = !strategy_may_clone_on(file_system);
}

/* What is only asked for where it decides, and may be asked. */
static bool create_look_at_files(struct session *session, struct inventory *inventory,
                                 struct error *err)
{
    int version = engine_server_version(session->engine);
    char *sql OWNED(memory_free_string) = NULL;
    struct results results OWNED(results_release) = {0};

    if (!strategy_wants_files(session->scope->settings, inventory, version))
        return true;
    sql = sql_files(inventory->source.folder, version);
    if (!create_ask(session, sql, "look at the template's files", &results, err))
        return false;
    if (results.count > 0)
        create_read_files(&results, &inventory->source);
    return true;
}

static bool create_with_inventory(struct session *session, struct inventory *inventory,
                                  struct strbuf *plan_only, struct create_outcome *out,
                                  struct error *err)
{
    const struct scope *scope = session->scope;
    int version = engine_server_version(session->engine);
    struct strategy_choice choice;
    struct plan plan OWNED(plan_release) = {0};

    if (!create_look_at_files(session, inventory, err))
        return false;
    choice = strategy_choose(scope->settings, inventory, version, scope->worker_count);
    log_message(LOG_VERBOSE, "strategy %s (%s), %zu at once",
                settings_strategy_name(choice.strategy), choice.reason, choice.create_width);
    out->strategy = settings_strategy_name(choice.strategy);
    out->server_version = version;
    plan_create(scope, inventory, &session->lease, &choice, &plan);
    if (!create_sweep(session, inventory, plan_only != NULL, &plan, err))
        return false;
    if (plan_only != NULL) {
        plan_print(&plan, plan_only);
        return true;
    }
    if (!create_run_plan(session, &plan, &choice, err))
        return false;
    create_report(scope, inventory, &plan, out);
    return true;
}

/* Whether another process is making one of these databases: it has the lock on the name, and what
 * bears the name, if anything does, is not yet its. */
static bool create_is_made_elsewhere(const struct session *session, const struct sql_look *look,
                                     const struct inventory *found)
{
    (void)session;
    for (size_t i = 0; i < look->name_count; i++) {
        const struct inventory_database *database = inventory_find(found, look->names[i]);

        if (!inventory_is_locked(found, i) && (database == NULL || !database->held))
            return true;
    }
    return false;
}

static bool create_look(struct session *session, bool dry_run, const struct sql_look *look,
                        struct inventory *out, struct error *err)
{
    if (dry_run)
        return session_look(session, look, out, err);
    return session_look_while(session, look, create_is_made_elsewhere, maker_patience_ms, out, err);
}

bool create_databases(struct session *session, struct strbuf *plan_only, struct create_outcome *out,
                      struct error *err)
{
    const struct scope *scope = session->scope;
    const struct settings *settings = scope->settings;
    const char **names OWNED(create_free_names) = scope_names(scope);
    const struct sql_look look = {
        .names = names,
        .name_count = scope->worker_count,
        .lock_names = true,
        .all_marked = true,
        .template_name = scope->template_name,
        .template_size = settings->strategy == STRATEGY_AUTO,
        .owner = settings->owner,
        .grant_to = settings->grant_to,
    };
    struct inventory inventory OWNED(inventory_release) = {0};
    struct create_outcome outcome OWNED(create_outcome_release) = {
        .statuses = memory_new(scope->worker_count, sizeof *outcome.statuses),
        .elapsed_ms = memory_new(scope->worker_count, sizeof *outcome.elapsed_ms),
        .count = scope->worker_count,
    };

    session->prewarm = plan_only != NULL ? 0 : strategy_least_width(settings, scope->worker_count);
    if (!create_look(session, plan_only != NULL, &look, &inventory, err) ||
        !create_look_for_clones(session, &inventory, err) ||
        !guard_server(scope, &inventory, engine_server_version(session->engine), err) ||
        !guard_names(scope, &inventory, err) ||
        (plan_only == NULL && !busy_wait_for_template(session, &look, &inventory, err)) ||
        !create_with_inventory(session, &inventory, plan_only, &outcome, err))
        return false;
    *out = outcome;
    outcome = (struct create_outcome){0};
    return true;
}

void create_outcome_release(struct create_outcome *outcome)
{
    free(outcome->statuses);
    free(outcome->elapsed_ms);
    *outcome = (struct create_outcome){0};
}
