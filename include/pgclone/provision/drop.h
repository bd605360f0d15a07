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

/** The databases that were selected, and the jobs that drop those of them that are not kept. */
struct drop_work {
    struct selected_list selected;
    struct job *jobs; /**< in the order of `selected` */
    size_t job_count;
    const char **names; /**< those that are locked, borrowed from `selected`; the list is owned */
    int patience_ms;    /**< for others at work on them */
};

/**
 * Begins the look that locks the names of what is in `work->selected` and not kept, since another
 * pgclone may have put a living database in its place by now. With `dry_run` nothing is locked or
 * waited for. Others at work on the same names are waited for up to `patience_ms`. `prewarm` as in
 * a look's request. The work must stay where it is until the look is released.
 */
void drop_begin_lock(struct session *session, bool dry_run, int patience_ms, size_t prewarm,
                     struct drop_work *work, struct look *out);

/** A step of that look; it is done at once where there is nothing to lock. */
enum step drop_step_lock(struct look *look, struct error *err);

/** Makes the jobs, from what the look with the locks has found. What somebody else is at work on,
 * or has replaced, is kept; with `held` only the latter. */
void drop_plan(const struct inventory *again, bool held, struct drop_work *work);

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
