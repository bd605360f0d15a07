#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/strings.h"
#include "pgclone/server/cache.h"

/* --------------------------------------------------------------------------------- the limit */

static bool room_parse(const char *text, uint64_t *out)
{
    static const struct {
        const char *name;
        int shift;
    } units[] = {{"kB", 10}, {"MB", 20}, {"GB", 30}, {"TB", 40}};
    uint64_t number;
    char *end;

    if (text[0] < '0' || text[0] > '9')
        return false;
    errno = 0;
    number = strtoull(text, &end, 10);
    end += strspn(end, " ");
    if (errno != 0)
        return false;
    if (number == 0 && end[0] == '\0') {
        *out = 0;
        return true;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcasecmp(end, units[i].name) == 0 && number <= UINT64_MAX >> units[i].shift) {
            *out = number << units[i].shift;
            return true;
        }
    return false;
}

bool cache_read_limit(uint64_t *out, struct error *err)
{
    const char *text = getenv(CACHE_SIZE_VARIABLE);

    if (text == NULL || text[0] == '\0') {
        *out = CACHE_SIZE_DEFAULT;
        return true;
    }
    if (room_parse(text, out))
        return true;
    error_set(err, ERROR_USAGE, CACHE_SIZE_VARIABLE ": \"%s\" is not a size", text);
    return error_hint(err, "Write a number and kB, MB, GB or TB, as in 500MB; 0 turns the cache of "
                           "the throw-away server's data off.");
}

/* --------------------------------------------------------------------------------- making room */

struct room_entry {
    char *name;
    struct timespec used;
    uint64_t bytes;
};

struct room {
    struct room_entry *entries;
    size_t count;
    uint64_t bytes;
};

static void room_release(struct room *room)
{
    for (size_t i = 0; i < room->count; i++)
        memory_free_string(&room->entries[i].name);
    free(room->entries);
}

static int room_oldest_first(const void *left, const void *right)
{
    const struct timespec *one = &((const struct room_entry *)left)->used;
    const struct timespec *other = &((const struct room_entry *)right)->used;

    if (one->tv_sec != other->tv_sec)
        return one->tv_sec < other->tv_sec ? -1 : 1;
    return (one->tv_nsec > other->tv_nsec) - (one->tv_nsec < other->tv_nsec);
}

/* Notes an entry, or removes what is none any more: what an older pgclone has stored, too. */
static void room_add(struct room *room, int cache, const char *name)
{
    const time_t oldest = time(NULL) - (time_t)CACHE_UNUSED_DAYS * 24 * 3600;
    int folder OWNED(file_close) = file_open_folder(cache, name);
    struct tree_state state = {0};
    struct stat status;

    if (folder < 0 || fstat(folder, &status) != 0)
        return;
    if ((!cache_read_state(folder, &state) || status.st_mtime < oldest) &&
        cache_remove(cache, name))
        return;
    room->entries = memory_resize(room->entries, room->count + 1, sizeof *room->entries);
    room->entries[room->count++] = (struct room_entry){
        .name = memory_copy_string(name), .used = status.st_mtim, .bytes = state.count.bytes};
    room->bytes += state.count.bytes;
}

bool cache_make_room(int cache, uint64_t limit, uint64_t bytes)
{
    DIR *listing OWNED(file_close_list) = file_list(cache, ".");
    struct room room OWNED(room_release) = {0};
    const char *name;

    while (listing != NULL && (name = file_next(listing)) != NULL)
        room_add(&room, cache, name);
    if (bytes > limit)
        return false;
    if (room.count > 0)
        qsort(room.entries, room.count, sizeof *room.entries, room_oldest_first);
    for (size_t i = 0; i < room.count && room.bytes > limit - bytes; i++)
        if (cache_remove(cache, room.entries[i].name))
            room.bytes -= room.entries[i].bytes;
    return room.bytes <= limit - bytes;
}
