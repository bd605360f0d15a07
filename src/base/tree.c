#include "pgclone/base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/fs.h>
#include <sys/ioctl.h>
#endif

#include "pgclone/base/clock.h"
#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"

/* A folder in which a dying server still makes files is emptied again: so many times, with such a
 * pause between them. */
static const int remove_attempts = 5;
static const int remove_pause_ms = 20;

/* ------------------------------------------------------------------------------------ copying */

struct tree_work {
    uid_t from_uid;
    const struct spawn_user *owner;
    struct tree_count count;
};

/* Where the file system can do that the two files share their blocks. */
static bool tree_copy_bytes(int from, int to)
{
    char bytes[65536];
    ssize_t length;

#ifdef FICLONE
    if (ioctl(to, FICLONE, from) == 0)
        return true;
#endif
    while ((length = read(from, bytes, sizeof bytes)) > 0)
        if (!file_write(to, bytes, (size_t)length))
            return false;
    return length == 0;
}

/* Gives a copy to its owner. */
static bool tree_give(const struct tree_work *work, int descriptor)
{
    return work->owner == NULL || fchown(descriptor, work->owner->uid, work->owner->gid) == 0;
}

/* `from` is an open regular file. */
static bool tree_copy_file(struct tree_work *work, int from, const struct stat *status, int to,
                           const char *name)
{
    int copy OWNED(file_close) =
        openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (copy < 0 || !tree_give(work, copy))
        return false;
    if (status->st_size > 0 && !tree_copy_bytes(from, copy))
        return false;
    work->count.files++;
    work->count.bytes += (uint64_t)status->st_size;
    return true;
}

static bool tree_copy_folder(struct tree_work *work, int from, int to, struct error *err);

static bool tree_copy_entry(struct tree_work *work, int from, int to, const char *name,
                            struct error *err)
{
    int source OWNED(file_close) =
        openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int target OWNED(file_close) = -1;
    struct stat status;

    if (interrupt_signal() != 0)
        return interrupt_error(err);
    if (source < 0 || fstat(source, &status) != 0)
        return error_set(err, ERROR_SYSTEM, "could not read \"%s\": %s", name, strerror(errno));
    if (status.st_uid != work->from_uid || (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)))
        return error_set(err, ERROR_SYSTEM, "\"%s\" is not what a server's user made", name);
    if (S_ISREG(status.st_mode))
        return tree_copy_file(work, source, &status, to, name) ||
               error_set(err, ERROR_SYSTEM, "could not copy \"%s\": %s", name, strerror(errno));
    if (mkdirat(to, name, 0700) == 0)
        target = file_open_folder(to, name);
    if (target < 0 || !tree_give(work, target))
        return error_set(err, ERROR_SYSTEM, "could not make folder \"%s\": %s", name,
                         strerror(errno));
    return tree_copy_folder(work, source, target, err);
}

static bool tree_copy_folder(struct tree_work *work, int from, int to, struct error *err)
{
    DIR *listing OWNED(file_close_list) = file_list(from, ".");
    const char *name;

    if (listing == NULL)
        return error_set(err, ERROR_SYSTEM, "could not list a folder: %s", strerror(errno));
    while ((name = file_next(listing)) != NULL)
        if (!tree_copy_entry(work, from, to, name, err))
            return false;
    return true;
}

bool tree_copy(const char *from, uid_t from_uid, const char *to, const struct spawn_user *owner,
               struct tree_count *out, struct error *err)
{
    int source OWNED(file_close) = file_open_folder(AT_FDCWD, from);
    int target OWNED(file_close) = file_open_folder(AT_FDCWD, to);
    struct tree_work work = {.from_uid = from_uid, .owner = owner};

    if (source < 0 || target < 0) {
        const char *missing = source < 0 ? from : to;

        return error_set(err, ERROR_SYSTEM, "could not open \"%s\": %s", missing, strerror(errno));
    }
    if (!tree_copy_folder(&work, source, target, err))
        return interrupt_signal() == 0 &&
               error_prefix(err, "could not copy \"%s\" to \"%s\": ", from, to);
    *out = work.count;
    return true;
}

/* ------------------------------------------------------------------------------------ looking */

/* FNV-1a, 64 bits: one byte more. */
static uint64_t tree_hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * UINT64_C(1099511628211);
}

static uint64_t tree_hash_number(uint64_t hash, uint64_t number)
{
    for (int shift = 0; shift < 64; shift += 8)
        hash = tree_hash_byte(hash, (unsigned char)(number >> shift));
    return hash;
}

