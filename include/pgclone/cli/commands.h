/* What the rows of the command table call, one file per command. */
#ifndef PGCLONE_CLI_COMMANDS_H
#define PGCLONE_CLI_COMMANDS_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/cli/command.h"

/** Makes the worker databases and prints them. */
bool create_command_run(struct invocation *invocation, struct error *err);

/** Drops databases that pgclone made. */
bool drop_command_run(struct invocation *invocation, struct error *err);

/** Shows the databases. */
bool list_command_run(struct invocation *invocation, struct error *err);

/** Prints one worker's connection URL. */
bool url_command_run(struct invocation *invocation, struct error *err);

/** Creates, runs the operands as a command, drops; sets the invocation's status. */
bool run_command_run(struct invocation *invocation, struct error *err);

/** Prints the completion script for the shell that the operand names: bash, zsh or fish. */
bool completion_command_run(struct invocation *invocation, struct error *err);

/** Prints the commands, or what the command that the operand names does and takes. */
bool help_command_run(struct invocation *invocation, struct error *err);

/** Shows the overview, or the help of the command that the operand names. */
bool help_command_run(struct invocation *invocation, struct error *err);

#endif
