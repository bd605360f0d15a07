#include "pgclone/provision/template_build.h"

#include <inttypes.h>
#include <string.h>

#include "pgclone/base/clock.h"
#include "pgclone/base/identity.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/url_environment.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/take_back.h"
#include "pgclone/template/recipe.h"

/* A build on its way. */
struct building {
    struct session *session;
    const struct template_facts *facts;
    const char *name; /* of the template */
    char *scratch;    /* where it is made */
    char *old;        /* what the template that bears the name becomes; NULL: none does */
};

static void building_release(struct building *building)
{
    memory_free_string(&building->scratch);
    memory_free_string(&building->old);
}

static bool build_run_job(const struct building *building, struct job *job, struct error *err)
{
    bool done = session_run(building->session, NULL, job, 1, 1, err);

    job_release(job);
    return done;
}

/* ------------------------------------------------------------------------------------ beginning */

/* What a builder that was killed has left: programs of its may still be in it, and are put out. */
static bool build_sweep(struct session *session, const struct inventory *found, struct error *err)
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
static bool build_drop_invalid(const struct building *building, struct error *err)
{
    struct job job;

    job_init(&job, building->name);
    plan_add_drop(building->name, "drop the invalid", &job);
    return build_run_job(building, &job, err);
}

static bool build_begin(const struct building *building, const char *mark, struct error *err)
{
    const struct sql_create create = {.name = building->scratch,
                                      .template_name = IDENTITY_EMPTY_DATABASE};
    struct job job;

    job_init(&job, building->name);
    job_add(&job, sql_create_database(&create), NULL, "create a database for the template \"%s\"",
            building->name);
    job_add(&job, sql_comment(building->scratch, mark), NULL, "mark the template \"%s\"",
            building->name);
    return build_run_job(building, &job, err);
}

/* --------------------------------------------------------------------------------------- filling
 */

static bool build_fill(const struct building *building, struct error *err)
{
    const struct scope *scope = building->session->scope;
    struct strings environment OWNED(strings_release) = {0};
    struct strbuf self OWNED(strbuf_release) = {0};
    const struct recipe recipe = {.build = scope->built->build,
                                  .folder = scope->built->folder,
                                  .environment = &environment,
                                  .without = URL_ENVIRONMENT_WITHOUT};

    url_environment(&scope->url, building->scratch, building->facts->role, &environment);
    strbuf_printf(&self, TEMPLATE_BUILDING_VARIABLE "=%s", building->name);
    strings_add(&environment, strbuf_text(&self));
    if (recipe_run(&recipe, err))
        return true;
    if (err == NULL || err->kind == ERROR_INTERRUPTED)
        return false;
    return error_prefix(err, "could not build the template \"%s\": ", building->name);
}

/*
 * While the programs were at work, which may take minutes, our connection may have been lost, and
 * the lock on the name with it. Taking the look takes both again; somebody else may have come in
 * between.
 */
static bool build_is_still_ours(const struct building *building, struct error *err)
{
    const struct look_request request = {
        .catalog = {.names = &building->name, .name_count = 1, .lock_names = true}};
    struct inventory found OWNED(inventory_release) = {0};
    const struct inventory_database *there;

    if (!look_take(building->session, &request, &found, err))
        return false;
    there = inventory_find(&found, building->name);
    if (inventory_is_locked(&found, 0) && (there != NULL) == (building->old != NULL))
        return true;
    error_set(
        err, ERROR_CONNECTION,
        "the connection was lost while the template \"%s\" was being built, and somebody else "
        "builds it now",
        building->name);
    return error_hint(err, "Try again: what the other one has built is used then.");
}

/* ---------------------------------------------------------------------------------------- sealing
 */

/* Closed, and everybody put out, before the template's name is given: from then on it never
 * changes.
 */
static bool build_publish(const struct building *building, const char *mark, struct error *err)
{
    struct job job;

    job_init(&job, building->name);
    job_add(&job, sql_allow_connections(building->scratch, false), NULL,
            "close the template \"%s\"", building->name);
    job_add(&job, sql_end_sessions(building->scratch), NULL, "end the sessions of template \"%s\"",
            building->name);
    plan_add_wait_for_disk(&job);
    job_add(&job, sql_template_publish(building->scratch, building->name, mark, building->old),
            NULL, "give the template its name, \"%s\"", building->name);
    return build_run_job(building, &job, err);
}

static bool build_drop(const struct building *building, const char *database, struct error *err)
{
    struct job job;

    job_init(&job, database);
    plan_add_drop(database, "drop", &job);
    return build_run_job(building, &job, err);
}

/* A clone that is being made of the old one is waited for by the server. What cannot be dropped is
 * a scratch database, which the next call sweeps. */
static void build_drop_old(const struct building *building)
{
    struct error err OWNED(error_release) = {0};

    if (building->old != NULL && !build_drop(building, building->old, &err))
        log_warning(&err);
}

static bool build_go_through(const struct building *building, bool *changed, struct error *err)
{
    const struct session *session = building->session;
    char *mark OWNED(memory_free_string) =
        plan_template_mark(session->scope, &session->lease, &building->facts->fingerprint);

    if (!build_begin(building, mark, err) || !build_fill(building, err) ||
        !template_facts_reread(building->facts, session->scope, changed, err))
        return false;
    if (*changed)
        return build_drop(building, building->scratch, err);
    if (!build_is_still_ours(building, err) || !build_publish(building, mark, err))
        return false;
    build_drop_old(building);
    return true;
}

bool template_build(struct session *session, const struct template_facts *facts,
                    const struct inventory *found, bool *changed, struct error *err)
{
    int64_t began_ms = clock_now_ms();
    struct building building OWNED(building_release) = {
        .session = session,
        .facts = facts,
        .name = session->scope->built->name,
        .scratch = lease_scratch_name(&session->lease, 0),
    };
    const struct inventory_database *there = inventory_find(found, building.name);

    if (!build_sweep(session, found, err) ||
        (there != NULL && there->invalid && !build_drop_invalid(&building, err)))
        return false;
    if (there != NULL && !there->invalid)
        building.old = lease_scratch_name(&session->lease, 1);
    if (!build_go_through(&building, changed, err)) {
        take_back(session, false);
        return false;
    }
    if (!*changed)
        log_message(LOG_VERBOSE, "built template \"%s\" (%" PRId64 " ms)", building.name,
                    clock_now_ms() - began_ms);
    return true;
}
