#include "pgclone/provision/scope.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/provision/naming.h"
#include "pgclone/template/fingerprint.h"

/* Puts the source of a setting before the message: `--name: …`, `pgclone.yaml:7: name: …`. */
static bool scope_blame(const struct settings *settings, enum setting_id id, struct error *err)
{
    char *origin OWNED(memory_free_string) = settings_origin_text(settings, id);

    return error_prefix(err, "%s: ", origin);
}

bool scope_is_serial(const struct settings *settings)
{
    return !settings->create_database;
}

static bool scope_check_template(const struct settings *settings, const char *name,
                                 struct error *err)
{
    enum setting_id source = settings->template_name != NULL ? SETTING_TEMPLATE : SETTING_SERVER;

    if (name == NULL || name[0] == '\0') {
        error_set(err, ERROR_GUARD, "cloning is on, but no template name is given");
        if (settings->template_name != NULL)
            scope_blame(settings, SETTING_TEMPLATE, err);
        error_hint(err, "Name the database to clone with --template (PGCLONE_TEMPLATE, template in "
                        "pgclone.yaml) or as the database of the server URL, or make empty "
                        "databases with --no-clone.");
        return false;
    }
    if (!naming_check(name, "template", err))
        return scope_blame(settings, source, err);
    if (strcmp(name, settings->maintenance_database) == 0) {
        error_set(err, ERROR_GUARD, "the template \"%s\" is the maintenance database", name);
        return error_hint(err, "pgclone's own sessions there would keep it busy: name another "
                               "template, or another --maintenance-database.");
    }
    return true;
}

bool scope_blame_build(const struct scope *scope, struct error *err)
{
    return scope_blame(scope->settings, SETTING_BUILD, err);
}

bool scope_makes_template(const struct scope *scope)
{
    return scope->built != NULL || scope->watched != NULL;
}

const char *scope_source(const struct scope *scope)
{
    return scope->watched != NULL ? scope->watched->source : scope->template_name;
}

/* The name of a template that pgclone makes is the base name, "_" and the fingerprint. */
static bool scope_check_length(const struct scope *scope, struct error *err)
{
    const size_t most = IDENTITY_NAME_MAX - 1 - FINGERPRINT_DIGITS;

    if (strlen(scope->base) <= most)
        return true;
    error_set(err, ERROR_USAGE,
              "the template's name \"%s\" has more than %zu bytes, and \"_\" and a fingerprint "
              "of %d digits are added to it",
              scope->base, most, FINGERPRINT_DIGITS);
    return error_hint(err, "PostgreSQL's names have at most %d bytes: choose a shorter one.",
                      IDENTITY_NAME_MAX);
}

static bool scope_fill_watched(const struct settings *settings, struct scope *scope,
                               struct error *err)
{
    if (settings->reset != RESET_UNDO || scope_is_serial(settings))
        return true;
    if (scope->template_name == NULL) {
        error_set(err, ERROR_USAGE, "there is nothing to undo in databases that are made empty");
        scope_blame(settings, SETTING_RESET, err);
        return error_hint(err, "Name a template with --template, or set \"reset: swap\".");
    }
    if (!scope_check_length(scope, err))
        return false;
    scope->watched = memory_new(1, sizeof *scope->watched);
    scope->watched->source = scope->template_name;
    scope->template_name = scope->watched->name;
    return true;
}

static bool scope_fill_built(const struct settings *settings, struct scope *scope,
                             struct error *err)
{
    const char *slash = settings->config != NULL ? strrchr(settings->config, '/') : NULL;
    struct strbuf folder = {0};

    if (settings->origin[SETTING_BUILD].kind == ORIGIN_DEFAULT)
        return true;
    if (!scope_check_length(scope, err))
        return false;
    scope->built = memory_new(1, sizeof *scope->built);
    scope->built->build = &settings->build;
    if (slash != NULL) {
        strbuf_add_bytes(&folder, settings->config, (size_t)(slash - settings->config) + 1);
        scope->built->folder = strbuf_take(&folder);
    }
    scope->template_name = scope->built->name;
    return true;
}

static bool scope_fill(const struct settings *settings, struct scope *scope, struct error *err)
{
    const char *configured = url_get(&scope->url, "dbname");

    scope->settings = settings;
    scope->configured = configured != NULL && configured[0] != '\0' ? configured : NULL;
    if (scope->configured != NULL && !naming_check(scope->configured, "database", err))
        return scope_blame(settings, SETTING_SERVER, err);
    scope->base = scope->configured != NULL ? scope->configured : IDENTITY_DEFAULT_BASE;
    if (settings->external_schema && !scope_is_serial(settings)) {
        const char *name =
            settings->template_name != NULL ? settings->template_name : scope->configured;

        if (!scope_check_template(settings, name, err))
            return false;
        scope->template_name = name;
        scope->base = name;
        if (!scope_fill_built(settings, scope, err))
            return false;
    }
    if (!scope_fill_watched(settings, scope, err))
        return false;
    scope->project = settings->project != NULL ? settings->project : scope->base;
    return true;
}

