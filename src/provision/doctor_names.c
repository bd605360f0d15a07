/* The workers' names, and what is on the server besides. */
#include <inttypes.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/provision/doctor_checks.h"
#include "pgclone/provision/selection.h"

/* As long as one that `run` makes up. */
static const char sample_run_id[] = "0123abcd";

/* Adds "N names: first … last". */
static void doctor_add_names(const struct scope *scope, struct strbuf *out)
{
    if (scope->worker_count == 1)
        strbuf_printf(out, "\"%s\"", scope->names[0]);
    else
        strbuf_printf(out, "%zu names, \"%s\" to \"%s\"", scope->worker_count, scope->names[0],
                      scope->names[scope->worker_count - 1]);
}

/* Examines the row's guard for every worker, and gives each finding its commands by `fix`. */
static void doctor_examine_workers(const struct doctor_view *view, const struct doctor_check *row,
                                   const char *well, struct findings *findings,
                                   void (*fix)(const struct doctor_view *view, size_t worker,
                                               struct finding *finding))
{
    struct strbuf names OWNED(strbuf_release) = {0};
    size_t before = findings->count;

    for (size_t i = 0; i < view->scope->worker_count; i++) {
        struct finding *finding;

        if (!doctor_passes_guard(view, i, row, findings, &finding))
            fix(view, i, finding);
    }
    if (findings->count > before)
        return;
    doctor_add_names(view->scope, &names);
    (void)findings_add(findings, &row->check, FINDING_OK, "%s: %s", strbuf_text(&names), well);
}

/* Another name takes nothing away from whoever made it. */
static void doctor_fix_foreign(const struct doctor_view *view, size_t worker,
                               struct finding *finding)
{
    static const char ending[] = "_old";
    const char *name = view->scope->names[worker];
    struct strbuf aside OWNED(strbuf_release) = {0};

    strbuf_printf(&aside, "%s%s", name, ending);
    if (aside.length <= IDENTITY_NAME_MAX &&
        inventory_find(view->inventory, strbuf_text(&aside)) == NULL)
        finding_set_fix(finding, FIX_IN_PSQL, "its owner",
                        sql_fix(SQL_FIX_SET_ASIDE, name, strbuf_text(&aside)));
}

void doctor_examine_foreign(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings)
{
    doctor_examine_workers(view, row, "free, or pgclone's own", findings, doctor_fix_foreign);
}

static void doctor_fix_held(const struct doctor_view *view, size_t worker, struct finding *finding)
{
    const struct settings *settings = view->scope->settings;
    bool in_name = settings->name == NULL || strstr(settings->name, "{run}") != NULL;

    (void)worker;
    if (in_name && settings->origin[SETTING_RUN_ID].kind != ORIGIN_FLAG)
        finding_set_fix(finding, FIX_IN_SHELL, NULL,
                        memory_copy_string("export PGCLONE_RUN_ID=\"$(date +%s)\""));
}

void doctor_examine_held(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    doctor_examine_workers(view, row, "held by nobody", findings, doctor_fix_held);
}

static void doctor_fix_existing(const struct doctor_view *view, size_t worker,
                                struct finding *finding)
{
    struct strbuf command OWNED(strbuf_release) = {0};

    strbuf_add(&command, "pgclone drop --name ");
    doctor_add_quoted(&command, view->scope->names[worker]);
    finding_set_fix(finding, FIX_IN_SHELL, NULL, strbuf_take(&command));
}

void doctor_examine_existing(const struct doctor_view *view, const struct doctor_check *row,
                             struct findings *findings)
{
    static const char *const ways[] = {"replaced where they are there", "kept where they are there",
                                       "not there yet"};

    doctor_examine_workers(view, row, ways[view->scope->settings->existing], findings,
                           doctor_fix_existing);
}

/* ------------------------------------------------------------------------------- names of a run */

void doctor_examine_run_names(const struct doctor_view *view, const struct doctor_check *row,
                              struct findings *findings)
{
    struct settings settings = *view->scope->settings;
    struct scope scope = *view->scope;
    char sample[sizeof sample_run_id];
    char *name OWNED(memory_free_string) = NULL;
    struct error err OWNED(error_release) = {0};
    struct finding *finding;

