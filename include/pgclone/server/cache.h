/*
 * The entries of the cache of data folders (cluster.h). Whatever goes wrong here, the worst that
 * can happen is that initdb runs again; so nothing is an error to the user.
 */
#ifndef PGCLONE_SERVER_CACHE_H
#define PGCLONE_SERVER_CACHE_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"

/**
 * Copies the entry of the key into the empty folder `data`. False when there is no such entry, when
 * it is not what was stored (damaged) or another user could have put it there, and when a signal
 * arrived; `data` may then hold a part of it.
 */
bool cache_fetch(const char *cache, const char *key, const char *data,
                 const struct account *account);

/**
 * Stores a copy of `data` as the entry of the key, in place of an older one, unless another process
 * is storing something right now; and removes the entries that no run has used for
 * CLUSTER_UNUSED_DAYS. ERROR_SYSTEM when it was not stored.
 */
bool cache_store(const char *cache, const char *key, const char *data,
                 const struct account *account, struct error *err);

#endif
