/* What stands before "://" in a URL: applications have their driver's name there. */
#ifndef PGCLONE_POSTGRES_URL_SCHEME_H
#define PGCLONE_POSTGRES_URL_SCHEME_H

#include <stdbool.h>

#include "pgclone/base/error.h"

/**
 * Takes the scheme off a connection string. `scheme` gets it as it stands there
 * ("postgresql+psycopg2"), or "postgresql" for "key=value" strings; `plain` gets the string as
 * libpq knows it, with the scheme "postgresql". ERROR_USAGE for a scheme that is no scheme of
 * PostgreSQL. Both are owned by the caller, and untouched on failure.
 */
bool url_scheme_take(const char *text, char **scheme, char **plain, struct error *err);

/** `url` with the scheme of another connection string, if that (or NULL) has one. The caller frees
 * it. */
char *url_scheme_give(const char *text, const char *url);

#endif
