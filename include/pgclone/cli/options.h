/* The command line: argv to an invocation. */
#ifndef PGCLONE_CLI_OPTIONS_H
#define PGCLONE_CLI_OPTIONS_H

#include <stdbool.h>

#include "pgclone/cli/command.h"

/**
 * The command that a command line names; options may stand before and between the words of its
 * name. NULL when the first operands name none. `argv[0]` is the program.
 */
const struct command *options_command(const struct command *const *table, int argc,
                                      char *const argv[]);

/**
 * Takes the command line of `command`, found by options_command(), apart. Options may stand before
 * or after the operands, and `--` ends them. ERROR_USAGE for what the command does not take; where
 * it is NULL or a group, unless help or the version is asked for. A server URL is overwritten in
 * `argv`, as it may hold a password and the argument list is for all to see. `out` must be empty,
 * is untouched on failure, and borrows from `argv`.
 */
bool options_parse(const struct command *const *table, const struct command *command, int argc,
                   char *const argv[], struct invocation *out, struct error *err);

#endif
