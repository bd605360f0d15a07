#include "pgclone/provision/plan.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/sqlstate.h"
#include "pgclone/provision/plan_losses.h"
#include "pgclone/provision/plan_mark.h"
#include "pgclone/provision/stored.h"
#include "pgclone/provision/undo.h"

/* An empty database is a copy of template0: nobody may connect to it, so it is never busy, and
 * nothing a site added to template1 is in it. */
static const char empty_template[] = IDENTITY_EMPTY_DATABASE;

/* The server refuses to end a session of another role, for which it also takes autovacuum's. */
static const char insufficient_privilege[] = SQLSTATE_INSUFFICIENT_PRIVILEGE;

/* ---------------------------------------------------------------------------------------- jobs */

/* `stored`: a copy that is there already (stored.h), or NULL. */
static void plan_make_job(const struct scope *scope, const struct inventory *inventory,
                          const struct strategy_choice *choice, const char *stored,
                          const char *scratch, char *mark, const char *name, struct job *job)
{
    const struct settings *settings = scope->settings;
    const char *owner = settings->owner != NULL ? settings->owner : inventory->role;
    const char *user = url_get(&scope->url, "user");
    const char *grant_to = settings->grant_to != NULL ? settings->grant_to : user;
    const struct sql_create create = {
        .name = scratch,
        .template_name = scope->template_name != NULL ? scope->template_name : empty_template,
        .strategy = choice->word,
        .owner = settings->owner,
    };

    if (grant_to == NULL)
        grant_to = inventory->role;
    job_init(job, name);
    if (stored == NULL && choice->strategy == STRATEGY_CLONE)
        job_add(job, memory_copy_string(sql_clone_files), NULL, "have files cloned");
    job_add(job, stored != NULL ? sql_rename(stored, scratch) : sql_create_database(&create), NULL,
            "create database \"%s\"", name);
    job_add(job, sql_comment(scratch, mark), NULL, "mark database \"%s\"", name);
    if (scope->template_name != NULL)
        plan_add_losses(inventory, scratch, owner, job);
    job_add(job, sql_grant_all(scratch, grant_to), NULL, "grant all privileges on \"%s\" to \"%s\"",
            name, grant_to);
}

/*
 * What goes before a scratch database has its name is lost by nobody if the server crashes: it
 * waits for no disk (but for CREATE DATABASE, which always does). With what comes last all of it is
 * durable, as the write-ahead log is written in order.
 */
void plan_add_wait_for_disk(struct job *job)
{
    job_add(job, memory_copy_string(sql_reset_commit), NULL, "wait for the disk again");
}

/* Without FORCE the server ends autovacuum's sessions by itself, and waits 5 s for any others. */
void plan_add_drop(const char *name, const char *verb, struct job *job)
{
    job_add(job, sql_drop(name), NULL, "%s database \"%s\"", verb, name);
    job_otherwise(job, insufficient_privilege, sql_drop_unforced(name));
}

static void plan_publish_job(const char *scratch, const struct scope_worker *worker, bool replaces,
                             struct job *job)
{
    job_init(job, worker->name);
    if (replaces)
        plan_add_drop(worker->name, "replace", job);
    plan_add_wait_for_disk(job);
    job_add(job, sql_rename(scratch, worker->name), NULL, "rename to \"%s\"", worker->name);
}

/* The new database takes the old one's place at once. */
static void plan_reset_job(const char *scratch, const char *old, const char *mark,
                           const struct scope_worker *worker, struct job *job)
{
    job_init(job, worker->name);
    plan_add_wait_for_disk(job);
    plan_add_swap(job, worker->name, old, scratch, mark, false);
}

static void plan_add_old(const char *old, struct plan *plan)
{
    struct job *job = &plan->old[plan->old_count++];

    job_init(job, old);
    plan_add_drop(old, "drop the old", job);
    job->optional = true;
}

void plan_copy(const struct scope *scope, const struct inventory *inventory,
               const struct lease *lease, const struct strategy_choice *choice, const char *scratch,
               const char *name, struct job *out)
{
    char *mark OWNED(memory_free_string) = plan_mark(scope, lease, name, MARK_USE_SPARE);

    plan_make_job(scope, inventory, choice, NULL, scratch, mark, name, out);
    job_add(out, sql_rename(scratch, name), NULL, "rename to \"%s\"", name);
}

/* A session of ours that notes its changes may be in it. */
static void plan_add_leave(const char *copy, bool visited, struct job *job)
{
    if (visited)
        job_add(job, sql_end_sessions(copy), NULL, "leave the copy \"%s\"", copy);
}

void plan_add_hand_over(struct job *job, const char *copy, const char *name, const char *mark,
                        bool visited)
{
    plan_add_leave(copy, visited, job);
    job_add(job, sql_rename_and_comment(copy, name, mark), NULL, "rename to \"%s\"", name);
}

