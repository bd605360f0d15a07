/*
 * The run inside which this process was started, as the run's command finds it in its environment.
 * What a `create` makes there belongs to that run: it bears the run's lease, and goes or stays with
 * the run's own databases. Pure.
 */
#ifndef PGCLONE_PROVISION_ENCLOSING_RUN_H
#define PGCLONE_PROVISION_ENCLOSING_RUN_H

#include <stdbool.h>

#include "pgclone/base/error.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/lease.h"

/** The variable in which a run hands its lease and its project to its command. */
#define ENCLOSING_RUN_VARIABLE "PGCLONE_LEASE"

struct enclosing_run {
    struct lease lease;
    char *project; /**< of the run; owned; NULL: this process is in no run */
};

/** What the variable says, with its name: "PGCLONE_LEASE=…". The caller frees it. */
char *enclosing_run_variable(const struct lease *lease, const char *project);

/** Reads the variable's value; where that is NULL or empty `out` stays empty. ERROR_USAGE for a
 * value that no run has set. */
bool enclosing_run_read(const char *value, struct enclosing_run *out, struct error *err);

/** The run, where it lives on the server that was looked at and has not begun to end; NULL: it does
 * not, or `run` is NULL. */
const struct enclosing_run *enclosing_run_on(const struct enclosing_run *run,
                                             const struct inventory *found);

/** Frees everything and leaves it empty. */
void enclosing_run_release(struct enclosing_run *run);

#endif
