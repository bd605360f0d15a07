/* The operation behind `list`: what pgclone made on this server. */
#ifndef PGCLONE_PROVISION_OVERVIEW_H
#define PGCLONE_PROVISION_OVERVIEW_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"

/** Looks at everything with a mark or a scratch name, with sizes. `out` must be empty. */
bool overview_look(const struct scope *scope, struct inventory *out, struct error *err);

#endif
