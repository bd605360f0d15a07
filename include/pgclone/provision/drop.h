/* The operation behind `drop`: databases that pgclone made, and nothing else, ever. */
#ifndef PGCLONE_PROVISION_DROP_H
#define PGCLONE_PROVISION_DROP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/session.h"

/** Which databases (contract, section 6). All lists are borrowed. */
struct drop_selection {
    bool all;             /**< every one of the project */
    bool every_project;   /**< of any project */
    bool stale;           /**< narrows to those that a dead process left behind */
    bool held;            /**< also what living runs hold */
    int64_t older_than_s; /**< `stale` takes those of a plain `create`, too, from this age on; 0:
                             never */
    time_t now;           /**< for the age */
    const struct strings *names;   /**< exactly these */
    const struct strings *run_ids; /**< narrows to these runs, where not empty */
    const struct strings *workers; /**< narrows to these workers, where not empty */
};

enum drop_verdict {
    DROP_IGNORED, /**< not selected */
    DROP_SELECTED,
    DROP_HELD,     /**< selected, but a living process holds it */
    DROP_UNMARKED, /**< selected by name, but not ours: guard G7 */
};

/** What a selection means for one database. Pure. */
enum drop_verdict drop_judge(const struct inventory_database *database,
                             const struct drop_selection *selection, const char *project);

/** A database that was selected, and what comes of it. */
struct drop_target {
    char *name;
    char *lease; /**< as it was found */
    char *kept;  /**< why it is kept, or NULL */
    size_t job;  /**< its job's index, where it is not kept */
};

/** The databases that a selection found, and the jobs that drop them. */
struct drop_work {
    struct drop_target *targets; /**< in order of name */
    size_t target_count;
    struct job *jobs;
    size_t job_count;
};

/**
 * Selects from an inventory. ERROR_GUARD (G7) when a name is not ours. `work` must be empty.
 */
bool drop_select(const struct inventory *inventory, const struct drop_selection *selection,
                 const char *project, struct drop_work *work, struct error *err);

/**
 * Locks what was selected by name and looks at it again, since another pgclone may have put a
 * living database in its place in between; then makes the jobs. With `dry_run` takes no locks, and
 * with `held` needs none. Waits up to `patience_ms` for others at work on the same names.
 */
bool drop_prepare(struct session *session, bool dry_run, bool held, int patience_ms,
                  struct drop_work *work, struct error *err);

/** Frees everything and leaves it empty. */
void drop_work_release(struct drop_work *work);

/**
 * Drops what is selected. Each database's line, "dropped NAME" or "kept NAME: reason", is added to
 * `lines` in order of name, also of those that failed; with `dry_run` nothing is changed.
 * ERROR_GUARD (G7) when a name is not ours: nothing is dropped then.
 */
bool drop_databases(const struct scope *scope, const struct drop_selection *selection, bool dry_run,
                    struct strbuf *lines, struct error *err);

#endif
