#include "pgclone/settings/yaml_index.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/settings/parse.h"
#include "pgclone/settings/suggest.h"

const char *const yaml_build_keys[YAML_BUILD_COUNT] = {
    [YAML_BUILD_SQL] = "sql",
    [YAML_BUILD_COMMAND] = "command",
    [YAML_BUILD_INPUTS] = "inputs",
};

/* A mapping: what its keys may be, and who looks at their values. */
struct scope {
    const char *prefix;         /* what messages put before a key */
    const char *const *names;   /* NULL where there is no key */
    const char *const *aliases; /* other words that suggest the name at their place, or NULL */
    size_t count;
    struct yaml_found *found;
    bool (*value)(struct yaml_walk *walk, struct yaml_index *index, size_t i, const char *label,
                  const yaml_event_t *key, const yaml_event_t *value);
};

static bool index_unknown_key(struct yaml_walk *walk, const struct scope *scope, const char *label,
                              const yaml_event_t *key, const yaml_event_t *value)
{
    const char *word = (const char *)key->data.scalar.value;
    OWNED(strbuf_release) struct strbuf advice = {0};
    size_t i = suggest_nearest(word, scope->names, scope->count);

    if (i == scope->count && scope->aliases != NULL)
        i = suggest_nearest(word, scope->aliases, scope->count);
    if (i < scope->count && scope->names[i] != NULL)
        strbuf_printf(&advice, "; did you mean \"%s\"?", scope->names[i]);
    yaml_walk_mistake(walk, key, "%sunknown key%s", label, strbuf_text(&advice));
    return yaml_walk_skip(walk, value);
}

static size_t index_find(const struct scope *scope, const yaml_event_t *key)
{
    for (size_t i = 0; i < scope->count; i++)
        if (scope->names[i] != NULL && strlen(scope->names[i]) == key->data.scalar.length &&
            memcmp(scope->names[i], key->data.scalar.value, key->data.scalar.length) == 0)
            return i;
    return scope->count;
}

static bool index_pair(struct yaml_walk *walk, struct yaml_index *index, const struct scope *scope,
                       const yaml_event_t *key, const yaml_event_t *value)
{
    OWNED(strbuf_release) struct strbuf text = {0};
    size_t i = index_find(scope, key);
    struct yaml_found *found = NULL;
    const char *label;

    strbuf_add(&text, scope->prefix);
    parse_add_printable(&text, (const char *)key->data.scalar.value);
    strbuf_add(&text, ": ");
    label = strbuf_text(&text);
    if (!yaml_walk_is_plain(walk, label, key))
        return yaml_walk_skip(walk, value);
    if (i == scope->count)
        return index_unknown_key(walk, scope, label, key, value);
    found = &scope->found[i];
    if (found->line > 0)
        yaml_walk_mistake(walk, key, "%sduplicate key; the first is on line %d", label,
                          found->line);
    else
        found->line = yaml_walk_line(key);
    found->kind = yaml_walk_kind(value);
    if (!yaml_walk_is_plain(walk, label, value))
        return yaml_walk_skip(walk, value);
    return scope->value(walk, index, i, label, key, value);
}

/* A key that is a list, a mapping or an alias. */
static bool index_odd_key(struct yaml_walk *walk, const yaml_event_t *key)
{
    OWNED(yaml_event_delete) yaml_event_t value = {0};

    return yaml_walk_refuse(walk, "", "a key must be a single word", key) &&
           yaml_walk_next(walk, &value) && yaml_walk_skip(walk, &value);
}

/* Goes through a mapping whose first event was read. */
static bool index_mapping(struct yaml_walk *walk, struct yaml_index *index,
                          const struct scope *scope)
{
    for (;;) {
        OWNED(yaml_event_delete) yaml_event_t key = {0};
        OWNED(yaml_event_delete) yaml_event_t value = {0};

        if (!yaml_walk_next(walk, &key))
            return false;
        if (key.type == YAML_MAPPING_END_EVENT)
            return true;
        if (key.type != YAML_SCALAR_EVENT) {
            if (!index_odd_key(walk, &key))
                return false;
        } else if (!yaml_walk_next(walk, &value) || !index_pair(walk, index, scope, &key, &value)) {
            return false;
        }
    }
}

/* Keeps a single value whose place `scalar` says. */
static bool index_keep(struct yaml_index *index, struct yaml_scalar scalar,
                       const yaml_event_t *event)
{
    if (index->count == index->capacity) {
        index->capacity = index->capacity > 0 ? index->capacity * 2 : SETTING_COUNT;
        index->scalars = memory_resize(index->scalars, index->capacity, sizeof *index->scalars);
    }
    scalar.is_null = yaml_walk_kind(event) == YAML_NULL;
    scalar.text = memory_copy_string((const char *)event->data.scalar.value);
    index->scalars[index->count++] = scalar;
    return true;
}

