#include "pgclone/provision/drop.h"

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

/* ----------------------------------------------------------------------------------- preparing */

void drop_work_release(struct drop_work *work)
{
    for (size_t i = 0; i < work->job_count; i++)
        job_release(&work->jobs[i]);
    free(work->jobs);
    free(work->names);
    selected_list_release(&work->selected);
    *work = (struct drop_work){0};
}

void drop_plan(const struct inventory *again, bool held, struct drop_work *work)
{
    size_t name = 0;

    work->jobs = memory_new(work->selected.count, sizeof *work->jobs);
    for (size_t i = 0; i < work->selected.count; i++) {
        struct selected *one = &work->selected.items[i];
        const struct inventory_database *now;

        if (one->kept != NULL)
            continue;
        now = inventory_find(again, one->database->name);
        if (!inventory_is_locked(again, name++) && !held) {
            one->kept = memory_copy_string("another pgclone is at work on it");
        } else if (now != NULL && strcmp(now->lease, one->database->lease) != 0) {
            one->kept = memory_copy_string("it was replaced a moment ago");
        } else {
            job_init(&work->jobs[work->job_count], one->database->name);
            plan_add_drop(one->database->name, "drop", &work->jobs[work->job_count++]);
        }
    }
}

static enum look_verdict drop_judge_locks(struct look *look, const struct inventory *found,
                                          int64_t elapsed_ms, void *context, struct error *err)
{
    const struct drop_work *work = context;

    (void)err;
    for (size_t i = 0; i < look->request.catalog.name_count; i++)
        if (!inventory_is_locked(found, i) && elapsed_ms < work->patience_ms)
            return LOOK_AGAIN;
    return LOOK_IS_ENOUGH;
}

void drop_begin_lock(struct session *session, bool dry_run, int patience_ms, size_t prewarm,
                     struct drop_work *work, struct look *out)
{
    struct look_request request = {.prewarm = prewarm, .settle = !dry_run, .context = work};
    struct sql_look *catalog = &request.catalog;

    work->patience_ms = patience_ms;
    work->names = memory_new(work->selected.count, sizeof *work->names);
    catalog->names = work->names;
    catalog->lock_names = !dry_run;
    for (size_t i = 0; i < work->selected.count; i++)
        if (work->selected.items[i].kept == NULL)
            work->names[catalog->name_count++] = work->selected.items[i].database->name;
    request.judge = dry_run ? NULL : drop_judge_locks;
    look_begin(session, &request, out);
}

enum step drop_step_lock(struct look *look, struct error *err)
{
    return look->request.catalog.name_count == 0 ? STEP_DONE : look_step(look, err);
}

/* ------------------------------------------------------------------------------------ dropping */

static void drop_report(const struct drop_work *work, bool dry_run, struct strbuf *lines)
{
    const struct job *job = work->jobs;

    for (size_t i = 0; i < work->selected.count; i++) {
        const struct selected *one = &work->selected.items[i];
        const char *name = one->database->name;

        if (one->kept != NULL) {
            strbuf_printf(lines, "kept %s: %s\n", name, one->kept);
            continue;
        }
        if (dry_run)
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
static enum look_verdict drop_judge_selection(struct look *look, const struct inventory *found,
                                              int64_t elapsed_ms, void *context, struct error *err)
{
    const struct session *session = look->session;

    (void)err;
    return elapsed_ms < other_patience_ms &&
                   selection_could_grow(found, context, session->scope->project, session->lease.key)
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

/* Locks what was selected, looks at it again, and makes the jobs. */
static bool drop_prepare(struct session *session, bool dry_run, const struct selection *selection,
                         size_t width, struct drop_work *work, struct error *err)
{
    struct look look OWNED(look_release) = {0};
    enum step step;

    drop_begin_lock(session, dry_run, selection->held ? 0 : dropper_patience_ms,
                    dry_run ? 0 : width, work, &look);
    while ((step = drop_step_lock(&look, err)) == STEP_WAITS)
        session_wait(session);
    if (step == STEP_DONE)
        drop_plan(&look.found, selection->held, work);
    return step == STEP_DONE;
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
    struct drop_work work OWNED(drop_work_release) = {0};
    size_t width;
    bool done;

    if (!session_open(scope, LEASE_CREATE, &session, err) ||
        !drop_look(&session, dry_run, selection, &inventory, err) ||
        !selection_find(&inventory, selection, scope->project, &work.selected, err))
        return false;
    width = strategy_choose(scope->settings, &inventory, session_server_version(&session),
                            work.selected.count)
                .drop_width;
    if (!drop_prepare(&session, dry_run, selection, width, &work, err))
        return false;
    if (work.selected.count == 0)
        drop_say_nothing(&inventory, selection, scope->project);
    done = dry_run || session_run(&session, "dropping", work.jobs, work.job_count, width, err);
    drop_report(&work, dry_run, lines);
    return done;
}
