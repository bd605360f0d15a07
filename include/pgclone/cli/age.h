/* Ages on the command line: 90s, 30m, 2h, 7d. */
#ifndef PGCLONE_CLI_AGE_H
#define PGCLONE_CLI_AGE_H

#include <stdbool.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/cli/command.h"

/** An age, as help shows it. */
#define AGE_ARGUMENT "AGE"

/** Reads the value of the option into `seconds`, which stays as it is where the option was not
 * given. ERROR_USAGE, with the option's name, for what is no age. */
bool age_read(const struct invocation *invocation, const struct command_option *option,
              int64_t *seconds, struct error *err);

#endif
