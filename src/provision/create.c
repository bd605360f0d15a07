#include "pgclone/provision/create.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/create_parts.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/take_back.h"
#include "pgclone/provision/template_ready.h"

void create_begin(struct session *session, bool dry_run, struct create *out)
{
    *out = (struct create){
        .session = session, .dry_run = dry_run, .swept = {.dry_run = dry_run, .settle = true}};
}

void create_release(struct create *create)
{
    look_release(&create->look);
    look_release(&create->second);
    plan_release(&create->plan);
    drop_work_release(&create->swept);
    *create = (struct create){0};
}

/* ------------------------------------------------------------------------------------------ plan
 */

/* What dead processes of this project left behind, but for what is to be replaced anyway. */
static bool create_select_swept(struct create *create, struct error *err)
{
    const struct scope *scope = create->session->scope;
    const struct selection selection = {.all = true, .stale = true};

    if (!selection_find(&create->look.found, &selection, scope->project, &create->swept.selected,
                        err))
        return false;
    for (size_t i = 0; i < create->swept.selected.count; i++) {
        struct selected *selected = &create->swept.selected.items[i];

        for (size_t j = 0; j < scope->worker_count; j++)
            if (strcmp(selected->database->name, scope->names[j]) == 0)
                memory_replace_string(&selected->kept, "it is a worker's");
    }
    return true;
}

/* Whoever looks for databases that are gone with a run, or that a run has left, wants to know. */
static void create_say_whose(const struct scope *scope, const struct inventory *found)
{
    if (scope->enclosing == NULL)
        return;
    if (enclosing_run_on(scope->enclosing, found) != NULL)
        log_message(LOG_VERBOSE, "the databases belong to the run that this command is in");
    else
        log_message(LOG_VERBOSE, "the databases do not belong to the run that this command is in: "
                                 "its lease is not held on this server");
}

static bool create_make_plan(struct create *create, struct error *err)
{
    const struct scope *scope = create->session->scope;
    const struct inventory *found = &create->look.found;

    create_say_whose(scope, found);
    create->choice = strategy_choose(scope->settings, found,
                                     session_server_version(create->session), scope->worker_count);
    log_message(LOG_VERBOSE, "strategy %s (%s), %zu at once",
                settings_strategy_name(create->choice.strategy), create->choice.reason,
                create->choice.create_width);
    plan_create(scope, found, &create->session->lease, &create->choice, create->swaps,
                &create->plan);
    return create_select_swept(create, err);
}

/* ------------------------------------------------------------------------- going on, and failing
 */

static enum step create_after_sweeping(struct create *create, struct error *err)
{
    struct plan *plan = &create->plan;
    bool looks = create->second.request.catalog.name_count > 0;
    enum step step = looks ? look_step(&create->second, err) : STEP_DONE;

    if (step != STEP_DONE)
        return step;
    drop_plan(&create->second.found, &create->swept);
    plan_add_sweep(plan, create->swept.jobs, create->swept.job_count);
    if (!create->dry_run)
        return create_run(create, plan->make, plan->make_count, create->choice.create_width,
                          CREATE_MAKES);
    create->phase = CREATE_IS_DONE;
    return STEP_DONE;
}

/* A build has the session to itself, and its programs the signals. */
static enum step create_ready_template(struct create *create, struct error *err)
{
    struct template_ready ready = {.dry_run = create->dry_run};
    const struct scope *scope = create->session->scope;

    if (scope_makes_template(scope) && !template_ready(create->session, &ready, err))
        return STEP_FAILED;
    if (ready.missing)
        log_message(LOG_NORMAL, "the template \"%s\" would be built first",
                    scope->template_name[0] != '\0' ? scope->template_name : scope_source(scope));
    create_begin_look(create);
    return look_step(&create->look, err);
}

static enum step create_after_looking(struct create *create, struct error *err)
{
    enum step step = look_step(&create->look, err);
    struct look_request request;

    if (step == STEP_FAILED && create->template_is_gone) {
        log_message(LOG_VERBOSE, "the template \"%s\" was dropped a moment ago",
                    create->session->scope->template_name);
        look_release(&create->look);
        return create_ready_template(create, err);
    }
    if (step != STEP_DONE)
        return step;
    if (!create_make_plan(create, err))
        return STEP_FAILED;
    create->phase = CREATE_SWEEPS;
    request = drop_lock_request(&create->swept);
    look_begin(create->session, &request, &create->second);
    return create_after_sweeping(create, err);
}

/* What was swept is gone also where a database could not be made. */
static enum step create_after_making(struct create *create, struct error *err)
{
    const struct plan *plan = &create->plan;
    bool made = session_finish(create->session, NULL, err);

    drop_say(plan->make + plan->count, plan->make_count - plan->count, "swept");
    return made ? create_unlock(create) : STEP_FAILED;
}

static enum step create_after_checking(struct create *create, struct error *err)
{
    enum step step = look_step(&create->second, err);

