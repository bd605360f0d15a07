/*
 * Where things stand in a YAML file, and what is wrong with its form. libcyaml stops at the first
 * mistake, so this first pass over libyaml's events (the parser that libcyaml itself is built on)
 * finds them all, with their lines; libcyaml then loads what is left.
 */
#ifndef PGCLONE_SETTINGS_YAML_INDEX_H
#define PGCLONE_SETTINGS_YAML_INDEX_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/settings/mistakes.h"
#include "pgclone/settings/settings.h"
#include "pgclone/settings/yaml_walk.h"

/** The keys below `build`. */
enum yaml_build_key { YAML_BUILD_SQL, YAML_BUILD_COMMAND, YAML_BUILD_INPUTS, YAML_BUILD_COUNT };

extern const char *const yaml_build_keys[YAML_BUILD_COUNT];

/** A key that may stand in the file. */
struct yaml_found {
    int line; /**< of the key, from 1; 0: the file does not have it */
    enum yaml_kind kind;
};

/** A single value: a setting's, a string below `build`, or an item of a list there. */
struct yaml_scalar {
    enum setting_id id;
    enum yaml_build_key key; /**< where `id` is SETTING_BUILD */
    size_t item;             /**< from 1; 0: not in a list */
    int line;                /**< of the key or item, from 1 */
    bool is_null;            /**< ~ or nothing, without quotes */
    char *text;              /**< owned */
};

struct yaml_index {
    struct yaml_found keys[SETTING_COUNT];
    struct yaml_found build[YAML_BUILD_COUNT];
    struct yaml_scalar *scalars; /**< in the order of the file, those of duplicate keys, too */
    size_t count;
    size_t capacity;
    bool clean; /**< a mapping without mistakes: libcyaml can load it */
};

/**
 * Goes through `text`, and adds what is wrong to `mistakes` as `path:line: key: …`. A text that is
 * neither clean nor empty has a mistake; as many of its values are found as can be, so that they
 * can be looked at, too. Aliases are mistakes: they can make a short text long without end, and no
 * setting needs one. `out` must be empty.
 */
void yaml_index_build(const char *path, const struct strbuf *text, struct yaml_index *out,
                      struct mistakes *mistakes);

/** Frees everything and leaves it empty. */
void yaml_index_release(struct yaml_index *index);

#endif
