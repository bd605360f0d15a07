/* A template that others are in cannot be cloned: waiting for them, or ending their sessions. */
#ifndef PGCLONE_PROVISION_BUSY_H
#define PGCLONE_PROVISION_BUSY_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/session.h"

/**
 * Looks again and again until nobody is in the template, for `wait` seconds at the most; with
 * `disconnect_template` ends the sessions instead of waiting for them. `inventory` is the first
 * look's on entry and the last one's on success. ERROR_BUSY names who is in it.
 */
bool busy_wait_for_template(struct session *session, const struct sql_look *look,
                            struct inventory *inventory, struct error *err);

#endif
