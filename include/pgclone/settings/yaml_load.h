/* The values of a YAML file. The only module that sees libcyaml. */
#ifndef PGCLONE_SETTINGS_YAML_LOAD_H
#define PGCLONE_SETTINGS_YAML_LOAD_H

#include <stdbool.h>

#include "pgclone/base/mistakes.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/strings.h"
#include "pgclone/settings/settings.h"
#include "pgclone/settings/yaml_places.h"

/** The keys below `build`, which follow those of the settings. */
enum yaml_build {
    YAML_BUILD_SQL = SETTING_COUNT,
    YAML_BUILD_COMMAND,
    YAML_BUILD_INPUTS,
    YAML_KEY_COUNT
};

/** What a file has, as it stands there. All strings are owned; NULL where the file has nothing. */
struct yaml_loaded {
    char *values[YAML_KEY_COUNT];         /**< single strings, so none for `build` itself */
    struct strings lists[YAML_KEY_COUNT]; /**< below `build`, where it is not a single string */
};

/** The key with its parent, as messages and places have it ("build.sql"); NULL for `config`. */
const char *yaml_label(size_t key);

/**
 * Loads the text of a file, whose places have been read without a mistake. False when libcyaml
 * refuses something: the first unknown key, duplicate key, alias or value of the wrong kind, which
 * is then added to `mistakes` with its line. `out` must be empty, and stays so on failure.
 */
bool yaml_load(const struct strbuf *text, const struct yaml_places *places, struct yaml_loaded *out,
               struct mistakes *mistakes);

/** Frees everything and leaves it empty. */
void yaml_loaded_release(struct yaml_loaded *loaded);

#endif
