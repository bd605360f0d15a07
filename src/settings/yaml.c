#include "pgclone/settings/yaml.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"
#include "pgclone/settings/expand.h"
#include "pgclone/settings/yaml_index.h"
#include "pgclone/settings/yaml_values.h"

bool yaml_read(const char *path, struct strbuf *text, struct error *err)
{
    return file_read(path, YAML_SIZE_MAX, text, err);
}

/* Looks for what is not text at all; one line is enough to say so. */
static bool yaml_is_text(const char *path, const struct strbuf *text, struct mistakes *mistakes)
{
    const char *rest = strbuf_text(text);
    const char *end = rest + text->length;

    for (int line = 1; rest < end; line++) {
        const char *newline = memchr(rest, '\n', (size_t)(end - rest));
        size_t length = (size_t)((newline != NULL ? newline : end) - rest);
        OWNED(strbuf_release) struct strbuf copy = {0};

        if (memchr(rest, '\0', length) != NULL) {
            mistakes_add_at(mistakes, path, line, "not a text file: there is a NUL byte");
            return false;
        }
        strbuf_add_bytes(&copy, rest, length);
        if (!utf8_is_valid(strbuf_text(&copy))) {
            mistakes_add_at(mistakes, path, line, "not valid UTF-8");
            return false;
        }
        rest += length + 1;
    }
    return true;
}

/* What messages call the scalar: "workers", "build.sql", "build.sql: item 2". */
static void yaml_label(const struct yaml_scalar *scalar, struct strbuf *label)
{
    strbuf_add(label, settings_row(scalar->id)->key);
    if (scalar->id == SETTING_BUILD)
        strbuf_printf(label, ".%s", yaml_build_keys[scalar->key]);
    if (scalar->item > 0)
        strbuf_printf(label, ": item %zu", scalar->item);
}

/* Gives the caller the scalar's value; NULL, and a mistake, where that fails. */
static char *yaml_expand(const char *path, const struct yaml_scalar *scalar, const char *text,
                         struct mistakes *mistakes)
{
    OWNED(error_release) struct error why = {0};
    OWNED(strbuf_release) struct strbuf label = {0};
    char *expanded = NULL;

    /* libcyaml does not tell ~ from "~"; the index does. */
    if (scalar->is_null)
        return memory_copy_string("");
    yaml_label(scalar, &label);
    if (!expand_variables(text, &expanded, &why))
        mistakes_add_at(mistakes, path, scalar->line, "%s: %s", strbuf_text(&label), why.message);
    return expanded;
}

static void yaml_take_build(const char *path, const struct yaml_scalar *scalar, const char *value,
                            struct settings_build *out, struct mistakes *mistakes)
{
    struct strings *const lists[YAML_BUILD_COUNT] = {
        [YAML_BUILD_SQL] = &out->sql,
        [YAML_BUILD_COMMAND] = &out->command,
        [YAML_BUILD_INPUTS] = &out->inputs,
    };

    /* A command's arguments may be empty, but not the command itself. */
    if (*value == '\0' && (scalar->key != YAML_BUILD_COMMAND || scalar->item <= 1)) {
        OWNED(strbuf_release) struct strbuf label = {0};

        yaml_label(scalar, &label);
        mistakes_add_at(mistakes, path, scalar->line, "%s: must not be empty", strbuf_text(&label));
        return;
    }
    strings_add(lists[scalar->key], value);
    if (scalar->key == YAML_BUILD_COMMAND)
        out->command_is_shell = scalar->item == 0;
}

static void yaml_take(const char *path, const struct yaml_scalar *scalar, const char *text,
                      struct yaml_file *out, struct mistakes *mistakes)
{
    OWNED(memory_free_string) char *value = yaml_expand(path, scalar, text, mistakes);

    if (value == NULL)
        return;
    if (scalar->id == SETTING_BUILD)
        yaml_take_build(path, scalar, value, &out->build, mistakes);
    else
        out->entries[out->count++] = (struct yaml_entry){
            .id = scalar->id, .line = scalar->line, .value = memory_take_string(&value)};
}

void yaml_parse(const char *path, const struct strbuf *text, struct yaml_file *out,
                struct mistakes *mistakes)
{
    OWNED(yaml_index_release) struct yaml_index index = {0};
    OWNED(yaml_values_free) struct yaml_values *values = NULL;

    if (!yaml_is_text(path, text, mistakes))
        return;
    yaml_index_build(path, text, &index, mistakes);
    if (index.clean)
        yaml_values_load(path, text, &index, &values, mistakes);
    out->entries = memory_new(index.count, sizeof *out->entries);
    out->build_line = index.keys[SETTING_BUILD].line;
    for (size_t i = 0; i < index.count; i++) {
        const struct yaml_scalar *scalar = &index.scalars[i];

        /* In a file with mistakes the index's own text is only looked at, never used. */
        yaml_take(path, scalar, values != NULL ? yaml_values_text(values, scalar) : scalar->text,
                  out, mistakes);
    }
}

void yaml_release(struct yaml_file *file)
{
    for (size_t i = 0; i < file->count; i++)
        free(file->entries[i].value);
    free(file->entries);
    strings_release(&file->build.sql);
    strings_release(&file->build.inputs);
    strings_release(&file->build.command);
    *file = (struct yaml_file){0};
}
