#include "pgclone/provision/drop.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/timestamp.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/strategy.h"

/* How long the locks of a process that was killed a moment ago are waited for. */
static const int dropper_patience_ms = 3000;

/* The server sees the end of an idle connection when its scheduler lets it. */
static const int other_patience_ms = 100;

/* ------------------------------------------------------------------------------------- judging */

static bool drop_matches_run(const struct inventory_database *database,
                             const struct strings *run_ids)
{
    if (run_ids->count == 0)
        return true;
    return database->marked && database->mark.run != NULL &&
           strings_contain(run_ids, database->mark.run);
}

/* The empty id of parallel-tests is also known as 1, as in its database's name. */
static bool drop_matches_worker(const struct inventory_database *database,
                                const struct strings *workers)
{
    if (workers->count == 0)
        return true;
    for (size_t i = 0; database->marked && i < workers->count; i++)
        if (strcmp(runner_worker_label(workers->items[i]),
                   runner_worker_label(database->mark.worker)) == 0)
            return true;
    return false;
}

/* A plain create's process is always dead, so only age can say that nobody wants its databases. */
static bool drop_is_stale(const struct inventory_database *database,
                          const struct drop_selection *selection)
{
    time_t created;

    if (database->held)
        return false;
    if (database->scratch || lease_is_of_run(database->lease))
        return true;
    return selection->older_than_s > 0 && database->marked &&
           timestamp_parse(database->mark.created, &created) &&
           selection->now - created >= selection->older_than_s;
}

/* Nothing selected means nothing, and not everything. */
static bool drop_has_selector(const struct drop_selection *selection)
{
    return selection->all || selection->stale || selection->run_ids->count > 0 ||
           selection->workers->count > 0;
}

static bool drop_is_selected(const struct inventory_database *database,
                             const struct drop_selection *selection, const char *project)
{
    return drop_has_selector(selection) && (database->marked || database->scratch) &&
           (selection->every_project || inventory_is_of_project(database, project)) &&
           (!selection->stale || drop_is_stale(database, selection)) &&
           drop_matches_run(database, selection->run_ids) &&
           drop_matches_worker(database, selection->workers);
}

enum drop_verdict drop_judge(const struct inventory_database *database,
                             const struct drop_selection *selection, const char *project)
{
    if (selection->names->count > 0) {
        if (!strings_contain(selection->names, database->name))
            return DROP_IGNORED;
        if (!database->marked && !database->scratch)
            return DROP_UNMARKED;
    } else if (!drop_is_selected(database, selection, project)) {
        return DROP_IGNORED;
    }
    return database->held && !selection->held ? DROP_HELD : DROP_SELECTED;
}

/* ----------------------------------------------------------------------------------- preparing */

void drop_work_release(struct drop_work *work)
{
    for (size_t i = 0; i < work->job_count; i++)
        job_release(&work->jobs[i]);
    for (size_t i = 0; i < work->target_count; i++) {
        free(work->targets[i].name);
        free(work->targets[i].lease);
        free(work->targets[i].kept);
    }
    free(work->jobs);
    free(work->targets);
    *work = (struct drop_work){0};
}

static bool drop_refuse(const struct inventory_database *database, struct error *err)
{
    error_set(err, ERROR_GUARD, "the database \"%s\" was not made by pgclone", database->name);
    return error_hint(err, "It does not carry pgclone's mark; nothing was dropped. Drop it with "
                           "dropdb if you mean it.");
}

bool drop_select(const struct inventory *inventory, const struct drop_selection *selection,
                 const char *project, struct drop_work *work, struct error *err)
{
    work->targets = memory_new(inventory->database_count, sizeof *work->targets);
    for (size_t i = 0; i < inventory->database_count; i++) {
        const struct inventory_database *database = &inventory->databases[i];
        enum drop_verdict verdict = drop_judge(database, selection, project);

        if (verdict == DROP_UNMARKED)
            return drop_refuse(database, err);
        if (verdict == DROP_IGNORED)
            continue;
        work->targets[work->target_count++] = (struct drop_target){
            .name = memory_copy_string(database->name),
            .lease = memory_copy_string(database->lease),
            .kept = verdict == DROP_HELD ? guard_holder(database) : NULL,
        };
    }
    return true;
}

static void drop_add_job(struct drop_target *target, struct drop_work *work)
{
    struct job *job = &work->jobs[work->job_count];

    target->job = work->job_count++;
    job_init(job, target->name);
    plan_add_drop(target->name, "drop", job);
}

