#include "pgclone/template/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/interrupt.h"
#include "pgclone/base/memory.h"

/* What was found in a folder. */
struct found {
    char *name;
    unsigned char type; /* DT_REG, DT_DIR or DT_LNK */
};

/* A folder that is being read, or in which one is that is being read. Only the last is open, since
 * they may be nested deeper than descriptors would reach; `..` leads back, and the numbers show
 * that it has led to where we came from. */
struct walk_level {
    struct found *items;
    size_t count;
    size_t next;
    size_t path_length;
    dev_t device;
    ino_t inode;
};

/* These change while the sources do not: what has been committed or fetched, and when Python has
 * compiled a file, which notes the time of that. */
static const char *const never_counted[] = {".git", "__pycache__"};

static void walk_drop_level(struct walk *walk)
{
    struct walk_level *level = &walk->levels[--walk->depth];

    for (size_t i = 0; i < level->count; i++)
        free(level->items[i].name);
    free(level->items);
}

void walk_release(struct walk *walk)
{
    while (walk->depth > 0)
        walk_drop_level(walk);
    free(walk->levels);
    file_close(&walk->folder);
    file_close(&walk->base);
    excludes_release(&walk->excludes);
}

bool walk_begin(struct walk *walk, const char *base)
{
    walk->base = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return walk->base >= 0;
}

static bool walk_fail(const struct walk *walk, const char *reason, struct error *err)
{
    struct strbuf shown OWNED(strbuf_release) = {0};

    input_name_show(walk->name, &shown);
    return error_set(err, ERROR_USAGE, "could not read \"%s\": %s", strbuf_text(&shown), reason);
}

/* -------------------------------------------------------------------------------- single files */

/* Tells what is in the file. False with errno on failure. Where it has the `size` that it should
 * have, nobody asks for more; in /proc that size is 0. */
static bool walk_tell_content(const struct walk *walk, int file, off_t size)
{
    char bytes[65536];
    off_t told = 0;

    for (;;) {
        ssize_t length = read(file, bytes, sizeof bytes);

        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            return length == 0;
        walk->sink->add(walk->sink->context, bytes, (size_t)length);
        told += length;
        if (told == size)
            return true;
    }
}

