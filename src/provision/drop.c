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
    selected_list_release(&work->selected);
    *work = (struct drop_work){0};
}

/* `again` was looked at after the names were locked. */
static void drop_plan(const struct inventory *again, bool held, struct drop_work *work)
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
    const char **names = memory_new(work->selected.count, sizeof *names);
    struct sql_look look = {.names = names, .lock_names = !dry_run};
    bool looked;

    for (size_t i = 0; i < work->selected.count; i++)
        if (work->selected.items[i].kept == NULL)
            names[look.name_count++] = work->selected.items[i].database->name;
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

/* The first look of a drop, together with what it is for. */
struct drop_question {
    struct sql_look look; /* first, so that drop_may_grow() finds the rest by it */
    const struct selection *selection;
};

static bool drop_may_grow(const struct session *session, const struct sql_look *look,
                          const struct inventory *found)
{
    const struct drop_question *question = (const struct drop_question *)look;

    return selection_could_grow(found, question->selection, session->scope->project,
                                session->lease.key);
}

/*
 * The session that holds a lease is idle, and the server soon notices that its client is dead, but
 * not at once; until then a killed process looks alive. So where such a process would keep
 * something from us, a moment's patience tells whether it lives.
 */
static bool drop_look(struct session *session, bool dry_run, const struct selection *selection,
                      struct inventory *out, struct error *err)
{
    struct drop_question question = {.look.all_marked = true, .selection = selection};

    if (selection->names != NULL) {
        question.look.names = (const char *const *)selection->names->items;
        question.look.name_count = selection->names->count;
    }
    if (dry_run)
        return session_look(session, &question.look, out, err);
    session->prewarm = strategy_least_width(session->scope->settings, likely_drops);
    return session_look_while(session, &question.look, drop_may_grow, other_patience_ms, out, err);
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
    width = session_drop_width(&session, &inventory, work.selected.count);
    session.prewarm = dry_run ? 0 : width;
    if (!drop_prepare(&session, dry_run, selection->held, selection->held ? 0 : dropper_patience_ms,
                      &work, err))
        return false;
    if (work.selected.count == 0)
        drop_say_nothing(&inventory, selection, scope->project);
    done = dry_run || session_run(&session, "dropping", work.jobs, work.job_count, width, err);
    drop_report(&work, dry_run, lines);
    return done;
}
