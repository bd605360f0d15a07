#include "pgclone/settings/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/mistakes.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/settings/yaml.h"

/* 1 MiB; a settings file has a few hundred bytes. */
static const size_t config_size_max = 1048576;

/* Where a value stands, as messages have it before what they say about the value. */
static char *settings_place(const char *config, enum setting_id id, const struct origin *origin)
{
    const struct setting *row = settings_row(id);
    struct strbuf place = {0};

    if (origin->kind == ORIGIN_YAML)
        strbuf_printf(&place, "%s:%d: %s", config, origin->line, row->key);
    else if (origin->kind == ORIGIN_ENVIRONMENT)
        strbuf_add(&place, row->environment);
    else if (row->flag == NULL)
        strbuf_add(&place, row->key);
    else
        strbuf_printf(&place, "--%s", origin->kind == ORIGIN_FLAG ? origin->flag : row->flag);
    return strbuf_take(&place);
}

/* What is read, from the lowest source to the highest. */
struct loading {
    struct settings settings;
    struct mistakes mistakes;
    enum setting_id wanted; /* the one whose mistakes matter; SETTING_COUNT: all matter */
};

/* Sends a value through its row's parser; a mistake leaves what lower sources said. */
static void settings_apply(struct loading *loading, enum setting_id id, const char *value,
                           const struct origin *origin)
{
    const struct setting *row = settings_row(id);
    struct settings *settings = &loading->settings;
    OWNED(error_release) struct error why = {0};
    OWNED(memory_free_string) char *place = NULL;

    if (row->parse(row, value, (char *)settings + row->offset, &why)) {
        settings->origin[id] = *origin;
        if (origin->kind != ORIGIN_DEFAULT)
            memory_replace_string(&settings->given[id], value);
        return;
    }
    place = settings_place(settings->config, id, origin);
    if (loading->wanted == id || loading->wanted == SETTING_COUNT)
        mistakes_add(&loading->mistakes, origin->line, "%s: %s", place, why.message);
}

static void settings_apply_environment(struct loading *loading, enum setting_id id)
{
    const struct origin origin = {.kind = ORIGIN_ENVIRONMENT};
    const char *variable = settings_row(id)->environment;
    const char *value = variable != NULL ? getenv(variable) : NULL;

    if (value != NULL)
        settings_apply(loading, id, value, &origin);
}

static void settings_apply_flag(struct loading *loading, const struct settings_flag *flag)
{
    const struct setting *row = settings_row(flag->id);
    const struct origin origin = {.kind = ORIGIN_FLAG,
                                  .flag = flag->negative ? row->negative_flag : row->flag};
    const char *value = flag->value;

    if (value == NULL)
        value = flag->negative ? "false" : "true";
    settings_apply(loading, flag->id, value, &origin);
}

/* Reads the file's text; where the default file is not there, `config` stays NULL. */
static bool settings_read_config(struct settings *settings, struct strbuf *text, struct error *err)
{
    const char *fallback = settings_row(SETTING_CONFIG)->default_text;
    OWNED(memory_free_string) char *place = NULL;
    struct stat status;

    if (settings->config == NULL) {
        if (stat(fallback, &status) != 0 && errno == ENOENT)
            return true;
        settings->config = memory_copy_string(fallback);
        return file_read(settings->config, config_size_max, text, err);
    }
    if (file_read(settings->config, config_size_max, text, err))
        return true;
    place = settings_place(NULL, SETTING_CONFIG, &settings->origin[SETTING_CONFIG]);
    return error_prefix(err, "%s: ", place);
}

static void settings_apply_yaml(struct loading *loading)
{
    struct settings *settings = &loading->settings;
    OWNED(yaml_release) struct yaml_file file = {0};
    OWNED(strbuf_release) struct strbuf text = {0};
    OWNED(error_release) struct error why = {0};
    OWNED(mistakes_release) struct mistakes ignored = {0};
    struct mistakes *mistakes = loading->wanted == SETTING_COUNT ? &loading->mistakes : &ignored;

    if (!settings_read_config(settings, &text, &why)) {
        mistakes_add(mistakes, 0, "%s", why.message);
        return;
    }
    if (settings->config == NULL)
        return;
    yaml_parse(settings->config, &text, &file, mistakes);
    for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
        const struct origin origin = {.kind = ORIGIN_YAML, .line = file.values[id].line};

        if (file.values[id].text != NULL)
            settings_apply(loading, id, file.values[id].text, &origin);
        else if (id == SETTING_BUILD && origin.line > 0)
            settings->origin[id] = origin;
    }
    settings->build = file.build;
    file.build = (struct settings_build){0};
    mistakes_sort(mistakes);
}

