/*
 * The plan of a create: for each database the statements to send, in order. Made without a server
 * from what the look found; printed by --dry-run, run by the engine, the same one.
 *
 * What dead processes of the same project have left behind is dropped in the same plan.
 *
 * Two stages. `make` builds every database under a scratch name: CREATE, the mark, what TEMPLATE
 * loses, the grant. `publish` drops what is replaced and renames, once all of them could be made:
 * so a create that fails has replaced nothing, and whatever bears a worker's name is complete.
 */
#ifndef PGCLONE_PROVISION_PLAN_H
#define PGCLONE_PROVISION_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/job.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/lease.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/strategy.h"

struct plan {
    struct job *make;    /**< `count` databases, then `make_count` - `count` that are swept */
    struct job *publish; /**< `count` */
    struct job
        *begin;      /**< `count`, in the databases: they note what they are like; NULL: no need */
    struct job *old; /**< `old_count`: what was swapped is dropped */
    size_t old_count;
    size_t *workers; /**< for each of the `count` the index of its worker */
    size_t count;    /**< databases that are kept have no job */
    size_t make_count;
    bool replaces; /**< whether `publish` drops anything */
};

/** Makes the plan. Inside a run that lives on this server the databases get its lease, while their
 * scratch names have `lease`. With `swaps` a database that is replaced bears its name until the new
 * one takes its place in one transaction (plan_add_swap()). `out` must be empty. */
void plan_create(const struct scope *scope, const struct inventory *inventory,
                 const struct lease *lease, const struct strategy_choice *choice, bool swaps,
                 struct plan *out);

/**
 * Adds jobs that remove what dead processes have left behind, taking them over. They come after the
 * databases themselves, and their failure is a warning.
 */
void plan_add_sweep(struct plan *plan, struct job *jobs, size_t count);

/** A job that makes a copy under its scratch name, marks it as a spare, and gives it its own name.
 */
void plan_copy(const struct scope *scope, const struct inventory *inventory,
               const struct lease *lease, const struct strategy_choice *choice, const char *scratch,
               const char *name, struct job *out);

/** Adds that a copy gets another name and a mark, in one transaction. `visited`: sessions of
 * pgclone's own may be in the copy, and are ended first. */
void plan_add_hand_over(struct job *job, const char *copy, const char *name, const char *mark,
                        bool visited);

/**
 * Adds that the database `name` is replaced by a copy: it is closed to new sessions, its sessions
 * are ended, and in one transaction it becomes `old`, and the copy gets its name and the mark. So
 * at every instant the name is borne by one whole database. `visited` as above.
 */
void plan_add_swap(struct job *job, const char *name, const char *old, const char *copy,
                   const char *mark, bool visited);

/** Whether a job failed since another database has the name already. */
bool plan_name_is_taken(const struct error *err);

/** Says of a failed job what the server's codes do not: whose doing it is, and what to do about it.
 */
void plan_explain(struct error *err);

/** The same where a copy was to get a name, which nobody has looked for before: what bears it is
 * most often no newcomer. `of_worker`: nobody has asked for that very name. */
void plan_explain_hand_over(struct error *err, const char *name, bool of_worker);

/** Adds the dropping of a database to a job. `verb` is for messages: "drop" or "replace". */
void plan_add_drop(const char *name, const char *verb, struct job *job);

/** Has what comes next in a job wait until it is durable; what came before it is so then, too. */
void plan_add_wait_for_disk(struct job *job);

/** Adds the plan's statements, one a line, each database's together and in order. */
void plan_print(const struct plan *plan, struct strbuf *out);

/** Frees everything and leaves it empty. */
void plan_release(struct plan *plan);

#endif
