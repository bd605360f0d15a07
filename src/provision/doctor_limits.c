/* How copies are made, and whether the server has room for the tests that use them. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/provision/doctor_checks.h"
#include "pgclone/provision/strategy.h"

/* A pool's connections, of which every framework has about so many unless told otherwise. */
static const int64_t pool_size = 5;

/* Of the connections that are asked for, room to grow, and for whoever comes. */
static const int64_t spare_connections = 20;

/* An empty database's files: those of its catalogs. */
static const int64_t catalog_files = 300;

/* A table has about so many files: its own, an index, and what holds its long values. */
static const int64_t files_each = 3;

static const char superuser[] = "a superuser, who then restarts the server";

void doctor_examine_strategy(const struct doctor_view *view, const struct doctor_check *row,
                             struct findings *findings)
{
    const struct settings *settings = view->scope->settings;
    struct strategy_choice choice;
    struct finding *finding;

    if (!doctor_passes_guard(view, 0, row, findings, &finding)) {
        finding_set_fix(finding, FIX_IN_SHELL, NULL,
                        doctor_export(settings, SETTING_STRATEGY, "auto"));
        return;
    }
    choice =
        strategy_choose(settings, view->inventory, view->server_version, view->scope->worker_count);
    (void)findings_add(findings, &row->check, FINDING_OK, "%s, %zu at once: %s",
                       settings_strategy_name(choice.strategy), choice.create_width, choice.reason);
}

void doctor_examine_reflink(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings)
{
    const struct inventory *inventory = view->inventory;

    if (view->server_version < 180000)
        (void)findings_add(findings, &row->check, FINDING_OK,
                           "the server cannot clone files, which came with PostgreSQL 18");
    else if (!inventory->clones)
        (void)findings_add(findings, &row->check, FINDING_OK,
                           "the server lets nobody set file_copy_method");
    else if (inventory->source.no_clones)
        finding_advise(findings_add(findings, &row->check, FINDING_OK,
                                    "the file system of the data directory cannot clone files"),
                       "XFS and btrfs can: there a copy takes no room, and hardly any time.");
    else
        (void)findings_add(findings, &row->check, FINDING_OK,
                           "files are cloned where their file system can do it");
}

/* ----------------------------------------------------------------------------------- connections
 */

/* How many clients fit beside those that are there, the superusers' own slots not counted. */
static int64_t doctor_free_connections(const struct doctor_view *view, int64_t *most)
{
    *most = doctor_setting_number(view, "max_connections") -
            doctor_setting_number(view, "superuser_reserved_connections") -
            doctor_setting_number(view, "reserved_connections");
    return *most - results_number(view->facts, DOCTOR_SERVER, 0, "in_use", 0);
}

static int64_t doctor_wanted_connections(const struct doctor_view *view)
{
    int64_t pools = pool_size * (int64_t)view->scope->worker_count;
    int64_t jobs = view->scope->settings->jobs + 1;

    return pools > jobs ? pools : jobs;
}

static void doctor_set_system(struct finding *finding, const char *name, int64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, value);
    finding_set_fix(finding, FIX_IN_PSQL, superuser, sql_fix(SQL_FIX_SYSTEM_RESTART, name, text));
}

void doctor_examine_connections(const struct doctor_view *view, const struct doctor_check *row,
                                struct findings *findings)
{
    int64_t most;
    int64_t unused = doctor_free_connections(view, &most);
    int64_t wanted = doctor_wanted_connections(view);
    bool enough = unused >= wanted;
    struct finding *finding =
        findings_add(findings, &row->check, enough ? FINDING_OK : FINDING_WARNING,
                     "%" PRId64 " of %" PRId64 " connections are free, and %" PRId64
                     " may be wanted: a pool of %" PRId64 " for each worker, or as many as jobs",
                     unused, most, wanted, pool_size);

    if (!enough)
        doctor_set_system(finding, "max_connections",
                          doctor_setting_number(view, "max_connections") + wanted - unused +
                              spare_connections);
}

void doctor_examine_role_limit(const struct doctor_view *view, const struct doctor_check *row,
                               struct findings *findings)
{
    int64_t limit = results_number(view->facts, DOCTOR_SERVER, 0, "role_limit", -1);
    int64_t wanted = doctor_wanted_connections(view);
    struct finding *finding;

    if (limit < 0 || view->inventory->superuser || limit >= wanted) {
        (void)findings_add(findings, &row->check, FINDING_OK, "%s",
                           limit < 0 ? "no limit" : "the limit is high enough");
        return;
    }
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "role \"%s\" may have %" PRId64 " connections, and the workers take up "
                           "to %" PRId64,
                           view->inventory->role, limit, wanted);
    finding_set_fix(finding, FIX_IN_PSQL, "a superuser",
                    sql_fix(SQL_FIX_NO_ROLE_LIMIT, view->inventory->role));
}

/* ----------------------------------------------------------------------------------------- locks
 */

/* What empties all tables between tests, or undoes changes in them, locks each of them at once. */
void doctor_examine_locks(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings)
{
    int64_t each = doctor_setting_number(view, "max_locks_per_transaction");
    int64_t shares = doctor_setting_number(view, "max_connections") +
                     doctor_setting_number(view, "max_prepared_transactions");
    int64_t files = view->inventory->source.files - catalog_files;
    int64_t wanted = files > 0 ? files / files_each * 2 * (int64_t)view->scope->worker_count : 0;
    struct finding *finding;

    if (shares == 0 || wanted <= each * shares) {
        (void)findings_add(findings, &row->check, FINDING_OK, "%" PRId64 " locks%s", each * shares,
                           view->inventory->source.files > 0
                               ? ""
                               : "; how many tables there are only superusers may ask");
        return;
    }
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "%" PRId64 " locks, and %zu workers that lock all their tables at once "
                           "take about %" PRId64,
                           each * shares, view->scope->worker_count, wanted);
    finding_advise(finding, "Otherwise tests fail with \"out of shared memory\".");
    doctor_set_system(finding, "max_locks_per_transaction", wanted / shares + each);
}
