/* Programs in the scratch folder that act as PostgreSQL's do. */
#ifndef PGCLONE_TESTS_STAND_IN_SERVER_H
#define PGCLONE_TESTS_STAND_IN_SERVER_H

#include <stdbool.h>

#include "pgclone/server/ephemeral.h"

/** What a server does that becomes ready: a line of its script, in which $data is its folder. */
#define STAND_IN_READY                                                                             \
    "printf '%d\\n%s\\n1\\n5432\\n/s\\n\\n\\n%s\\n' $$ $data 'ready   ' >$data/postmaster.pid\n"

/** Makes them; `serve` is what the server does. The cache is in the scratch folder, too. */
void stand_in_make(const char *serve);

/** Has the server do something else from now on. */
void stand_in_serve(const char *serve);

/** Starts the server. */
bool stand_in_start(bool tcp, struct ephemeral *out, struct error *err);

#endif
