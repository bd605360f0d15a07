/*
 * Having the template ready that the setting `build` describes: found by its name, which has the
 * fingerprint of its files, its command and the server in it, or built.
 *
 * Of any number of processes one builds, and the others wait for as long as it lives. A template
 * bears its name only when it is whole and sealed: nobody can connect to it any more. Before that
 * it is a scratch database, which anybody drops whose maker is dead.
 */
#ifndef PGCLONE_PROVISION_TEMPLATE_READY_H
#define PGCLONE_PROVISION_TEMPLATE_READY_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/session.h"

/** What is wanted, and what came of it. */
struct template_ready {
    bool force;   /**< built anew also where it is there */
    bool dry_run; /**< nothing is built; where it is missing that is said */
    bool missing; /**< it is not there: only with `dry_run` */
    bool built;   /**< by this process */
};

/**
 * Finds or builds the template of the session's scope, which must have one that is built, and notes
 * its name there. Waits; the programs of a build get the signals. Nobody prunes the template while
 * the session lives, once a look that uses it has found it. ERROR_USAGE where its files cannot be
 * read, before anything is connected; ERROR_GUARD where something that pgclone did not make bears
 * its name; otherwise what the server, the session or the programs say (recipe.h). A failure leaves
 * nothing behind.
 */
bool template_ready(struct session *session, struct template_ready *ready, struct error *err);

#endif