void plan_add_swap(struct job *job, const char *name, const char *old, const char *copy,
                   const char *mark, bool visited)
{
    job_add(job, sql_allow_connections(name, false), NULL, "close database \"%s\"", name);
    job_add(job, sql_end_sessions(name), NULL, "end the sessions of \"%s\"", name);
    plan_add_leave(copy, visited, job);
    job_add(job, sql_swap(name, old, copy, mark), NULL, "replace database \"%s\"", name);
}

bool plan_name_is_taken(const struct error *err)
{
    return strcmp(err->sqlstate, SQLSTATE_DUPLICATE_DATABASE) == 0 ||
           strcmp(err->sqlstate, SQLSTATE_UNIQUE_VIOLATION) == 0;
}

void plan_explain_hand_over(struct error *err, const char *name, bool of_worker)
{
    if (!plan_name_is_taken(err)) {
        plan_explain(err);
        return;
    }
    error_set(err, ERROR_GUARD,
              "the database \"%s\" is there already, and this run has not handed it out", name);
    if (of_worker)
        error_hint(err, "Drop or rename that database yourself, or give the run another --name.");
    else
        error_hint(err, "Ask for another name: pgclone never replaces what it did not make.");
}

void plan_explain(struct error *err)
{
    if (plan_name_is_taken(err)) {
        err->kind = ERROR_GUARD;
        error_hint(err, "Somebody else made that database a moment ago: drop or rename it "
                        "yourself, or choose another --name.");
    } else if (err->kind == ERROR_BUSY && err->hint == NULL) {
        error_hint(err, "Close those sessions, wait longer with --wait, or let pgclone end them "
                        "with --disconnect-template.");
    }
}

/* Whether a worker's database is there already and stays (`existing: keep`). */
static bool plan_keeps(const struct scope *scope, const struct inventory_database *database)
{
    return database != NULL && !database->invalid && scope->settings->existing == EXISTING_KEEP;
}

void plan_create(const struct scope *scope, const struct inventory *inventory,
                 const struct lease *lease, const struct strategy_choice *choice, bool swaps,
                 struct plan *out)
{
    const struct enclosing_run *run = enclosing_run_on(scope->enclosing, inventory);

    *out = (struct plan){
        .make = memory_new(scope->worker_count, sizeof *out->make),
        .publish = memory_new(scope->worker_count, sizeof *out->publish),
        .old = memory_new(scope->worker_count, sizeof *out->old),
        .begin =
            scope->watched != NULL ? memory_new(scope->worker_count, sizeof *out->begin) : NULL,
        .workers = memory_new(scope->worker_count, sizeof *out->workers),
    };
    for (size_t i = 0; i < scope->worker_count; i++) {
        const struct scope_worker *worker = &scope->workers[i];
        const struct inventory_database *there = inventory_find(inventory, worker->name);
        char *scratch OWNED(memory_free_string) = lease_scratch_name(lease, (int)i);
        char *old OWNED(memory_free_string) =
            lease_scratch_name(lease, (int)(scope->worker_count + i));
        char *mark OWNED(memory_free_string) =
            plan_mark_inside(scope, lease, run, worker->id, MARK_USE_WORKER);

        if (plan_keeps(scope, there))
            continue;
        /* A create inside a run may be one of several at the same time. */
        plan_make_job(scope, inventory, choice,
                      run == NULL ? stored_find(inventory, scope, out->count) : NULL, scratch, mark,
                      worker->name, &out->make[out->count]);
        out->replaces = out->replaces || there != NULL;
        if (there != NULL && swaps) {
            plan_reset_job(scratch, old, mark, worker, &out->publish[out->count]);
            plan_add_old(old, out);
        } else {
            plan_publish_job(scratch, worker, there != NULL, &out->publish[out->count]);
        }
        if (out->begin != NULL)
            undo_begin(worker->name, &out->begin[out->count]);
        out->workers[out->count++] = i;
    }
    out->make_count = out->count;
}

void plan_add_sweep(struct plan *plan, struct job *jobs, size_t count)
{
    plan->make = memory_resize(plan->make, plan->make_count + count, sizeof *plan->make);
    for (size_t i = 0; i < count; i++) {
        plan->make[plan->make_count] = jobs[i];
        plan->make[plan->make_count++].optional = true;
        jobs[i] = (struct job){0};
    }
}

/* Adds the statements of `count` jobs, one a line. */
static void plan_print_jobs(const struct job *jobs, size_t count, struct strbuf *out)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < jobs[i].count; j++)
            strbuf_printf(out, "%s;\n", jobs[i].statements[j].sql);
}

void plan_print(const struct plan *plan, struct strbuf *out)
{
    for (size_t i = 0; i < plan->count; i++) {
        plan_print_jobs(&plan->make[i], 1, out);
        plan_print_jobs(&plan->publish[i], 1, out);
    }
    plan_print_jobs(plan->make + plan->count, plan->make_count - plan->count, out);
}

void plan_release(struct plan *plan)
{
    job_release_all(plan->make, plan->make_count);
    job_release_all(plan->publish, plan->count);
    job_release_all(plan->old, plan->old_count);
    if (plan->begin != NULL)
        job_release_all(plan->begin, plan->count);
    free(plan->workers);
    *plan = (struct plan){0};
}
