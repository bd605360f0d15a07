/* The command line: argv to an invocation. */
#ifndef PGCLONE_CLI_OPTIONS_H
#define PGCLONE_CLI_OPTIONS_H

#include <stdbool.h>

#include "pgclone/cli/command.h"

/**
 * Takes the command line of `command` apart; `argv[0]` is the command's name. Options may stand
 * before or after the operands, and `--` ends them. Settings are loaded unless help or the version
 * is asked for. ERROR_USAGE for what the command does not take. `out` must be empty.
 */
bool options_parse(const struct command *command, int argc, char *const argv[],
                   struct invocation *out, struct error *err);

#endif
