#include "pgclone/report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"

/* A NULL `path` is standard output. */
static bool output_error(struct error *err, const char *path, int number)
{
    if (path == NULL)
        return error_set(err, ERROR_SYSTEM, "could not write to standard output: %s",
                         strerror(number));
    return error_set(err, ERROR_SYSTEM, "could not write \"%s\": %s", path, strerror(number));
}

/* /dev/stdout is a regular file where the shell redirected it; what stands in it is not ours. */
static bool output_is_standard_stream(const struct stat *status)
{
    for (int descriptor = STDOUT_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        struct stat stream;

        if (fstat(descriptor, &stream) == 0 && stream.st_dev == status->st_dev &&
            stream.st_ino == status->st_ino)
            return true;
    }
    return false;
}

static bool output_open_directly(const char *path, struct output *out, struct error *err)
{
    int descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);

    if (descriptor < 0)
        return output_error(err, path, errno);
    *out = (struct output){.path = memory_copy_string(path), .descriptor = descriptor};
    return true;
}

/* `path` is where the file is to appear. */
static bool output_open_temporary(const char *path, struct output *out, struct error *err)
{
    struct strbuf pattern OWNED(strbuf_release) = {0};
    char *copy OWNED(memory_free_string) = memory_copy_string(path);
    const char *folder = dirname(copy);
    int descriptor;

    /* Not made of the file's own name: that may be as long as a name can be. */
    strbuf_printf(&pattern, "%s/.pgclone-XXXXXX", folder);
    descriptor = mkostemp(pattern.data, O_CLOEXEC);
    if (descriptor < 0)
        return error_set(err, ERROR_SYSTEM,
                         "could not write \"%s\": no file can be made in \"%s\": %s", path, folder,
                         strerror(errno));
    *out = (struct output){.path = memory_copy_string(path),
                           .temporary = strbuf_take(&pattern),
                           .descriptor = descriptor};
    return true;
}

bool output_open(const char *path, struct output *out, struct error *err)
{
    char *target OWNED(memory_free_string) = NULL;
    struct stat status;

    if (path == NULL) {
        *out = (struct output){.descriptor = STDOUT_FILENO};
        return true;
    }
    if (stat(path, &status) != 0) {
        /* A trailing slash or an empty path can only be meant as a folder. */
        if (errno != ENOENT || *path == '\0' || path[strlen(path) - 1] == '/')
            return output_error(err, path, errno);
        return output_open_temporary(path, out, err);
    }
    if (S_ISDIR(status.st_mode))
        return output_error(err, path, EISDIR);
    if (!S_ISREG(status.st_mode) || output_is_standard_stream(&status))
        return output_open_directly(path, out, err);
    /* A symbolic link stays; the file that it names is replaced. */
    target = realpath(path, NULL);
    if (target == NULL)
        return output_error(err, path, errno);
    return output_open_temporary(target, out, err);
}

bool output_write(struct output *output, const struct strbuf *text, struct error *err)
{
    if (!file_write(output->descriptor, strbuf_text(text), text->length))
        return output_error(err, output->path, errno);
    if (output->path == NULL)
        return true;
    if (output->temporary != NULL && fsync(output->descriptor) != 0)
        return output_error(err, output->path, errno);
    if (close(file_take(&output->descriptor)) != 0)
        return output_error(err, output->path, errno);
    if (output->temporary != NULL && rename(output->temporary, output->path) != 0)
        return output_error(err, output->path, errno);
    memory_free_string(&output->temporary);
    return true;
}

bool output_print(const struct strbuf *text, struct error *err)
{
    return file_write(STDOUT_FILENO, strbuf_text(text), text->length) ||
           output_error(err, NULL, errno);
}

bool output_print_done(const struct strbuf *lines, bool done, struct error *err)
{
    return output_print(lines, done ? err : NULL) && done;
}

bool output_append(const char *path, const struct strbuf *text, struct error *err)
{
    int descriptor OWNED(file_close) =
        open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);

    if (descriptor < 0 || !file_write(descriptor, strbuf_text(text), text->length) ||
        close(file_take(&descriptor)) != 0)
        return output_error(err, path, errno);
    return true;
}

void output_release(struct output *output)
{
    if (output->descriptor > STDERR_FILENO)
        file_close(&output->descriptor);
    if (output->temporary != NULL)
        (void)unlink(output->temporary);
    memory_free_string(&output->temporary);
    memory_free_string(&output->path);
    output->descriptor = -1;
}
