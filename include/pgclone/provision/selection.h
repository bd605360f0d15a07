/* Which of the databases on a server are meant by `drop`, `list` and the sweep. Pure: judges what a
 * look has found, and changes nothing. */
#ifndef PGCLONE_PROVISION_SELECTION_H
#define PGCLONE_PROVISION_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/provision/inventory.h"

/** What was asked for. All lists are borrowed; NULL is an empty one. */
struct selection {
    bool all;             /**< every one of the project */
    bool templates;       /**< `all` takes built templates, too */
    bool every_project;   /**< of any project */
    bool stale;           /**< narrows to those that a dead process left behind */
    bool held;            /**< also what living runs hold */
    int64_t own_run;      /**< the key of the lease of the run that the caller is in: what was made
                             inside      it is not held from the caller; 0: none */
    int64_t older_than_s; /**< `stale` takes those of a plain `create`, too, from this age on; 0:
                             never */
    time_t now;           /**< for the age */
    const struct strings *names;   /**< exactly these */
    const struct strings *run_ids; /**< narrows to these runs, where not empty */
    const struct strings *workers; /**< narrows to these workers, where not empty */
};

enum selection_verdict {
    SELECTION_IGNORED, /**< not selected */
    SELECTION_TAKEN,
    SELECTION_HELD,     /**< selected, but a living process holds it */
    SELECTION_UNMARKED, /**< selected by name, but not made by pgclone: guard G7 */
};

/** What a selection means for one database. */
enum selection_verdict selection_judge(const struct inventory_database *database,
                                       const struct selection *selection, const char *project);

/** A database that was selected. */
struct selected {
    const struct inventory_database *database; /**< borrowed from the inventory */
    char *kept; /**< why it is to stay as it is, owned; NULL when it is taken */
};

/** In natural order of their names, those of one project together. */
struct selected_list {
    struct selected *items; /**< owned */
    size_t count;
};

/** Puts the list into that order. */
void selected_list_sort(struct selected_list *list);

/**
 * Selects from an inventory, which must outlive the list. ERROR_GUARD (G7) when a database that was
 * selected by name was not made by pgclone. `out` must be empty, and is untouched on failure.
 */
bool selection_find(const struct inventory *inventory, const struct selection *selection,
                    const char *project, struct selected_list *out, struct error *err);

/**
 * Whether the selection could mean more as soon as the server notices that a process was killed a
 * moment ago: a lease that is held keeps a database from it, or goes with sessions that are still
 * making one. `own_key` is the caller's own lease.
 */
bool selection_could_grow(const struct inventory *inventory, const struct selection *selection,
                          const char *project, int64_t own_key);

/**
 * What to say where nothing was found: which other projects have databases that are meant once the
 * project is named. NULL where the project itself has databases, or no other has. The caller frees
 * it.
 */
char *selection_hint_elsewhere(const struct inventory *inventory, const struct selection *selection,
                               const char *project);

/** Frees everything and leaves it empty. */
void selected_list_release(struct selected_list *list);

#endif
