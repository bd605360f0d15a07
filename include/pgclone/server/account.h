/* The user that the server runs as: PostgreSQL refuses to run as root. */
#ifndef PGCLONE_SERVER_ACCOUNT_H
#define PGCLONE_SERVER_ACCOUNT_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/spawn.h"

struct account {
    struct spawn_user user;
    bool other; /**< whether it is another user than the one we are: we are root, then */
};

/**
 * Chooses the user we are, or, when that is root, `postgres` or else `nobody`. ERROR_SYSTEM where
 * root finds neither of them.
 */
bool account_choose(struct account *out, struct error *err);

/** The user that the server's programs have to become (struct spawn_options); NULL: they stay who
 * we are. */
const struct spawn_user *account_to_become(const struct account *account);

/** Makes a folder (mode 0700) that belongs to this user. False with errno on failure. */
bool account_make_folder(const struct account *account, const char *path);

/**
 * Whether this user may pass through every folder of an absolute path, by the permission bits
 * alone. Always true when the user is who we are: then the system itself will tell.
 */
bool account_can_reach(const struct account *account, const char *path);

#endif
