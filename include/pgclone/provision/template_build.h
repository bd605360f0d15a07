/* Building a template: a scratch database is filled, sealed, and given the template's name. */
#ifndef PGCLONE_PROVISION_TEMPLATE_BUILD_H
#define PGCLONE_PROVISION_TEMPLATE_BUILD_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/template_facts.h"

/** The variable that tells the programs of a build which template is being built. */
#define TEMPLATE_BUILDING_VARIABLE "PGCLONE_BUILDING"

/**
 * Builds the template of the session's scope, in place of one that bears its name already. The
 * session holds the lock on that name, and `found` was seen under it. What dead processes have left
 * unfinished is removed first. Where the files are others at the end than at the beginning nothing
 * is left, and `changed` is true. After a failure nothing is left either, and the session persists
 * (session_persist()). Errors as in template_ready().
 */
bool template_build(struct session *session, const struct template_facts *facts,
                    const struct inventory *found, bool *changed, struct error *err);

#endif
