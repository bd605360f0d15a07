/*
 * What `doctor` examines on a server, as a table of checks. Pure: each judges what a look and one
 * more query have found, and changes nothing. They stand in the order in which a `create` would
 * fail, so that the first error tells how it would end.
 */
#ifndef PGCLONE_PROVISION_DOCTOR_CHECKS_H
#define PGCLONE_PROVISION_DOCTOR_CHECKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pgclone/base/findings.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/results.h"
#include "pgclone/provision/guard.h"
#include "pgclone/provision/inventory.h"
#include "pgclone/provision/scope.h"

/** What the checks look at. All borrowed. */
struct doctor_view {
    const struct scope *scope; /**< its template is the user's own, also with `reset: undo` */
    const struct inventory *inventory;
    const struct results *facts; /**< of sql_doctor() */
    int server_version;
    int libpq_version;
    bool pooled;  /**< a proxy that pools whole sessions stands before the server */
    bool missing; /**< the template is one that a create would build first */
};

/** A row of the table. A check finds at least one thing, be it that all is well. */
struct doctor_check {
    struct check check;
    const char *guard; /**< the id of the guard that it is about (guard.h), or NULL */
    void (*examine)(const struct doctor_view *view, const struct doctor_check *row,
                    struct findings *findings);
};

/** The rows; NULL behind the last. */
const struct doctor_check *doctor_check_at(size_t index);

/* ------------------------------------------------------------------ for the files of the checks */

/** Whether the row's guard passes. Where it does not its error is a finding, which `finding` gets.
 */
bool doctor_passes_guard(const struct doctor_view *view, size_t worker,
                         const struct doctor_check *row, struct findings *findings,
                         struct finding **finding);

/** The value of a server's setting, borrowed; "" where the server has none of that name. */
const char *doctor_setting(const struct doctor_view *view, const char *name);
int64_t doctor_setting_number(const struct doctor_view *view, const char *name);

/** A command that sets one of pgclone's settings by its variable; NULL where the command line says
 * otherwise, which a variable does not change. The caller frees it. */
char *doctor_export(const struct settings *settings, enum setting_id id, const char *value);

/** Adds a word as a shell reads it. */
void doctor_add_quoted(struct strbuf *out, const char *word);

/** A number of bytes for people: "18 MB". */
void doctor_add_size(struct strbuf *out, int64_t bytes);

/* doctor_rights.c */
void doctor_examine_server(const struct doctor_view *view, const struct doctor_check *row,
                           struct findings *findings);
void doctor_examine_maintenance(const struct doctor_view *view, const struct doctor_check *row,
                                struct findings *findings);
void doctor_examine_pool(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings);
void doctor_examine_undo(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings);
void doctor_examine_primary(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings);
void doctor_examine_role(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings);
void doctor_examine_owner(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings);
void doctor_examine_grantee(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings);

/* doctor_template.c */
void doctor_examine_template(const struct doctor_view *view, const struct doctor_check *row,
                             struct findings *findings);
void doctor_examine_busy(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings);
void doctor_examine_collation(const struct doctor_view *view, const struct doctor_check *row,
                              struct findings *findings);
void doctor_examine_limit(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings);

/* doctor_names.c */
void doctor_examine_foreign(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings);
void doctor_examine_held(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings);
void doctor_examine_existing(const struct doctor_view *view, const struct doctor_check *row,
                             struct findings *findings);
void doctor_examine_run_names(const struct doctor_view *view, const struct doctor_check *row,
                              struct findings *findings);
void doctor_examine_runs(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings);
void doctor_examine_stale(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings);
void doctor_examine_invalid(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings);

/* doctor_limits.c */
void doctor_examine_strategy(const struct doctor_view *view, const struct doctor_check *row,
                             struct findings *findings);
void doctor_examine_reflink(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings);
void doctor_examine_connections(const struct doctor_view *view, const struct doctor_check *row,
                                struct findings *findings);
void doctor_examine_role_limit(const struct doctor_view *view, const struct doctor_check *row,
                               struct findings *findings);
void doctor_examine_locks(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings);

/* doctor_speed.c */
void doctor_examine_fsync(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings);
void doctor_examine_commit(const struct doctor_view *view, const struct doctor_check *row,
                           struct findings *findings);
void doctor_examine_pages(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings);
void doctor_examine_wal(const struct doctor_view *view, const struct doctor_check *row,
                        struct findings *findings);

#endif
