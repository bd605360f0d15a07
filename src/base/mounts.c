#include "pgclone/base/mounts.h"

#include <stddef.h>

#ifdef __linux__

#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/cleanup.h"
#include "pgclone/base/memory.h"

/* A longer line is cut off, and then fits no path. */
#define LINE_SIZE 8192

/* The length of the mount point `place` when it is above `path`, else 0. */
static size_t mounts_depth(const char *place, const char *path)
{
    size_t length = strlen(place);

    if (strcmp(place, "/") == 0)
        return path[0] == '/';
    return strncmp(place, path, length) == 0 && (path[length] == '/' || path[length] == '\0')
               ? length
               : 0;
}

char *mounts_file_system(const char *mounts, const char *path)
{
    char *copy OWNED(memory_free_string) = memory_copy_string(mounts);
    FILE *table = copy[0] != '\0' ? fmemopen(copy, strlen(copy), "r") : NULL;
    char *found = NULL;
    size_t deepest = 1;
    char line[LINE_SIZE];
    struct mntent entry;

    if (table == NULL)
        return NULL;
    while (getmntent_r(table, &entry, line, sizeof line) != NULL) {
        size_t depth = mounts_depth(entry.mnt_dir, path);

        /* What is mounted over another place, or over itself, comes later. */
        if (depth < deepest)
            continue;
        deepest = depth;
        memory_replace_string(&found, entry.mnt_type);
    }
    fclose(table);
    return found;
}

#else

char *mounts_file_system(const char *mounts, const char *path)
{
    (void)mounts;
    (void)path;
    return NULL;
}

#endif
