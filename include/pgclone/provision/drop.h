/* The operation behind `drop`: databases that pgclone made, and nothing else, ever. */
#ifndef PGCLONE_PROVISION_DROP_H
#define PGCLONE_PROVISION_DROP_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/selection.h"
#include "pgclone/provision/session.h"

/** What is to be dropped, how, and the jobs that do it. */
struct drop_work {
    /* Asked for. */
    struct selected_list selected;
    bool dry_run;    /**< nothing is locked, waited for or dropped */
    bool settle;     /**< as in a look's request */
    bool held;       /**< also what others are at work on */
    int patience_ms; /**< how long others at work on these databases are waited for */

    struct job *jobs; /**< for those that are not kept, in the order of `selected` */
    size_t job_count;
    const char **names; /**< of those that are looked at again; the list is owned */
};

/**
 * What is to be looked at before anything is dropped, with a lock on the name of everything that is
 * selected and not kept: another pgclone may have put a living database in its place by now.
 * Where `name_count` is 0 there is nothing to look at. Borrows from `work`, which must stay where
 * it is.
 */
struct look_request drop_lock_request(struct drop_work *work);

/** Makes the jobs, from what that look has found. What somebody else is at work on, or has
 * replaced, is kept; with `held` only the latter. */
void drop_plan(const struct inventory *again, struct drop_work *work);

/** Looks with the locks, makes the jobs and runs them. `inventory` is what was selected from. After
 * a failure `work->jobs` is NULL where no jobs were made. */
bool drop_selected(struct session *session, const struct inventory *inventory,
                   struct drop_work *work, struct error *err);

/** Says with -v which of these jobs are done: a line for each, "dropped database …" where `verb` is
 * "dropped". */
void drop_say(const struct job *jobs, size_t count, const char *verb);

/** Adds what came of it to `lines`: `dropped NAME`, `would drop NAME`, `kept NAME: reason`. Nothing
 * where no jobs were made. */
void drop_report(const struct drop_work *work, struct strbuf *lines);

/** Frees everything and leaves it empty. */
void drop_work_release(struct drop_work *work);

/**
 * Drops what is selected. Each database's line, "dropped NAME" or "kept NAME: reason", is added to
 * `lines` in natural order, also of those that failed. With `dry_run` nothing is changed, and the
 * lines say "would drop NAME". Where the project has no databases, the log names projects that
 * have. ERROR_GUARD (G7) when a name is not ours: nothing is dropped then.
 */
bool drop_databases(const struct scope *scope, const struct selection *selection, bool dry_run,
                    struct strbuf *lines, struct error *err);

#endif
