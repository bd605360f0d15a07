/* The values of a YAML file. The only module that sees libcyaml. */
#ifndef PGCLONE_SETTINGS_YAML_VALUES_H
#define PGCLONE_SETTINGS_YAML_VALUES_H

#include <stdbool.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/settings/mistakes.h"
#include "pgclone/settings/settings.h"
#include "pgclone/settings/yaml_index.h"

/** A value below `build`: one string or several, as the index says. */
struct yaml_list {
    char *text;
    char **items;
    unsigned count;
};

/** What libcyaml fills. All strings are owned; NULL where the file has nothing. */
struct yaml_values {
    char *strings[SETTING_COUNT];
    struct yaml_list build[YAML_BUILD_COUNT];
};

/**
 * Loads the keys that the index has found; the index must be clean. What libcyaml objects to all
 * the same is added to `mistakes` in its words. `out` gets an owned object, or stays as it was.
 */
void yaml_values_load(const char *path, const struct strbuf *text, const struct yaml_index *index,
                      struct yaml_values **out, struct mistakes *mistakes);

/** The text that libcyaml loaded for a scalar of the index, borrowed. Never NULL. */
const char *yaml_values_text(const struct yaml_values *values, const struct yaml_scalar *scalar);

/** Frees the object; for OWNED(yaml_values_free). */
void yaml_values_free(struct yaml_values **values);

#endif
