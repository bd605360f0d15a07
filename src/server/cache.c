#include "pgclone/server/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"

static const char lock_name[] = "lock";
/* The name under which an entry is made; no key begins with it. */
static const char unfinished_name[] = "unfinished";

/* --------------------------------------------------------------------------------- an entry's
 * state */

static void cache_format_state(const struct tree_state *state, char text[CACHE_STATE_SIZE])
{
    (void)snprintf(text, CACHE_STATE_SIZE, "%" PRIu64 " %" PRIu64 " %016" PRIx64 "\n",
                   state->count.files, state->count.bytes, state->digest);
}

bool cache_read_state(int entry, struct tree_state *out)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct tree_state state;
    char again[CACHE_STATE_SIZE];
    char *end;

    if (!file_read_end(entry, CACHE_STATE, CACHE_STATE_SIZE, &text))
        return false;
    state.count.files = strtoull(strbuf_text(&text), &end, 10);
    state.count.bytes = strtoull(end, &end, 10);
    state.digest = strtoull(end, NULL, 16);
    /* What is written anew is the same only where all of it was there. */
    cache_format_state(&state, again);
    if (strcmp(again, strbuf_text(&text)) != 0)
        return false;
    *out = state;
    return true;
}

static bool cache_write_state(int entry, const struct tree_state *state)
{
    int file OWNED(file_close) =
        openat(entry, CACHE_STATE, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    char text[CACHE_STATE_SIZE];

    cache_format_state(state, text);
    return file >= 0 && file_write(file, text, strlen(text));
}

/* ------------------------------------------------------------------------------------ using one */

static bool cache_is_closed(int folder, const struct account *account)
{
    struct stat status;

    return fstat(folder, &status) == 0 && status.st_uid == account->user.uid &&
           status.st_gid == account->user.gid && (status.st_mode & 07777) == 0700;
}

/* Opens and locks what is there. */
static bool cache_enter(const struct cache *cache, const char *key, struct cache_entry *entry)
{
    int folder OWNED(file_close) = file_open_own_folder(AT_FDCWD, cache->path);

    entry->folder = folder >= 0 ? file_open_own_folder(folder, key) : -1;
    entry->data = entry->folder >= 0 ? file_open_folder(entry->folder, CACHE_DATA) : -1;
    return entry->data >= 0 && flock(entry->folder, LOCK_SH | LOCK_NB) == 0 &&
           cache_is_closed(entry->data, cache->account);
}

/* Whether it is what was stored. */
static bool cache_is_whole(const struct cache *cache, struct cache_entry *entry)
{
    struct tree_state expected;
    struct tree_state found;

    if (!cache_read_state(entry->folder, &expected) ||
        !tree_look(entry->data, &cache->account->user, &found))
        return false;
    entry->count = found.count;
    return found.count.files == expected.count.files && found.count.bytes == expected.count.bytes &&
           found.digest == expected.digest;
}

bool cache_open(const struct cache *cache, const char *key, struct cache_entry *out)
{
    struct cache_entry entry OWNED(cache_close) = CACHE_NO_ENTRY;
    struct strbuf path = {0};

    if (cache->path == NULL || cache->limit == 0 || !cache_enter(cache, key, &entry) ||
        !cache_is_whole(cache, &entry))
        return false;
    /* Notes the time of the last use, for cache_make_room(). */
    (void)futimens(entry.folder, NULL);
    strbuf_printf(&path, "%s/%s/" CACHE_DATA, cache->path, key);
    entry.path = strbuf_take(&path);
    *out = entry;
    entry = CACHE_NO_ENTRY;
    return true;
}

void cache_close(struct cache_entry *entry)
{
    file_close(&entry->data);
    file_close(&entry->folder);
    memory_free_string(&entry->path);
    *entry = CACHE_NO_ENTRY;
}

bool cache_copy(const struct cache *cache, const struct cache_entry *entry, const char *data,
                struct error *err)
{
    const struct account *account = cache->account;
    struct tree_count count;

    if (!tree_copy(entry->path, account->user.uid, data, account_to_become(account), &count, err))
        return interrupt_signal() == 0 ? false : interrupt_error(err);
    return (count.files == entry->count.files && count.bytes == entry->count.bytes) ||
           error_set(err, ERROR_SYSTEM, "\"%s\" has changed", entry->path);
}

/* ------------------------------------------------------------------------------------ storing */

/* Makes the cache's folder, and those above it, where they are missing. Its descriptor, or -1 with
 * errno. */
static int cache_make(const char *cache)
{
    char *path OWNED(memory_free_string) = memory_copy_string(cache);

    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    (void)mkdir(path, 0700);
    return file_open_own_folder(AT_FDCWD, cache);
}

bool cache_remove(int cache, const char *key)
{
    int entry OWNED(file_close) = file_open_folder(cache, key);

    if (entry < 0)
        return errno == ENOENT;
    /* The state goes first: what is left of an entry is never taken for one. */
    return flock(entry, LOCK_EX | LOCK_NB) == 0 && tree_remove(entry, CACHE_STATE, NULL) &&
           tree_remove(cache, key, NULL);
}

/* Fills the folder `path`, which is open as `entry`. */
static bool cache_fill(const struct cache *cache, int entry, const char *path, const char *data,
                       struct error *err)
{
    const struct spawn_user *owner = &cache->account->user;
    char *to OWNED(memory_free_string) = file_join(path, CACHE_DATA);
    int filled OWNED(file_close) = -1;
    struct tree_state state;

    if (!account_make_folder(cache->account, to))
        return error_set(err, ERROR_SYSTEM, "could not make \"%s\": %s", to, strerror(errno));
    if (!tree_copy(data, owner->uid, to, owner, &state.count, err))
        return false;
    filled = file_open_folder(entry, CACHE_DATA);
    /* In a user namespace only this user's own group is known. */
    return (filled >= 0 && fchown(filled, owner->uid, owner->gid) == 0 &&
            tree_look(filled, owner, &state) && cache_write_state(entry, &state)) ||
           error_set(err, ERROR_SYSTEM, "could not write in \"%s\": %s", path, strerror(errno));
}

/* The bytes of what is to be stored. */
static bool cache_measure(const struct cache *cache, const char *data, uint64_t *bytes,
                          struct error *err)
{
    int folder OWNED(file_close) = file_open_folder(AT_FDCWD, data);
    struct tree_state state;

    if (folder < 0 || !tree_look(folder, &cache->account->user, &state))
        return error_set(err, ERROR_SYSTEM, "could not look at \"%s\": %s", data, strerror(errno));
    *bytes = state.count.bytes;
    return true;
}

/* Makes the entry under its final name; the cache's lock is held. */
static bool cache_store_locked(const struct cache *cache, int folder, const char *key,
                               const char *data, struct error *err)
{
    char *path OWNED(memory_free_string) = file_join(cache->path, unfinished_name);
    int entry OWNED(file_close) = -1;

    if (!tree_remove(folder, unfinished_name, err))
        return false;
    if (mkdirat(folder, unfinished_name, 0700) == 0)
        entry = file_open_own_folder(folder, unfinished_name);
    if (entry < 0)
        return error_set(err, ERROR_SYSTEM, "could not make \"%s\": %s", path, strerror(errno));
    if (!cache_fill(cache, entry, path, data, err)) {
        (void)tree_remove(folder, unfinished_name, NULL);
        return false;
    }
    if (cache_remove(folder, key) && renameat(folder, unfinished_name, folder, key) == 0)
        return true;
    error_set(err, ERROR_SYSTEM, "could not replace \"%s\": %s", key, strerror(errno));
    (void)tree_remove(folder, unfinished_name, NULL);
    return false;
}

bool cache_store(const struct cache *cache, const char *key, const char *data, struct error *err)
{
    int folder OWNED(file_close) = -1;
    int lock OWNED(file_close) = -1;
    uint64_t bytes = 0;

    if (cache->path == NULL || cache->limit == 0)
        return error_set(err, ERROR_SYSTEM, "there is no cache");
    folder = cache_make(cache->path);
    if (folder < 0)
        return error_set(err, ERROR_SYSTEM, "could not use \"%s\": %s", cache->path,
                         strerror(errno));
    lock = file_lock(folder, lock_name, O_CREAT);
    if (lock < 0)
        return error_set(err, ERROR_SYSTEM, "could not lock \"%s\": %s", cache->path,
                         strerror(errno));
    if (!cache_measure(cache, data, &bytes, err))
        return false;
    if (!cache_make_room(folder, cache->limit, bytes))
        return error_set(err, ERROR_SYSTEM,
                         CACHE_SIZE_VARIABLE " leaves no room for its %" PRIu64 " MB", bytes >> 20);
    return cache_store_locked(cache, folder, key, data, err);
}
