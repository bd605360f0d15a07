#include "pgclone/base/temporary.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/tree.h"

/* Sweepers that come by between the making and the locking are rare; one may win a few times. */
static const int make_attempts = 10;

const char *temporary_parent(void)
{
    const char *folder = getenv("TMPDIR");

    return folder != NULL && folder[0] == '/' ? folder : "/tmp";
}

/* ------------------------------------------------------------------------------------- making */

/* NULL with errno where there are no random numbers. */
static char *temporary_make_path(const struct temporary_kind *kind, const char *parent)
{
    struct strbuf path = {0};
    uint64_t bits;

    if (getentropy(&bits, sizeof bits) != 0)
        return NULL;
    strbuf_printf(&path, "%s/%s%0*" PRIx64 "%s", parent, kind->prefix, TEMPORARY_DIGITS, bits,
                  kind->suffix);
    return strbuf_take(&path);
}

/* As file_lock() has it. */
static int temporary_lock(const struct temporary_kind *kind, const char *path, int flags)
{
    int folder OWNED(file_close) = -1;

    if (kind->lock_name == NULL)
        return file_lock(AT_FDCWD, path, flags);
    folder = file_open_own_folder(AT_FDCWD, path);
    return folder >= 0 ? file_lock(folder, kind->lock_name, flags) : -1;
}

/*
 * Makes `path`. Gives the descriptor with its lock, or -1 with errno: ENOENT or EWOULDBLOCK where a
 * sweeper saw the file before it was locked, took it for a dead process's and removed it.
 */
static int temporary_make_once(const struct temporary_kind *kind, const char *path)
{
    int lock OWNED(file_close) = -1;
    struct stat status;

    if (kind->lock_name != NULL && mkdir(path, 0700) != 0)
        return -1;
    lock = temporary_lock(kind, path, O_CREAT | O_EXCL);
    if (lock < 0 || fstat(lock, &status) != 0)
        return -1;
    if (status.st_nlink == 0) {
        errno = ENOENT;
        return -1;
    }
    return file_take(&lock);
}

bool temporary_make(const struct temporary_kind *kind, const char *parent, struct temporary *out,
                    struct error *err)
{
    int reason = ENOENT;

    for (int i = 0; i < make_attempts && (reason == ENOENT || reason == EWOULDBLOCK); i++) {
        char *path OWNED(memory_free_string) = temporary_make_path(kind, parent);
        int lock = path != NULL ? temporary_make_once(kind, path) : -1;

        reason = errno;
        if (lock >= 0) {
            *out =
                (struct temporary){.kind = kind, .path = memory_take_string(&path), .lock = lock};
            return true;
        }
        if (path != NULL && reason != EEXIST)
            (void)tree_remove(AT_FDCWD, path, NULL);
    }
    return error_set(err, ERROR_SYSTEM, "could not make a %s in \"%s\": %s",
                     kind->lock_name != NULL ? "folder" : "file", parent, strerror(reason));
}

/* ----------------------------------------------------------------------------------- removing */

/* The lock file goes last. */
static bool temporary_discard(const struct temporary_kind *kind, const char *path,
                              struct error *err)
{
    DIR *listing OWNED(file_close_list) =
        kind->lock_name != NULL ? file_list(AT_FDCWD, path) : NULL;
    const char *name;

    while (listing != NULL && (name = file_next(listing)) != NULL)
        if (strcmp(name, kind->lock_name) != 0 && !tree_remove(dirfd(listing), name, err))
            return error_prefix(err, "in \"%s\": ", path);
    return tree_remove(AT_FDCWD, path, err);
}

void temporary_remove(struct temporary *temporary)
{
    struct error err OWNED(error_release) = {0};

    if (temporary->path != NULL && !temporary_discard(temporary->kind, temporary->path, &err))
        log_warning(&err);
    memory_free_string(&temporary->path);
    file_close(&temporary->lock);
    *temporary = TEMPORARY_NONE;
}

/* ----------------------------------------------------------------------------------- sweeping */

static bool temporary_has_name(const struct temporary_kind *kind, const char *name)
{
    size_t length = strlen(kind->prefix);

    return strncmp(name, kind->prefix, length) == 0 &&
           strspn(name + length, "0123456789abcdef") == TEMPORARY_DIGITS &&
           strcmp(name + length + TEMPORARY_DIGITS, kind->suffix) == 0;
}

static void temporary_sweep_one(const struct temporary_kind *kind, const char *path)
{
    int lock OWNED(file_close) = temporary_lock(kind, path, 0);

    if (lock < 0) {
        /* A folder whose maker was killed before it made the lock file, or is just about to make
         * it: that one makes another folder. */
        if (errno == ENOENT)
            (void)rmdir(path);
        return;
    }
    if (kind->end_leftovers != NULL)
        kind->end_leftovers(path);
    (void)temporary_discard(kind, path, NULL);
}

void temporary_sweep(const struct temporary_kind *kind, const char *parent)
{
    DIR *listing OWNED(file_close_list) = opendir(parent);
    const char *name;

    while (listing != NULL && (name = file_next(listing)) != NULL) {
        char *path OWNED(memory_free_string) = file_join(parent, name);

        if (temporary_has_name(kind, name))
            temporary_sweep_one(kind, path);
    }
}
