/* The YAML file: text in, values and mistakes out. */
#ifndef PGCLONE_SETTINGS_YAML_H
#define PGCLONE_SETTINGS_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/mistakes.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/settings/settings.h"

/** What the file says about a setting. */
struct yaml_value {
    int line;   /**< of the key, from 1; 0 where the file does not have it */
    char *text; /**< owned: expanded, but not parsed yet; "" for null; always NULL for `build` */
};

struct yaml_file {
    struct yaml_value values[SETTING_COUNT];
    struct settings_build build;
};

/**
 * Takes the text of the file at `path` apart. Mistakes are added to `mistakes` as
 * `path:line: key: …`: the first one in its form (what is not YAML, unknown and duplicate keys,
 * values of the wrong kind), or else all variables without a value. `out` must be empty, and gets
 * the values that have no mistake.
 */
void yaml_parse(const char *path, const struct strbuf *text, struct yaml_file *out,
                struct mistakes *mistakes);

/** Frees everything and leaves it empty. */
void yaml_release(struct yaml_file *file);

#endif
