/* What `run --keep` says at its end. Pure. */
#ifndef PGCLONE_CLI_RUN_KEPT_H
#define PGCLONE_CLI_RUN_KEPT_H

#include "pgclone/base/strings.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/selection.h"
#include "pgclone/report/report.h"

/**
 * Adds a line for each database that a run has kept, with its URL, the password masked, and then
 * how to drop them; none where nothing was kept. Where `kept` was never filled, as the server could
 * not be asked, what was to be made at the start of the run is told, which `report` has.
 */
void run_kept_lines(const struct scope *scope, const struct selected_list *kept,
                    const struct report *report, struct strings *out);

#endif
