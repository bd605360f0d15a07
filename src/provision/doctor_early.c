/* What is examined before there is a connection. */
#include "pgclone/provision/doctor_early.h"

#include <ctype.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/doctor.h"
#include "pgclone/provision/doctor_checks.h"
#include "pgclone/provision/template_facts.h"

static const struct check checks[] = {
    [EARLY_SETTINGS] = {"settings", "the settings can be read", FINDING_ERROR},
    [EARLY_SCOPE] = {"scope", "the settings say what is cloned, and how it is named",
                     FINDING_ERROR},
    [EARLY_SERIAL] = {"serial", "with creation off there is one worker, and a database for it",
                      FINDING_ERROR},
    [EARLY_BUILD] = {"build", "the template's files can be read", FINDING_ERROR},
    [EARLY_CONNECTION] = {"connection", "the server can be reached", FINDING_ERROR},
    [EARLY_PROXY] = {"proxy", "no proxy breaks sessions apart", FINDING_ERROR},
};

const struct check *doctor_early_check(enum doctor_early row)
{
    return &checks[row];
}

const struct check *doctor_early_check_at(size_t index)
{
    return index < sizeof checks / sizeof checks[0] ? &checks[index] : NULL;
}

/* ---------------------------------------------------------------------------------------- blame */

/* Adds that a line of a file counts no more: `path:7: key: …`. */
static char *early_fix_line(const char *message)
{
    const char *colon = strchr(message, ':');
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    struct strbuf out = {0};
    struct strbuf name OWNED(strbuf_release) = {0};

    if (digits == 0 || colon[1 + digits] != ':')
        return NULL;
    strbuf_add_bytes(&name, message, (size_t)(colon - message));
    strbuf_printf(&out, "sed -i '%.*ss/^/# /' ", (int)digits, colon + 1);
    doctor_add_quoted(&out, strbuf_text(&name));
    return strbuf_take(&out);
}

/* A mistake begins with its source; what takes that away leaves the default. NULL: there is nothing
 * to type, as it stood on the command line. */
static char *early_fix_source(const char *message)
{
    static const char own[] = "PGCLONE_";
    size_t length = 0;
    struct strbuf out = {0};

    if (strncmp(message, own, strlen(own)) != 0)
        return early_fix_line(message);
    while (isupper((unsigned char)message[length]) || message[length] == '_')
        length++;
    if (message[length] != ':')
        return NULL;
    strbuf_printf(&out, "unset %.*s", (int)length, message);
    return strbuf_take(&out);
}

void doctor_add_mistakes(const struct error *err, struct findings *findings)
{
    const char *at = err->message;

    while (at[0] != '\0') {
        size_t length = strcspn(at, "\n");
        struct finding *finding =
            findings_add(findings, &checks[EARLY_SETTINGS], FINDING_ERROR, "%.*s", (int)length, at);
        char *fix = early_fix_source(finding->text);

        finding->exit_code = error_exit_code(err);
        if (fix != NULL)
            finding_advise(finding, "Correct it, or let the default hold:");
        else if (err->hint != NULL)
            finding_advise(finding, "%s", err->hint);
        finding_set_fix(finding, FIX_IN_SHELL, NULL, fix);
        at += length;
        at += at[0] == '\n' ? 1 : 0;
    }
}

/* ---------------------------------------------------------------------------------------- scope */

/* Guards G1 and G4 name no source where the database of the server URL is the template. */
static char *early_fix_template(const struct settings *settings)
{
    struct url url OWNED(url_release) = {0};
    const char *name = settings->template_name;
    const char *maintenance = settings->maintenance_database;
    bool usual = strcmp(maintenance, IDENTITY_MAINTENANCE_DATABASE) == 0;

    if (name == NULL && url_parse(settings->server, &url, NULL))
        name = url_get(&url, "dbname");
    if (name == NULL || strcmp(name, maintenance) != 0)
        return doctor_export(settings, SETTING_EXTERNAL_SCHEMA, "false");
    return doctor_export(settings, SETTING_MAINTENANCE_DATABASE,
                         usual ? IDENTITY_SITE_DATABASE : IDENTITY_MAINTENANCE_DATABASE);
}