static void drop_plan(const struct inventory *again, bool held, struct drop_work *work)
{
    size_t name = 0;

    work->jobs = memory_new(work->target_count, sizeof *work->jobs);
    for (size_t i = 0; i < work->target_count; i++) {
        struct drop_target *target = &work->targets[i];
        const struct inventory_database *now;

        if (target->kept != NULL)
            continue;
        now = inventory_find(again, target->name);
        if (!inventory_is_locked(again, name++) && !held)
            target->kept = memory_copy_string("another pgclone is at work on it");
        else if (now != NULL && strcmp(now->lease, target->lease) != 0)
            target->kept = memory_copy_string("it was replaced a moment ago");
        else
            drop_add_job(target, work);
    }
}

static bool drop_is_made_elsewhere(const struct session *session, const struct sql_look *look,
                                   const struct inventory *found)
{
    (void)session;
    for (size_t i = 0; look->lock_names && i < look->name_count; i++)
        if (!inventory_is_locked(found, i))
            return true;
    return false;
}

bool drop_prepare(struct session *session, bool dry_run, bool held, int patience_ms,
                  struct drop_work *work, struct error *err)
{
    struct inventory again OWNED(inventory_release) = {0};
    const char **names = memory_new(work->target_count, sizeof *names);
    struct sql_look look = {.names = names, .lock_names = !dry_run};
    bool looked;

    for (size_t i = 0; i < work->target_count; i++)
        if (work->targets[i].kept == NULL)
            names[look.name_count++] = work->targets[i].name;
    looked = look.name_count == 0 ||
             session_look_while(session, &look, drop_is_made_elsewhere, patience_ms, &again, err);
    if (looked && look.name_count > 0)
        drop_plan(&again, held, work);
    free(names);
    return looked;
}

/* ------------------------------------------------------------------------------------ dropping */

static void drop_report(const struct drop_work *work, bool dry_run, struct strbuf *lines)
{
    for (size_t i = 0; i < work->target_count; i++) {
        const struct drop_target *target = &work->targets[i];
        const struct job *job = target->kept == NULL ? &work->jobs[target->job] : NULL;

        if (job == NULL)
            strbuf_printf(lines, "kept %s: %s\n", target->name, target->kept);
        else if (dry_run || job->state == JOB_DONE)
            strbuf_printf(lines, "dropped %s\n", target->name);
        else if (job->state == JOB_FAILED)
            strbuf_printf(lines, "kept %s: %s\n", target->name, job->error.message);
        else
            strbuf_printf(lines, "kept %s: interrupted\n", target->name);
    }
}

/*
 * The session that holds a lease is idle, and the server soon notices that its client is dead, but
 * not at once; until then a killed process looks alive. So where anybody else is at work, a
 * moment's patience tells whether it is.
 */
static bool drop_sees_others(const struct session *session, const struct sql_look *look,
                             const struct inventory *found)
{
    (void)look;
    return inventory_has_other_lease(found, session->lease.key);
}

static bool drop_look(struct session *session, bool dry_run, const struct sql_look *look,
                      struct inventory *out, struct error *err)
{
    if (dry_run)
        return session_look(session, look, out, err);
    return session_look_while(session, look, drop_sees_others, other_patience_ms, out, err);
}

bool drop_databases(const struct scope *scope, const struct drop_selection *selection, bool dry_run,
                    struct strbuf *lines, struct error *err)
{
    struct session session OWNED(session_close) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct drop_work work OWNED(drop_work_release) = {0};
    const char *const *names = (const char *const *)selection->names->items;
    const struct sql_look look = {
        .names = names, .name_count = selection->names->count, .all_marked = true};
    size_t width;
    bool done;

    if (!session_open(scope, LEASE_CREATE, &session, err))
        return false;
    session.prewarm = dry_run ? 0 : strategy_least_width(scope->settings, SIZE_MAX);
    if (!drop_look(&session, dry_run, &look, &inventory, err) ||
        !drop_select(&inventory, selection, scope->project, &work, err))
        return false;
    width = session_drop_width(&session, &inventory, work.target_count);
    session.prewarm = dry_run ? 0 : width;
    if (!drop_prepare(&session, dry_run, selection->held, selection->held ? 0 : dropper_patience_ms,
                      &work, err))
        return false;
    if (work.target_count == 0)
        log_message(LOG_NORMAL, "nothing to drop");
    done = dry_run || session_run(&session, "dropping", work.jobs, work.job_count, width, err);
    drop_report(&work, dry_run, lines);
    return done;
}
