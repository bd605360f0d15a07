#include "pgclone/report/listing.h"

#include <inttypes.h>

#include "pgclone/base/strings.h"
#include "pgclone/report/text.h"
#include "pgclone/settings/runner.h"

/* What stands for a value that is not known. */
#define LISTING_UNKNOWN "-"

/* What stands between two columns. */
#define LISTING_GAP "  "

static const struct {
    const char *heading;
    bool is_number; /* numbers stand at the right */
} columns[] = {
    {"PROJECT", false}, {"WORKER", false},  {"NAME", false}, {"RUN", false},
    {"STATE", false},   {"SESSIONS", true}, {"SIZE", true},  {"CREATED", false},
};

#define COLUMN_COUNT (sizeof columns / sizeof columns[0])

/*
 * The rule of PostgreSQL's pg_size_pretty (src/backend/utils/adt/dbsize.c): below 10 kB bytes, then
 * the first unit of which there are fewer than 10,240 when rounded, half up; so it counts halves.
 */
static void listing_add_size(struct strbuf *out, int64_t bytes)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
    const size_t last = sizeof units / sizeof units[0] - 1;
    int64_t halves = bytes / 512;
    size_t unit = 0;

    if (bytes < INT64_C(10) * 1024) {
        strbuf_printf(out, "%" PRId64 " bytes", bytes);
        return;
    }
    while (unit < last && halves >= INT64_C(20) * 1024 - 1) {
        halves /= 1024;
        unit++;
    }
    strbuf_printf(out, "%" PRId64 " %s", (halves + 1) / 2, units[unit]);
}

static void listing_add_text(struct strings *cells, const char *value)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    if (value != NULL)
        text_add_field(&text, value);
    strings_add(cells, text.length > 0 ? strbuf_text(&text) : LISTING_UNKNOWN);
}

static void listing_add_number(struct strings *cells, int64_t number, bool is_size)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    if (number >= 0 && is_size)
        listing_add_size(&text, number);
    else if (number >= 0)
        strbuf_printf(&text, "%" PRId64, number);
    listing_add_text(cells, strbuf_text(&text));
}

static void listing_add_cells(struct strings *cells, const struct listing_row *row,
                              bool with_project, bool for_people)
{
    if (with_project)
        listing_add_text(cells, row->project);
    listing_add_text(cells, row->worker != NULL ? runner_worker_label(row->worker) : NULL);
    listing_add_text(cells, row->name);
    listing_add_text(cells, row->run);
    listing_add_text(cells, row->state);
    listing_add_number(cells, row->sessions, false);
    listing_add_number(cells, row->size_bytes, for_people);
    listing_add_text(cells, row->created);
}

void listing_tabs(const struct listing_row *rows, size_t count, bool with_project,
                  struct strbuf *out)
{
    for (size_t i = 0; i < count; i++) {
        struct strings cells OWNED(strings_release) = {0};

        listing_add_cells(&cells, &rows[i], with_project, false);
        for (size_t j = 0; j < cells.count; j++)
            strbuf_printf(out, "%s%c", cells.items[j], j + 1 < cells.count ? '\t' : '\n');
    }
}

/* printf's own widths count bytes, so the padding is done here. */
static void listing_add_line(struct strbuf *out, char *const *cells, size_t first,
                             const size_t *widths)
{
    for (size_t i = first; i < COLUMN_COUNT; i++) {
        const char *cell = cells[i - first];
        int padding = (int)(widths[i] - text_count_characters(cell));

        if (columns[i].is_number)
            strbuf_printf(out, "%*s%s" LISTING_GAP, padding, "", cell);
        else if (i + 1 < COLUMN_COUNT)
            strbuf_printf(out, "%s%*s" LISTING_GAP, cell, padding, "");
        else
            strbuf_printf(out, "%s\n", cell);
    }
}

void listing_table(const struct listing_row *rows, size_t count, bool with_project,
                   struct strbuf *out)
{
    size_t first = with_project ? 0 : 1; /* column that is shown */
    size_t shown = COLUMN_COUNT - first;
    struct strings cells OWNED(strings_release) = {0};
    size_t widths[COLUMN_COUNT] = {0};

    for (size_t i = first; i < COLUMN_COUNT; i++)
        strings_add(&cells, columns[i].heading);
    for (size_t i = 0; i < count; i++)
        listing_add_cells(&cells, &rows[i], with_project, true);
    for (size_t i = 0; i < cells.count; i++) {
        size_t width = text_count_characters(cells.items[i]);

        if (width > widths[first + i % shown])
            widths[first + i % shown] = width;
    }
    for (size_t i = 0; i < cells.count; i += shown)
        listing_add_line(out, &cells.items[i], first, widths);
}
