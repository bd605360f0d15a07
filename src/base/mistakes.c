#include "pgclone/base/mistakes.h"

#include <stdarg.h>
#include <stdlib.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"

static void mistakes_append(struct mistakes *mistakes, int line, char *text)
{
    mistakes->items = memory_resize(mistakes->items, mistakes->count + 1, sizeof *mistakes->items);
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

/* By insertion, as qsort() is not stable; and most of them are in order already. */
void mistakes_sort(struct mistakes *mistakes)
{
    for (size_t i = 1; i < mistakes->count; i++) {
        struct mistake moved = mistakes->items[i];
        size_t to = i;

        for (; to > 0 && mistakes->items[to - 1].line > moved.line; to--)
            mistakes->items[to] = mistakes->items[to - 1];
        mistakes->items[to] = moved;
    }
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
