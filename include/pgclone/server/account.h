/* The user that the server runs as: PostgreSQL refuses to run as root. */
#ifndef PGCLONE_SERVER_ACCOUNT_H
#define PGCLONE_SERVER_ACCOUNT_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/spawn.h"

struct account {
    struct spawn_user user;
    bool other; /**< not the user we are: we are root, and the server is not */
};

/**
 * Chooses it: ourselves, or for root `postgres`, else `nobody`. ERROR_SYSTEM where root has
 * neither.
 */
bool account_choose(struct account *out, struct error *err);

/** Whom a program of the server has to become, for struct spawn_options; NULL: nobody else. */
const struct spawn_user *account_to_become(const struct account *account);

/** Makes a folder (mode 0700) that belongs to this user. False with errno on failure. */
bool account_make_folder(const struct account *account, const char *path);

/**
 * Whether this user may pass through every folder of an absolute path. Goes by the permission
 * bits alone; true when the user is us, whom the system will tell.
 */
bool account_can_reach(const struct account *account, const char *path);

#endif
