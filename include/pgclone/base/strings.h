/* A growing list of owned strings. */
#ifndef PGCLONE_BASE_STRINGS_H
#define PGCLONE_BASE_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
    char **items; /**< `count` owned strings and a NULL; NULL as long as nothing was added */
    size_t count;
};

/** Adds a copy of `text`. */
void strings_add(struct strings *list, const char *text);

/** Whether `text` is in the list. */
bool strings_contain(const struct strings *list, const char *text);

/** Takes out the first entry that equals `text`, if there is one. */
void strings_remove(struct strings *list, const char *text);

/** Frees everything and leaves the list empty. */
void strings_release(struct strings *list);

#endif
