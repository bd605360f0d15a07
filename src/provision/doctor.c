#include "pgclone/provision/doctor.h"

#include <libpq-fe.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sql_doctor.h"
#include "pgclone/postgres/sqlstate.h"
#include "pgclone/provision/doctor_checks.h"
#include "pgclone/provision/doctor_early.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/template_ready.h"

/* Between two looks at who is in the template, as a create has them. */
static const int pause_ms = 100;

struct doctor {
    struct scope plain; /* the scope, whose template is the user's own; borrows all it has */
    struct session session;
    struct inventory found;
    struct results facts;
    bool missing;
};

static void doctor_release(struct doctor *doctor)
{
    session_close(&doctor->session);
    inventory_release(&doctor->found);
    results_release(&doctor->facts);
}

/* --------------------------------------------------------------------------------------- looking
 */

/* Waits for whoever is in the template as a create would, but only where nothing else would end it
 * before; ends nobody's session. */
static enum look_verdict doctor_judge(struct look *look, int64_t elapsed_ms, struct error *err)
{
    const struct doctor *doctor = look->request.context;
    const struct settings *settings = doctor->plain.settings;
    int version = session_server_version(look->session);

    (void)err;
    if (results_rows(&look->found.results, LOOK_SESSIONS) == 0 || settings->disconnect_template ||
        elapsed_ms >= (int64_t)settings->wait_s * 1000 ||
        !guard_server(&doctor->plain, &look->found, version, NULL) ||
        !guard_names(&doctor->plain, &look->found, NULL))
        return LOOK_IS_ENOUGH;
    look->pause_ms = pause_ms;
    return LOOK_AGAIN;
}

static bool doctor_look(struct doctor *doctor, struct error *err)
{
    const struct scope *scope = &doctor->plain;
    const struct look_request request = {
        .catalog = {.names = scope->names,
                    .name_count = scope->worker_count,
                    .lock_names = true,
                    .all_marked = true,
                    .sizes = true,
                    .template_name = scope->template_name,
                    .template_size = true,
                    .owner = scope->settings->owner,
                    .grant_to = scope->settings->grant_to},
        .strategy = true,
        .judge = doctor_judge,
        .context = doctor,
    };

    return look_take(&doctor->session, &request, &doctor->found, err);
}

/* Only superusers may ask, and it is no failure where nobody may. */
static void doctor_count_files(struct doctor *doctor)
{
    struct inventory_template *source = &doctor->found.source;
    struct results results OWNED(results_release) = {0};
    char *sql OWNED(memory_free_string) = NULL;

    if (source->files > 0 || source->folder == NULL || !doctor->found.superuser)
        return;
    sql = sql_files(source->folder, session_server_version(&doctor->session));
    if (session_query(&doctor->session, sql, "look at the template's files", &results, NULL))
        source->files = results_number(&results, 0, 0, "files", 0);
}

static bool doctor_ask(struct doctor *doctor, struct error *err)
{
    char *sql OWNED(memory_free_string) =
        sql_doctor(doctor->plain.template_name, session_server_version(&doctor->session));

    return session_query(&doctor->session, sql, "examine the server", &doctor->facts, err);
}

/* ------------------------------------------------------------------------------------ connection
 */

static struct finding *doctor_add_early(enum doctor_early row, const struct error *err,
                                        struct findings *findings)
{
    return findings_add_error(findings, doctor_early_check(row), err);
}

static void doctor_add_no_connection(const struct scope *scope, const struct error *err,
                                     struct findings *findings)
{
    const char *maintenance = scope->settings->maintenance_database;
    struct finding *finding = doctor_add_early(EARLY_CONNECTION, err, findings);
    bool usual = strcmp(maintenance, IDENTITY_MAINTENANCE_DATABASE) == 0;
    char *fix = NULL;

    if (strcmp(err->sqlstate, SQLSTATE_UNDEFINED_DATABASE) == 0)
        fix = doctor_export(scope->settings, SETTING_MAINTENANCE_DATABASE,
                            usual ? IDENTITY_SITE_DATABASE : IDENTITY_MAINTENANCE_DATABASE);
    else if (strcmp(err->sqlstate, SQLSTATE_INVALID_PASSWORD) == 0 &&
             url_get(&scope->url, "password") == NULL)
        fix = memory_copy_string("read -rs PGPASSWORD && export PGPASSWORD");
    finding_set_fix(finding, FIX_IN_SHELL, NULL, fix);
}

