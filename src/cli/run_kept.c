#include "pgclone/cli/run_kept.h"

#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

static void run_kept_add(struct strings *out, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void run_kept_add(struct strings *out, const char *format, ...)
{
    struct strbuf line OWNED(strbuf_release) = {0};
    va_list args;

    va_start(args, format);
    strbuf_vprintf(&line, format, args);
    va_end(args);
    strings_add(out, strbuf_text(&line));
}

/* A create inside the run may have been given another run id, or none. */
static void run_kept_add_others(const char *run_id, const struct selected_list *kept,
                                struct strings *out)
{
    for (size_t i = 0; i < kept->count; i++) {
        const struct inventory_database *database = kept->items[i].database;

        if (database->mark.run == NULL || strcmp(database->mark.run, run_id) != 0)
            run_kept_add(out, "and with: pgclone drop --name \"%s\"", database->name);
    }
}

void run_kept_lines(const struct scope *scope, const struct selected_list *kept,
                    const struct report *report, struct strings *out)
{
    const char *run_id = scope->settings->run_id;

    for (size_t i = 0; i < kept->count; i++) {
        char *url OWNED(memory_free_string) =
            url_for_database(&scope->url, kept->items[i].database->name, URL_PASSWORD_MASKED);

        run_kept_add(out, "kept %s", url);
    }
    for (size_t i = 0; kept->items == NULL && i < report->count; i++)
        run_kept_add(out, "kept %s", report->databases[i].masked_url);
    if (out->count == 0)
        return; /* the command ended before a database was made */
    run_kept_add(out, "drop them with: pgclone drop --project \"%s\" --run-id \"%s\"",
                 scope->project, run_id);
    run_kept_add_others(run_id, kept, out);
}
