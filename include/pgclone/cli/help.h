/* Help texts, printed from the tables of commands, options and settings. */
#ifndef PGCLONE_CLI_HELP_H
#define PGCLONE_CLI_HELP_H

#include <stdbool.h>

#include "pgclone/cli/command.h"

/** Prints what `pgclone COMMAND --help` shows. */
bool help_print_command(const struct command *command, struct error *err);

/** Prints what `pgclone --help` shows. */
bool help_print_overview(struct error *err);

/** Prints the version. */
bool help_print_version(struct error *err);

#endif
