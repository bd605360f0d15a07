/* Proxies between us and the server, and whether leases and locks can be held through them. */
#ifndef PGCLONE_PROVISION_PROXY_H
#define PGCLONE_PROVISION_PROXY_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"

/**
 * Makes sure, once for each session, that no proxy which pools transactions stands between us and
 * the server; `inventory` is what a look has just found. ERROR_SERVER where one does: our session
 * there is then left as it was. Waits for an answer where there is a proxy of any kind.
 */
bool proxy_check(struct session *session, const struct inventory *inventory, struct error *err);

#endif
