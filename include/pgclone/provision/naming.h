/* The names of databases: the pattern, and PostgreSQL's limits. Needs no server. */
#ifndef PGCLONE_PROVISION_NAMING_H
#define PGCLONE_PROVISION_NAMING_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/** What a pattern's placeholders stand for. All borrowed; NULL where there is none. */
struct naming_parts {
    const char *base;    /**< {base} */
    const char *project; /**< {project} */
    const char *run;     /**< {run} */
    const char *worker;  /**< {worker}: the label, never "" */
};

/** The pattern that holds when none is set. */
const char *naming_default_pattern(const char *run_id);

/**
 * The database name that `pattern` gives. `{{` and `}}` are braces. An unknown placeholder, a stray
 * brace, a `{run}` without a run id and a name that naming_check() refuses are ERROR_USAGE.
 * `name` gets an owned string, and is untouched on failure.
 */
bool naming_expand(const char *pattern, const struct naming_parts *parts, char **name,
                   struct error *err);

/**
 * Whether a database may have that name: 1 to 63 bytes of valid UTF-8 without control characters,
 * which would break lines of output. ERROR_USAGE otherwise; `what` is for the message
 * ("template").
 */
bool naming_check(const char *name, const char *what, struct error *err);

#endif
