#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/cli/command.h"
#include "pgclone/cli/list_print.h"
#include "pgclone/cli/template_scope.h"
#include "pgclone/provision/template_list.h"
#include "pgclone/report/listing.h"
#include "pgclone/report/output.h"

static struct listing_row *template_list_rows(const struct template_list *list)
{
    struct listing_row *rows = memory_new(list->count, sizeof *rows);

    for (size_t i = 0; i < list->count; i++) {
        const struct template_item *item = &list->items[i];

        rows[i] = (struct listing_row){
            .project = item->database->mark.project,
            .name = item->database->name,
            .fingerprint = item->digits[0] != '\0' ? item->digits : NULL,
            .state = template_state_word(item->state),
            .size_bytes = item->database->size_bytes,
            .created = item->database->mark.created,
        };
    }
    return rows;
}

static bool template_list_run(struct invocation *invocation, struct error *err)
{
    struct scope scope OWNED(scope_release) = {0};
    struct session session OWNED(session_close) = {0};
    struct template_list list OWNED(template_list_release) = {0};
    struct output output OWNED(output_release) = {0};
    struct listing_row *rows;
    bool done;

    if (!template_scope(invocation, &scope, err) ||
        !output_open(invocation_value(invocation, &option_output), &output, err) ||
        !session_open(&scope, LEASE_CREATE, &session, err) ||
        !template_list_find(&session, &list, err))
        return false;
    rows = template_list_rows(&list);
    done = list_print(invocation, rows, list.count, LISTING_TEMPLATES, &output, err);
    free(rows);
    return done;
}

static const struct command_option *const template_list_options[] = {&list_print_format,
                                                                     &option_output, NULL};

const struct command template_list_command = {
    .name = "template list",
    .summary = "shows the project's templates, the newest first",
    .description =
        "Shows name, fingerprint, state, size and time of creation: a table on a terminal,\n"
        "tab-separated otherwise. \"current\" is what the files make now, \"building\" what a\n"
        "process is at work on, and \"old\" every other, also what is current on another branch.",
    .section = SECTION_DATABASES,
    .purposes = PURPOSE_PROJECT | PURPOSE_CONNECT,
    .options = template_list_options,
    .run = template_list_run,
};
