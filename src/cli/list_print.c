#include "pgclone/cli/list_print.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/terminal.h"

static const char *const list_print_formats[] = {"text", "json", NULL};

const struct command_option list_print_format = {.flag = "format",
                                                 .argument = "FORMAT",
                                                 .help = "how results are written",
                                                 .words = list_print_formats};

bool list_print(const struct invocation *invocation, const struct listing_row *rows, size_t count,
                enum listing_kind kind, struct output *output, struct error *err)
{
    const char *format = invocation_value(invocation, &list_print_format);
    const struct listing_viewer viewer = {.now = time(NULL),
                                          .colours = terminal_has_colours(STDOUT_FILENO)};
    struct strbuf text OWNED(strbuf_release) = {0};

    if (format != NULL && strcmp(format, "json") == 0 && kind == LISTING_TEMPLATES)
        listing_templates_json(rows, count, &text);
    else if (format != NULL && strcmp(format, "json") == 0)
        listing_json(rows, count, &text);
    else if (output->path == NULL && isatty(STDOUT_FILENO))
        listing_table(rows, count, kind, &viewer, &text);
    else
        listing_tabs(rows, count, kind, &text);
    return output_write(output, &text, err);
}
