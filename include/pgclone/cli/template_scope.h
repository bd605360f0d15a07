/* What the commands on templates begin with. */
#ifndef PGCLONE_CLI_TEMPLATE_SCOPE_H
#define PGCLONE_CLI_TEMPLATE_SCOPE_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/cli/command.h"
#include "pgclone/provision/scope.h"

/**
 * Loads the settings and finds the scope, which has a template that is built. ERROR_USAGE where
 * nothing says how, or cloning or creation is off; otherwise errors as in settings_load() and
 * scope_resolve().
 */
bool template_scope(struct invocation *invocation, struct scope *out, struct error *err);

#endif
