#include "pgclone/server/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/tree.h"
#include "pgclone/server/cluster.h"

static const char lock_name[] = "lock";
static const char data_name[] = "data";
static const char count_name[] = "count";
/* The name under which an entry is made; no key begins with it. */
static const char unfinished_name[] = "unfinished";

/* Room for two numbers of 20 digits, a space, a line's end and the NUL. */
#define COUNT_SIZE 43

static void cache_format_count(const struct tree_count *count, char text[COUNT_SIZE])
{
    (void)snprintf(text, COUNT_SIZE, "%" PRIu64 " %" PRIu64 "\n", count->files, count->bytes);
}

bool cache_fetch(const char *cache, const char *key, const char *data,
                 const struct account *account)
{
    int folder OWNED(file_close) = file_open_own_folder(AT_FDCWD, cache);
    int entry OWNED(file_close) = folder >= 0 ? file_open_own_folder(folder, key) : -1;
    char *entry_path OWNED(memory_free_string) = file_join(cache, key);
    char *from OWNED(memory_free_string) = file_join(entry_path, data_name);
    struct strbuf expected OWNED(strbuf_release) = {0};
    struct tree_count count;
    char copied[COUNT_SIZE];

    if (entry < 0 || !file_read_end(entry, count_name, COUNT_SIZE, &expected))
        return false;
    /* Notes the time of the last use, for cache_prune(). */
    (void)futimens(entry, NULL);
    if (!tree_copy(from, geteuid(), data, account_to_become(account), &count, NULL))
        return false;
    cache_format_count(&count, copied);
    return strcmp(copied, strbuf_text(&expected)) == 0;
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

static bool cache_write_count(int entry, const struct tree_count *count)
{
    int file OWNED(file_close) =
        openat(entry, count_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    char text[COUNT_SIZE];

    cache_format_count(count, text);
    return file >= 0 && file_write(file, text, strlen(text));
}

static bool cache_is_unused(int cache, const char *name)
{
    struct stat status;

    return fstatat(cache, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode) &&
           status.st_mtime < time(NULL) - (time_t)CLUSTER_UNUSED_DAYS * 24 * 3600;
}

static void cache_prune(int cache)
{
    DIR *listing OWNED(file_close_list) = file_list(cache, ".");
    const char *name;

    while (listing != NULL && (name = file_next(listing)) != NULL)
        if (cache_is_unused(cache, name))
            (void)tree_remove(cache, name, NULL);
}

static bool cache_fill(int entry, const char *path, const char *data, const struct account *account,
                       struct error *err)
{
    char *to OWNED(memory_free_string) = file_join(path, data_name);
    struct tree_count count;

    if (mkdirat(entry, data_name, 0700) != 0)
        return error_set(err, ERROR_SYSTEM, "could not make \"%s\": %s", to, strerror(errno));
    if (!tree_copy(data, account->user.uid, to, NULL, &count, err))
        return false;
    return cache_write_count(entry, &count) ||
           error_set(err, ERROR_SYSTEM, "could not write in \"%s\": %s", path, strerror(errno));
}

bool cache_store(const char *cache, const char *key, const char *data,
                 const struct account *account, struct error *err)
{
    char *path OWNED(memory_free_string) = file_join(cache, unfinished_name);
    int folder OWNED(file_close) = cache_make(cache);
    int lock OWNED(file_close) = -1;
    int entry OWNED(file_close) = -1;

    if (folder < 0)
        return error_set(err, ERROR_SYSTEM, "could not use \"%s\": %s", cache, strerror(errno));
    lock = file_lock(folder, lock_name, O_CREAT);
    if (lock < 0)
        return error_set(err, ERROR_SYSTEM, "could not lock \"%s\": %s", cache, strerror(errno));
    cache_prune(folder);
    if (!tree_remove(folder, unfinished_name, err))
        return false;
    if (mkdirat(folder, unfinished_name, 0700) == 0)
        entry = file_open_own_folder(folder, unfinished_name);
    if (entry < 0)
        return error_set(err, ERROR_SYSTEM, "could not make \"%s\": %s", path, strerror(errno));
    if (!cache_fill(entry, path, data, account, err) || !tree_remove(folder, key, err)) {
        (void)tree_remove(folder, unfinished_name, NULL);
        return false;
    }
    return renameat(folder, unfinished_name, folder, key) == 0 ||
           error_set(err, ERROR_SYSTEM, "could not rename \"%s\": %s", path, strerror(errno));
}
