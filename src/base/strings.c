#include "pgclone/base/strings.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"

void strings_add(struct strings *list, const char *text)
{
    size_t used = list->count + 1; /* with the NULL */

    /* Doubling at each power of two keeps adding linear without a field for the capacity. */
    if ((used & (used - 1)) == 0)
        list->items = memory_resize(list->items, used * 2, sizeof *list->items);
    list->items[list->count++] = memory_copy_string(text);
    list->items[list->count] = NULL;
}

bool strings_contain(const struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

void strings_remove(struct strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) != 0)
            continue;
        free(list->items[i]);
        memmove(&list->items[i], &list->items[i + 1], (list->count - i) * sizeof *list->items);
        list->count--;
        return;
    }
}

void strings_release(struct strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct strings){0};
}
