/* The lock on the name of a template that pgclone makes: of any number of processes one makes it,
 * and the others wait for as long as that one lives. */
#ifndef PGCLONE_PROVISION_TEMPLATE_LOCK_H
#define PGCLONE_PROVISION_TEMPLATE_LOCK_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"

/**
 * Takes the lock on the name, or waits until whoever has it has made the template, which is enough
 * unless `force`; `waited` says whether it had to. `found` is what was seen under the lock: what
 * bears the name, and all that pgclone has made. ERROR_GUARD where the name is borne by something
 * else, and where this process belongs to the command that is making the template. The lock is then
 * the session's until template_unlock().
 */
bool template_lock(struct session *session, const char *name, bool force, struct inventory *found,
                   bool *waited, struct error *err);

/** Gives the lock back; `done` is whether what was done under it has succeeded, and is returned,
 * with its `err` untouched. */
bool template_unlock(struct session *session, const char *name, bool done, struct error *err);

/** Whether a database is a template that was made, whole, and still as it was: nobody has opened it
 * since, to look at it or to change it. NULL: it is not there. */
bool template_lock_is_built(const struct inventory_database *database);

#endif
