#include "pgclone/provision/watched_old.h"

#include <string.h>

#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/provision/drop.h"

/* Who uses one does so for long: there is nothing to wait for. */
static const int patience_ms = 0;

static bool old_is_one(const struct scope *scope, const struct inventory_database *database)
{
    return database->marked && !database->scratch && database->mark.use == MARK_USE_TEMPLATE &&
           database->mark.template_name != NULL &&
           strcmp(database->mark.template_name, scope->watched->source) == 0 &&
           strcmp(database->mark.project, scope->project) == 0 &&
           strcmp(database->name, scope->watched->name) != 0;
}

void watched_drop_old(struct session *session, const struct inventory *found)
{
    const struct scope *scope = session->scope;
    struct drop_work work OWNED(drop_work_release) = {.settle = true, .patience_ms = patience_ms};
    struct error err OWNED(error_release) = {0};

    if (scope->built != NULL)
        return;
    work.selected.items = memory_new(found->database_count, sizeof *work.selected.items);
    for (size_t i = 0; i < found->database_count; i++)
        if (old_is_one(scope, &found->databases[i]))
            work.selected.items[work.selected.count++].database = &found->databases[i];
    if (work.selected.count == 0)
        return;
    if (!drop_selected(session, found, &work, &err))
        log_message(LOG_VERBOSE, "%s", err.message);
}