/* Asks the server, which the proxy hides, where it is; the password is left to PGPASSWORD. */
static char *doctor_fix_proxy(struct doctor *doctor)
{
    const struct scope *scope = &doctor->plain;
    const char *const wanted[] = {"user", "dbname"};
    struct results results OWNED(results_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    const char *host = NULL;

    if (!session_query(&doctor->session, sql_doctor_address, "ask where the server is", &results,
                       NULL))
        return NULL;
    host = results_text(&results, 0, 0, "address");
    if (host == NULL)
        host = url_get(&scope->url, "host");
    strbuf_printf(&text, "host=%s port=%s", host != NULL ? host : "localhost",
                  results_text(&results, 0, 0, "port"));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (url_get(&scope->url, wanted[i]) != NULL)
            strbuf_printf(&text, " %s=%s", wanted[i], url_get(&scope->url, wanted[i]));
    return doctor_export(scope->settings, SETTING_SERVER, strbuf_text(&text));
}

/* Whether a failure leaves nothing to be said: the user has interrupted it. */
static bool doctor_gives_up(struct error *failure, struct error *err)
{
    return failure->kind == ERROR_INTERRUPTED && !error_move(err, failure);
}

static bool doctor_after_look(struct doctor *doctor, struct error *failure,
                              struct findings *findings, struct error *err)
{
    struct finding *finding;

    if (doctor_gives_up(failure, err))
        return false;
    if (failure->sqlstate[0] != '\0' || failure->kind != ERROR_SERVER) {
        doctor_add_no_connection(&doctor->plain, failure, findings);
        return true;
    }
    /* The one thing that a look refuses by itself (proxy.h). */
    finding = doctor_add_early(EARLY_PROXY, failure, findings);
    finding_set_fix(finding, FIX_IN_SHELL, NULL, doctor_fix_proxy(doctor));
    return true;
}

/* ----------------------------------------------------------------------------------- examination
 */

static void doctor_judge_all(struct doctor *doctor, struct findings *findings)
{
    const struct doctor_view view = {
        .scope = &doctor->plain,
        .inventory = &doctor->found,
        .facts = &doctor->facts,
        .server_version = session_server_version(&doctor->session),
        .libpq_version = PQlibVersion(),
        .pooled = doctor->found.pid != session_backend_pid(&doctor->session),
        .missing = doctor->missing,
    };
    const struct doctor_check *row;

    (void)findings_add(findings, doctor_early_check(EARLY_CONNECTION), FINDING_OK, "%s",
                       doctor_early_check(EARLY_CONNECTION)->title);
    (void)findings_add(findings, doctor_early_check(EARLY_PROXY), FINDING_OK, "%s",
                       doctor_early_check(EARLY_PROXY)->title);
    for (size_t i = 0; (row = doctor_check_at(i)) != NULL; i++)
        row->examine(&view, row, findings);
}

/* False where there is no connection, or none of use. */
static bool doctor_connect(struct doctor *doctor, struct error *failure)
{
    struct template_ready ready = {.dry_run = true};
    bool built = doctor->plain.built != NULL;

    if (!session_query(&doctor->session, sql_backend_pid, "connect", NULL, failure) ||
        (built && !template_ready(&doctor->session, &ready, failure)))
        return false;
    doctor->missing = ready.missing;
    return true;
}

static bool doctor_examine_server_of(const struct scope *scope, struct findings *findings,
                                     struct error *err)
{
    struct doctor doctor OWNED(doctor_release) = {.plain = *scope};
    struct error failure OWNED(error_release) = {0};

    doctor.plain.template_name = scope_source(scope);
    doctor.plain.watched = NULL;
    if (!session_open(&doctor.plain, LEASE_CREATE, &doctor.session, err))
        return false;
    if (!doctor_connect(&doctor, &failure)) {
        if (doctor_gives_up(&failure, err))
            return false;
        if (failure.kind != ERROR_CONNECTION && scope->built != NULL)
            (void)doctor_add_early(EARLY_BUILD, &failure, findings);
        else
            doctor_add_no_connection(scope, &failure, findings);
        return true;
    }
    if (!doctor_look(&doctor, &failure) || !doctor_ask(&doctor, &failure))
        return doctor_after_look(&doctor, &failure, findings, err);
    doctor_count_files(&doctor);
    doctor_judge_all(&doctor, findings);
    return true;
}

bool doctor_examine(const struct settings *settings, const struct enclosing_run *enclosing,
                    struct findings *findings, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};

    if (!doctor_examine_early(settings, &scope, findings))
        return true;
    scope.enclosing = enclosing;
    return doctor_examine_server_of(&scope, findings, err);
}
