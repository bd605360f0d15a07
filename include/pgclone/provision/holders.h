/* Which leases and session keys (lease.h) are held by living sessions of any pgclone process. */
#ifndef PGCLONE_PROVISION_HOLDERS_H
#define PGCLONE_PROVISION_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/postgres/results.h"

struct holder {
    int64_t key;
    int pid; /**< of the session's backend */
};

struct holders {
    struct holder *items; /**< owned */
    size_t count;
};

/** Picks pgclone's locks from the advisory locks in result set number `set` (LOOK_MAKERS or
 * LOOK_LEASES). `out` must be empty. */
void holders_read(const struct results *results, size_t set, struct holders *out);

/** The process id of the backend whose session holds `key`; 0 where nobody does. A key of 0 is
 * nobody's. */
int holders_pid(const struct holders *holders, int64_t key);

/** Whether a living session holds `key`. */
bool holders_have(const struct holders *holders, int64_t key);

/** Frees them and leaves it empty. */
void holders_release(struct holders *holders);

#endif
