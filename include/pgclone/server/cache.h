/*
 * The entries of the cache of data folders (cluster.h). Nothing here is an error to the user: the
 * worst that can happen is that initdb runs again.
 */
#ifndef PGCLONE_SERVER_CACHE_H
#define PGCLONE_SERVER_CACHE_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/server/account.h"

/**
 * Copies the entry into the empty folder `data`. False when there is none, when it is damaged (it
 * is not what was put there) or another user could have put it there, and when a signal arrived;
 * `data` may then hold a part.
 */
bool cache_fetch(const char *cache, const char *key, const char *data,
                 const struct account *account);

/**
 * Makes the entry of `data`, in place of a damaged one, unless another process is making one, and
 * removes entries unused for CLUSTER_UNUSED_DAYS. False when it could not, with the reason in
 * `err`.
 */
bool cache_store(const char *cache, const char *key, const char *data,
                 const struct account *account, struct error *err);

#endif