    memcpy(sample, sample_run_id, sizeof sample);
    if (settings.run_id == NULL)
        settings.run_id = sample;
    scope.settings = &settings;
    if (scope_name_of(&scope, scope.workers[scope.worker_count - 1].id, &name, &err)) {
        (void)findings_add(findings, &row->check, FINDING_OK, "a run has names like \"%s\"", name);
        return;
    }
    finding = findings_add_error(findings, &row->check, &err);
    finding->severity = FINDING_WARNING;
    finding->exit_code = 0;
    finding_advise(finding, "A create works, but \"pgclone run\" adds a run id to the names: "
                            "choose shorter ones. Runs that are at work at the same time need ids "
                            "in them ({run}).");
    finding_set_fix(finding, FIX_IN_SHELL, NULL,
                    doctor_export(view->scope->settings, SETTING_NAME, "test_{worker}"));
}

/* Each run once: the databases of one stand together in no order, so that all before are compared.
 */
static bool doctor_is_first_of_run(const struct inventory *inventory, size_t index)
{
    const struct inventory_database *database = &inventory->databases[index];

    for (size_t i = 0; i < index; i++)
        if (inventory->databases[i].held && inventory->databases[i].marked &&
            strcmp(inventory->databases[i].mark.lease, database->mark.lease) == 0)
            return false;
    return true;
}

void doctor_examine_runs(const struct doctor_view *view, const struct doctor_check *row,
                         struct findings *findings)
{
    const struct inventory *inventory = view->inventory;
    size_t before = findings->count;

    for (size_t i = 0; i < inventory->database_count; i++) {
        const struct inventory_database *database = &inventory->databases[i];

        if (!database->held || !database->marked || !doctor_is_first_of_run(inventory, i))
            continue;
        (void)findings_add(findings, &row->check, FINDING_OK,
                           "alive: \"%s\" of project \"%s\", host \"%s\", process %" PRId64,
                           database->mark.run != NULL ? database->mark.run : "",
                           database->mark.project, database->mark.host, database->mark.pid);
    }
    if (findings->count == before)
        (void)findings_add(findings, &row->check, FINDING_OK, "none is alive");
}

/* ------------------------------------------------------------------------------------ left behind
 */

void doctor_examine_stale(const struct doctor_view *view, const struct doctor_check *row,
                          struct findings *findings)
{
    const struct selection selection = {.all = true, .stale = true, .every_project = true};
    struct selected_list list OWNED(selected_list_release) = {0};
    struct strbuf size OWNED(strbuf_release) = {0};
    struct finding *finding;
    int64_t bytes = 0;
    size_t count = 0;

    if (!selection_find(view->inventory, &selection, view->scope->project, &list, NULL))
        return;
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i].kept != NULL)
            continue;
        count++;
        bytes += list.items[i].database->size_bytes > 0 ? list.items[i].database->size_bytes : 0;
    }
    if (count == 0) {
        (void)findings_add(findings, &row->check, FINDING_OK, "nothing is left of dead runs");
        return;
    }
    doctor_add_size(&size, bytes);
    finding = findings_add(findings, &row->check, FINDING_WARNING,
                           "dead runs have left %zu databases, with %s", count, strbuf_text(&size));
    finding_advise(finding, "A create sweeps those of its own project.");
    finding_set_fix(finding, FIX_IN_SHELL, NULL,
                    memory_copy_string("pgclone drop --stale --every-project"));
}

void doctor_examine_invalid(const struct doctor_view *view, const struct doctor_check *row,
                            struct findings *findings)
{
    int rows = results_rows(view->facts, DOCTOR_INVALID);
    const char *source = view->scope->template_name;
    size_t before = findings->count;

    for (int i = 0; i < rows; i++) {
        const char *name = results_text(view->facts, DOCTOR_INVALID, i, "name");
        struct finding *finding;

        if (source != NULL && strcmp(name, source) == 0)
            continue; /* told of already */
        finding = findings_add(findings, &row->check, FINDING_WARNING,
                               "an interrupted drop has left the database \"%s\" of \"%s\"", name,
                               results_text(view->facts, DOCTOR_INVALID, i, "owner"));
        finding_set_fix(finding, FIX_IN_PSQL, "its owner", sql_fix(SQL_FIX_DROP, name));
    }
    if (findings->count == before)
        (void)findings_add(findings, &row->check, FINDING_OK, "none");
}