/* Opens a regular file and tells of it. False with errno on failure; EINVAL is anything else. */
static bool walk_tell_file(const struct walk *walk, int folder, const char *path, int flags)
{
    /* O_NONBLOCK: a pipe that has come in place of the file must not hold us up. */
    int file OWNED(file_close) =
        openat(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
    struct stat status;

    if (file < 0 || fstat(file, &status) != 0)
        return false;
    if (!S_ISREG(status.st_mode)) {
        errno = EINVAL;
        return false;
    }
    walk->sink->begin(walk->sink->context, input_name_text(walk->name), INPUTS_FILE);
    if (!walk_tell_content(walk, file, status.st_size))
        return false;
    walk->sink->end(walk->sink->context);
    return true;
}

/* False with errno on failure. */
static bool walk_tell_link(const struct walk *walk, const char *path)
{
    char *text OWNED(memory_free_string) = NULL;
    size_t room = 128;
    ssize_t length;

    do {
        room *= 2;
        text = memory_resize(text, room, 1);
        length = readlinkat(walk->folder, path, text, room);
        if (length < 0)
            return false;
    } while ((size_t)length == room);
    walk->sink->begin(walk->sink->context, input_name_text(walk->name), INPUTS_LINK);
    walk->sink->add(walk->sink->context, text, (size_t)length);
    walk->sink->end(walk->sink->context);
    return true;
}

/* ------------------------------------------------------------------------------------- folders */

static int found_compare(const void *left, const void *right)
{
    const struct found *first = left;
    const struct found *second = right;

    return strcmp(first->name, second->name);
}

/* Not every file system says with the name what it is. What cannot be looked at is taken for a
 * file: that will fail, and the message says why. */
static unsigned char found_type(int folder, const struct dirent *entry)
{
    struct stat status;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    if (fstatat(folder, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return DT_REG;
    return (unsigned char)IFTODT(status.st_mode);
}

static bool walk_counts(const struct walk *walk, const char *name, unsigned char type)
{
    size_t path_length = walk->name->path.length;
    bool counts;

    if (type != DT_REG && type != DT_DIR && type != DT_LNK)
        return false;
    for (size_t i = 0; i < sizeof never_counted / sizeof never_counted[0]; i++)
        if (strcmp(name, never_counted[i]) == 0)
            return false;
    if (walk->excludes.count == 0)
        return true;
    input_name_enter(walk->name, name);
    counts = !excludes_match(&walk->excludes, input_name_text(walk->name), type == DT_DIR);
    strbuf_cut(&walk->name->path, path_length);
    return counts;
}

/* Lists the folder that has just been opened. False with errno on failure. */
static bool walk_list(struct walk *walk, struct walk_level *level)
{
    DIR *listing OWNED(file_close_list) = file_list(walk->folder, ".");
    const struct dirent *entry;
    size_t room = 0;

    if (listing == NULL)
        return false;
    while (errno = 0, (entry = file_next_entry(listing)) != NULL) {
        unsigned char type = found_type(walk->folder, entry);

        if (!walk_counts(walk, entry->d_name, type))
            continue;
        if (level->count == room) {
            room = room > 0 ? room * 2 : 16;
            level->items = memory_resize(level->items, room, sizeof *level->items);
        }
        level->items[level->count++] =
            (struct found){.name = memory_copy_string(entry->d_name), .type = type};
    }
    if (errno != 0)
        return false;
    if (level->count > 0)
        qsort(level->items, level->count, sizeof *level->items, found_compare);
    return true;
}

/* Goes into a folder. False with errno on failure. */
static bool walk_enter(struct walk *walk, int parent, const char *path, int flags)
{
    int folder OWNED(file_close) = openat(parent, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
    struct walk_level level = {.path_length = walk->name->path.length};
    struct stat status;

    if (folder < 0 || fstat(folder, &status) != 0)
        return false;
    level.device = status.st_dev;
    level.inode = status.st_ino;
    walk->levels = memory_resize(walk->levels, walk->depth + 1, sizeof *walk->levels);
    walk->levels[walk->depth++] = level;
    file_close(&walk->folder);
    walk->folder = file_take(&folder);
    return walk_list(walk, &walk->levels[walk->depth - 1]);
}

/* Goes back to the folder above, if there is one in this walk. */
static bool walk_leave(struct walk *walk, struct error *err)
{
    int above OWNED(file_close) = -1;
    const struct walk_level *level;
    struct stat status;

    walk_drop_level(walk);
    if (walk->depth == 0)
        return true;
    level = &walk->levels[walk->depth - 1];
    above = file_open_folder(walk->folder, "..");
    if (above < 0 || fstat(above, &status) != 0 || status.st_dev != level->device ||
        status.st_ino != level->inode)
        return walk_fail(walk, "it was moved or removed meanwhile", err);
    strbuf_cut(&walk->name->path, level->path_length);
    file_close(&walk->folder);
    walk->folder = file_take(&above);
    return true;
}

/* Tells of something that was found in the folder, or goes into it. */
static bool walk_step(struct walk *walk, const struct found *found, struct error *err)
{
    size_t depth = walk->depth;
    size_t path_length = walk->name->path.length;
    bool done;

    if (interrupt_signal() != 0)
        return interrupt_error(err);
    input_name_enter(walk->name, found->name);
    if (found->type == DT_DIR)
        done = walk_enter(walk, walk->folder, found->name, O_NOFOLLOW);
    else if (found->type == DT_LNK)
        done = walk_tell_link(walk, found->name);
    else
        done = walk_tell_file(walk, walk->folder, found->name, O_NOFOLLOW);
    /* What has vanished since the folder was listed might as well have done so before. */
    if (!done && (errno != ENOENT || walk->depth > depth))
        return walk_fail(walk, strerror(errno), err);
    if (walk->depth == depth)
        strbuf_cut(&walk->name->path, path_length);
    return true;
}

/* ------------------------------------------------------------------------------ what was named */

static bool walk_read_folder(struct walk *walk, const char *path, struct error *err)
{
    if (!walk_enter(walk, walk->base, path, 0))
        return walk_fail(walk, strerror(errno), err);
    while (walk->depth > 0) {
        struct walk_level *level = &walk->levels[walk->depth - 1];
        bool more = level->next < level->count;

        if (more ? !walk_step(walk, &level->items[level->next++], err) : !walk_leave(walk, err))
            return false;
    }
    return true;
}

bool walk_read(struct walk *walk, const char *path, struct input_name *name, bool files_only,
               struct error *err)
{
    struct stat status;

    walk->name = name;
    if (interrupt_signal() != 0)
        return interrupt_error(err);
    /* Asked before it is opened, since a device does something when it is opened. */
    if (fstatat(walk->base, path, &status, 0) != 0)
        return walk_fail(walk, strerror(errno), err);
    if (S_ISDIR(status.st_mode) && files_only)
        return walk_fail(walk, "it is a folder", err);
    if (S_ISDIR(status.st_mode))
        return walk_read_folder(walk, path, err);
    if (!S_ISREG(status.st_mode))
        return walk_fail(walk, files_only ? "it is no file" : "it is neither file nor folder", err);
    return walk_tell_file(walk, walk->base, path, 0) || walk_fail(walk, strerror(errno), err);
}
