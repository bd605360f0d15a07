/* What a copy of a template lacks, since TEMPLATE copies what is in a database and nothing of what
 * is set for it: ALTER DATABASE … SET, the same for roles, grants, and the connection limit. */
#ifndef PGCLONE_PROVISION_PLAN_LOSSES_H
#define PGCLONE_PROVISION_PLAN_LOSSES_H

#include "pgclone/postgres/job.h"
#include "pgclone/provision/inventory.h"

/** Adds what the look has found of it for the template to a job that makes the copy `scratch` for
 * `owner`. What the role may not set is a warning. */
void plan_add_losses(const struct inventory *inventory, const char *scratch, const char *owner,
                     struct job *job);

#endif
