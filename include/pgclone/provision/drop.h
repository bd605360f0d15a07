/* The operation behind `drop`: databases that pgclone made, and nothing else, ever. */
#ifndef PGCLONE_PROVISION_DROP_H
#define PGCLONE_PROVISION_DROP_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/selection.h"
#include "pgclone/provision/session.h"

/** The databases that were selected, and the jobs that drop those of them that are not kept. */
struct drop_work {
    struct selected_list selected;
    struct job *jobs; /**< in the order of `selected` */
    size_t job_count;
};

/**
 * Locks the names of what is in `work->selected` and not kept, and looks at it again, since another
 * pgclone may have put a living database in its place in between; then makes the jobs. With
 * `dry_run` takes no locks, and with `held` needs none. Waits up to `patience_ms` for others at
 * work on the same names.
 */
bool drop_prepare(struct session *session, bool dry_run, bool held, int patience_ms,
                  struct drop_work *work, struct error *err);

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
