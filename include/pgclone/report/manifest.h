/* Reads a manifest: what report_json() wrote. */
#ifndef PGCLONE_REPORT_MANIFEST_H
#define PGCLONE_REPORT_MANIFEST_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/**
 * Finds a worker's URL in the manifest at `path`. An unreadable or malformed file is ERROR_USAGE
 * that names it (and never quotes it: it holds passwords); so is an unknown worker, with the list
 * of those it knows. The empty id is found as "1", too (runner_worker_label). `url` gets an owned
 * string and is untouched on failure.
 */
bool manifest_find_url(const char *path, const char *worker, char **url, struct error *err);

#endif
