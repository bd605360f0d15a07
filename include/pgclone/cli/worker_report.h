/* What `create` and `run` hand to the tests: a report of every worker's database. */
#ifndef PGCLONE_CLI_WORKER_REPORT_H
#define PGCLONE_CLI_WORKER_REPORT_H

#include <stdint.h>

#include "pgclone/base/strings.h"
#include "pgclone/provision/create.h"
#include "pgclone/provision/scope.h"
#include "pgclone/report/report.h"

/** A report with what it borrows; its secrets are owned, too. */
struct worker_report {
    struct report report;
    struct report_database *databases;
    struct strings texts; /**< URLs and ids */
};

/** The databases that a create made. Borrows from `scope`, which must outlive it. */
void worker_report_of_create(const struct scope *scope, const struct create_outcome *outcome,
                             int64_t elapsed_ms, struct worker_report *out);

/** Serial mode: the configured database for the one worker. Borrows from `scope`. */
void worker_report_of_serial(const struct scope *scope, struct worker_report *out);

/** Frees everything and leaves it empty. */
void worker_report_release(struct worker_report *workers);

#endif
