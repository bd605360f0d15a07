/* Which server this is, and what the role may do there. */
#include <inttypes.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/postgres/sql_undo.h"
#include "pgclone/provision/doctor_checks.h"

static const char superuser[] = "a superuser";

/* The versions that pgclone is tested with. */
static const int oldest_version = 130000;

void doctor_examine_server(const struct doctor_view *view, const struct doctor_check *row,
                           struct findings *findings)
{
    bool old = view->server_version < oldest_version;
    struct finding *finding = findings_add(
        findings, &row->check, old ? FINDING_WARNING : FINDING_OK, "PostgreSQL %s, by libpq %d.%d",
        results_text(view->facts, DOCTOR_SERVER, 0, "server"), view->libpq_version / 10000,
        view->libpq_version % 10000);

    if (old)
        finding_advise(finding, "pgclone is for PostgreSQL 13 and newer: upgrade the server.");
}

/* Who clones a template waits until nobody is in it, and pgclone's own sessions are here. */
void doctor_examine_maintenance(const struct doctor_view *view, const struct doctor_check *row,
                                struct findings *findings)
{
    const struct settings *settings = view->scope->settings;
    const char *name = settings->maintenance_database;
    struct finding *finding;

    if (strcmp(name, IDENTITY_SITE_DATABASE) != 0) {
        (void)findings_add(findings, &row->check, FINDING_OK, "connected to \"%s\" as \"%s\"", name,
                           view->inventory->role);
        return;
    }
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "the maintenance database is \"%s\", which new "
                           "databases are copies of",
                           name);
    finding_advise(finding, "While pgclone is at work nobody else can create databases.");
    finding_set_fix(
        finding, FIX_IN_SHELL, NULL,
        doctor_export(settings, SETTING_MAINTENANCE_DATABASE, IDENTITY_MAINTENANCE_DATABASE));
}

void doctor_examine_pool(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    if (!view->pooled) {
        (void)findings_add(findings, &row->check, FINDING_OK, "the server is reached directly");
        return;
    }
    finding_advise(findings_add(findings, &row->check, FINDING_WARNING,
                                "a proxy stands in front of the server, which pools sessions"),
                   "It may keep sessions open in the template and in databases that are to be "
                   "dropped: connect to the server itself where that is possible.");
}

/* ---------------------------------------------------------------------------------------- undo */

/* Whether something is in the way of undoing; `finding` says what, and is a mere remark where
 * nobody wants it. */
static struct finding *doctor_add_obstacle(const struct doctor_view *view,
                                           const struct doctor_check *row, enum error_kind kind,
                                           const char *text, struct findings *findings)
{
    bool wanted = view->scope->settings->reset == RESET_UNDO;
    const struct error code = {.kind = kind};
    struct finding *finding =
        findings_add(findings, &row->check, wanted ? FINDING_ERROR : FINDING_OK, "%s%s",
                     wanted ? "" : "not set, and could not be: ", text);

    if (wanted)
        finding->exit_code = error_exit_code(&code);
    return finding;
}

static void doctor_examine_tables(const struct doctor_view *view, const struct doctor_check *row,
                                  struct findings *findings)
{
    const char *owner = results_text(view->facts, DOCTOR_OWNERS, 0, "owner");
    const char *name = view->scope->template_name;
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "the template \"%s\" has tables of \"%s\", which \"%s\" may not watch",
                  name, owner, view->inventory->role);
    finding_set_fix(doctor_add_obstacle(view, row, ERROR_PRIVILEGE, strbuf_text(&text), findings),
                    FIX_IN_PSQL, superuser,
                    sql_fix(SQL_FIX_REASSIGN, name, owner, view->inventory->role));
}

static void doctor_add_no_obstacle(const struct doctor_view *view, const struct doctor_check *row,
                                   struct findings *findings)
{
    bool wanted = view->scope->settings->reset == RESET_UNDO;
    struct finding *finding =
        findings_add(findings, &row->check, FINDING_OK, "%s",
                     wanted ? "changes can be undone" : "not set; \"reset: undo\" would work");

