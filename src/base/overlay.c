#include "pgclone/base/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "pgclone/base/file.h"

#ifdef __linux__

/* Room for the options: three paths of descriptors, and words. */
#define OPTIONS_SIZE 256

static bool overlay_write(const char *path, const char *text)
{
    int file OWNED(file_close) = open(path, O_WRONLY | O_CLOEXEC);

    return file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Writes the one line of a map: the number stays what it is. */
static bool overlay_map(const char *path, unsigned long number)
{
    char line[64];

    (void)snprintf(line, sizeof line, "%lu %lu 1", number, number);
    return overlay_write(path, line);
}

/* Of a namespace that was made by an ordinary user, who may mount there. */
static bool overlay_enter_user(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    /* Without the second file the kernel lets nobody map groups. */
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && overlay_map("/proc/self/uid_map", uid) &&
           overlay_write("/proc/self/setgroups", "deny") && overlay_map("/proc/self/gid_map", gid);
}

/* Names the folders by descriptors: so no character in a path means anything to overlayfs. They are
 * opened here because those of another mount namespace do not do. */
static bool overlay_mount(const struct overlay *overlay, const char *more)
{
    int lower OWNED(file_close) = file_open_folder(AT_FDCWD, overlay->lower);
    int upper OWNED(file_close) = file_open_folder(AT_FDCWD, overlay->upper);
    int work OWNED(file_close) = file_open_folder(AT_FDCWD, overlay->work);
    char options[OPTIONS_SIZE];

    (void)snprintf(options, sizeof options,
                   "lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=/proc/self/fd/%d%s",
                   lower, upper, work, more);
    return lower >= 0 && upper >= 0 && work >= 0 &&
           mount("overlay", overlay->target, "overlay", 0, options) == 0;
}

const char *overlay_enter(const struct overlay *overlay)
{
    bool root = geteuid() == 0;

    if (root ? unshare(CLONE_NEWNS) != 0 : !overlay_enter_user())
        return "could not make a mount namespace for";
    /* What is mounted here stays here, but what is unmounted outside goes here, too: it would be
     * kept busy for as long as the program lives. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        return "could not keep to itself the mounts of";
    /* `volatile` (5.10): nothing has to reach a disk, not even what is copied up. Marks that only
     * root may set are made in another way by others (5.11). */
    if (overlay_mount(overlay, root ? ",volatile" : ",volatile,userxattr") ||
        (root && errno == EINVAL && overlay_mount(overlay, "")))
        return NULL;
    return "could not mount the overlay of";
}

#else

const char *overlay_enter(const struct overlay *overlay)
{
    (void)overlay;
    errno = ENOSYS;
    return "could not mount the overlay of";
}

#endif
