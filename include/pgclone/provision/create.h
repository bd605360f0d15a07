/* The operation behind `create`: every worker's database, all or none. */
#ifndef PGCLONE_PROVISION_CREATE_H
#define PGCLONE_PROVISION_CREATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/scope.h"
#include "pgclone/provision/session.h"

enum create_status { CREATE_CREATED, CREATE_REPLACED, CREATE_KEPT };

struct create_outcome {
    enum create_status *statuses; /**< a status for each worker of the scope */
    int64_t *elapsed_ms;          /**< for each worker */
    size_t count;
    const char *strategy; /**< static */
    int server_version;
};

/**
 * Makes the databases of a scope whose workers are named, after removing what dead processes of the
 * same project have left behind. On failure everything this call made is gone again, and `err` has
 * every failure in worker order. With `plan_only` not NULL nothing is changed, and the statements
 * are added there instead.
 */
bool create_databases(struct session *session, struct strbuf *plan_only, struct create_outcome *out,
                      struct error *err);

/** Frees everything and leaves it empty. */
void create_outcome_release(struct create_outcome *outcome);

#endif
