/* What is cloned, and who is in it. */
#include <inttypes.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/provision/doctor_checks.h"

/* How a look tells of a prepared transaction in the place of a session's application. */
static const char prepared[] = "prepared transaction ";

/* Why there is nothing to say of a template. */
static bool doctor_has_template(const struct doctor_view *view, const struct doctor_check *row,
                                struct findings *findings)
{
    if (view->scope->template_name != NULL && view->inventory->source.found)
        return true;
    (void)findings_add(findings, &row->check, FINDING_OK, "%s",
                       view->scope->template_name == NULL ? "no template: databases are made empty"
                                                          : "the template is not there");
    return false;
}

static void doctor_describe_template(const struct doctor_view *view, const struct doctor_check *row,
                                     struct findings *findings)
{
    const struct inventory_template *source = &view->inventory->source;
    int64_t bytes = results_number(view->facts, DOCTOR_TEMPLATE, 0, "size", -1);
    bool is_open = results_bool(view->facts, DOCTOR_TEMPLATE, 0, "is_open");
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_printf(&text, "\"%s\", %s", view->scope->template_name,
                  source->owned ? "which the role owns" : "which may be cloned");
    if (bytes >= 0) {
        strbuf_add(&text, ", ");
        doctor_add_size(&text, bytes);
    }
    if (source->files > 0)
        strbuf_printf(&text, " in %" PRId64 " files", source->files);
    strbuf_add(&text, is_open ? ", open to sessions, which would keep it busy"
                              : ", sealed: nobody can connect to it");
    (void)findings_add(findings, &row->check, FINDING_OK, "%s", strbuf_text(&text));
}

void doctor_examine_template(const struct doctor_view *view, const struct doctor_check *row,
                             struct findings *findings)
{
    const struct inventory_template *source = &view->inventory->source;
    const char *name = view->scope->template_name;
    const char *role = view->inventory->role;
    struct finding *finding;

    if (doctor_passes_guard(view, 0, row, findings, &finding)) {
        if (view->missing)
            (void)findings_add(findings, &row->check, FINDING_OK,
                               "\"%s\" is to be built, which the next create does", name);
        else if (doctor_has_template(view, row, findings))
            doctor_describe_template(view, row, findings);
    } else if (!source->found) {
        finding_set_fix(finding, FIX_IN_PSQL, NULL, sql_fix(SQL_FIX_MAKE, name, role));
        finding_advise(finding, "Create it, and run your migrations on it; or name another one "
                                "with --template.");
    } else if (source->invalid) {
        finding_set_fix(finding, FIX_IN_PSQL, "its owner",
                        sql_fix(SQL_FIX_REMAKE, name, name, role));
    } else {
        finding_set_fix(finding, FIX_IN_PSQL, "its owner", sql_fix(SQL_FIX_CLONABLE, name));
    }
}

/* ---------------------------------------------------------------------------------------- busy */

static void doctor_add_session(const struct results *results, int row, const char *name,
                               struct strbuf *who, struct strbuf *commands)
{
    const char *pid = results_text(results, LOOK_SESSIONS, row, "pid");
    const char *role = results_text(results, LOOK_SESSIONS, row, "role");
    const char *application = results_text(results, LOOK_SESSIONS, row, "application");
    char *fix OWNED(memory_free_string) = NULL;

    application = application != NULL ? application : "";
    if (pid != NULL)
        fix = sql_fix(SQL_FIX_END_SESSION, pid);
    else if (strncmp(application, prepared, strlen(prepared)) == 0)
        fix = sql_fix(SQL_FIX_ROLL_BACK, name, application + strlen(prepared));
    strbuf_printf(who, "%suser \"%s\"", row > 0 ? "; " : "", role != NULL ? role : "");
    if (pid != NULL)
        strbuf_printf(who, ", process %s", pid);
    if (application[0] != '\0')
        strbuf_printf(who, ", %s\"%s\"", pid != NULL ? "application " : "", application);
    if (fix != NULL)
        strbuf_printf(commands, "%s%s", commands->length > 0 ? "\n" : "", fix);
}