static void loading_release(struct loading *loading)
{
    settings_release(&loading->settings);
    mistakes_release(&loading->mistakes);
}

bool settings_load(const struct settings_flag *flags, size_t flag_count, enum setting_id wanted,
                   struct settings *out, struct error *err)
{
    OWNED(loading_release) struct loading loading = {.wanted = wanted};
    struct settings *settings = &loading.settings;

    for (enum setting_id id = 0; id < SETTING_COUNT; id++)
        if (settings_row(id)->default_value != NULL)
            settings_apply(&loading, id, settings_row(id)->default_value, &settings->origin[id]);
    /* The file's own name comes first: what is in the file is overridden by the other sources. */
    settings_apply_environment(&loading, SETTING_CONFIG);
    for (size_t i = 0; i < flag_count; i++)
        if (flags[i].id == SETTING_CONFIG)
            settings_apply_flag(&loading, &flags[i]);
    settings_apply_yaml(&loading);
    for (enum setting_id id = SETTING_CONFIG + 1; id < SETTING_COUNT; id++)
        settings_apply_environment(&loading, id);
    for (size_t i = 0; i < flag_count; i++)
        if (flags[i].id != SETTING_CONFIG)
            settings_apply_flag(&loading, &flags[i]);
    if (!mistakes_none(&loading.mistakes, err))
        return false;

    /* Who names a template wants it cloned, unless the same source, or a higher one, says no. */
    if (settings->origin[SETTING_TEMPLATE].kind > settings->origin[SETTING_EXTERNAL_SCHEMA].kind)
        settings->external_schema = true;
    /* And so does who says how a template is made, unless anybody says no. */
    if (settings->origin[SETTING_BUILD].kind != ORIGIN_DEFAULT &&
        settings->origin[SETTING_EXTERNAL_SCHEMA].kind == ORIGIN_DEFAULT)
        settings->external_schema = true;
    *out = *settings;
    *settings = (struct settings){0};
    return true;
}

char *settings_origin_text(const struct settings *settings, enum setting_id id)
{
    return settings_place(settings->config, id, &settings->origin[id]);
}

/* Its whole path, as the command may be in another folder. What has no variable is in it: `build`.
 */
static void settings_add_config(const struct settings *settings, struct strings *out)
{
    char *path OWNED(memory_free_string) =
        settings->config != NULL ? realpath(settings->config, NULL) : NULL;
    struct strbuf text OWNED(strbuf_release) = {0};

    if (path == NULL)
        return;
    strbuf_printf(&text, "%s=%s", settings_row(SETTING_CONFIG)->environment, path);
    strings_add(out, strbuf_text(&text));
}

void settings_environment(const struct settings *settings, struct strings *out)
{
    settings_add_config(settings, out);
    for (enum setting_id id = SETTING_CONFIG + 1; id < SETTING_COUNT; id++) {
        const char *variable = settings_row(id)->environment;
        struct strbuf text OWNED(strbuf_release) = {0};

        if (variable == NULL || settings->given[id] == NULL)
            continue;
        strbuf_printf(&text, "%s=%s", variable, settings->given[id]);
        strings_add(out, strbuf_text(&text));
    }
}

void settings_release(struct settings *settings)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free(settings->given[i]);
    free(settings->config);
    free(settings->server);
    free(settings->maintenance_database);
    free(settings->project);
    free(settings->template_name);
    free(settings->name);
    free(settings->run_id);
    free(settings->owner);
    free(settings->grant_to);
    strings_release(&settings->build.sql);
    strings_release(&settings->build.inputs);
    strings_release(&settings->build.command);
    *settings = (struct settings){0};
}
