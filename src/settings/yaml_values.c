#include "pgclone/settings/yaml_values.h"

#include <cyaml/cyaml.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"

/* Values are loaded as strings: the parsers of the settings table say what is in them. */
static const cyaml_schema_value_t string_schema = {
    .type = CYAML_STRING,
    .flags = CYAML_FLAG_POINTER,
    .data_size = sizeof(char),
    .string = {.min = 0, .max = CYAML_UNLIMITED},
};

/* libcyaml's memory comes from ours, so that its strings can be handed on. */
static void *values_memory(void *context, void *old, size_t size)
{
    (void)context;
    if (size > 0)
        return memory_resize(old, size, 1);
    free(old);
    return NULL;
}

static void values_log(cyaml_log_t level, void *context, const char *format, va_list args)
    PRINTF_LIKE(3, 0);

/* Collects libcyaml's words on one line. */
static void values_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct strbuf *log = context;
    OWNED(strbuf_release) struct strbuf text = {0};
    const char *words;

    if (level < CYAML_LOG_ERROR)
        return;
    strbuf_vprintf(&text, format, args);
    if (log->length > 0)
        strbuf_add(log, "; ");
    words = strbuf_text(&text) + strspn(strbuf_text(&text), " ");
    strbuf_add_bytes(log, words, strcspn(words, "\n"));
}

static cyaml_schema_field_t values_string_field(const char *key, size_t offset)
{
    cyaml_schema_field_t field = {
        .key = key, .data_offset = (uint32_t)offset, .value = string_schema};

    field.value.flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL;
    return field;
}

static cyaml_schema_field_t values_list_field(const char *key, size_t offset)
{
    return (cyaml_schema_field_t){
        .key = key,
        .data_offset = (uint32_t)(offset + offsetof(struct yaml_list, items)),
        .count_offset = (uint32_t)(offset + offsetof(struct yaml_list, count)),
        .count_size = sizeof((struct yaml_list *)NULL)->count,
        .value = {.type = CYAML_SEQUENCE,
                  .flags = CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                  .data_size = sizeof(char *),
                  .sequence = {.entry = &string_schema, .min = 0, .max = CYAML_UNLIMITED}},
    };
}

/* libcyaml has no type for "a string or a list": the index knows which of them this file has. */
static void values_build_schema(const struct yaml_index *index, cyaml_schema_field_t *fields)
{
    size_t count = 0;

    for (size_t i = 0; i < YAML_BUILD_COUNT; i++) {
        size_t offset = i * sizeof(struct yaml_list);

        if (index->build[i].line == 0)
            continue;
        if (index->build[i].kind == YAML_LIST)
            fields[count++] = values_list_field(yaml_build_keys[i], offset);
        else
            fields[count++] =
                values_string_field(yaml_build_keys[i], offset + offsetof(struct yaml_list, text));
    }
    fields[count] = (cyaml_schema_field_t){.key = NULL};
}

/* The schema of the top level: a field for each row of the settings table that the file has. */
static void values_schema(const struct yaml_index *index, const cyaml_schema_field_t *build,
                          cyaml_schema_field_t *fields)
{
    size_t count = 0;

    for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
        size_t offset = offsetof(struct yaml_values, strings) + id * sizeof(char *);

        if (index->keys[id].line > 0 && id != SETTING_BUILD)
            fields[count++] = values_string_field(settings_row(id)->key, offset);
    }
    if (index->keys[SETTING_BUILD].line > 0)
        fields[count++] = (cyaml_schema_field_t){
            .key = settings_row(SETTING_BUILD)->key,
            .data_offset = offsetof(struct yaml_values, build),
            .value = {.type = CYAML_MAPPING,
                      .flags = CYAML_FLAG_OPTIONAL,
                      .data_size = sizeof((struct yaml_values *)NULL)->build,
                      .mapping = {.fields = build}},
        };
    fields[count] = (cyaml_schema_field_t){.key = NULL};
}

/* libcyaml names the line in its backtrace: "in mapping field 'workers' (line: 3, column: 4)". */
static int values_log_line(const char *log)
{
    static const char mark[] = "(line: ";
    const char *place = strstr(log, mark);
    long line = place != NULL ? strtol(place + sizeof mark - 1, NULL, 10) : 1;

    return line > 0 && line < INT_MAX ? (int)line : 1;
}

void yaml_values_load(const char *path, const struct strbuf *text, const struct yaml_index *index,
                      struct yaml_values **out, struct mistakes *mistakes)
{
    OWNED(strbuf_release) struct strbuf log = {0};
    cyaml_schema_field_t build[YAML_BUILD_COUNT + 1];
    cyaml_schema_field_t fields[SETTING_COUNT + 1];
    const cyaml_schema_value_t schema = {.type = CYAML_MAPPING,
                                         .flags = CYAML_FLAG_POINTER,
                                         .data_size = sizeof(struct yaml_values),
                                         .mapping = {.fields = fields}};
    const cyaml_config_t config = {.log_fn = values_log,
                                   .log_ctx = &log,
                                   .mem_fn = values_memory,
                                   .log_level = CYAML_LOG_ERROR,
                                   .flags = CYAML_CFG_NO_ALIAS};
    cyaml_data_t *loaded = NULL;
    cyaml_err_t result;

    values_build_schema(index, build);
    values_schema(index, build, fields);
    result = cyaml_load_data((const uint8_t *)strbuf_text(text), text->length, &config, &schema,
                             &loaded, NULL);
    if (result != CYAML_OK) {
        mistakes_add_at(mistakes, path, values_log_line(strbuf_text(&log)), "%s (%s)",
                        cyaml_strerror(result), strbuf_text(&log));
        return;
    }
    *out = loaded != NULL ? loaded : memory_new(1, sizeof **out);
}

const char *yaml_values_text(const struct yaml_values *values, const struct yaml_scalar *scalar)
{
    const struct yaml_list *list = &values->build[scalar->key];
    const char *text = values->strings[scalar->id];

    if (scalar->id == SETTING_BUILD)
        text = scalar->item > 0 && scalar->item <= list->count ? list->items[scalar->item - 1]
                                                               : list->text;
    return text != NULL ? text : "";
}

void yaml_values_free(struct yaml_values **values)
{
    if (*values == NULL)
        return;
    for (size_t i = 0; i < SETTING_COUNT; i++)
        free((*values)->strings[i]);
    for (size_t i = 0; i < YAML_BUILD_COUNT; i++) {
        for (unsigned j = 0; j < (*values)->build[i].count; j++)
            free((*values)->build[i].items[j]);
        free((*values)->build[i].items);
        free((*values)->build[i].text);
    }
    free(*values);
    *values = NULL;
}
