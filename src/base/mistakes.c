#include "pgclone/base/mistakes.h"

#include <stdarg.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

static void mistakes_append(struct mistakes *mistakes, int line, char *text)
{
    if (mistakes->count == mistakes->capacity) {
        mistakes->capacity = mistakes->capacity > 0 ? mistakes->capacity * 2 : 8;
        mistakes->items =
            memory_resize(mistakes->items, mistakes->capacity, sizeof *mistakes->items);
    }
    mistakes->items[mistakes->count++] = (struct mistake){.line = line, .text = text};
}

void mistakes_add(struct mistakes *mistakes, int line, const char *format, ...)
{
    struct strbuf text = {0};
    va_list args;

    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    mistakes_append(mistakes, line, strbuf_take(&text));
}

void mistakes_add_at(struct mistakes *mistakes, const char *path, int line, const char *format, ...)
{
    struct strbuf text = {0};
    va_list args;

    strbuf_printf(&text, "%s:%d: ", path, line);
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    mistakes_append(mistakes, line, strbuf_take(&text));
}

/* Merges two neighbouring runs, as qsort() is not stable. */
static void mistakes_merge(struct mistake *items, size_t middle, size_t end, struct mistake *room)
{
    size_t left = 0;
    size_t right = middle;

    for (size_t i = 0; i < end; i++) {
        bool from_left = left < middle && (right == end || items[left].line <= items[right].line);

        room[i] = from_left ? items[left++] : items[right++];
    }
    for (size_t i = 0; i < end; i++)
        items[i] = room[i];
}

void mistakes_sort(struct mistakes *mistakes)
{
    struct mistake *room = memory_new(mistakes->count, sizeof *room);

    for (size_t width = 1; width < mistakes->count; width *= 2) {
        for (size_t start = 0; start + width < mistakes->count; start += 2 * width) {
            size_t left = mistakes->count - start;

            mistakes_merge(mistakes->items + start, width, left < 2 * width ? left : 2 * width,
                           room);
        }
    }
    free(room);
}

bool mistakes_none(const struct mistakes *mistakes, struct error *err)
{
    OWNED(strbuf_release) struct strbuf all = {0};

    if (mistakes->count == 0)
        return true;
    for (size_t i = 0; i < mistakes->count; i++)
        strbuf_printf(&all, "%s%s", i > 0 ? "\n" : "", mistakes->items[i].text);
    return error_set(err, ERROR_USAGE, "%s", strbuf_text(&all));
}

void mistakes_release(struct mistakes *mistakes)
{
    for (size_t i = 0; i < mistakes->count; i++)
        free(mistakes->items[i].text);
    free(mistakes->items);
    *mistakes = (struct mistakes){0};
}
