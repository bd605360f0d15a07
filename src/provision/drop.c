#include "pgclone/provision/drop.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/strategy.h"

/* How long the locks of a process that was killed a moment ago are waited for. */
static const int dropper_patience_ms = 3000;

/* The server sees the end of an idle connection when its scheduler lets it. */
static const int other_patience_ms = 100;

/* Connections that are begun before the look has told how many databases are to go. */
static const size_t likely_drops = 2;

void drop_work_release(struct drop_work *work)
{
    job_release_all(work->jobs, work->job_count);
    free(work->names);
    selected_list_release(&work->selected);
    *work = (struct drop_work){0};
}

static bool drop_is_template(const struct inventory_database *database)
{
    return database->marked && database->mark.use == MARK_USE_TEMPLATE && !database->scratch;
}

/* The command of a build may have made a template of its scratch database; a worker's that somebody
 * has made one is his to drop. */
static bool drop_may_unseal(const struct inventory_database *database)
{
    return database->is_template && (database->scratch || drop_is_template(database));
}

static void drop_plan_one(const struct inventory_database *database, struct job *job)
{
    job_init(job, database->name);
    if (drop_may_unseal(database))
        job_add(job, sql_template_unseal(database->name), NULL, "unseal template \"%s\"",
                database->name);
    plan_add_drop(database->name, "drop", job);
}

void drop_plan(const struct inventory *again, struct drop_work *work)
{
    size_t name = 0;

    work->jobs = memory_new(work->selected.count, sizeof *work->jobs);
    for (size_t i = 0; i < work->selected.count; i++) {
        struct selected *one = &work->selected.items[i];
        const struct inventory_database *now;

        if (one->kept != NULL)
            continue;
        now = inventory_find(again, one->database->name);
        if (!inventory_is_locked(again, name++) && !work->held) {
            one->kept = memory_copy_string(drop_is_template(one->database)
                                               ? "it is in use"
                                               : "another pgclone is at work on it");
        } else if (now != NULL && strcmp(now->lease, one->database->lease) != 0) {
            one->kept = memory_copy_string("it was replaced a moment ago");
        } else {
            drop_plan_one(one->database, &work->jobs[work->job_count++]);
        }
    }
}

static enum look_verdict drop_judge_locks(struct look *look, int64_t elapsed_ms, struct error *err)
{
    const struct drop_work *work = look->request.context;

    (void)err;
    for (size_t i = 0; i < look->request.catalog.name_count; i++)
        if (!inventory_is_locked(&look->found, i) && elapsed_ms < work->patience_ms)
            return LOOK_AGAIN;
    return LOOK_IS_ENOUGH;
}

struct look_request drop_lock_request(struct drop_work *work)
{
    struct look_request request = {
        .catalog.lock_names = !work->dry_run,
        .settle = work->settle && !work->dry_run,
        .judge = work->dry_run ? NULL : drop_judge_locks,
        .context = work,
    };

    work->names = memory_new(work->selected.count, sizeof *work->names);
    request.catalog.names = work->names;
    for (size_t i = 0; i < work->selected.count; i++) {
        const struct selected *one = &work->selected.items[i];

        if (one->kept != NULL)
            continue;
        work->names[request.catalog.name_count++] = one->database->name;
        /* Whoever clones a template keeps it from being dropped. */
        request.catalog.lock_unused |= drop_is_template(one->database);
    }
    return request;
}

void drop_say(const struct job *jobs, size_t count, const char *verb)
{
    for (size_t i = 0; i < count; i++)
        if (jobs[i].state == JOB_DONE)
            log_message(LOG_VERBOSE, "%s database \"%s\" (%" PRId64 " ms)", verb, jobs[i].label,
                        jobs[i].finished_ms - jobs[i].started_ms);
}

