#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/commands.h"
#include "pgclone/provision/overview.h"
#include "pgclone/report/listing.h"
#include "pgclone/report/output.h"

/* Everything that is ours; foreign databases have neither mark nor scratch name. */
static struct listing_row *list_rows(const struct inventory *inventory, const char *project,
                                     bool every_project, size_t *count)
{
    struct listing_row *rows = memory_new(inventory->database_count, sizeof *rows);

    *count = 0;
    for (size_t i = 0; i < inventory->database_count; i++) {
        const struct inventory_database *database = &inventory->databases[i];

        if (!database->marked && !database->scratch)
            continue;
        if (!every_project && !inventory_is_of_project(database, project))
            continue;
        rows[(*count)++] = (struct listing_row){
            .worker = database->mark.worker,
            .name = database->name,
            .run = database->mark.run,
            .state = inventory_state(database),
            .sessions = database->sessions,
            .size_bytes = database->size_bytes,
            .created = database->mark.created,
        };
    }
    return rows;
}

bool list_command_run(struct invocation *invocation, struct error *err)
{
    const char *format = invocation_value(invocation, OPTION_FORMAT);
    const char *path = invocation_value(invocation, OPTION_OUTPUT);
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct output output OWNED(output_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    struct listing_row *rows;
    size_t count;

    if (!scope_resolve(&invocation->settings, &scope, err) || !output_open(path, &output, err) ||
        !overview_look(&scope, &inventory, err))
        return false;
    rows = list_rows(&inventory, scope.project, invocation->given[OPTION_EVERY_PROJECT], &count);
    if (format != NULL && strcmp(format, "json") == 0)
        listing_json(rows, count, &text);
    else if (path == NULL && isatty(STDOUT_FILENO))
        listing_table(rows, count, &text);
    else
        listing_tabs(rows, count, &text);
    free(rows);
    return output_write(&output, &text, err);
}
