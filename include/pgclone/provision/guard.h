/* What must hold on the server before anything is made. Pure: looks at an inventory, changes
 * nothing. */
#ifndef PGCLONE_PROVISION_GUARD_H
#define PGCLONE_PROVISION_GUARD_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"

/**
 * Role, template, owner, grantee and strategy, each with what to do about it: ERROR_PRIVILEGE,
 * ERROR_SERVER, or ERROR_USAGE for a strategy that this server lacks. `server_version` is libpq's.
 */
bool guard_server(const struct scope *scope, const struct inventory *inventory, int server_version,
                  struct error *err);

/**
 * Guards G5 and G6, and `existing: fail`, for every worker's name in order: ERROR_GUARD. The look
 * must have locked the names.
 */
bool guard_names(const struct scope *scope, const struct inventory *inventory, struct error *err);

/** Who holds a database, for messages: `held by run "…" on host …, process …`. The caller frees it.
 */
char *guard_holder(const struct inventory_database *database);

#endif
