/* psql, PostgreSQL's own client, which loads SQL files: what it is called with, and where it is. */
#ifndef PGCLONE_TEMPLATE_PSQL_H
#define PGCLONE_TEMPLATE_PSQL_H

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"

/** The path of a psql: the one in the folder `beside` (NULL: none), else the first in PATH. NULL
 * with ERROR_SYSTEM where there is none. The caller frees it. */
char *psql_find(const char *beside, struct error *err);

/** Adds the arguments for a psql that reads no files of the user's, asks nothing, shows no results
 * of queries, and stops at the first error; the first is its path. */
void psql_arguments(const char *psql, struct strings *out);

/** Adds `-f FILE` for each file. They run in one session, in their order; the first that fails ends
 * it. */
void psql_add_files(const struct strings *files, struct strings *out);

/** The variable that keeps notices from hiding the error, as pg_regress has it: `NAME=value`. */
extern const char psql_quiet_variable[];

#endif
