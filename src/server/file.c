#include "pgclone/server/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
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

int file_open_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool file_read(int folder, const char *name, size_t limit, struct strbuf *out)
{
    /* O_NONBLOCK: a pipe in place of the file must not hold us up. */
    int file OWNED(file_close) =
        openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat status;
    char bytes[4096];
    ssize_t length = 0;

    if (file < 0 || fstat(file, &status) != 0)
        return false;
    if (status.st_size > 0 && (size_t)status.st_size > limit &&
        lseek(file, -(off_t)limit, SEEK_END) < 0)
        return false;
    while (limit > 0) {
        length = read(file, bytes, limit < sizeof bytes ? limit : sizeof bytes);
        if (length < 0 && errno == EINTR)
            continue;
        if (length <= 0)
            break;
        strbuf_add_bytes(out, bytes, (size_t)length);
        limit -= (size_t)length;
    }
    return length >= 0;
}

const char *file_trim(struct strbuf *text)
{
    while (text->length > 0 && isspace((unsigned char)text->data[text->length - 1]))
        text->data[--text->length] = '\0';
    return strbuf_text(text);
}

char *file_join(const char *folder, const char *name)
{
    struct strbuf path = {0};

    strbuf_printf(&path, "%s/%s", folder, name);
    return strbuf_take(&path);
}
