#include "pgclone/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void file_close(int *descriptor)
{
    if (*descriptor >= 0)
        (void)close(*descriptor);
    *descriptor = -1;
}

int file_take(int *descriptor)
{
    int taken = *descriptor;

    *descriptor = -1;
    return taken;
}

bool file_pipe(int *readable, int *writable, struct error *err)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ERROR_SYSTEM, "could not create a pipe: %s", strerror(errno));
    *readable = ends[0];
    *writable = ends[1];
    return true;
}

/* -------------------------------------------------------------------------- writing and reading */

bool file_write(int descriptor, const char *bytes, size_t length)
{
    while (length > 0) {
        struct pollfd writable = {.fd = descriptor, .events = POLLOUT};
        ssize_t written = write(descriptor, bytes, length);

        if (written >= 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (errno == EAGAIN) { /* node hands its children non-blocking pipes */
            (void)poll(&writable, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Adds what can be read, up to `limit` bytes. False with errno on failure. */
static bool file_collect(int file, size_t limit, struct strbuf *out)
{
    char bytes[8192];

    while (limit > 0) {
        ssize_t length = read(file, bytes, limit < sizeof bytes ? limit : sizeof bytes);

        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return length == 0;
        strbuf_add_bytes(out, bytes, (size_t)length);
        limit -= (size_t)length;
    }
    return true;
}

bool file_read(const char *path, size_t limit, struct strbuf *out, struct error *err)
{
    int file OWNED(file_close) = open(path, O_RDONLY | O_CLOEXEC);
    struct strbuf content OWNED(strbuf_release) = {0};

    if (file < 0)
        return error_set(err, ERROR_SYSTEM, "could not open \"%s\": %s", path, strerror(errno));
    if (!file_collect(file, limit + 1, &content))
        return error_set(err, ERROR_SYSTEM, "could not read \"%s\": %s", path, strerror(errno));
    if (content.length > limit)
        return error_set(err, ERROR_SYSTEM, "could not read \"%s\": larger than %zu bytes", path,
                         limit);
    strbuf_add_bytes(out, strbuf_text(&content), content.length);
    return true;
}

bool file_read_end(int folder, const char *name, size_t limit, struct strbuf *out)
{
    /* O_NONBLOCK: a pipe in place of the file must not hold us up. */
    int file OWNED(file_close) =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    /* Refused where the file is shorter, and in /proc, where it has no size. */
    (void)lseek(file, -(off_t)limit, SEEK_END);
    return file >= 0 && file_collect(file, limit, out);
}

bool file_is_program(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
}

int file_lock(int folder, const char *name, int flags)
{
    int file OWNED(file_close) =
        openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | flags, 0600);
    struct stat status;

    if (file < 0 || fstat(file, &status) != 0)
        return -1;
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
        errno = EPERM;
        return -1;
    }
    return flock(file, LOCK_EX | LOCK_NB) == 0 ? file_take(&file) : -1;
}

/* -------------------------------------------------------------------------------------- folders */

int file_open_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int file_open_own_folder(int parent, const char *name)
{
    int folder OWNED(file_close) = file_open_folder(parent, name);
    struct stat status;

    if (folder < 0 || fstat(folder, &status) != 0)
        return -1;
    if (status.st_uid != geteuid() || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
        errno = EPERM;
        return -1;
    }
    return file_take(&folder);
}

DIR *file_list(int parent, const char *name)
{
    int folder OWNED(file_close) = file_open_folder(parent, name);
    DIR *listing = folder >= 0 ? fdopendir(folder) : NULL;

    if (listing != NULL)
        (void)file_take(&folder); /* closedir() closes it */
    return listing;
}

const struct dirent *file_next_entry(DIR *listing)
{
    const struct dirent *entry;

    while ((entry = readdir(listing)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            return entry;
    return NULL;
}

const char *file_next(DIR *listing)
{
    const struct dirent *entry = file_next_entry(listing);

    return entry != NULL ? entry->d_name : NULL;
}

void file_close_list(DIR **listing)
{
    if (*listing != NULL)
        (void)closedir(*listing);
    *listing = NULL;
}

char *file_join(const char *folder, const char *name)
{
    struct strbuf path = {0};

    strbuf_printf(&path, "%s/%s", folder, name);
    return strbuf_take(&path);
}