static void early_add_scope(const struct settings *settings, const struct error *err,
                            struct findings *findings)
{
    struct finding *finding = findings_add_error(findings, &checks[EARLY_SCOPE], err);
    char *fix = early_fix_source(finding->text);

    if (fix == NULL && err->kind == ERROR_GUARD)
        fix = early_fix_template(settings);
    finding_set_fix(finding, FIX_IN_SHELL, NULL, fix);
}

static void early_add_names(const struct settings *settings, const struct error *err,
                            struct findings *findings)
{
    finding_set_fix(
        findings_add_error(findings, &checks[EARLY_SCOPE], err), FIX_IN_SHELL, NULL,
        doctor_export(settings, SETTING_NAME,
                      settings->run_id != NULL ? "test_{run}_{worker}" : "test_{worker}"));
}

/* --------------------------------------------------------------------------------------- serial */

static void early_add_serial(const struct settings *settings, const struct guard *guard,
                             const struct error *err, struct findings *findings)
{
    bool workers = strcmp(guard->id, "G2") == 0;

    finding_set_fix(findings_add_error(findings, &checks[EARLY_SERIAL], err), FIX_IN_SHELL, NULL,
                    workers ? doctor_export(settings, SETTING_WORKERS, "1")
                            : doctor_export(settings, SETTING_CREATE_DATABASE, "true"));
}

static void early_examine_serial(const struct scope *scope, struct findings *findings)
{
    const struct guard_view view = {.scope = scope};
    const struct guard *guard;
    bool well = true;

    for (size_t i = 0; (guard = guard_at(i)) != NULL; i++) {
        struct error err OWNED(error_release) = {0};

        if (guard->stage != GUARD_SERIAL || guard->check(&view, &err))
            continue;
        early_add_serial(scope->settings, guard, &err, findings);
        well = false;
    }
    if (well)
        (void)findings_add(findings, &checks[EARLY_SERIAL], FINDING_OK,
                           "creation is off: the tests get \"%s\" as it is, and no server is asked",
                           scope->configured);
}

static bool early_examine_files(const struct scope *scope, struct findings *findings)
{
    struct fingerprint_source source = {0};
    struct error err OWNED(error_release) = {0};

    if (scope->built == NULL)
        return true;
    if (template_facts_read_files(scope, &source, &err)) {
        (void)findings_add(findings, &checks[EARLY_BUILD], FINDING_OK, "%s",
                           checks[EARLY_BUILD].title);
        return true;
    }
    (void)findings_add_error(findings, &checks[EARLY_BUILD], &err);
    return false;
}

bool doctor_examine_early(const struct settings *settings, struct scope *scope,
                          struct findings *findings)
{
    struct error err OWNED(error_release) = {0};

    if (!scope_resolve(settings, scope, &err)) {
        early_add_scope(settings, &err, findings);
        return false;
    }
    (void)findings_add(findings, &checks[EARLY_SETTINGS], FINDING_OK, "%s",
                       settings->config != NULL ? settings->config : "no pgclone.yaml");
    if (scope_is_serial(settings)) {
        early_examine_serial(scope, findings);
        return false;
    }
    if (!scope_name_workers(scope, &err)) {
        early_add_names(settings, &err, findings);
        return false;
    }
    (void)findings_add(findings, &checks[EARLY_SCOPE], FINDING_OK,
                       "project \"%s\", %zu workers, %s%s", scope->project, scope->worker_count,
                       scope_source(scope) != NULL ? "clones of " : "empty databases",
                       scope->built != NULL          ? "a template that is built"
                       : scope_source(scope) != NULL ? scope_source(scope)
                                                     : "");
    return early_examine_files(scope, findings);
}
