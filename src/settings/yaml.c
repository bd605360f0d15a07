#include "pgclone/settings/yaml.h"

#include <cyaml/cyaml.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/suggest.h"
#include "pgclone/settings/expand.h"
#include "pgclone/settings/parse.h"
#include "pgclone/settings/yaml_places.h"

/* The keys below `build`, and their lists in struct settings_build. */
static const struct {
    const char *label; /* as places have it */
    const char *key;
    size_t offset;
} build_keys[] = {
    {"build.sql", "sql", offsetof(struct settings_build, sql)},
    {"build.command", "command", offsetof(struct settings_build, command)},
    {"build.inputs", "inputs", offsetof(struct settings_build, inputs)},
};

#define BUILD_COUNT (sizeof build_keys / sizeof build_keys[0])

/* What libcyaml loads a file into. */
struct loaded {
    struct yaml_file file;
    char *singles[BUILD_COUNT]; /* below `build`, in place of a list */
};

/* ------------------------------------------------------------------------ what libcyaml refuses */

/* The words for what stands in the place of something else. Braces without quotes are how a string
 * becomes a mapping: name: {base}. */
static const char *const kind_names[] = {
    [YAML_NULL] = "nothing",
    [YAML_STRING] = "a single value",
    [YAML_LIST] = "a list",
    [YAML_MAPPING] = "a mapping",
    [YAML_BRACES] = "a mapping; a string that begins with \"{\" needs quotes",
};

/* What libcyaml has refused. */
struct refusal {
    cyaml_err_t result;
    struct strbuf label; /* as places have it */
    int depth;           /* likewise */
};

static void yaml_log(cyaml_log_t level, void *context, const char *format, va_list args)
    PRINTF_LIKE(3, 0);

/* libcyaml logs an unknown key, then the way to any mistake from the inside out. The line that it
 * gives for an unknown key is that of what stands before it, so the label says where that is. */
static void yaml_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    static const char unknown[] = "Load: Unexpected key: ";
    static const char field[] = "  in mapping field '";
    static const char item[] = "  in sequence entry '"; /* from 1; 0 is the list itself */
    OWNED(strbuf_release) struct strbuf text = {0};
    OWNED(strbuf_release) struct strbuf label = {0};
    struct refusal *refusal = context;
    const char *inner = strbuf_text(&refusal->label);
    const char *line;

    (void)level;
    strbuf_vprintf(&text, format, args);
    line = strbuf_text(&text);
    if (strncmp(line, unknown, strlen(unknown)) == 0) {
        text.data[text.length - 1] = '\0'; /* the line feed */
        parse_add_printable(&label, line + strlen(unknown));
    } else if (strncmp(line, field, strlen(field)) == 0) {
        strbuf_add_bytes(&label, line + strlen(field), strcspn(line + strlen(field), "'"));
    } else if (strncmp(line, item, strlen(item)) == 0 && line[strlen(item)] != '0') {
        strbuf_printf(&label, ": item %ld", strtol(line + strlen(item), NULL, 10));
    } else {
        return;
    }
    strbuf_printf(&label, "%s%s", *inner == '\0' || *inner == ':' ? "" : ".", inner);
    strbuf_clear(&refusal->label);
    strbuf_add(&refusal->label, strbuf_text(&label));
    refusal->depth++;
}

/* The known key in the same mapping that is most like this one, or whose flag is; NULL: none. */
static const char *yaml_nearest(const struct refusal *refusal)
{
    const char *label = strbuf_text(&refusal->label);
    const char *names[2 * SETTING_COUNT] = {NULL}; /* the keys, then their flags */
    size_t nearest;

    for (size_t i = 0; refusal->depth > 1 && i < BUILD_COUNT; i++)
        names[i] = build_keys[i].key;
    for (enum setting_id id = 0; refusal->depth == 1 && id < SETTING_COUNT; id++) {
        names[id] = settings_row(id)->key;
        names[SETTING_COUNT + id] = settings_row(id)->flag;
    }
    label += refusal->depth > 1 ? strlen("build.") : 0;
    nearest = suggest_nearest(label, names, (size_t)2 * SETTING_COUNT);
    return nearest < (size_t)2 * SETTING_COUNT ? names[nearest % SETTING_COUNT] : NULL;
}