/* Goes through a list below `build` whose first event is `first`. */
static bool index_list(struct yaml_walk *walk, struct yaml_index *index, enum yaml_build_key key,
                       const char *label, const yaml_event_t *first)
{
    for (size_t item = 1;; item++) {
        OWNED(yaml_event_delete) yaml_event_t event = {0};
        OWNED(strbuf_release) struct strbuf text = {0};

        if (!yaml_walk_next(walk, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            if (item == 1)
                yaml_walk_mistake(walk, first, "%smust not be empty", label);
            return true;
        }
        strbuf_printf(&text, "%sitem %zu: ", label, item);
        if (yaml_walk_kind(&event) != YAML_STRING) {
            if (!yaml_walk_refuse(walk, strbuf_text(&text), "must be a single value", &event))
                return false;
        } else if (yaml_walk_is_plain(walk, strbuf_text(&text), &event)) {
            index_keep(
                index,
                (struct yaml_scalar){
                    .id = SETTING_BUILD, .key = key, .item = item, .line = yaml_walk_line(&event)},
                &event);
        }
    }
}

static bool index_build_value(struct yaml_walk *walk, struct yaml_index *index, size_t i,
                              const char *label, const yaml_event_t *key, const yaml_event_t *value)
{
    enum yaml_kind kind = yaml_walk_kind(value);

    if (kind == YAML_LIST)
        return index_list(walk, index, (enum yaml_build_key)i, label, value);
    if (kind != YAML_STRING)
        return yaml_walk_refuse(walk, label, "must be a string or a list of strings", value);
    return index_keep(index,
                      (struct yaml_scalar){.id = SETTING_BUILD,
                                           .key = (enum yaml_build_key)i,
                                           .line = yaml_walk_line(key)},
                      value);
}

/* Goes through `build`, whose first event is `first`. */
static bool index_build(struct yaml_walk *walk, struct yaml_index *index, const char *label,
                        const yaml_event_t *first)
{
    const struct scope build = {.prefix = "build.",
                                .names = yaml_build_keys,
                                .count = YAML_BUILD_COUNT,
                                .found = index->build,
                                .value = index_build_value};
    size_t mistakes = walk->mistakes->count;
    bool empty = true;

    if (!index_mapping(walk, index, &build))
        return false;
    for (size_t i = 0; i < YAML_BUILD_COUNT; i++)
        empty = empty && index->build[i].line == 0;
    if (empty && walk->mistakes->count == mistakes)
        yaml_walk_mistake(walk, first, "%smust not be empty", label);
    return true;
}

static bool index_top_value(struct yaml_walk *walk, struct yaml_index *index, size_t i,
                            const char *label, const yaml_event_t *key, const yaml_event_t *value)
{
    enum yaml_kind kind = yaml_walk_kind(value);

    if (i == SETTING_BUILD)
        return kind == YAML_MAPPING
                   ? index_build(walk, index, label, value)
                   : yaml_walk_refuse(walk, label,
                                      "must be a mapping with \"sql\", \"command\" or \"inputs\"",
                                      value);
    if (kind != YAML_STRING && kind != YAML_NULL)
        return yaml_walk_refuse(walk, label, "must be a single value", value);
    return index_keep(
        index, (struct yaml_scalar){.id = (enum setting_id)i, .line = yaml_walk_line(key)}, value);
}

static bool index_root(struct yaml_walk *walk, struct yaml_index *index)
{
    OWNED(yaml_event_delete) yaml_event_t event = {0};
    const char *names[SETTING_COUNT];
    const char *flags[SETTING_COUNT];
    const struct scope top = {.prefix = "",
                              .names = names,
                              .aliases = flags,
                              .count = SETTING_COUNT,
                              .found = index->keys,
                              .value = index_top_value};

    for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
        names[id] = settings_row(id)->key;
        flags[id] = settings_row(id)->flag;
    }
    if (!yaml_walk_next(walk, &event))
        return false;
    if (event.type == YAML_MAPPING_START_EVENT) {
        index->clean = true;
        return index_mapping(walk, index, &top);
    }
    /* A file of "---" alone has no settings, and that is fine. */
    if (yaml_walk_kind(&event) == YAML_NULL)
        return true;
    return yaml_walk_refuse(walk, "", "the file must be a mapping of lines like \"workers: 4\"",
                            &event);
}

/* A stream is a start, then documents of a start, a root and an end each, then an end. */
static void index_stream(struct yaml_walk *walk, struct yaml_index *index)
{
    for (int documents = 0;; documents++) {
        OWNED(yaml_event_delete) yaml_event_t before = {0};
        OWNED(yaml_event_delete) yaml_event_t next = {0};

        /* The start of the stream or the end of a document, and what follows it. */
        if (!yaml_walk_next(walk, &before) || !yaml_walk_next(walk, &next))
            return;
        if (next.type == YAML_STREAM_END_EVENT)
            return;
        if (documents > 0) {
            yaml_walk_mistake(walk, &next,
                              "a second document begins here, and there may be only one");
            return;
        }
        if (!index_root(walk, index))
            return;
    }
}

void yaml_index_build(const char *path, const struct strbuf *text, struct yaml_index *out,
                      struct mistakes *mistakes)
{
    struct yaml_walk walk;
    size_t before = mistakes->count;

    if (yaml_walk_begin(&walk, path, text, mistakes))
        index_stream(&walk, out);
    out->clean = out->clean && mistakes->count == before;
    yaml_walk_end(&walk);
}

void yaml_index_release(struct yaml_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        free(index->scalars[i].text);
    free(index->scalars);
    *index = (struct yaml_index){0};
}
