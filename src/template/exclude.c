#include "pgclone/template/exclude.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"

bool excludes_add(struct excludes *excludes, const char *pattern)
{
    struct exclude_pattern added = {0};
    size_t length;

    while (strncmp(pattern, "./", 2) == 0) {
        added.whole_name = true;
        pattern += 2;
    }
    added.whole_name = added.whole_name || *pattern == '/';
    pattern += strspn(pattern, "/");
    length = strlen(pattern);
    while (length > 0 && pattern[length - 1] == '/') {
        added.folders_only = true;
        length--;
    }
    if (length == 0)
        return false;
    added.text = memory_copy_string(pattern);
    added.text[length] = '\0';
    added.whole_name = added.whole_name || strchr(added.text, '/') != NULL;
    excludes->items = memory_resize(excludes->items, excludes->count + 1, sizeof *excludes->items);
    excludes->items[excludes->count++] = added;
    return true;
}

bool excludes_match(const struct excludes *excludes, const char *name, bool is_folder)
{
    const char *slash = strrchr(name, '/');
    const char *last_part = slash != NULL ? slash + 1 : name;

    for (size_t i = 0; i < excludes->count; i++) {
        const struct exclude_pattern *pattern = &excludes->items[i];
        const char *subject = pattern->whole_name ? name : last_part;

        if (pattern->folders_only && !is_folder)
            continue;
        if (fnmatch(pattern->text, subject, FNM_PATHNAME) == 0)
            return true;
    }
    return false;
}

void excludes_release(struct excludes *excludes)
{
    for (size_t i = 0; i < excludes->count; i++)
        free(excludes->items[i].text);
    free(excludes->items);
    *excludes = (struct excludes){0};
}
