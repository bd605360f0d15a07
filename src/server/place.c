#include "pgclone/server/place.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "pgclone/base/file.h"

void place_list(struct place_list *out)
{
    const struct place candidates[] = {
        {.path = "/dev/shm", .needs_bytes = PLACE_RAM_BYTES},
        /* Usually a RAM disk, too, but a small one. */
        {.path = getenv("XDG_RUNTIME_DIR"), .needs_bytes = PLACE_RAM_BYTES},
        {.path = getenv("TMPDIR")},
        {.path = "/tmp"},
    };
    struct place_list list = {0};

    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (candidates[i].path != NULL && candidates[i].path[0] != '\0')
            list.items[list.count++] = candidates[i];
    *out = list;
}

/* ------------------------------------------------------------------------------------- memory */

/* Reads the number behind the first `key`, which stands at a line's start. False where there is
 * none. */
static bool place_number(const char *text, const char *key, uint64_t *out)
{
    const char *found = text != NULL ? strstr(text, key) : NULL;
    char *end = NULL;

    if (found == NULL)
        return false;
    found += strlen(key);
    *out = strtoull(found, &end, 10);
    return end != found;
}

uint64_t place_memory_bytes(const struct place_memory *files)
{
    uint64_t available = UINT64_MAX;
    uint64_t kilobytes;
    uint64_t limit;
    uint64_t current;
    uint64_t reclaimable = 0;

    if (place_number(files->meminfo, "MemAvailable:", &kilobytes))
        available = kilobytes * 1024;
    /* Where there is no limit, the file says "max". */
    if (!place_number(files->limit, "", &limit) || !place_number(files->current, "", &current))
        return available;
    /* The page cache counts as used, but makes room when memory is needed. */
    (void)place_number(files->stat, "inactive_file ", &reclaimable);
    current = current > reclaimable ? current - reclaimable : 0;
    limit = limit > current ? limit - current : 0;
    return limit < available ? limit : available;
}

static uint64_t place_free_memory(void)
{
    static const char *const names[] = {"/proc/meminfo", "/sys/fs/cgroup/memory.max",
                                        "/sys/fs/cgroup/memory.current",
                                        "/sys/fs/cgroup/memory.stat"};
    struct strbuf text[4] = {{0}};
    struct place_memory files;
    uint64_t bytes;

    for (size_t i = 0; i < 4; i++)
        (void)file_read_end(AT_FDCWD, names[i], 65536, &text[i]);
    files = (struct place_memory){.meminfo = strbuf_text(&text[0]),
                                  .limit = strbuf_text(&text[1]),
                                  .current = strbuf_text(&text[2]),
                                  .stat = strbuf_text(&text[3])};
    bytes = place_memory_bytes(&files);
    for (size_t i = 0; i < 4; i++)
        strbuf_release(&text[i]);
    return bytes;
}

/* ------------------------------------------------------------------------------------ fitness */

static bool place_has_room(const struct place *place, struct error *err)
{
    struct statvfs space;
    uint64_t available;
    uint64_t memory;

    if (place->needs_bytes == 0)
        return true;
    if (statvfs(place->path, &space) != 0)
        return error_set(err, ERROR_SYSTEM, "could not look at \"%s\": %s", place->path,
                         strerror(errno));
    available = (uint64_t)space.f_bavail * space.f_frsize;
    memory = place_free_memory();
    if (memory < available)
        available = memory;
    if (available >= place->needs_bytes)
        return true;
    return error_set(err, ERROR_SYSTEM,
                     "\"%s\" has room for %" PRIu64 " MB, and %" PRIu64 " MB are needed",
                     place->path, available >> 20, place->needs_bytes >> 20);
}

bool place_suits(const struct place *place, const struct account *account, struct error *err)
{
    struct stat status;

    if (place->path[0] != '/')
        return error_set(err, ERROR_SYSTEM, "\"%s\" is not an absolute path", place->path);
    if (strlen(place->path) > PLACE_PATH_LIMIT)
        return error_set(err, ERROR_SYSTEM, "\"%s\" is too long a path for a socket", place->path);
    /* In unix_socket_directories and in libpq's host these characters have a meaning. */
    if (strpbrk(place->path, ",\"") != NULL)
        return error_set(err, ERROR_SYSTEM,
                         "\"%s\" holds characters that a socket's path may not hold", place->path);
    if (stat(place->path, &status) != 0)
        return error_set(err, ERROR_SYSTEM, "could not look at \"%s\": %s", place->path,
                         strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return error_set(err, ERROR_SYSTEM, "\"%s\" is not a folder", place->path);
    if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0)
        return error_set(err, ERROR_SYSTEM, "in \"%s\" everybody may rename everybody's files",
                         place->path);
    if (!account_can_reach(account, place->path))
        return error_set(err, ERROR_SYSTEM, "the server's user cannot reach \"%s\"", place->path);
    return place_has_room(place, err);
}