    if (!view->inventory->superuser)
        finding_advise(finding, "Not known without a look into the template: tables of the "
                                "superuser who made the server, which this role may not watch, "
                                "and foreign or unlogged ones.");
}

void doctor_examine_undo(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    const struct settings *settings = view->scope->settings;
    const char *role = view->inventory->role;
    struct strbuf text OWNED(strbuf_release) = {0};

    if (view->server_version < SQL_UNDO_VERSION) {
        strbuf_printf(&text, "this server (PostgreSQL %d) cannot prove that an undo is whole",
                      view->server_version / 10000);
        finding_set_fix(
            doctor_add_obstacle(view, row, ERROR_USAGE, strbuf_text(&text), findings), FIX_IN_SHELL,
            NULL,
            settings->reset == RESET_UNDO ? doctor_export(settings, SETTING_RESET, "swap") : NULL);
    } else if (view->scope->template_name == NULL || !view->inventory->source.found) {
        (void)findings_add(findings, &row->check, FINDING_OK,
                           "not known, as there is no template yet");
    } else if (!results_bool(view->facts, DOCTOR_SERVER, 0, "may_replay")) {
        strbuf_printf(&text, "role \"%s\" may not set session_replication_role", role);
        finding_set_fix(
            doctor_add_obstacle(view, row, ERROR_PRIVILEGE, strbuf_text(&text), findings),
            FIX_IN_PSQL, superuser, sql_fix(SQL_FIX_REPLAY, role));
    } else if (results_rows(view->facts, DOCTOR_OWNERS) > 0) {
        doctor_examine_tables(view, row, findings);
    } else {
        doctor_add_no_obstacle(view, row, findings);
    }
}

/* -------------------------------------------------------------------------------------- rights */

void doctor_examine_primary(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings)
{
    struct finding *finding;

    if (doctor_passes_guard(view, 0, row, findings, &finding))
        (void)findings_add(findings, &row->check, FINDING_OK, "%s", row->check.title);
}

void doctor_examine_role(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    const char *role = view->inventory->role;
    struct finding *finding;

    if (doctor_passes_guard(view, 0, row, findings, &finding))
        (void)findings_add(findings, &row->check, FINDING_OK, "role \"%s\" may create databases%s",
                           role, view->inventory->superuser ? ", as a superuser" : "");
    else {
        finding_advise(finding, "Let it, or connect as a role that may.");
        finding_set_fix(finding, FIX_IN_PSQL, superuser, sql_fix(SQL_FIX_CREATEDB, role));
    }
}

static char *doctor_fix_owner(const struct doctor_view *view)
{
    const char *owner = view->scope->settings->owner;
    const char *role = view->inventory->role;
    struct strbuf out = {0};
    char *make OWNED(memory_free_string) = sql_fix(SQL_FIX_ROLE, owner);
    char *join OWNED(memory_free_string) = view->server_version >= 160000
                                               ? sql_fix(SQL_FIX_MEMBER_16, owner, role)
                                               : sql_fix(SQL_FIX_MEMBER, owner, role, role);

    if (!view->inventory->owner.found)
        strbuf_printf(&out, "%s\n", make);
    strbuf_add(&out, join);
    return strbuf_take(&out);
}

void doctor_examine_owner(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings)
{
    const char *owner = view->scope->settings->owner;
    struct finding *finding;

    if (doctor_passes_guard(view, 0, row, findings, &finding))
        (void)findings_add(findings, &row->check, FINDING_OK, "databases will belong to \"%s\"",
                           owner != NULL ? owner : view->inventory->role);
    else
        finding_set_fix(finding, FIX_IN_PSQL, superuser, doctor_fix_owner(view));
}

void doctor_examine_grantee(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings)
{
    const char *grantee = view->scope->settings->grant_to;
    struct finding *finding;

    if (!doctor_passes_guard(view, 0, row, findings, &finding))
        finding_set_fix(finding, FIX_IN_PSQL, "a role with CREATEROLE",
                        sql_fix(SQL_FIX_ROLE, grantee));
    else if (grantee != NULL)
        (void)findings_add(findings, &row->check, FINDING_OK, "role \"%s\" exists", grantee);
    else
        (void)findings_add(findings, &row->check, FINDING_OK, "not set");
}
