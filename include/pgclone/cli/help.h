/* Help texts, made from the tables of commands, options and settings. */
#ifndef PGCLONE_CLI_HELP_H
#define PGCLONE_CLI_HELP_H

#include <stdbool.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/cli/command.h"

/** Adds what `pgclone COMMAND --help` shows, or with NULL what `pgclone --help` does. */
void help_add(const struct command *const *table, const struct command *command,
              struct strbuf *out);

/** Prints it, for a command of the program's own table. ERROR_SYSTEM on failure. */
bool help_print(const struct command *command, struct error *err);

/** Prints the version. ERROR_SYSTEM on failure. */
bool help_print_version(struct error *err);

#endif
