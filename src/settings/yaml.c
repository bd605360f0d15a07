#include "pgclone/settings/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/settings/expand.h"
#include "pgclone/settings/yaml_load.h"
#include "pgclone/settings/yaml_places.h"

/* Gives the caller the value at `label`, expanded; NULL, and a mistake, where that fails. */
static char *yaml_expand(const struct yaml_places *places, const char *label, const char *text,
                         struct mistakes *mistakes)
{
    const struct yaml_place *place = yaml_places_find(places, label);
    OWNED(error_release) struct error why = {0};
    char *expanded = NULL;

    /* libcyaml does not tell ~ from "~". */
    if (place->kind == YAML_NULL)
        return memory_copy_string("");
    if (!expand_variables(text, &expanded, &why))
        mistakes_add_at(mistakes, places->path, place->line, "%s: %s", label, why.message);
    return expanded;
}

static void yaml_take_string(const struct yaml_places *places, const char *label, const char *text,
                             bool may_be_empty, struct strings *out, struct mistakes *mistakes)
{
    OWNED(memory_free_string) char *value = yaml_expand(places, label, text, mistakes);

    if (value != NULL && *value == '\0' && !may_be_empty)
        mistakes_add_at(mistakes, places->path, yaml_places_find(places, label)->line,
                        "%s: must not be empty", label);
    else if (value != NULL)
        strings_add(out, value);
}

static void yaml_take_build(const struct yaml_places *places, const struct yaml_loaded *loaded,
                            struct settings_build *out, struct mistakes *mistakes)
{
    struct strings *const lists[YAML_KEY_COUNT] = {
        [YAML_BUILD_SQL] = &out->sql,
        [YAML_BUILD_COMMAND] = &out->command,
        [YAML_BUILD_INPUTS] = &out->inputs,
    };
    bool empty = true;

    for (size_t key = YAML_BUILD_SQL; key < YAML_KEY_COUNT; key++) {
        const struct strings *list = &loaded->lists[key];

        empty = empty && loaded->values[key] == NULL && list->count == 0;
        if (loaded->values[key] != NULL)
            yaml_take_string(places, yaml_label(key), loaded->values[key], false, lists[key],
                             mistakes);
        for (size_t i = 0; i < list->count; i++) {
            OWNED(strbuf_release) struct strbuf item = {0};

            strbuf_printf(&item, "%s: item %zu", yaml_label(key), i + 1);
            /* A command's arguments may be empty, but not the command itself. */
            yaml_take_string(places, strbuf_text(&item), list->items[i],
                             key == YAML_BUILD_COMMAND && i > 0, lists[key], mistakes);
        }
    }
    if (empty)
        mistakes_add_at(mistakes, places->path,
                        yaml_places_find(places, yaml_label(SETTING_BUILD))->line,
                        "build: must not be empty");
    out->command_is_shell = loaded->values[YAML_BUILD_COMMAND] != NULL;
}

void yaml_parse(const char *path, const struct strbuf *text, struct yaml_file *out,
                struct mistakes *mistakes)
{
    OWNED(yaml_places_release) struct yaml_places places = {0};
    OWNED(yaml_loaded_release) struct yaml_loaded loaded = {0};

    /* A file that is empty, or has null in the place of all settings, is fine. */
    if (!yaml_places_read(path, text, &places, mistakes) || places.count == 0 ||
        places.items[0].kind == YAML_NULL || !yaml_load(text, &places, &loaded, mistakes))
        return;
    for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
        const char *key = yaml_label(id);
        const struct yaml_place *place = key != NULL ? yaml_places_find(&places, key) : NULL;

        if (place == NULL)
            continue;
        out->values[id].line = place->line;
        if (id == SETTING_BUILD)
            yaml_take_build(&places, &loaded, &out->build, mistakes);
        else
            out->values[id].text = yaml_expand(&places, key, loaded.values[id], mistakes);
    }
}

void yaml_release(struct yaml_file *file)
{
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free(file->values[i].text);
    strings_release(&file->build.sql);
    strings_release(&file->build.inputs);
    strings_release(&file->build.command);
    *file = (struct yaml_file){0};
}
