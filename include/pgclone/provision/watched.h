/*
 * Templates of pgclone's own whose copies note their changes (the setting `reset: undo`): made once
 * from a template that is there or was built, which itself stays as it is. The name ends in a
 * fingerprint of that template's state, so that one that was changed is made anew.
 */
#ifndef PGCLONE_PROVISION_WATCHED_H
#define PGCLONE_PROVISION_WATCHED_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/session.h"
#include "pgclone/provision/template_ready.h"

/**
 * Finds or makes the watched template of the session's scope, which must have one, and notes its
 * name there; the template that it is made from is ready. Waits while others are in that one, as a
 * create does. ERROR_USAGE on a server before PostgreSQL 15; ERROR_PRIVILEGE where the role may not
 * put rows back or not watch a table; the guards of a create; otherwise what server or session say.
 * A failure leaves nothing behind.
 */
bool watched_ready(struct session *session, struct template_ready *ready, struct error *err);

/** Only notes the name of the present one in the scope, for `template list`; "" where the template
 * that it is made from is not there, or the server is too old. */
bool watched_name(struct session *session, struct error *err);

#endif
