/* `run --ephemeral`: the settings turned towards a server of its own. */
#ifndef PGCLONE_CLI_RUN_EPHEMERAL_H
#define PGCLONE_CLI_RUN_EPHEMERAL_H

#include <stdbool.h>

#include "pgclone/cli/command.h"
#include "pgclone/server/ephemeral.h"

/** The options of `run` that are about it: --ephemeral, --postgres-bindir, --sql and --tcp. */
extern const struct command_option run_ephemeral_option;
extern const struct command_option run_ephemeral_bindir;
extern const struct command_option run_ephemeral_sql;
extern const struct command_option run_ephemeral_tcp;

/** Whether the options go together: ERROR_USAGE otherwise. Needs nothing of --ephemeral to be
 * given. */
bool run_ephemeral_check(const struct invocation *invocation, struct error *err);

/**
 * Starts a server, loads the SQL files into its template, and points the settings and the command's
 * environment (PGHOST, PGPORT, PGUSER; by TCP PGPASSWORD, PGSSLMODE, too) to it. The caller stops
 * the server.
 */
bool run_ephemeral_start(struct invocation *invocation, struct ephemeral *server,
                         struct error *err);

#endif
