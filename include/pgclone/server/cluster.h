/*
 * A fresh data folder: what initdb makes once per version is kept in a cache and copied (initdb
 * takes half a second, the copy of its 30 MB a twentieth of it).
 *
 * The cache is `pgclone/` below XDG_CACHE_HOME, else below ~/.cache, or /var/cache for root, and
 * belongs to the user who calls: when root calls, the server's user neither reads nor writes it. An
 * entry is a folder of its own, made under another name and renamed when it is whole:
 *     <key>/data     what initdb made
 *     <key>/count    how many files and bytes that is
 * Only the maker of an entry takes the cache's lock, and without waiting: of several first runs
 * each does its own initdb, and one leaves it there. A cache that cannot be used is no error.
 */
#ifndef PGCLONE_SERVER_CLUSTER_H
#define PGCLONE_SERVER_CLUSTER_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"
#include "pgclone/server/binaries.h"

/** Days after which an entry that no run has used is removed, when another one is made. */
#define CLUSTER_UNUSED_DAYS 90

struct cluster_options {
    const struct binaries *binaries;
    const struct account *account;
    const char *cache; /**< the cache's folder (cluster_cache_folder()); NULL: none */
};

/**
 * Fills the empty folder `data`, which belongs to the server's user. `cached` tells whether it came
 * from the cache. ERROR_SYSTEM with initdb's own words when that failed; ERROR_INTERRUPTED when a
 * signal arrived.
 */
bool cluster_make(const struct cluster_options *options, const char *data, bool *cached,
                  struct error *err);

/** The cache's folder by the environment, whether it is there or not; NULL where there can be none.
 * The caller frees it. */
char *cluster_cache_folder(void);

/**
 * The name of an entry: the version for people, and a hash of all that decides what initdb makes:
 * the programs' folder and whole version, its options, and the cache's format. The caller frees it.
 */
char *cluster_cache_key(const struct binaries *binaries);

/** Adds initdb's options but for the data folder: the same cluster on every machine. */
void cluster_initdb_options(const struct binaries *binaries, struct strings *out);

#endif
