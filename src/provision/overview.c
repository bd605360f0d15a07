#include "pgclone/provision/overview.h"

#include <string.h>

#include "pgclone/provision/session.h"

/* A database that is dropped while its size is measured fails the whole look with this. */
static const char undefined_database[] = "3D000";
static const int most_tries = 5;

bool overview_look(const struct scope *scope, struct inventory *out, struct error *err)
{
    const struct sql_look look = {.all_marked = true, .sizes = true};
    struct session session OWNED(session_close) = {0};

    if (!session_open(scope, LEASE_CREATE, &session, err))
        return false;
    for (int tries = 1; !session_look(&session, &look, out, err); tries++)
        if (tries == most_tries || strcmp(err->sqlstate, undefined_database) != 0)
            return false;
    error_release(err);
    return true;
}
