#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/list_print.h"
#include "pgclone/provision/list.h"
#include "pgclone/report/listing.h"
#include "pgclone/report/output.h"

static struct listing_row *list_rows(const struct selected_list *found)
{
    struct listing_row *rows = memory_new(found->count, sizeof *rows);

    for (size_t i = 0; i < found->count; i++) {
        const struct inventory_database *database = found->items[i].database;
        bool is_template = database->mark.use == MARK_USE_TEMPLATE;

        rows[i] = (struct listing_row){
            .project = database->mark.project,
            .worker = is_template ? NULL : database->mark.worker,
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

static bool list_run(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};
    struct inventory inventory OWNED(inventory_release) = {0};
    struct output output OWNED(output_release) = {0};
    struct listing_row *rows;
    struct selected_list found OWNED(selected_list_release) = {0};
    bool every_project = invocation_has(invocation, &option_every_project);
    enum listing_kind kind = every_project ? LISTING_EVERY_PROJECT : LISTING_PROJECT;
    bool done;

    if (!invocation_load_settings(invocation, err) ||
        !scope_resolve(&invocation->settings, &scope, err) ||
        !output_open(invocation_value(invocation, &option_output), &output, err) ||
        !list_databases(&scope, every_project, &inventory, &found, err))
        return false;
    rows = list_rows(&found);
    done = list_print(invocation, rows, found.count, kind, &output, err);
    free(rows);
    return done;
}

static const struct command_option *const list_options[] = {&list_print_format, &option_output,
                                                            &option_every_project, NULL};

const struct command list_command = {
    .name = "list",
    .summary = "shows the databases that pgclone made",
    .description = "Shows worker, name, run, state, sessions, size and time of creation of the\n"
                   "project's databases: a table on a terminal, tab-separated otherwise.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_CONNECT,
    .options = list_options,
    .run = list_run,
};