/* Of one file or folder; `above` is the hash of the folder that it is in. Whole seconds: archives,
 * by which a cache travels, have no more. A folder's size is its file system's own affair, and its
 * time changes with what it holds, which counts itself. */
static uint64_t tree_hash_entry(uint64_t above, const char *name, const struct stat *status)
{
    uint64_t hash = above;

    for (const char *byte = name; *byte != '\0'; byte++)
        hash = tree_hash_byte(hash, (unsigned char)*byte);
    hash = tree_hash_byte(hash, '\0');
    if (S_ISDIR(status->st_mode))
        return tree_hash_byte(hash, '/');
    hash = tree_hash_number(hash, (uint64_t)status->st_size);
    return tree_hash_number(hash, (uint64_t)status->st_mtime);
}

static bool tree_is_fit(const struct stat *status, const struct spawn_user *owner)
{
    return status->st_uid == owner->uid && status->st_gid == owner->gid &&
           (status->st_mode & (S_IWGRP | S_IWOTH)) == 0 &&
           (S_ISREG(status->st_mode) || S_ISDIR(status->st_mode));
}

static bool tree_look_in(DIR *listing, uint64_t above, const struct spawn_user *owner,
                         struct tree_state *state)
{
    const char *name;

    while (listing != NULL && (name = file_next(listing)) != NULL) {
        DIR *deeper OWNED(file_close_list) = NULL;
        struct stat status;
        uint64_t hash;

        if (fstatat(dirfd(listing), name, &status, AT_SYMLINK_NOFOLLOW) != 0)
            return false;
        if (!tree_is_fit(&status, owner)) {
            errno = EPERM;
            return false;
        }
        hash = tree_hash_entry(above, name, &status);
        state->digest += hash; /* a sum, since folders list their files in an order of their own */
        if (S_ISREG(status.st_mode)) {
            state->count.files++;
            state->count.bytes += (uint64_t)status.st_size;
            continue;
        }
        deeper = file_list(dirfd(listing), name);
        if (!tree_look_in(deeper, hash, owner, state))
            return false;
    }
    return listing != NULL;
}

bool tree_look(int folder, const struct spawn_user *owner, struct tree_state *out)
{
    DIR *listing OWNED(file_close_list) = file_list(folder, ".");
    struct tree_state state = {0};

    if (!tree_look_in(listing, UINT64_C(14695981039346656037), owner, &state))
        return false;
    *out = state;
    return true;
}

/* ----------------------------------------------------------------------------------- removing */

/*
 * Lists the folder. One that is closed even to its owner is opened first: overlayfs leaves such a
 * one where it worked. By its descriptor, so that nobody can have another one opened by a link.
 */
static DIR *tree_list(int parent, const char *name)
{
    DIR *listing = file_list(parent, name);
    int closed OWNED(file_close) = -1;
    char path[64];

    if (listing != NULL || errno != EACCES)
        return listing;
    closed = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", closed);
    if (closed < 0 || chmod(path, 0700) != 0) {
        errno = EACCES;
        return NULL;
    }
    return file_list(parent, name);
}

static bool tree_remove_once(int parent, const char *name);

/* Removes what is in the folder. False with errno, of the last failure, when some of it could not
 * be removed. */
static bool tree_empty(int parent, const char *name)
{
    DIR *listing OWNED(file_close_list) = tree_list(parent, name);
    const char *entry;
    int failure = 0;

    if (listing == NULL)
        return errno == ENOENT;
    while ((entry = file_next(listing)) != NULL)
        if (!tree_remove_once(dirfd(listing), entry))
            failure = errno;
    errno = failure;
    return failure == 0;
}

static bool tree_remove_once(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return true;
    /* By these unlink() refuses a folder: on Linux, and by POSIX. */
    if (errno != EISDIR && errno != EPERM)
        return false;
    return tree_empty(parent, name) &&
           (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT);
}

bool tree_remove(int parent, const char *name, struct error *err)
{
    for (int attempt = 0; attempt < remove_attempts; attempt++) {
        if (tree_remove_once(parent, name))
            return true;
        if (errno != ENOTEMPTY && errno != EEXIST)
            break;
        clock_sleep_ms(remove_pause_ms);
    }
    return error_set(err, ERROR_SYSTEM, "could not remove \"%s\": %s", name, strerror(errno));
}
