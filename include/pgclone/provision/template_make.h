/*
 * Making a template, whatever is in it: a scratch database is made and filled, sealed, and given
 * the template's name. So that name never bears half a template, and what a killed maker has left
 * is a scratch database, which the next one sweeps.
 */
#ifndef PGCLONE_PROVISION_TEMPLATE_MAKE_H
#define PGCLONE_PROVISION_TEMPLATE_MAKE_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/session.h"

struct template_making {
    const char *name; /**< of the template */
    const char *mark;
    /** Makes the database `scratch`, marks it, and fills it. Where it is not wanted after all, it
     * sets `changed`, and the database is dropped. */
    bool (*fill)(struct session *session, const char *scratch, void *context, bool *changed,
                 struct error *err);
    void *context;
};

/**
 * Makes a template, in place of one that bears its name already. The session holds the lock on that
 * name, and `found` was seen under it. What dead processes have left unfinished is removed first.
 * Where `fill` has set `changed` nothing is left. After a failure nothing is left either, and the
 * session persists (session_persist()).
 */
bool template_make(struct session *session, const struct template_making *making,
                   const struct inventory *found, bool *changed, struct error *err);

/** Runs one job to its end, and releases it. */
bool template_make_job(struct session *session, struct job *job, struct error *err);

#endif
