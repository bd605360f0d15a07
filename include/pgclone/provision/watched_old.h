/* Templates that note changes, and were made of a state in which the template that they were made
 * from never will be again. */
#ifndef PGCLONE_PROVISION_WATCHED_OLD_H
#define PGCLONE_PROVISION_WATCHED_OLD_H

#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"

/**
 * Drops what the session's project has made before from the same template, but for what somebody
 * uses and for the present one. `found` is a look at all that pgclone has made. Nothing where the
 * template is a built one: that state may be another branch's. What cannot be dropped is told with
 * -v, and left to `template prune`.
 */
void watched_drop_old(struct session *session, const struct inventory *found);

#endif
