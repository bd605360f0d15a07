/* What one look at the server's catalog found, and what it means. */
#ifndef PGCLONE_PROVISION_INVENTORY_H
#define PGCLONE_PROVISION_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/postgres/results.h"
#include "pgclone/provision/holders.h"
#include "pgclone/provision/lease.h"
#include "pgclone/provision/mark.h"

/** A database that the look asked for. Strings that are not in `mark` are borrowed from the
 * results. */
struct inventory_database {
    const char *name;
    bool marked;
    struct mark mark;            /**< valid where `marked` */
    char lease[LEASE_TEXT_SIZE]; /**< of the mark or the scratch name; "" when neither */
    bool scratch;                /**< bears a scratch name */
    bool held;                   /**< its lease is held by a living process */
    bool invalid;                /**< left by an interrupted DROP: can only be dropped */
    bool is_template;
    bool is_open; /**< sessions may connect to it */
    int64_t sessions;
    int64_t size_bytes; /**< -1 where not asked for or not allowed */
};

struct inventory_template {
    bool found;
    const char *owner;
    bool owned; /**< the connecting role has the owner's privileges */
    bool is_template;
    bool invalid;
    bool has_grants;
    int connection_limit;
    const char *folder; /**< in the data directory; NULL when in another tablespace */
    int64_t size_bytes; /**< -1 where not known */
    int64_t files;      /**< 0 where not known; set by whoever asks for it after the look */
    bool no_clones;     /**< known to be on a file system that cannot clone files; set like `files`
                         */
};

struct inventory_role {
    bool found;
    bool inherits; /**< the connecting role has its privileges */
    bool may_set;  /**< the connecting role may SET ROLE to it */
};

struct inventory {
    struct results results;
    int pid;          /**< of the backend that answered */
    const char *role; /**< the connecting role */
    bool superuser;
    bool createdb;
    bool recovery;
    bool template_used; /**< the lock that keeps the template from being pruned is had */
    bool fsync;
    bool clones; /**< sessions may have files cloned; set by whoever asks for it after the look */
    int64_t max_wal_bytes; /**< max_wal_size; -1 where not known */
    int64_t free_connections;
    struct inventory_template source;
    struct inventory_role owner;
    struct inventory_role grant_to;
    struct holders makers;                /**< locks held before the databases were read */
    struct holders holders;               /**< locks held after that */
    struct inventory_database *databases; /**< sorted by name */
    size_t database_count;
};

/** Reads the results of a look, taking them over. `owner` and `grant_to` as they were asked for. */
void inventory_read(struct results *results, const char *owner, const char *grant_to,
                    struct inventory *out);

/** The database of that name, or NULL. */
const struct inventory_database *inventory_find(const struct inventory *inventory,
                                                const char *name);

/** Whether a database is a project's: its mark says so, or that it was made inside a run of the
 * project, or it is an unfinished one without a mark yet. */
bool inventory_is_of_project(const struct inventory_database *database, const char *project);

/** Whether a database belongs to the process with that lease: it bears the lease, by its name or
 * its mark, or was made under it inside a run. */
bool inventory_is_under(const struct inventory_database *database, int64_t lease_key);

/** Whether a database was made by a `create` inside the run with that lease. A key of 0 is no
 * run's.
 */
bool inventory_is_inside(const struct inventory_database *database, int64_t run_key);

/** Whether this process holds the lock on the name that the look asked for as number `index`. */
bool inventory_is_locked(const struct inventory *inventory, size_t index);

/**
 * Finds the orphans: sessions whose client is gone while their statement goes on, which may yet
 * bring a database to life. Their lease is no longer held. Returns how many there are, and puts the
 * process ids of the first `size` of their backends into `pids`.
 */
size_t inventory_orphans(const struct inventory *inventory, int *pids, size_t size);

/**
 * Whether a process other than the one with the lease `own_key` has sessions besides the one that
 * holds its lease: it is making or dropping databases, and those it makes cannot be seen yet.
 */
bool inventory_has_other_maker(const struct inventory *inventory, int64_t own_key);

/** A database's state as `list` shows it: "ready", "held", "spare", "taken", "scratch", "template"
 * or "invalid". */
const char *inventory_state(const struct inventory_database *database);

/** Frees everything and leaves it empty. */
void inventory_release(struct inventory *inventory);

#endif
