/* The id of a run that was given none. */
#ifndef PGCLONE_CLI_RUN_ID_H
#define PGCLONE_CLI_RUN_ID_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/settings/settings.h"

/** Sets the run id to one that is made up, unless there is one. ERROR_SYSTEM when the kernel has no
 * random numbers. */
bool run_id_make(struct settings *settings, struct error *err);

#endif
