/*
 * A fresh data folder. What initdb makes is kept in a cache, once for each version, and copied:
 * initdb takes half a second, and copying the 30 MB that it makes a twentieth of that.
 *
 * The cache is the folder `pgclone` in XDG_CACHE_HOME, else in ~/.cache, or in /var/cache for root.
 * It belongs to the user who calls: when root calls, the server's user neither reads nor writes it.
 * An entry is a folder of its own, made under another name and renamed when it is whole:
 *     <key>/data     what initdb made
 *     <key>/count    how many files and bytes that is
 * Only who stores an entry takes the cache's lock, and does not wait for it: when several first
 * runs begin at once, each calls initdb, and one of them stores the result. A cache that cannot be
 * used is no error.
 */
#ifndef PGCLONE_SERVER_CLUSTER_H
#define PGCLONE_SERVER_CLUSTER_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"
#include "pgclone/server/binaries.h"

/** An entry that no run has used for so many days is removed when another one is stored. */
#define CLUSTER_UNUSED_DAYS 90

struct cluster_options {
    const struct binaries *binaries;
    const struct account *account;
    const char *cache; /**< the cache's folder (cluster_cache_folder()); NULL: none */
};

/**
 * Fills the empty folder `data`, which belongs to the server's user. `cached` tells whether its
 * content came from the cache. ERROR_SYSTEM when initdb failed, with its own words as the detail;
 * ERROR_INTERRUPTED when a signal arrived.
 */
bool cluster_make(const struct cluster_options *options, const char *data, bool *cached,
                  struct error *err);

/** The path of the cache's folder, which need not exist; NULL where the environment names no place
 * for one. The caller frees it. */
char *cluster_cache_folder(void);

/**
 * The key of a cache entry: the version, for people who look, and a hash of all that decides what
 * initdb makes: the programs' folder and full version, initdb's options, and the cache's format.
 * The caller frees it.
 */
char *cluster_cache_key(const struct binaries *binaries);

/** Adds initdb's options, all but the data folder. They make the same cluster on every machine. */
void cluster_initdb_options(const struct binaries *binaries, struct strings *out);

#endif
