#include "pgclone/provision/doctor_checks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"

static const struct doctor_check checks[] = {
    {{"server", "the server's version is one that pgclone knows", FINDING_WARNING},
     NULL,
     doctor_examine_server},
    {{"maintenance", "the maintenance database is nobody's template", FINDING_WARNING},
     NULL,
     doctor_examine_maintenance},
    {{"pool", "no proxy keeps sessions open in front of the server", FINDING_WARNING},
     NULL,
     doctor_examine_pool},
    {{"undo", "changes can be undone, where `reset: undo` is set", FINDING_ERROR},
     NULL,
     doctor_examine_undo},
    {{"primary", "the server takes changes", FINDING_ERROR}, "server", doctor_examine_primary},
    {{"role", "the role may create databases", FINDING_ERROR}, "role", doctor_examine_role},
    {{"template", "the template is there, whole, and may be cloned", FINDING_ERROR},
     "template",
     doctor_examine_template},
    {{"owner", "the role may make databases for their owner", FINDING_ERROR},
     "owner",
     doctor_examine_owner},
    {{"grant_to", "the role that gets the privileges exists", FINDING_ERROR},
     "grant_to",
     doctor_examine_grantee},
    {{"strategy", "the server has the strategy", FINDING_ERROR},
     "strategy",
     doctor_examine_strategy},
    {{"names", "the workers' names are free, or borne by databases of pgclone's", FINDING_ERROR},
     "G5",
     doctor_examine_foreign},
    {{"held", "no living process holds the workers' databases", FINDING_ERROR},
     "G6",
     doctor_examine_held},
    {{"existing", "the workers' databases may be there already, or are not", FINDING_ERROR},
     "existing",
     doctor_examine_existing},
    {{"busy", "nobody is in the template", FINDING_ERROR}, NULL, doctor_examine_busy},
    {{"collation", "the template's text is sorted as the system sorts it now", FINDING_ERROR},
     NULL,
     doctor_examine_collation},
    {{"run names", "the names leave room for the id that `run` makes up", FINDING_WARNING},
     NULL,
     doctor_examine_run_names},
    {{"runs", "which runs are alive on the server", FINDING_OK}, NULL, doctor_examine_runs},
    {{"stale", "dead runs have left nothing on the server", FINDING_WARNING},
     NULL,
     doctor_examine_stale},
    {{"invalid", "interrupted drops have left nothing on the server", FINDING_WARNING},
     NULL,
     doctor_examine_invalid},
    {{"limit", "the template's copies take as many connections as a pool needs", FINDING_WARNING},
     NULL,
     doctor_examine_limit},
    {{"connections", "connections are left for the jobs and for every worker's pool",
      FINDING_WARNING},
     NULL,
     doctor_examine_connections},
    {{"role limit", "the role may have these connections", FINDING_WARNING},
     NULL,
     doctor_examine_role_limit},
    {{"locks", "there are locks for every table of every worker's database", FINDING_WARNING},
     NULL,
     doctor_examine_locks},
    {{"reflink", "files are cloned, not copied", FINDING_OK}, NULL, doctor_examine_reflink},
    {{"fsync", "nobody waits for a disk to have files", FINDING_WARNING},
     NULL,
     doctor_examine_fsync},
    {{"synchronous_commit", "tests do not wait for a disk at each commit", FINDING_WARNING},
     NULL,
     doctor_examine_commit},
    {{"full_page_writes", "pages are not logged whole", FINDING_WARNING},
     NULL,
     doctor_examine_pages},
    {{"max_wal_size", "the copies fit into the write-ahead log", FINDING_WARNING},
     NULL,
     doctor_examine_wal},
};

const struct doctor_check *doctor_check_at(size_t index)
{
    return index < sizeof checks / sizeof checks[0] ? &checks[index] : NULL;
}

static const struct guard *doctor_guard(const char *id)
{
    const struct guard *guard;
    size_t i = 0;

    while ((guard = guard_at(i++)) != NULL && strcmp(guard->id, id) != 0)
        ;
    return guard;
}

bool doctor_passes_guard(const struct doctor_view *view, size_t worker,
                         const struct doctor_check *row, struct findings *findings,
                         struct finding **finding)
{
    const struct guard_view looked = {.scope = view->scope,
                                      .inventory = view->inventory,
                                      .server_version = view->server_version,
                                      .worker = worker};
    const struct guard *guard = doctor_guard(row->guard);
    struct error err OWNED(error_release) = {0};

    if (guard == NULL || guard->check(&looked, &err))
        return true;
    *finding = findings_add_error(findings, &row->check, &err);
    return false;
}

const char *doctor_setting(const struct doctor_view *view, const char *name)
{
    for (int row = 0; row < results_rows(view->facts, DOCTOR_SETTINGS); row++) {
        const char *value = results_text(view->facts, DOCTOR_SETTINGS, row, "value");

        if (strcmp(results_text(view->facts, DOCTOR_SETTINGS, row, "name"), name) == 0)
            return value != NULL ? value : "";
    }
    return "";
}

int64_t doctor_setting_number(const struct doctor_view *view, const char *name)
{
    return strtoll(doctor_setting(view, name), NULL, 10);
}

void doctor_add_quoted(struct strbuf *out, const char *word)
{
    strbuf_add_char(out, '\'');
    for (; *word != '\0'; word++)
        if (*word == '\'')
            strbuf_add(out, "'\\''");
        else
            strbuf_add_char(out, *word);
    strbuf_add_char(out, '\'');
}

char *doctor_export(const struct settings *settings, enum setting_id id, const char *value)
{
    struct strbuf out = {0};

    if (settings->origin[id].kind == ORIGIN_FLAG)
        return NULL;
    strbuf_printf(&out, "export %s=", settings_row(id)->environment);
    doctor_add_quoted(&out, value);
    return strbuf_take(&out);
}

void doctor_add_size(struct strbuf *out, int64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    size_t unit = 0;

    for (; bytes >= 10240 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        bytes /= 1024;
    strbuf_printf(out, "%" PRId64 " %s", bytes, units[unit]);
}
