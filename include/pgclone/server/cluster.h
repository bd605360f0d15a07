/*
 * A fresh data folder. What initdb makes is kept in a cache (cache.h), once for each version:
 * initdb takes half a second, and copying the 25 MB that it makes a twentieth of that, or nothing
 * at all where an overlay can be mounted.
 */
#ifndef PGCLONE_SERVER_CLUSTER_H
#define PGCLONE_SERVER_CLUSTER_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"
#include "pgclone/server/binaries.h"
#include "pgclone/server/cache.h"

/**
 * Has initdb fill the empty folder `data`, which belongs to the server's user, and keeps the result
 * in the cache, if that can be. ERROR_SYSTEM when initdb failed, with its own words as the detail;
 * ERROR_INTERRUPTED when a signal arrived.
 */
bool cluster_make(const struct binaries *binaries, const struct cache *cache, const char *data,
                  struct error *err);

/** The path of the cache's folder, which need not exist: `pgclone` in XDG_CACHE_HOME, else in
 * ~/.cache, or in /var/cache for root. NULL where the environment names no place for one. The
 * caller frees it. */
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
