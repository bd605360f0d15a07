/* Undoing what this process has made: everything that bears its lease is dropped. */
#ifndef PGCLONE_PROVISION_TAKE_BACK_H
#define PGCLONE_PROVISION_TAKE_BACK_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/selection.h"
#include "pgclone/provision/session.h"

/**
 * Drops everything that belongs to this process (inventory_is_under()), finished or not, after
 * ending sessions of ours that the server has not noticed to be dead, and of what is still at work
 * inside a run. The session persists from here on: only a signal that insists ends it, or a server
 * that answers nothing for `patience_ms`.
 */
bool take_back_all(struct session *session, int patience_ms, struct error *err);

/**
 * The same for what is unfinished or a copy only. The others, the databases of workers, are in
 * `rest`, in natural order: also when the copies could not be dropped, and none when the server
 * could not be looked at. `found` and `rest` must be empty, and `found` must outlive `rest`.
 */
bool take_back_copies(struct session *session, int patience_ms, struct inventory *found,
                      struct selected_list *rest, struct error *err);

/** take_back_all() after a failure, with `copies_only` of what take_back_copies() drops: what could
 * not be taken back is said as a warning. */
void take_back(struct session *session, bool copies_only);

#endif
