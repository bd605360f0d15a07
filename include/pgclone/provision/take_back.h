/* Undoing what this process has made: everything that bears its lease is dropped. */
#ifndef PGCLONE_PROVISION_TAKE_BACK_H
#define PGCLONE_PROVISION_TAKE_BACK_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/session.h"

/**
 * Drops everything that bears this process's lease, finished or not, or with `copies_only` all but
 * the workers' databases, after ending sessions of ours
 * that the server has not noticed to be dead. The session persists from here on: only a signal that
 * insists ends it, or a server that answers nothing for `patience_ms`.
 */
bool take_back_all(struct session *session, int patience_ms, bool copies_only, struct error *err);

/** take_back_all() after a failure: what could not be taken back is said as a warning. */
void take_back(struct session *session, bool copies_only);

#endif
