#include "pgclone/provision/template_make.h"

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/take_back.h"

/* One on its way. */
struct work {
    struct session *session;
    const struct template_making *making;
    char *scratch; /* where it is made */
    char *old;     /* what the template that bears the name becomes; NULL: none does */
};

static void work_release(struct work *work)
{
    memory_free_string(&work->scratch);
    memory_free_string(&work->old);
}

bool template_make_job(struct session *session, struct job *job, struct error *err)
{
    bool done = session_run(session, NULL, job, 1, 1, err);

    job_release(job);
    return done;
}

/* ------------------------------------------------------------------------------------ beginning */

/* What a maker that was killed has left: programs of its may still be in it, and are put out. */
static bool make_sweep(struct session *session, const struct inventory *found, struct error *err)
{
    const struct selection stale = {.all = true, .stale = true};
    struct drop_work work OWNED(drop_work_release) = {.settle = true};

    if (!selection_find(found, &stale, session->scope->project, &work.selected, err))
        return false;
    for (size_t i = 0; i < work.selected.count; i++)
        if (!work.selected.items[i].database->scratch)
            memory_replace_string(&work.selected.items[i].kept, "it is complete");
    return drop_selected(session, found, &work, err);
}

/* A template that was half dropped when its dropping was interrupted is good for nothing else. */
static bool make_drop_invalid(const struct work *work, struct error *err)
{
    struct job job;

    job_init(&job, work->making->name);
    plan_add_drop(work->making->name, "drop the invalid", &job);
    return template_make_job(work->session, &job, err);
}

/*
 * While the database was filled, which may take minutes, our connection may have been lost, and
 * the lock on the name with it. Taking the look takes both again; somebody else may have come in
 * between.
 */
static bool make_is_still_ours(const struct work *work, struct error *err)
{
    const char *name = work->making->name;
    const struct look_request request = {
        .catalog = {.names = &name, .name_count = 1, .lock_names = true}};
    struct inventory found OWNED(inventory_release) = {0};
    const struct inventory_database *there;

    if (!look_take(work->session, &request, &found, err))
        return false;
    there = inventory_find(&found, name);
    if (inventory_is_locked(&found, 0) && (there != NULL) == (work->old != NULL))
        return true;
    error_set(
        err, ERROR_CONNECTION,
        "the connection was lost while the template \"%s\" was being built, and somebody else "
        "builds it now",
        name);
    return error_hint(err, "Try again: what the other one has built is used then.");
}

/* ---------------------------------------------------------------------------------------- sealing
 */

/* Closed, and everybody put out, before the template's name is given: from then on it never
 * changes.
 */
static bool make_publish(const struct work *work, struct error *err)
{
    const struct template_making *making = work->making;
    struct job job;

    job_init(&job, making->name);
    job_add(&job, sql_allow_connections(work->scratch, false), NULL, "close the template \"%s\"",
            making->name);
    job_add(&job, sql_end_sessions(work->scratch), NULL, "end the sessions of template \"%s\"",
            making->name);
    plan_add_wait_for_disk(&job);
    job_add(&job, sql_template_publish(work->scratch, making->name, making->mark, work->old), NULL,
            "give the template its name, \"%s\"", making->name);
    return template_make_job(work->session, &job, err);
}

static bool make_drop(const struct work *work, const char *database, struct error *err)
{
    struct job job;

    job_init(&job, database);
    plan_add_drop(database, "drop", &job);
    return template_make_job(work->session, &job, err);
}

/* A clone that is being made of the old one is waited for by the server. What cannot be dropped is
 * a scratch database, which the next call sweeps. */
static void make_drop_old(const struct work *work)
{
    struct error err OWNED(error_release) = {0};

    if (work->old != NULL && !make_drop(work, work->old, &err))
        log_warning(&err);
}

static bool make_go_through(const struct work *work, bool *changed, struct error *err)
{
    const struct template_making *making = work->making;

    if (!making->fill(work->session, work->scratch, making->context, changed, err))
        return false;
    if (*changed)
        return make_drop(work, work->scratch, err);
    if (!make_is_still_ours(work, err) || !make_publish(work, err))
        return false;
    make_drop_old(work);
    return true;
}

bool template_make(struct session *session, const struct template_making *making,
                   const struct inventory *found, bool *changed, struct error *err)
{
    struct work work OWNED(work_release) = {
        .session = session,
        .making = making,
        .scratch = lease_scratch_name(&session->lease, 0),
    };
    const struct inventory_database *there = inventory_find(found, making->name);

    if (!make_sweep(session, found, err) ||
        (there != NULL && there->invalid && !make_drop_invalid(&work, err)))
        return false;
    if (there != NULL && !there->invalid)
        work.old = lease_scratch_name(&session->lease, 1);
    if (make_go_through(&work, changed, err))
        return true;
    take_back(session, false);
    return false;
}
