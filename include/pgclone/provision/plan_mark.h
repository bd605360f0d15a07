/* The marks of the databases and templates that this process makes: whose they are, and when, where
 * and by whom they were made. */
#ifndef PGCLONE_PROVISION_PLAN_MARK_H
#define PGCLONE_PROVISION_PLAN_MARK_H

#include "pgclone/provision/enclosing_run.h"
#include "pgclone/provision/lease.h"
#include "pgclone/provision/mark.h"
#include "pgclone/provision/scope.h"
#include "pgclone/template/fingerprint.h"

/** The mark of a database of this process: `worker_id` is the worker's, or the copy's name. The
 * caller frees it. */
char *plan_mark(const struct scope *scope, const struct lease *lease, const char *worker_id,
                enum mark_use use);

/** The same of a database that belongs to the run that this process is in; NULL: to this process.
 */
char *plan_mark_inside(const struct scope *scope, const struct lease *lease,
                       const struct enclosing_run *run, const char *worker_id, enum mark_use use);

/** The mark of a template that this process builds. The caller frees it. */
char *plan_template_mark(const struct scope *scope, const struct lease *lease,
                         const struct fingerprint *fingerprint);

/** The mark of a template of pgclone's own that notes changes; it names the one that it was made
 * from. The caller frees it. */
char *plan_watched_mark(const struct scope *scope, const struct lease *lease);

#endif
