/* The locks of pgclone's living sessions, any process's: leases and session keys (lease.h). */
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

/** Picks ours from the advisory locks in set `set` (LOOK_MAKERS or LOOK_LEASES). `out` must be
 * empty. */
void holders_read(const struct results *results, size_t set, struct holders *out);

/** Whether a living session holds `key`; 0 is nobody's. */
bool holders_have(const struct holders *holders, int64_t key);

/** Frees them and leaves it empty. */
void holders_release(struct holders *holders);

#endif
