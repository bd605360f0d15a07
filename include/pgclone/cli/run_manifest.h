/* The manifest of a run: a file for as long as the run lives, since it holds passwords. */
#ifndef PGCLONE_CLI_RUN_MANIFEST_H
#define PGCLONE_CLI_RUN_MANIFEST_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/base/temporary.h"
#include "pgclone/report/report.h"

/**
 * Writes the manifest into a temporary file, after removing those of dead runs of this user.
 * ERROR_SYSTEM when it cannot be written. The caller removes it with temporary_remove(), after a
 * failure, too.
 */
bool run_manifest_write(const struct report *report, struct temporary *manifest, struct error *err);

#endif
