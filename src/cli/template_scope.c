#include "pgclone/cli/template_scope.h"

#include "pgclone/base/memory.h"

static bool template_scope_refuse(const struct settings *settings, enum setting_id id,
                                  const char *what, struct error *err)
{
    char *origin OWNED(memory_free_string) = settings_origin_text(settings, id);

    error_set(err, ERROR_USAGE, "there is no template to build: %s turns %s off", origin, what);
    return error_hint(err, "Turn it on with --%s.", settings_row(id)->flag);
}

bool template_scope(struct invocation *invocation, struct scope *out, struct error *err)
{
    const struct settings *settings = &invocation->settings;

    if (!invocation_load_settings(invocation, err))
        return false;
    if (settings->origin[SETTING_BUILD].kind == ORIGIN_DEFAULT && settings->reset != RESET_UNDO) {
        error_set(err, ERROR_USAGE, "nothing says how the template is built");
        return error_hint(err,
                          "Set \"build\" in pgclone.yaml: \"sql\" (files), \"command\" and its "
                          "\"inputs\".");
    }
    if (scope_is_serial(settings))
        return template_scope_refuse(settings, SETTING_CREATE_DATABASE, "creation", err);
    if (!settings->external_schema)
        return template_scope_refuse(settings, SETTING_EXTERNAL_SCHEMA, "cloning", err);
    return scope_resolve(settings, out, err);
}
