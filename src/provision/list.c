#include "pgclone/provision/list.h"

#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/sqlstate.h"
#include "pgclone/provision/session.h"

/* A database that is dropped while its size is measured fails the whole look. */
static const int most_tries = 5;

static bool list_look(const struct scope *scope, struct inventory *out, struct error *err)
{
    const struct sql_look look = {.all_marked = true, .sizes = true};
    struct session session OWNED(session_close) = {0};

    if (!session_open(scope, LEASE_CREATE, &session, err))
        return false;
    for (int tries = 1; !session_look(&session, &look, out, err); tries++)
        if (tries == most_tries || strcmp(err->sqlstate, SQLSTATE_UNDEFINED_DATABASE) != 0)
            return false;
    error_release(err);
    return true;
}

bool list_databases(const struct scope *scope, bool every_project, struct inventory *inventory,
                    struct selected_list *found, struct error *err)
{
    const struct selection everything = {.all = true, .held = true, .every_project = every_project};
    char *hint OWNED(memory_free_string) = NULL;

    if (!list_look(scope, inventory, err) ||
        !selection_find(inventory, &everything, scope->project, found, err))
        return false;
    if (found->count == 0)
        hint = selection_hint_elsewhere(inventory, &everything, scope->project);
    if (hint != NULL)
        log_message(LOG_NORMAL, "hint: %s", hint);
    return true;
}