    if (step != STEP_DONE)
        return step;
    return guard_replaced(create->session->scope, &create->second.found, err)
               ? create_publish(create)
               : STEP_FAILED;
}

static enum step create_advance(struct create *create, struct error *err)
{
    switch (create->phase) {
    case CREATE_READIES:
        return create_ready_template(create, err);
    case CREATE_LOOKS:
        return create_after_looking(create, err);
    case CREATE_SWEEPS:
        return create_after_sweeping(create, err);
    case CREATE_MAKES:
        return create_after_making(create, err);
    case CREATE_UNLOCKS:
        return session_finish(create->session, NULL, err) ? create_check(create) : STEP_FAILED;
    case CREATE_CHECKS:
        return create_after_checking(create, err);
    case CREATE_PUBLISHES:
        return session_finish(create->session, NULL, err) ? create_watch(create) : STEP_FAILED;
    case CREATE_WATCHES:
        return session_finish(create->session, NULL, err) ? create_drop_old(create) : STEP_FAILED;
    case CREATE_DROPS_OLD:
        (void)session_finish(create->session, NULL, NULL); /* a warning was enough */
        create->phase = CREATE_IS_DONE;
        break;
    case CREATE_IS_DONE:
        break;
    }
    return STEP_DONE;
}

/* A database that was closed to be swapped, and was not, is opened again. */
static void create_open_again(struct create *create)
{
    struct plan *plan = &create->plan;
    struct error err OWNED(error_release) = {0};
    struct job *jobs = memory_new(plan->count, sizeof *jobs);
    size_t count = 0;

    for (size_t i = 0; create->swaps && i < plan->count; i++) {
        if (plan->publish[i].state == JOB_DONE || plan->publish[i].started_ms == 0)
            continue;
        job_init(&jobs[count], plan->publish[i].label);
        job_add(&jobs[count], sql_allow_connections(plan->publish[i].label, true), NULL,
                "open database \"%s\"", plan->publish[i].label);
        jobs[count++].optional = true;
    }
    if (count > 0 && !session_run(create->session, NULL, jobs, count, count, &err))
        log_warning(&err);
    job_release_all(jobs, count);
}

enum step create_step(struct create *create, struct error *err)
{
    enum step step = create_advance(create, err);

    if (step != STEP_FAILED || create->phase < CREATE_MAKES)
        return step;
    for (struct error *one = err; one != NULL; one = one->next)
        plan_explain(one);
    /* What has been swapped has its name, and is whole. */
    take_back(create->session, create->swaps);
    create_open_again(create);
    return STEP_FAILED;
}

/* --------------------------------------------------------------------------------------- outcome
 */

void create_report(const struct create *create, struct create_outcome *out)
{
    static const char *const verbs[] = {"created", "replaced", "kept"};
    const struct scope *scope = create->session->scope;
    const struct plan *plan = &create->plan;

    *out = (struct create_outcome){
        .statuses = memory_new(scope->worker_count, sizeof *out->statuses),
        .elapsed_ms = memory_new(scope->worker_count, sizeof *out->elapsed_ms),
        .count = scope->worker_count,
        .strategy = settings_strategy_name(create->choice.strategy),
        .server_version = session_server_version(create->session),
    };
    for (size_t i = 0; i < out->count; i++)
        out->statuses[i] = CREATE_KEPT;
    for (size_t i = 0; i < plan->count; i++) {
        const struct job *make = &plan->make[i];
        const struct job *publish = &plan->publish[i];
        size_t worker = plan->workers[i];
        bool replaced = inventory_find(&create->look.found, make->label) != NULL;

        out->statuses[worker] = replaced ? CREATE_REPLACED : CREATE_CREATED;
        if (publish->state == JOB_DONE)
            out->elapsed_ms[worker] =
                make->finished_ms - make->started_ms + publish->finished_ms - publish->started_ms;
    }
    for (size_t i = 0; create->phase == CREATE_IS_DONE && i < out->count; i++)
        log_message(LOG_VERBOSE, "%s database \"%s\" (%" PRId64 " ms)", verbs[out->statuses[i]],
                    scope->workers[i].name, out->elapsed_ms[i]);
}

void create_outcome_release(struct create_outcome *outcome)
{
    free(outcome->statuses);
    free(outcome->elapsed_ms);
    *outcome = (struct create_outcome){0};
}

bool create_is_making(const struct create *create)
{
    return create->phase >= CREATE_MAKES;
}

bool create_finish(struct create *create, struct error *err)
{
    enum step step;

    while ((step = create_step(create, err)) == STEP_WAITS)
        session_wait(create->session);
    return step == STEP_DONE;
}

bool create_databases(struct session *session, struct strbuf *plan_only, struct create_outcome *out,
                      struct error *err)
{
    struct create create OWNED(create_release) = {0};

    create_begin(session, plan_only != NULL, &create);
    if (!create_finish(&create, err))
        return false;
    if (plan_only != NULL)
        plan_print(&create.plan, plan_only);
    else
        create_report(&create, out);
    return true;
}
