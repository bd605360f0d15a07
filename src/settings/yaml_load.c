#include "pgclone/settings/yaml_load.h"

#include <cyaml/cyaml.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/suggest.h"

/* What stands before a key below `build`. */
#define BUILD "build."

/* The words for what stands in the place of something else. Braces and stars without quotes are how
 * a string becomes that: name: {base}. */
static const char *const kind_names[] = {
    [YAML_NULL] = "nothing",
    [YAML_STRING] = "a single value",
    [YAML_LIST] = "a list",
    [YAML_MAPPING] = "a mapping",
    [YAML_BRACES] = "a mapping; a string that begins with \"{\" needs quotes",
    [YAML_ALIAS] = "an alias; a string that begins with \"*\" needs quotes",
};

/* Where libcyaml stopped: its last position, counted from 1. */
struct load_stop {
    cyaml_err_t result;
    long line;
    long column;
};

const char *yaml_label(size_t key)
{
    static const char *const below_build[] = {BUILD "sql", BUILD "command", BUILD "inputs"};

    return key < SETTING_COUNT ? settings_row((enum setting_id)key)->key
                               : below_build[key - SETTING_COUNT];
}

/* ------------------------------------------------------------------------ what libcyaml refuses */

static void load_log(cyaml_log_t level, void *context, const char *format, va_list args)
    PRINTF_LIKE(3, 0);

/* The first place of a backtrace, "in mapping field 'workers' (line: 3, column: 4)", is the one. */
static void load_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    OWNED(strbuf_release) struct strbuf text = {0};
    struct load_stop *stop = context;
    const char *line;
    const char *column;

    (void)level;
    strbuf_vprintf(&text, format, args);
    line = strstr(strbuf_text(&text), "(line: ");
    column = strstr(strbuf_text(&text), ", column: ");
    if (stop->line > 0 || line == NULL || column == NULL)
        return;
    stop->line = strtol(line + strlen("(line: "), NULL, 10);
    stop->column = strtol(column + strlen(", column: "), NULL, 10);
}

/* The key of a place without that of its parent. */
static const char *load_key(const struct yaml_place *place)
{
    const char *dot = place->depth == 2 ? strchr(place->label, '.') : NULL;

    return dot != NULL ? dot + 1 : place->label;
}

/* The known key in the same mapping that is most like this one, or whose flag is; NULL: none. */
static const char *load_nearest(const struct yaml_place *place)
{
    const char *keys[YAML_KEY_COUNT] = {NULL};
    const char *flags[YAML_KEY_COUNT] = {NULL};
    size_t nearest;

    for (size_t key = 0; key < YAML_KEY_COUNT; key++) {
        if (key >= SETTING_COUNT && place->depth == 2) {
            keys[key] = yaml_label(key) + strlen(BUILD);
        } else if (key < SETTING_COUNT && place->depth == 1) {
            keys[key] = yaml_label(key);
            flags[key] = settings_row((enum setting_id)key)->flag;
        }
    }
    nearest = suggest_nearest(load_key(place), keys, YAML_KEY_COUNT);
    if (nearest == YAML_KEY_COUNT)
        nearest = suggest_nearest(load_key(place), flags, YAML_KEY_COUNT);
    return nearest < YAML_KEY_COUNT ? keys[nearest] : NULL;
}

/* Whether this place, if it is the first one of which this is true, is what libcyaml refused. */
static bool load_stopped_at(const struct yaml_places *places, const struct yaml_place *place,
                            const struct load_stop *stop)
{
    /* For a key or an alias libcyaml has the position of something that stands before it. */
    if (stop->result == CYAML_ERR_INVALID_KEY) {
        const char *nearest = load_nearest(place);

        return place->has_key && (nearest == NULL || strcmp(nearest, load_key(place)) != 0);
    }
    if (stop->result == CYAML_ERR_UNEXPECTED_EVENT)
        return yaml_places_find(places, place->label) != place;
    if (stop->result == CYAML_ERR_ALIAS)
        return place->kind == YAML_ALIAS;
    return place->value_line > stop->line ||
           (place->value_line == stop->line && place->value_column >= stop->column);
}

static const char *load_wanted(const struct yaml_place *place)
{
    if (*place->label == '\0')
        return "the file must be a mapping of lines like \"workers: 4\"";
    if (strcmp(place->label, yaml_label(SETTING_BUILD)) == 0)
        return "must be a mapping with \"sql\", \"command\" or \"inputs\"";
    if (place->has_key && place->depth == 2)
        return "must be a string or a list of strings";
    return "must be a single value";
}

/* Adds in our words what libcyaml refused. */
static bool load_refuse(const struct yaml_places *places, const struct load_stop *stop,
                        struct mistakes *mistakes)
{
    OWNED(strbuf_release) struct strbuf words = {0};
    const struct yaml_place *place = &places->items[0];
    bool is_key =
        stop->result == CYAML_ERR_INVALID_KEY || stop->result == CYAML_ERR_UNEXPECTED_EVENT;

