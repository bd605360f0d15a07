/*
 * Where keys and values stand in a YAML file. libcyaml, which loads them, hands out values without
 * their lines, and lets some things pass that nobody can have meant. So libyaml, on which libcyaml
 * is built, reads the text once before it.
 */
#ifndef PGCLONE_SETTINGS_YAML_PLACES_H
#define PGCLONE_SETTINGS_YAML_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/mistakes.h"
#include "pgclone/base/strbuf.h"

/** What a value is, whatever its text. */
enum yaml_kind { YAML_NULL, YAML_STRING, YAML_LIST, YAML_MAPPING, YAML_BRACES };

/** A value and its key. Lines count from 1. */
struct yaml_place {
    char *label; /**< owned: "workers", "build.sql", "build.sql: item 2"; "" for the whole file */
    int line;    /**< of the key, or of the value where it has none */
    int value_line;
    enum yaml_kind kind;
    int depth; /**< 0: the file, 1: what its keys have, 2: what is in that, 3: and in that */
};

/** All values in the order of the file; of a duplicate key each. */
struct yaml_places {
    const char *path; /**< of the file; borrowed */
    struct yaml_place *items;
    size_t count;
};

/**
 * Reads the text of the file at `path`. False, with mistakes added, for what libcyaml could not
 * place or would not see: text that is not YAML, a second document, tags, aliases, NUL characters
 * and keys that are not words. `out` must be empty; it ends where something is nested deeper than
 * any setting, which libcyaml refuses.
 */
bool yaml_places_read(const char *path, const struct strbuf *text, struct yaml_places *out,
                      struct mistakes *mistakes);

/** The first place with that label, borrowed; NULL if there is none. */
const struct yaml_place *yaml_places_find(const struct yaml_places *places, const char *label);

/** Frees everything and leaves the list empty. */
void yaml_places_release(struct yaml_places *places);

#endif
