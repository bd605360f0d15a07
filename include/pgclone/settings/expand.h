/* ${NAME}, ${NAME:-default} and $$ in YAML strings. */
#ifndef PGCLONE_SETTINGS_EXPAND_H
#define PGCLONE_SETTINGS_EXPAND_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/**
 * Expands environment variables in `text`. `${NAME:-default}` stands for `default`, literally,
 * when NAME is unset or empty, as in the shell; `$$` is one dollar sign; any other dollar sign
 * stays as it is. An unset NAME without a default, a malformed name and a missing brace are
 * ERROR_USAGE, and the message names the variable. `out` gets an owned string, and is untouched on
 * failure.
 */
bool expand_variables(const char *text, char **out, struct error *err);

#endif
