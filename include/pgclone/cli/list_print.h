/* How `list` and `template list` print what they have found. */
#ifndef PGCLONE_CLI_LIST_PRINT_H
#define PGCLONE_CLI_LIST_PRINT_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/cli/command.h"
#include "pgclone/report/listing.h"
#include "pgclone/report/output.h"

/** --format of the commands that list. */
extern const struct command_option list_print_format;

/**
 * Writes the rows as --format has it: JSON; or text, which is a table where people read it, on a
 * terminal, and tab-separated elsewhere. Errors as in output_write().
 */
bool list_print(const struct invocation *invocation, const struct listing_row *rows, size_t count,
                enum listing_kind kind, struct output *output, struct error *err);

#endif