bool scope_resolve(const struct settings *settings, struct scope *out, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};

    if (!url_parse(settings->server, &scope.url, err))
        return scope_blame(settings, SETTING_SERVER, err);
    if (!scope_fill(settings, &scope, err))
        return false;
    *out = scope;
    scope = (struct scope){0};
    return true;
}

bool scope_name_of(const struct scope *scope, const char *worker_id, char **name, struct error *err)
{
    const struct settings *settings = scope->settings;
    const char *pattern =
        settings->name != NULL ? settings->name : naming_default_pattern(settings->run_id);
    const struct naming_parts parts = {.base = scope->base,
                                       .project = scope->project,
                                       .run = settings->run_id,
                                       .worker = runner_worker_label(worker_id)};
    char *expanded OWNED(memory_free_string) = NULL;

    if (!naming_expand(pattern, &parts, &expanded, err))
        return settings->name != NULL ? scope_blame(settings, SETTING_NAME, err) : false;
    if (strcmp(expanded, settings->maintenance_database) == 0 ||
        strcmp(expanded, IDENTITY_EMPTY_DATABASE) == 0 ||
        strcmp(expanded, IDENTITY_SITE_DATABASE) == 0) {
        error_set(err, ERROR_GUARD, "a worker's database may not be \"%s\"", expanded);
        return error_hint(err, "That database belongs to the server's administration; choose "
                               "another --name.");
    }
    if ((scope->template_name != NULL && strcmp(expanded, scope->template_name) == 0) ||
        (scope->watched != NULL && strcmp(expanded, scope->watched->source) == 0)) {
        error_set(err, ERROR_GUARD, "the template \"%s\" is also a worker's database", expanded);
        return error_hint(err, "Making the worker's database would replace the template; choose "
                               "another --name, with {worker} in it.");
    }
    *name = memory_take_string(&expanded);
    return true;
}

/* Two workers with one database would see each other's rows. */
static bool scope_check_unlike(const struct scope *scope, const struct scope_worker *worker,
                               struct error *err)
{
    for (const struct scope_worker *other = scope->workers; other < worker; other++) {
        if (strcmp(other->name, worker->name) != 0)
            continue;
        error_set(err, ERROR_USAGE, "workers %s and %s would share the database \"%s\"",
                  runner_worker_label(other->id), runner_worker_label(worker->id), worker->name);
        scope_blame(scope->settings, SETTING_NAME, err);
        return error_hint(err, "Put {worker} into the name pattern, or set one worker.");
    }
    return true;
}

bool scope_name_these(struct scope *scope, const struct strings *ids, struct error *err)
{
    scope->workers = memory_new(ids->count, sizeof *scope->workers);
    scope->names = memory_new(ids->count, sizeof *scope->names);
    for (size_t i = 0; i < ids->count; i++) {
        struct scope_worker *worker = &scope->workers[i];

        worker->id = memory_copy_string(ids->items[i]);
        scope->worker_count = i + 1;
        if (!scope_name_of(scope, worker->id, &worker->name, err) ||
            !scope_check_unlike(scope, worker, err))
            return false;
        scope->names[i] = worker->name;
    }
    return true;
}

bool scope_name_workers(struct scope *scope, struct error *err)
{
    struct strings ids OWNED(strings_release) = {0};

    for (int i = 0; i < scope->settings->workers; i++) {
        char *id OWNED(memory_free_string) = runner_worker_id(scope->settings->runner, i);

        strings_add(&ids, id);
    }
    return scope_name_these(scope, &ids, err);
}

void scope_forget_workers(struct scope *scope)
{
    for (size_t i = 0; i < scope->worker_count; i++) {
        free(scope->workers[i].id);
        free(scope->workers[i].name);
    }
    free(scope->workers);
    free(scope->names);
    scope->workers = NULL;
    scope->names = NULL;
    scope->worker_count = 0;
}

void scope_release(struct scope *scope)
{
    scope_forget_workers(scope);
    if (scope->built != NULL)
        free(scope->built->folder);
    free(scope->built);
    free(scope->watched);
    url_release(&scope->url);
    *scope = (struct scope){0};
}
