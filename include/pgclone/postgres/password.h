/* A role's password, set so that only its holder ever has it. */
#ifndef PGCLONE_POSTGRES_PASSWORD_H
#define PGCLONE_POSTGRES_PASSWORD_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/**
 * Connects by `url` and sets the role's password, for SCRAM-SHA-256. The server gets what it needs
 * to check the password, and not the password, which so cannot come into its log or its list of
 * activity. NULL takes the password away: then no password lets anybody in. Waits: ERROR_CONNECTION
 * or ERROR_SERVER when it could not be set, ERROR_INTERRUPTED when a signal arrived.
 */
bool password_set(const char *url, const char *role, const char *password, struct error *err);

#endif
