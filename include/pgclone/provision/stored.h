/*
 * Copies of a template that are there before anybody creates: in the data folder of a throw-away
 * server, which is kept with all that is in it. Whoever creates gives them its own marks, grants
 * and names in place of copying the template. They are held by nobody; they bear the lease of a
 * plain `create`, so that no sweep takes them for something that a dead run has left.
 */
#ifndef PGCLONE_PROVISION_STORED_H
#define PGCLONE_PROVISION_STORED_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/session.h"

/** Makes so many copies of the session's template, which is there and in nobody's use. The session
 * is one of LEASE_CREATE. */
bool stored_make(struct session *session, size_t count, struct error *err);

/** The name of a copy that may be taken for a database of the scope, the one with that number,
 * counted from 0. NULL where there are not so many, or the databases are to have another owner. */
const char *stored_find(const struct inventory *inventory, const struct scope *scope,
                        size_t number);

#endif
