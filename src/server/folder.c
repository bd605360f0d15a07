#include "pgclone/server/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/log.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/tree.h"
#include "pgclone/server/postmaster.h"

static const char lock_name[] = "pgclone-ephemeral.lock";
static const char data_name[] = "data";
static const char log_name[] = "server.log";

#define NAME_PREFIX "pgclone-ephemeral-"
#define NAME_DIGITS 16
#define NAME_SIZE (sizeof NAME_PREFIX + NAME_DIGITS)
#define SOCKET_NAME "socket"

_Static_assert(sizeof "/" NAME_PREFIX "/" SOCKET_NAME "/.s.PGSQL." POSTMASTER_PORT - 1 +
                       NAME_DIGITS ==
                   PLACE_ADDED_BYTES,
               "place.h counts what is added to a place's path");

/* Sweepers that come by between the making and the locking are rare; one may win a few times. */
static const int create_attempts = 10;

/* ------------------------------------------------------------------------------------- making */

static bool folder_make_name(char name[NAME_SIZE], struct error *err)
{
    uint64_t bits;

    if (getentropy(&bits, sizeof bits) != 0)
        return error_set(err, ERROR_SYSTEM, "could not get random numbers: %s", strerror(errno));
    (void)snprintf(name, NAME_SIZE, NAME_PREFIX "%016" PRIx64, bits);
    return true;
}

/*
 * A locked lock file in the folder, or -1. A sweeper that saw the file before it was locked has
 * taken the folder for a dead one and removed it: then the file has no name any more.
 */
static int folder_take_lock(int folder)
{
    int lock OWNED(file_close) =
        openat(folder, lock_name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    struct stat status;

    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0 || fstat(lock, &status) != 0)
        return -1;
    if (status.st_nlink == 0) {
        errno = ENOENT;
        return -1;
    }
    return file_take(&lock);
}

/* A folder in it for the server's user alone. */
static bool folder_make_inner(int folder, const char *name, const struct account *account)
{
    return mkdirat(folder, name, 0700) == 0 &&
           (!account->other ||
            fchownat(folder, name, account->user.uid, account->user.gid, AT_SYMLINK_NOFOLLOW) == 0);
}

/* Lets the server's group pass through; the umask may have taken anything. */
static bool folder_open_up(int folder, const struct account *account)
{
    if (account->other && fchown(folder, (uid_t)-1, account->user.gid) != 0)
        return false;
    return fchmod(folder, account->other ? 0710 : 0700) == 0;
}

/* Fills the folder that was just made. Gives its locked lock file, or -1 with errno. */
static int folder_fill(int place, const char *name, const struct account *account)
{
    int folder OWNED(file_close) = file_open_folder(place, name);
    int lock OWNED(file_close) = -1;

    if (folder < 0 || !folder_open_up(folder, account))
        return -1;
    lock = folder_take_lock(folder);
    if (lock < 0 || !folder_make_inner(folder, data_name, account) ||
        !folder_make_inner(folder, SOCKET_NAME, account))
        return -1;
    return file_take(&lock);
}

static bool folder_create_in(const struct place *place, const struct account *account,
                             struct folder *out, struct error *err)
{
    int parent OWNED(file_close) = -1;
    char name[NAME_SIZE];

    if (!place_suits(place, account, err))
        return false;
    /* The place itself may well be a symbolic link, /tmp for one. */
    parent = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int attempt = 0; parent >= 0 && attempt < create_attempts; attempt++) {
        int lock;

        if (!folder_make_name(name, err))
            return false;
        if (mkdirat(parent, name, 0700) != 0)
            break;
        lock = folder_fill(parent, name, account);
        if (lock >= 0) {
            *out = (struct folder){.path = file_join(place->path, name), .lock = lock};
            out->data = file_join(out->path, data_name);
            out->socket = file_join(out->path, SOCKET_NAME);
            out->log = file_join(out->path, log_name);
            return true;
        }
        if (errno != ENOENT && errno != EWOULDBLOCK) {
            int reason = errno;

            (void)tree_remove(parent, name, NULL);
            errno = reason;
            break;
        }
    }
    return error_set(err, ERROR_SYSTEM, "could not make a folder in \"%s\": %s", place->path,
                     strerror(errno));
}