void doctor_examine_busy(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    const struct results *results = &view->inventory->results;
    const struct settings *settings = view->scope->settings;
    const char *name = view->scope->template_name;
    const struct error busy = {.kind = ERROR_BUSY};
    struct strbuf who OWNED(strbuf_release) = {0};
    struct strbuf commands OWNED(strbuf_release) = {0};
    struct finding *finding;
    int sessions = results_rows(results, LOOK_SESSIONS);

    if (!doctor_has_template(view, row, findings))
        return;
    if (sessions == 0) {
        (void)findings_add(findings, &row->check, FINDING_OK, "nobody is in \"%s\"", name);
        return;
    }
    for (int i = 0; i < sessions; i++)
        doctor_add_session(results, i, name, &who, &commands);
    finding = findings_add(findings, &row->check,
                           settings->disconnect_template ? FINDING_WARNING : FINDING_ERROR,
                           "the template \"%s\" is in use: %s", name, strbuf_text(&who));
    if (finding->severity == FINDING_ERROR)
        finding->exit_code = error_exit_code(&busy);
    finding_advise(finding,
                   settings->disconnect_template
                       ? "A create ends these sessions first, as disconnect_template says."
                       : "A create waits for them (--wait) and then fails; --disconnect-template "
                         "has it end them.");
    finding_set_fix(finding, FIX_IN_PSQL, "the same user, or a member of pg_signal_backend",
                    strbuf_take(&commands));
}

/* --------------------------------------------------------------------------- collation, limits */

void doctor_examine_collation(const struct doctor_view *view, const struct doctor_check *row,
                              struct findings *findings)
{
    const char *recorded = results_text(view->facts, DOCTOR_TEMPLATE, 0, "recorded");
    const char *actual = results_text(view->facts, DOCTOR_TEMPLATE, 0, "actual");
    const char *name = view->scope->template_name;
    struct finding *finding;

    if (!doctor_has_template(view, row, findings))
        return;
    if (recorded == NULL || (actual != NULL && strcmp(recorded, actual) == 0)) {
        (void)findings_add(findings, &row->check, FINDING_OK, "%s%s",
                           recorded != NULL ? "version " : "without a version",
                           recorded != NULL ? recorded : "");
        return;
    }
    finding = findings_add(findings, &row->check, FINDING_ERROR,
                           "the template \"%s\" was sorted by collation version %s, and the system "
                           "now has %s",
                           name, recorded, actual != NULL ? actual : "none");
    finding_advise(finding, "The server refuses to clone it: its indexes may be in the wrong order "
                            "until they are made anew.");
    finding_set_fix(finding, FIX_IN_PSQL, "its owner",
                    results_bool(view->facts, DOCTOR_TEMPLATE, 0, "is_open")
                        ? sql_fix(SQL_FIX_COLLATION, name, name, name)
                        : sql_fix(SQL_FIX_COLLATION_SEALED, name));
}

/* A pool's connections, of which every framework has about so many unless told otherwise. */
static const int pool_size = 5;

void doctor_examine_limit(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings)
{
    int limit = view->inventory->source.connection_limit;
    struct finding *finding;

    if (!doctor_has_template(view, row, findings))
        return;
    if (limit < 0 || limit >= pool_size) {
        (void)findings_add(findings, &row->check, FINDING_OK, "%s",
                           limit < 0 ? "no limit" : "the limit is high enough");
        return;
    }
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "the template \"%s\" allows %d connections, and so will its copies",
                           view->scope->template_name, limit);
    finding_advise(finding,
                   "A worker with a pool of %d gets \"too many connections for database\".",
                   pool_size);
    finding_set_fix(finding, FIX_IN_PSQL, "its owner",
                    sql_fix(SQL_FIX_NO_LIMIT, view->scope->template_name));
}
