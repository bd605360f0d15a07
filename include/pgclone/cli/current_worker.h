/* Which worker a command is about. */
#ifndef PGCLONE_CLI_CURRENT_WORKER_H
#define PGCLONE_CLI_CURRENT_WORKER_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/cli/command.h"

/** The id of the worker that the command line names: --worker, or the first operand. Borrowed;
 * NULL: it names none. */
const char *current_worker_named(const struct invocation *invocation);

/**
 * The id of the worker that the command line names or, where it names none, of the one that this
 * process belongs to, by the runner's variable. Of the settings only the runner is read, so that no
 * mistake in the others matters. `out` gets an owned string; it is untouched on failure.
 */
bool current_worker(struct invocation *invocation, char **out, struct error *err);

#endif