bool folder_create(const struct place_list *places, const struct account *account,
                   struct folder *out, struct error *err)
{
    struct strbuf reasons OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < places->count; i++) {
        struct error reason OWNED(error_release) = {0};

        if (folder_create_in(&places->items[i], account, out, &reason))
            return true;
        strbuf_printf(&reasons, "%s%s", i > 0 ? "; " : "", reason.message);
    }
    error_set(err, ERROR_SYSTEM, "no place for the throw-away server's folder");
    error_detail(err, "%s", strbuf_text(&reasons));
    return error_hint(err, "Set TMPDIR to a folder with a short path that you may write to.");
}

/* ----------------------------------------------------------------------------------- removing */

/* The lock file goes last: a folder that is half removed is still known for what it is. */
static bool folder_discard(int place, const char *name, struct error *err)
{
    static const char *const inner[] = {data_name, SOCKET_NAME, log_name, lock_name};
    int folder OWNED(file_close) = file_open_folder(place, name);

    if (folder < 0)
        return error_set(err, ERROR_SYSTEM, "could not open \"%s\": %s", name, strerror(errno));
    for (size_t i = 0; i < sizeof inner / sizeof inner[0]; i++)
        if (!tree_remove(folder, inner[i], err))
            return error_prefix(err, "in \"%s\": ", name);
    if (unlinkat(place, name, AT_REMOVEDIR) != 0 && errno != ENOENT)
        return error_set(err, ERROR_SYSTEM, "could not remove \"%s\": %s", name, strerror(errno));
    return true;
}

static void folder_release(struct folder *folder)
{
    memory_free_string(&folder->path);
    memory_free_string(&folder->data);
    memory_free_string(&folder->socket);
    memory_free_string(&folder->log);
    file_close(&folder->lock);
}

void folder_remove(struct folder *folder)
{
    struct error err OWNED(error_release) = {0};

    if (folder->path != NULL && !folder_discard(AT_FDCWD, folder->path, &err))
        log_warning(&err);
    folder_release(folder);
}

/* ----------------------------------------------------------------------------------- sweeping */

static bool folder_has_our_name(const char *name)
{
    const char *digits = name + sizeof NAME_PREFIX - 1;

    return strncmp(name, NAME_PREFIX, sizeof NAME_PREFIX - 1) == 0 &&
           strspn(digits, "0123456789abcdef") == NAME_DIGITS && digits[NAME_DIGITS] == '\0';
}

static bool folder_is_ours(int folder)
{
    struct stat status;

    return fstat(folder, &status) == 0 && status.st_uid == geteuid() &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The lock file of a folder that nobody holds, locked by us; else -1 and what there is to say. */
static int folder_lock_dead(int folder, enum folder_fate *out)
{
    int lock OWNED(file_close) =
        openat(folder, lock_name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;

    *out = FOLDER_NOT_OURS;
    if (lock < 0 || fstat(lock, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_uid != geteuid())
        return -1;
    *out = FOLDER_ALIVE;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0)
        return -1;
    return file_take(&lock);
}

enum folder_fate folder_sweep_one(const char *place, const char *name)
{
    char *path OWNED(memory_free_string) = file_join(place, name);
    char *data OWNED(memory_free_string) = file_join(path, data_name);
    int folder OWNED(file_close) = -1;
    int lock OWNED(file_close) = -1;
    enum folder_fate fate;

    if (!folder_has_our_name(name))
        return FOLDER_NOT_OURS;
    folder = file_open_folder(AT_FDCWD, path);
    if (folder < 0 || !folder_is_ours(folder))
        return FOLDER_NOT_OURS;
    lock = folder_lock_dead(folder, &fate);
    if (lock < 0)
        /* Killed before it made its lock file, or just about to: that one makes another folder. */
        return fate == FOLDER_NOT_OURS && rmdir(path) == 0 ? FOLDER_REMOVED : fate;
    postmaster_end_leftover(data);
    return folder_discard(AT_FDCWD, path, NULL) ? FOLDER_REMOVED : FOLDER_STUCK;
}

static void folder_close_listing(DIR **listing)
{
    if (*listing != NULL)
        (void)closedir(*listing);
}

size_t folder_sweep(const struct place_list *places)
{
    size_t removed = 0;

    for (size_t i = 0; i < places->count; i++) {
        DIR *listing OWNED(folder_close_listing) = opendir(places->items[i].path);
        const struct dirent *entry;

        while (listing != NULL && (entry = readdir(listing)) != NULL)
            if (folder_sweep_one(places->items[i].path, entry->d_name) == FOLDER_REMOVED)
                removed++;
    }
    return removed;
}