static const char *yaml_wanted(const struct yaml_place *place)
{
    if (place->depth == 0)
        return "the file must be a mapping of lines like \"workers: 4\"";
    if (strcmp(place->label, settings_row(SETTING_BUILD)->key) == 0)
        return "must be a mapping with \"sql\", \"command\" or \"inputs\"";
    return place->depth == 2 ? "must be a string or a list of strings" : "must be a single value";
}

/* The place with the label, of a duplicate key the second one; the file where it is not known. */
static const struct yaml_place *yaml_refused(const struct yaml_places *places,
                                             const struct refusal *refusal)
{
    size_t skip = refusal->result == CYAML_ERR_UNEXPECTED_EVENT ? 1 : 0;

    for (size_t i = 0; i < places->count; i++)
        if (places->items[i].depth == refusal->depth &&
            strcmp(places->items[i].label, strbuf_text(&refusal->label)) == 0 && skip-- == 0)
            return &places->items[i];
    return &places->items[0];
}

/* Adds in our words what libcyaml refused. */
static void yaml_refuse(const struct yaml_places *places, const struct refusal *refusal,
                        struct mistakes *mistakes)
{
    OWNED(strbuf_release) struct strbuf words = {0};
    const struct yaml_place *place = yaml_refused(places, refusal);
    int line = place->line;

    strbuf_printf(&words, "%s%s", place->label, *place->label != '\0' ? ": " : "");
    if (refusal->result == CYAML_ERR_INVALID_KEY) {
        const char *nearest = yaml_nearest(refusal);

        strbuf_add(&words, "unknown key");
        if (nearest != NULL)
            strbuf_printf(&words, "; did you mean \"%s\"?", nearest);
    } else if (refusal->result == CYAML_ERR_UNEXPECTED_EVENT) {
        strbuf_printf(&words, "duplicate key; the first is on line %d",
                      yaml_places_find(places, place->label)->line);
    } else {
        line = place->value_line;
        if (refusal->result == CYAML_ERR_SEQUENCE_ENTRIES_MIN || place->kind == YAML_NULL)
            strbuf_add(&words, "must not be empty");
        else if (refusal->result == CYAML_ERR_INVALID_VALUE)
            strbuf_printf(&words, "%s, not %s", yaml_wanted(place), kind_names[place->kind]);
        else
            strbuf_add(&words, cyaml_strerror(refusal->result));
    }
    mistakes_add_at(mistakes, places->path, line, "%s", strbuf_text(&words));
}

/* ------------------------------------------------------------------------------------- loading */

/* libcyaml's memory comes from ours, so that its strings can be handed on. */
static void *yaml_memory(void *context, void *old, size_t size)
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

static cyaml_schema_field_t yaml_string_field(const char *key, size_t offset)
{
    return (cyaml_schema_field_t){
        .key = key, .data_offset = (uint32_t)offset, .value = string_schema};
}

/* The field of a key below `build`: a string, or a list of strings where the file has one. */
static cyaml_schema_field_t yaml_build_field(size_t key, const struct yaml_places *places)
{
    const struct yaml_place *place = yaml_places_find(places, build_keys[key].label);
    size_t list = offsetof(struct loaded, file.build) + build_keys[key].offset;

    if (place == NULL || place->kind <= YAML_STRING)
        return yaml_string_field(build_keys[key].key,
                                 offsetof(struct loaded, singles) + key * sizeof(char *));
    return (cyaml_schema_field_t){.key = build_keys[key].key,
                                  .data_offset = (uint32_t)(list + offsetof(struct strings, items)),
                                  .count_offset =
                                      (uint32_t)(list + offsetof(struct strings, count)),
                                  .count_size = sizeof((struct strings *)NULL)->count,
                                  .value = list_schema};
}

/* False, with a mistake, where libcyaml refuses something. */
static bool yaml_load(const struct strbuf *text, const struct yaml_places *places,
                      struct loaded *out, struct mistakes *mistakes)
{
    struct refusal refusal = {.result = CYAML_OK};
    cyaml_schema_field_t build[BUILD_COUNT + 1] = {{.key = NULL}};
    cyaml_schema_field_t fields[SETTING_COUNT] = {{.key = NULL}};
    cyaml_schema_value_t schema = {.type = CYAML_MAPPING,
                                   .flags = CYAML_FLAG_OPTIONAL,
                                   .data_size = sizeof(struct loaded),
                                   .mapping = {.fields = build}};
    const cyaml_config_t config = {.log_fn = yaml_log,
                                   .log_ctx = &refusal,
                                   .mem_fn = yaml_memory,
                                   .log_level = CYAML_LOG_ERROR};
    cyaml_data_t *loaded = NULL;

