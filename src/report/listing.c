#include "pgclone/report/listing.h"

#include <inttypes.h>
#include <string.h>

#include "pgclone/base/strings.h"
#include "pgclone/base/timestamp.h"
#include "pgclone/base/utf8.h"
#include "pgclone/report/text.h"
#include "pgclone/settings/runner.h"

/* What stands for a value that is not known. */
#define LISTING_UNKNOWN "-"

/* What stands between two columns. */
#define LISTING_GAP "  "

enum listing_column {
    COLUMN_PROJECT,
    COLUMN_WORKER,
    COLUMN_NAME,
    COLUMN_FINGERPRINT,
    COLUMN_RUN,
    COLUMN_STATE,
    COLUMN_SESSIONS,
    COLUMN_SIZE,
    COLUMN_CREATED,
    COLUMN_COUNT
};

static const struct {
    const char *heading;
    bool is_number; /* numbers stand at the right */
} columns[COLUMN_COUNT] = {
    [COLUMN_PROJECT] = {"PROJECT", false},  [COLUMN_WORKER] = {"WORKER", false},
    [COLUMN_NAME] = {"NAME", false},        [COLUMN_FINGERPRINT] = {"FINGERPRINT", false},
    [COLUMN_RUN] = {"RUN", false},          [COLUMN_STATE] = {"STATE", false},
    [COLUMN_SESSIONS] = {"SESSIONS", true}, [COLUMN_SIZE] = {"SIZE", true},
    [COLUMN_CREATED] = {"CREATED", false},
};

/* What is shown of each kind, ended by COLUMN_COUNT. */
static const enum listing_column shown[][COLUMN_COUNT + 1] = {
    [LISTING_PROJECT] = {COLUMN_WORKER, COLUMN_NAME, COLUMN_RUN, COLUMN_STATE, COLUMN_SESSIONS,
                         COLUMN_SIZE, COLUMN_CREATED, COLUMN_COUNT},
    [LISTING_EVERY_PROJECT] = {COLUMN_PROJECT, COLUMN_WORKER, COLUMN_NAME, COLUMN_RUN, COLUMN_STATE,
                               COLUMN_SESSIONS, COLUMN_SIZE, COLUMN_CREATED, COLUMN_COUNT},
    [LISTING_TEMPLATES] = {COLUMN_NAME, COLUMN_FINGERPRINT, COLUMN_STATE, COLUMN_SIZE,
                           COLUMN_CREATED, COLUMN_COUNT},
};

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

/* A time that cannot be read, or is yet to come, is shown as it is. */
static void listing_add_time(struct strings *cells, const char *created, time_t now)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    time_t when;

    if (created != NULL && timestamp_parse(created, &when) && when <= now)
        timestamp_add_age(now - when, &text);
    listing_add_text(cells, text.length > 0 ? strbuf_text(&text) : created);
}

/* A NULL `viewer` is a script. */
static void listing_add_cell(struct strings *cells, const struct listing_row *row,
                             enum listing_column column, const struct listing_viewer *viewer)
{
    const char *const texts[COLUMN_COUNT] = {
        [COLUMN_PROJECT] = row->project,
        [COLUMN_WORKER] = row->worker != NULL ? runner_worker_label(row->worker) : NULL,
        [COLUMN_NAME] = row->name,
        [COLUMN_FINGERPRINT] = row->fingerprint,
        [COLUMN_RUN] = row->run,
        [COLUMN_STATE] = row->state,
        [COLUMN_CREATED] = row->created,
    };

    if (column == COLUMN_SESSIONS)
        listing_add_number(cells, row->sessions, false);
    else if (column == COLUMN_SIZE)
        listing_add_number(cells, row->size_bytes, viewer != NULL);
    else if (column == COLUMN_CREATED && viewer != NULL)
        listing_add_time(cells, row->created, viewer->now);
    else
        listing_add_text(cells, texts[column]);
}

static void listing_add_cells(struct strings *cells, const struct listing_row *row,
                              enum listing_kind kind, const struct listing_viewer *viewer)
{
    for (const enum listing_column *column = shown[kind]; *column != COLUMN_COUNT; column++)
        listing_add_cell(cells, row, *column, viewer);
}

void listing_tabs(const struct listing_row *rows, size_t count, enum listing_kind kind,
                  struct strbuf *out)
{
    for (size_t i = 0; i < count; i++) {
        struct strings cells OWNED(strings_release) = {0};

        listing_add_cells(&cells, &rows[i], kind, NULL);
        for (size_t j = 0; j < cells.count; j++)
            strbuf_printf(out, "%s%c", cells.items[j], j + 1 < cells.count ? '\t' : '\n');
    }
}

/* SGR parameters (ECMA-48) for a state; "" for one that needs none. */
static const char *listing_colour(const char *state)
{
    static const struct {
        const char *state, *colour;
    } colours[] = {
        {"ready", "32"}, {"current", "32"},  {"held", "36"},    {"taken", "36"},   {"spare", "2"},
        {"old", "2"},    {"building", "33"}, {"scratch", "33"}, {"invalid", "31"},
    };

    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        if (strcmp(colours[i].state, state) == 0)
            return colours[i].colour;
    return "";
}

static void listing_paint(const char *state, struct strbuf *out)
{
    const char *colour = listing_colour(state);

    if (*colour != '\0')
        strbuf_printf(out, "\033[%sm%s\033[0m", colour, state);
    else
        strbuf_add(out, state);
}

/* printf's own widths count bytes, and colours have no width, so the padding is done here. */
static void listing_add_line(struct strbuf *out, char *const *cells, enum listing_kind kind,
                             const size_t *widths, bool colours)
{
    for (size_t i = 0; shown[kind][i] != COLUMN_COUNT; i++) {
        int padding = (int)(widths[i] - utf8_count(cells[i]));

        if (shown[kind][i] == COLUMN_STATE && colours) {
            listing_paint(cells[i], out);
            strbuf_printf(out, "%*s" LISTING_GAP, padding, "");
        } else if (columns[shown[kind][i]].is_number) {
            strbuf_printf(out, "%*s%s" LISTING_GAP, padding, "", cells[i]);
        } else if (shown[kind][i + 1] != COLUMN_COUNT) {
            strbuf_printf(out, "%s%*s" LISTING_GAP, cells[i], padding, "");
        } else {
            strbuf_printf(out, "%s\n", cells[i]);
        }
    }
}

/* How many columns a kind has. */
static size_t listing_width(enum listing_kind kind)
{
    size_t width = 1;

    while (shown[kind][width] != COLUMN_COUNT)
        width++;
    return width;
}

void listing_table(const struct listing_row *rows, size_t count, enum listing_kind kind,
                   const struct listing_viewer *viewer, struct strbuf *out)
{
    size_t width = listing_width(kind);
    struct strings cells OWNED(strings_release) = {0};
    size_t widths[COLUMN_COUNT] = {0};

    for (size_t i = 0; i < width; i++)
        strings_add(&cells, columns[shown[kind][i]].heading);
    for (size_t i = 0; i < count; i++)
        listing_add_cells(&cells, &rows[i], kind, viewer);
    for (size_t i = 0; i < cells.count; i++) {
        size_t characters = utf8_count(cells.items[i]);

        if (characters > widths[i % width])
            widths[i % width] = characters;
    }
    for (size_t i = 0; i < cells.count; i += width)
        listing_add_line(out, &cells.items[i], kind, widths, viewer->colours);
}