bool drop_selected(struct session *session, const struct inventory *inventory,
                   struct drop_work *work, struct error *err)
{
    struct look_request request = drop_lock_request(work);
    struct inventory again OWNED(inventory_release) = {0};
    size_t width = strategy_choose(session->scope->settings, inventory,
                                   session_server_version(session), work->selected.count)
                       .drop_width;
    bool done;

    request.prewarm = work->dry_run ? 0 : width;
    if (request.catalog.name_count > 0 && !look_take(session, &request, &again, err))
        return false;
    drop_plan(&again, work);
    if (work->dry_run)
        return true;
    done = session_run(session, "dropping", work->jobs, work->job_count, width, err);
    drop_say(work->jobs, work->job_count, "dropped");
    return done;
}

/* ------------------------------------------------------------------------------- the operation */

void drop_report(const struct drop_work *work, struct strbuf *lines)
{
    const struct job *job = work->jobs;

    for (size_t i = 0; job != NULL && i < work->selected.count; i++) {
        const struct selected *one = &work->selected.items[i];
        const char *name = one->database->name;

        if (one->kept != NULL) {
            strbuf_printf(lines, "kept %s: %s\n", name, one->kept);
            continue;
        }
        if (work->dry_run)
            strbuf_printf(lines, "would drop %s\n", name);
        else if (job->state == JOB_DONE)
            strbuf_printf(lines, "dropped %s\n", name);
        else
            strbuf_printf(lines, "kept %s: %s\n", name,
                          job->state == JOB_FAILED ? job->error.message : "interrupted");
        job++;
    }
}

/*
 * The session that holds a lease is idle, and the server soon notices that its client is dead, but
 * not at once; until then a killed process looks alive. So where such a process would keep
 * something from us, a moment's patience tells whether it lives.
 */
static enum look_verdict drop_judge_selection(struct look *look, int64_t elapsed_ms,
                                              struct error *err)
{
    const struct session *session = look->session;

    (void)err;
    return elapsed_ms < other_patience_ms &&
                   selection_could_grow(&look->found, look->request.context,
                                        session->scope->project, session->lease.key)
               ? LOOK_AGAIN
               : LOOK_IS_ENOUGH;
}

static bool drop_look(struct session *session, bool dry_run, const struct selection *selection,
                      struct inventory *out, struct error *err)
{
    struct selection asked = *selection;
    struct look_request request = {.catalog.all_marked = true, .settle = !dry_run};

    if (selection->names != NULL) {
        request.catalog.names = (const char *const *)selection->names->items;
        request.catalog.name_count = selection->names->count;
    }
    if (!dry_run) {
        request.prewarm = strategy_least_width(session->scope->settings, likely_drops);
        request.judge = drop_judge_selection;
        request.context = &asked;
    }
    return look_take(session, &request, out, err);
}

static void drop_say_nothing(const struct inventory *inventory, const struct selection *selection,
                             const char *project)
{
    char *hint OWNED(memory_free_string) = selection_hint_elsewhere(inventory, selection, project);

    log_message(LOG_NORMAL, "nothing to drop");
    if (hint != NULL)
        log_message(LOG_NORMAL, "hint: %s", hint);
}

bool drop_databases(const struct scope *scope, const struct selection *selection, bool dry_run,
                    struct strbuf *lines, struct error *err)
{
    struct session session OWNED(session_close) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct drop_work work OWNED(drop_work_release) = {
        .dry_run = dry_run,
        .settle = true,
        .held = selection->held,
        .patience_ms = selection->held ? 0 : dropper_patience_ms,
    };
    bool done;

    if (!session_open(scope, LEASE_CREATE, &session, err) ||
        !drop_look(&session, dry_run, selection, &inventory, err) ||
        !selection_find(&inventory, selection, scope->project, &work.selected, err))
        return false;
    if (work.selected.count == 0)
        drop_say_nothing(&inventory, selection, scope->project);
    done = drop_selected(&session, &inventory, &work, err);
    drop_report(&work, lines);
    return done;
}