    for (size_t key = 0; key < BUILD_COUNT; key++)
        build[key] = yaml_build_field(key, places);
    /* A key that is NULL ends the list, and `config`, the first setting, has none. */
    for (size_t id = SETTING_CONFIG + 1; id < SETTING_COUNT; id++)
        fields[id - 1] = yaml_string_field(settings_row((enum setting_id)id)->key,
                                           offsetof(struct loaded, file.values) +
                                               id * sizeof(struct yaml_value) +
                                               offsetof(struct yaml_value, text));
    /* The offsets of what is below `build` count from the whole, too. */
    fields[SETTING_BUILD - 1].data_offset = 0;
    fields[SETTING_BUILD - 1].value = schema;
    schema.flags = CYAML_FLAG_POINTER;
    schema.mapping.fields = fields;
    refusal.result = cyaml_load_data((const uint8_t *)strbuf_text(text), text->length, &config,
                                     &schema, &loaded, NULL);
    if (refusal.result != CYAML_OK)
        yaml_refuse(places, &refusal, mistakes);
    strbuf_release(&refusal.label);
    /* libcyaml may give nothing for a mapping without keys. */
    if (loaded != NULL)
        *out = *(struct loaded *)loaded;
    free(loaded);
    return refusal.result == CYAML_OK;
}

/* -------------------------------------------------------------------------------------- values */

/* Puts what a value means in its place. False, with a mistake, where it means nothing. */
static bool yaml_expand(const char *path, const struct yaml_place *place, char **text,
                        struct mistakes *mistakes)
{
    OWNED(error_release) struct error why = {0};
    char *value = NULL;

    /* libcyaml does not tell ~ from "~". */
    if (place->kind == YAML_NULL) {
        value = memory_copy_string("");
    } else if (!expand_variables(*text, &value, &why)) {
        mistakes_add_at(mistakes, path, place->line, "%s: %s", place->label, why.message);
        return false;
    }
    free(*text);
    *text = value;
    return true;
}

static void yaml_take_build(const struct yaml_places *places, struct loaded *loaded,
                            struct mistakes *mistakes)
{
    struct settings_build *build = &loaded->file.build;
    bool empty = true;

    for (size_t key = 0; key < BUILD_COUNT; key++) {
        const struct yaml_place *place = yaml_places_find(places, build_keys[key].label);
        struct strings *list = (void *)((char *)build + build_keys[key].offset);
        bool is_command = list == &build->command;

        if (place == NULL)
            continue;
        empty = false;
        if (loaded->singles[key] == NULL) {
            place++; /* the items of a list have the places behind its own */
        } else {
            strings_add(list, loaded->singles[key]);
            memory_free_string(&loaded->singles[key]);
            build->command_is_shell = build->command_is_shell || is_command;
        }
        for (size_t i = 0; i < list->count; i++) {
            const struct yaml_place *item = &place[i];

            /* A command's arguments may be empty, but not the command itself. */
            if (yaml_expand(places->path, item, &list->items[i], mistakes) &&
                *list->items[i] == '\0' && (!is_command || i == 0))
                mistakes_add_at(mistakes, places->path, item->line, "%s: must not be empty",
                                item->label);
        }
    }
    if (empty)
        mistakes_add_at(mistakes, places->path, loaded->file.values[SETTING_BUILD].line,
                        "build: must not be empty");
}

void yaml_parse(const char *path, const struct strbuf *text, struct yaml_file *out,
                struct mistakes *mistakes)
{
    OWNED(yaml_places_release) struct yaml_places places = {0};
    struct loaded loaded = {0};

    /* A file that is empty, or has null in the place of all settings, is fine. */
    if (!yaml_places_read(path, text, &places, mistakes) || places.count == 0 ||
        places.items[0].kind == YAML_NULL || !yaml_load(text, &places, &loaded, mistakes))
        return;
    for (enum setting_id id = SETTING_CONFIG + 1; id < SETTING_COUNT; id++) {
        struct yaml_value *value = &loaded.file.values[id];
        const struct yaml_place *place = yaml_places_find(&places, settings_row(id)->key);

        if (place == NULL)
            continue;
        value->line = place->line;
        if (id == SETTING_BUILD)
            yaml_take_build(&places, &loaded, mistakes);
        else if (!yaml_expand(path, place, &value->text, mistakes))
            memory_free_string(&value->text);
    }
    *out = loaded.file;
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
