/* Settings of the server that make tests slow. Its data may be worth more than the tests' time, and
 * nobody but its owner knows: so these are warnings, and what is lost with them is said. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/provision/doctor_checks.h"
#include "pgclone/provision/strategy.h"

static const char superuser[] = "a superuser, where the server has nothing but test data";

static bool doctor_is_on(const struct doctor_view *view, const char *name)
{
    return strcmp(doctor_setting(view, name), "on") == 0;
}

/* A row of which nothing more is to be said. */
static void doctor_add_setting(const struct doctor_view *view, const struct doctor_check *row,
                               struct findings *findings)
{
    (void)findings_add(findings, &row->check, FINDING_OK, "%s",
                       doctor_setting(view, row->check.id));
}

/* Where nothing is synced nobody waits for the rest. */
static bool doctor_waits(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    if (doctor_is_on(view, "fsync"))
        return true;
    (void)findings_add(findings, &row->check, FINDING_OK,
                       "%s, which costs little where fsync is off",
                       doctor_setting(view, row->check.id));
    return false;
}

void doctor_examine_fsync(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings)
{
    struct finding *finding;

    if (!doctor_is_on(view, "fsync")) {
        doctor_add_setting(view, row, findings);
        return;
    }
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "on: whatever is made or dropped waits for the disk");
    finding_advise(finding,
                   "Off, four copies of 18 MB were made in 69 ms rather than 184, and 64 in 0.8 s "
                   "rather than 3.1 (docs/performance.md). A crash of the machine then takes the "
                   "whole server: where that may not be, \"pgclone run --ephemeral\" has a server "
                   "of its own.");
    finding_set_fix(finding, FIX_IN_PSQL, superuser, sql_fix(SQL_FIX_SYSTEM, "fsync", "off"));
}

/* What the template says holds in its copies. */
static const char *doctor_template_setting(const struct doctor_view *view, const char *name)
{
    const struct results *results = &view->inventory->results;
    size_t length = strlen(name);

    for (int i = 0; i < results_rows(results, LOOK_SETTINGS); i++) {
        const char *setting = results_text(results, LOOK_SETTINGS, i, "setting");

        if (results_text(results, LOOK_SETTINGS, i, "role") == NULL &&
            strncmp(setting, name, length) == 0 && setting[length] == '=')
            return setting + length + 1;
    }
    return NULL;
}

void doctor_examine_commit(const struct doctor_view *view, const struct doctor_check *row,
                           struct findings *findings)
{
    const char *own = doctor_template_setting(view, "synchronous_commit");
    const char *value = own != NULL ? own : doctor_setting(view, "synchronous_commit");
    const char *name = view->scope->template_name;
    bool may_set = name != NULL && view->inventory->source.found && !view->missing;
    struct finding *finding;

    if (strcmp(value, "off") == 0) {
        (void)findings_add(findings, &row->check, FINDING_OK, "off");
        return;
    }
    if (!doctor_waits(view, row, findings))
        return;
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "%s: each commit of a test waits for the disk%s", value,
                           doctor_setting(view, "synchronous_standby_names")[0] != '\0'
                               ? ", and for standby servers"
                               : "");
    finding_advise(finding, "Off, that wait is saved, some milliseconds for each commit. A crash "
                            "can then take the last half second of commits, and no more.");
    if (may_set)
        finding_set_fix(finding, FIX_IN_PSQL, "its owner", sql_fix(SQL_FIX_NO_SYNC_COMMIT, name));
    else
        finding_set_fix(finding, FIX_IN_PSQL, superuser,
                        sql_fix(SQL_FIX_SYSTEM, "synchronous_commit", "off"));
}

void doctor_examine_pages(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings)
{
    struct finding *finding;

    if (!doctor_is_on(view, "full_page_writes")) {
        doctor_add_setting(view, row, findings);
        return;
    }
    if (!doctor_waits(view, row, findings))
        return;
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "on: the first change of each page after a checkpoint is logged whole");
    finding_advise(finding,
                   "Every drop of a database makes a checkpoint, so tests log their pages again "
                   "and again; off, that is saved. A crash of the machine can then leave "
                   "torn pages.");
    finding_set_fix(finding, FIX_IN_PSQL, superuser,
                    sql_fix(SQL_FIX_SYSTEM, "full_page_writes", "off"));
}

void doctor_examine_wal(const struct doctor_view *view, const struct doctor_check *row,
                        struct findings *findings)
{
    const struct inventory *inventory = view->inventory;
    size_t workers = view->scope->worker_count;
    struct strategy_choice choice =
        strategy_choose(view->scope->settings, inventory, view->server_version, workers);
    int64_t bytes = results_number(view->facts, DOCTOR_TEMPLATE, 0, "size", 0);
    int64_t logged = bytes * (int64_t)workers;
    struct strbuf text OWNED(strbuf_release) = {0};
    char value[24];
    struct finding *finding;

    if (inventory->max_wal_bytes < 0) {
        (void)findings_add(findings, &row->check, FINDING_OK, "not known");
        return;
    }
    doctor_add_size(&text, inventory->max_wal_bytes);
    if (choice.strategy != STRATEGY_WAL_LOG || logged <= inventory->max_wal_bytes) {
        (void)findings_add(findings, &row->check, FINDING_OK, "%s", strbuf_text(&text));
        return;
    }
    strbuf_add(&text, ", and the copies take ");
    doctor_add_size(&text, logged);
    finding = findings_add(findings, &row->check, FINDING_WARNING, "%s of the write-ahead log",
                           strbuf_text(&text));
    finding_advise(finding,
                   "What is beyond it has to be written before the server goes on: 64 "
                   "copies of 35 MB took 5.4 s, with more room 5.2 (docs/performance.md).");
    (void)snprintf(value, sizeof value, "%" PRId64 "MB", (logged >> 20) * 2);
    finding_set_fix(finding, FIX_IN_PSQL, "a superuser",
                    sql_fix(SQL_FIX_SYSTEM, "max_wal_size", value));
}
