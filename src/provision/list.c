#include "pgclone/provision/list.h"

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/look.h"
#include "pgclone/provision/session.h"

bool list_databases(const struct scope *scope, bool every_project, struct inventory *inventory,
                    struct selected_list *found, struct error *err)
{
    const struct look_request request = {.catalog = {.all_marked = true, .sizes = true}};
    const struct selection everything = {
        .all = true, .held = true, .templates = true, .every_project = every_project};
    struct session session OWNED(session_close) = {0};
    char *hint OWNED(memory_free_string) = NULL;

    if (!session_open(scope, LEASE_CREATE, &session, err) ||
        !look_take(&session, &request, inventory, err) ||
        !selection_find(inventory, &everything, scope->project, found, err))
        return false;
    if (found->count == 0)
        hint = selection_hint_elsewhere(inventory, &everything, scope->project);
    if (hint != NULL)
        log_message(LOG_NORMAL, "hint: %s", hint);
    return true;
}