    while (place < places->items + places->count - 1 && !load_stopped_at(places, place, stop))
        place++;
    strbuf_printf(&words, "%s%s", place->label, *place->label != '\0' ? ": " : "");
    if (stop->result == CYAML_ERR_INVALID_KEY) {
        const char *nearest = load_nearest(place);

        strbuf_add(&words, "unknown key");
        if (nearest != NULL)
            strbuf_printf(&words, "; did you mean \"%s\"?", nearest);
    } else if (stop->result == CYAML_ERR_UNEXPECTED_EVENT) {
        strbuf_printf(&words, "duplicate key; the first is on line %d",
                      yaml_places_find(places, place->label)->line);
    } else if (stop->result == CYAML_ERR_SEQUENCE_ENTRIES_MIN || place->kind == YAML_NULL) {
        strbuf_add(&words, "must not be empty");
    } else if (stop->result == CYAML_ERR_INVALID_VALUE || stop->result == CYAML_ERR_ALIAS) {
        strbuf_printf(&words, "%s, not %s", load_wanted(place), kind_names[place->kind]);
    } else {
        strbuf_add(&words, cyaml_strerror(stop->result));
    }
    mistakes_add_at(mistakes, places->path, is_key ? place->line : place->value_line, "%s",
                    strbuf_text(&words));
    return false;
}

/* ------------------------------------------------------------------------------------- loading */

/* libcyaml's memory comes from ours, so that its strings can be handed on. */
static void *load_memory(void *context, void *old, size_t size)
{
    (void)context;
    if (size > 0)
        return memory_resize(old, size, 1);
    free(old);
    return NULL;
}

/* Values are loaded as strings: the parsers of the settings table say what is in them. */
static const cyaml_schema_value_t string_schema = {
    .type = CYAML_STRING,
    .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
    .data_size = sizeof(char),
    .string = {.min = 0, .max = CYAML_UNLIMITED},
};

static const cyaml_schema_value_t list_schema = {
    .type = CYAML_SEQUENCE,
    .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
    .data_size = sizeof(char *),
    .sequence = {.entry = &string_schema, .min = 1, .max = CYAML_UNLIMITED},
};

/* The field of a key: a string, or below `build`, where the file has one, a list of strings. */
static cyaml_schema_field_t load_field(size_t key, const struct yaml_places *places)
{
    const char *label = yaml_label(key);
    const struct yaml_place *place = yaml_places_find(places, label);
    size_t list = offsetof(struct yaml_loaded, lists) + key * sizeof(struct strings);

    if (key < SETTING_COUNT || place == NULL || place->kind <= YAML_STRING)
        return (cyaml_schema_field_t){
            .key = label + (key < SETTING_COUNT ? 0 : strlen(BUILD)),
            .data_offset = (uint32_t)(offsetof(struct yaml_loaded, values) + key * sizeof(char *)),
            .value = string_schema};
    return (cyaml_schema_field_t){.key = label + strlen(BUILD),
                                  .data_offset = (uint32_t)(list + offsetof(struct strings, items)),
                                  .count_offset =
                                      (uint32_t)(list + offsetof(struct strings, count)),
                                  .count_size = sizeof((struct strings *)NULL)->count,
                                  .value = list_schema};
}

bool yaml_load(const struct strbuf *text, const struct yaml_places *places, struct yaml_loaded *out,
               struct mistakes *mistakes)
{
    struct load_stop stop = {0};
    cyaml_schema_field_t build[YAML_KEY_COUNT - SETTING_COUNT + 1] = {{.key = NULL}};
    cyaml_schema_field_t fields[SETTING_COUNT + 1] = {{.key = NULL}};
    cyaml_schema_value_t schema = {.type = CYAML_MAPPING,
                                   .flags = CYAML_FLAG_OPTIONAL,
                                   .data_size = sizeof(struct yaml_loaded),
                                   .mapping = {.fields = build}};
    const cyaml_config_t config = {.log_fn = load_log,
                                   .log_ctx = &stop,
                                   .mem_fn = load_memory,
                                   .log_level = CYAML_LOG_ERROR,
                                   .flags = CYAML_CFG_NO_ALIAS};
    cyaml_data_t *loaded = NULL;

    for (size_t key = SETTING_COUNT; key < YAML_KEY_COUNT; key++)
        build[key - SETTING_COUNT] = load_field(key, places);
    /* A key that is NULL ends the list, and `config`, the first setting, has none. */
    for (size_t key = SETTING_CONFIG + 1; key < SETTING_COUNT; key++)
        fields[key - SETTING_CONFIG - 1] = load_field(key, places);
    fields[SETTING_BUILD - SETTING_CONFIG - 1] =
        (cyaml_schema_field_t){.key = yaml_label(SETTING_BUILD), .value = schema};
    schema.flags = CYAML_FLAG_POINTER;
    schema.mapping.fields = fields;
    stop.result = cyaml_load_data((const uint8_t *)strbuf_text(text), text->length, &config,
                                  &schema, &loaded, NULL);
    if (stop.result != CYAML_OK)
        return load_refuse(places, &stop, mistakes);
    /* libcyaml may give nothing for a mapping without keys. */
    if (loaded != NULL)
        *out = *(struct yaml_loaded *)loaded;
    free(loaded);
    return true;
}

void yaml_loaded_release(struct yaml_loaded *loaded)
{
    for (size_t key = 0; key < YAML_KEY_COUNT; key++) {
        free(loaded->values[key]);
        strings_release(&loaded->lists[key]);
    }
    *loaded = (struct yaml_loaded){0};
}
