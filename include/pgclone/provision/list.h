/* The operation behind `list`: what pgclone made on this server. */
#ifndef PGCLONE_PROVISION_LIST_H
#define PGCLONE_PROVISION_LIST_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/selection.h"

/**
 * Finds the project's databases, finished or not, with their sizes; with `every_project` all that
 * pgclone made. Where the project has none, the log names the projects that have some. `found`
 * borrows from `inventory`; both must be empty.
 */
bool list_databases(const struct scope *scope, bool every_project, struct inventory *inventory,
                    struct selected_list *found, struct error *err);

#endif
