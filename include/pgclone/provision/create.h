/*
 * The operation behind `create`: every worker's database, all or none. It goes on in steps, so that
 * something else can happen meanwhile: look, guard, make, publish. Before them, and in one step, a
 * template is built that is to be built and is not there.
 */
#ifndef PGCLONE_PROVISION_CREATE_H
#define PGCLONE_PROVISION_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/drop.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/plan.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/strategy.h"
#include "pgclone/provision/template_wait.h"

enum create_status { CREATE_CREATED, CREATE_REPLACED, CREATE_KEPT };

struct create_outcome {
    enum create_status *statuses; /**< a status for each worker of the scope */
    int64_t *elapsed_ms;          /**< for each worker */
    size_t count;
    const char *strategy; /**< static */
    int server_version;
};

enum create_phase {
    CREATE_READIES,   /* the template, where it is one that is built */
    CREATE_LOOKS,     /* guards pass, and nobody is in the template */
    CREATE_SWEEPS,    /* what dead processes have left is locked and looked at again */
    CREATE_MAKES,     /* every database under a scratch name */
    CREATE_UNLOCKS,   /* the names of what was swept */
    CREATE_CHECKS,    /* whether what is to be replaced is still ours */
    CREATE_PUBLISHES, /* every database gets its name */
    CREATE_WATCHES,   /* databases that note their changes note what they are like */
    CREATE_DROPS_OLD, /* what was swapped for a new one goes */
    CREATE_IS_DONE,
};

struct create {
    struct session *session; /**< borrowed */
    bool dry_run;            /**< ends with the plan made, and changes nothing */
    bool swaps;  /**< what is replaced keeps its name until then: set it before the first step */
    bool silent; /**< shows no progress, as somebody else has the terminal */
    struct plan plan;

    /* The create's own. */
    enum create_phase phase;
    bool template_is_gone; /* since it was found or built */
    struct look look;      /* what the plan was made from */
    struct look second;    /* to lock what is swept, and to check what is replaced */
    struct template_wait wait;
    struct strategy_choice choice;
    struct drop_work swept;
};

/** Gets ready to make the databases of the session's scope, whose workers are named. `out` must
 * stay where it is until create_release(). */
void create_begin(struct session *session, bool dry_run, struct create *out);

/**
 * Goes on as far as can be without waiting, from what dead processes of the same project have left
 * behind, which is removed, to the last database. On failure everything that was made is gone again
 * when this returns, which may take some time, and `err` has every failure in worker order.
 */
enum step create_step(struct create *create, struct error *err);

/** Whether the guards have been passed and the names are ours: the making has begun. */
bool create_is_making(const struct create *create);

/** Goes on to the end, and waits. */
bool create_finish(struct create *create, struct error *err);

/** What was made or, before create_step() has said that it is done, is to be made. `out` must be
 * empty. */
void create_report(const struct create *create, struct create_outcome *out);

/** Frees everything and leaves it empty. */
void create_release(struct create *create);

/** A whole create. With `plan_only` not NULL nothing is changed, and the statements are added there
 * instead. */
bool create_databases(struct session *session, struct strbuf *plan_only, struct create_outcome *out,
                      struct error *err);

/** Frees everything and leaves it empty. */
void create_outcome_release(struct create_outcome *outcome);

#endif
