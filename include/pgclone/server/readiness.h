/* Whether a throw-away server could be started on this machine, and how fast it would be. */
#ifndef PGCLONE_SERVER_READINESS_H
#define PGCLONE_SERVER_READINESS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/findings.h"

/** What is examined; NULL behind the last. */
const struct check *readiness_check_at(size_t index);

/**
 * Adds what is found. `bindir` is where the programs are, or NULL. `wanted`: a server is wanted, so
 * that what keeps it from being started is an error; else it is a warning. What is made for trying
 * is gone afterwards.
 */
void readiness_examine(const char *bindir, bool wanted, struct findings *findings);

#endif
