#include "pgclone/template/inputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/memory.h"
#include "pgclone/template/walk.h"

/* What `inputs` names. */
struct entry {
    const char *given;
    size_t order; /* among all of them */
    struct input_name name;
};

struct entries {
    struct entry *items;
    size_t count;
    char *base; /* the folder where relative paths begin: absolute, without links */
};

static void entries_release(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        input_name_release(&entries->items[i].name);
    free(entries->items);
    free(entries->base);
}

static bool entries_begin(struct entries *entries, struct walk *walk, const char *folder,
                          struct error *err)
{
    const char *path = folder != NULL ? folder : ".";

    entries->base = realpath(path, NULL);
    if (entries->base == NULL || !walk_begin(walk, path))
        return error_set(err, ERROR_USAGE, "could not read \"%s\": %s", path, strerror(errno));
    return true;
}

static void entries_add(struct entries *entries, const char *given)
{
    struct entry added = {.given = given, .order = entries->count};

    input_name_resolve(entries->base, given, &added.name);
    entries->items = memory_resize(entries->items, entries->count + 1, sizeof *entries->items);
    entries->items[entries->count++] = added;
}

/* By names; those of one name, which are not below the base, as they were given. */
static int entries_compare(const void *left, const void *right)
{
    const struct entry *first = left;
    const struct entry *second = right;
    int names = strcmp(input_name_text(&first->name), input_name_text(&second->name));

    return names != 0 ? names : (first->order > second->order) - (first->order < second->order);
}

/* Whether what an entry means was named by one before it. */
static bool entries_repeat(const struct entries *entries, size_t index)
{
    const char *path = strbuf_text(&entries->items[index].name.path);

    for (size_t i = 0; i < index; i++)
        if (strcmp(strbuf_text(&entries->items[i].name.path), path) == 0)
            return true;
    return false;
}

/* Tells all of it; each entry's name goes to the walk. */
static bool entries_read(struct entries *entries, struct walk *walk, bool files_only,
                         struct error *err)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct entry *entry = &entries->items[i];

        if (!files_only && entries_repeat(entries, i))
            continue;
        if (!walk_read(walk, entry->given, &entry->name, files_only, err))
            return false;
    }
    return true;
}

bool inputs_read_files(const struct strings *paths, const char *folder,
                       const struct inputs_sink *sink, struct error *err)
{
    struct entries entries OWNED(entries_release) = {0};
    struct walk walk OWNED(walk_release) = {.sink = sink, .base = -1, .folder = -1};

    if (paths->count == 0)
        return true;
    if (!entries_begin(&entries, &walk, folder, err))
        return false;
    for (size_t i = 0; i < paths->count; i++)
        entries_add(&entries, paths->items[i]);
    return entries_read(&entries, &walk, true, err);
}

bool inputs_read(const struct strings *list, const char *folder, const struct inputs_sink *sink,
                 struct error *err)
{
    struct entries entries OWNED(entries_release) = {0};
    struct walk walk OWNED(walk_release) = {.sink = sink, .base = -1, .folder = -1};

    if (list->count == 0)
        return true;
    if (!entries_begin(&entries, &walk, folder, err))
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->items[i];

        if (*text != '!')
            entries_add(&entries, text);
        else if (!excludes_add(&walk.excludes, text + 1))
            return error_set(err, ERROR_USAGE, "\"%s\" leaves nothing out: there is no pattern",
                             text);
    }
    if (entries.count == 0) {
        (void)error_set(err, ERROR_USAGE, "nothing but patterns of what is left out");
        return error_hint(err, "Name the files and folders, too; \".\" is the whole folder.");
    }
    qsort(entries.items, entries.count, sizeof *entries.items, entries_compare);
    return entries_read(&entries, &walk, false, err);
}
