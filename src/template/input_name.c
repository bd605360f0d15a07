#include "pgclone/template/input_name.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"

/* Adds the parts of `path` to an absolute one, and takes `.` and `..` as what they usually mean: a
 * name is a name, wherever links lead. */
static void name_add_path(struct strbuf *out, const char *path)
{
    while (*path != '\0') {
        size_t length = strcspn(path, "/");

        if (length == 2 && strncmp(path, "..", 2) == 0) {
            const char *slash = strrchr(strbuf_text(out), '/');

            strbuf_cut(out, slash != NULL ? (size_t)(slash - out->data) : 0);
        } else if (length > 0 && !(length == 1 && *path == '.')) {
            strbuf_add_char(out, '/');
            strbuf_add_bytes(out, path, length);
        }
        path += length;
        path += strspn(path, "/");
    }
}

/* Whether `path` is `folder` or in it. */
static bool name_is_in(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* An absolute path may lead to the base through links: /home/me/project, say, which is on another
 * disk. Only the folder is looked up, since what is named may itself be a link in the base. */
static void name_look_up(struct strbuf *path)
{
    const char *slash = strrchr(strbuf_text(path), '/');
    char *folder OWNED(memory_free_string) = NULL;
    char *real OWNED(memory_free_string) = NULL;
    struct strbuf found = {0};

    if (slash == NULL)
        return;
    folder = memory_copy_string(strbuf_text(path));
    folder[slash - path->data] = '\0';
    real = realpath(*folder != '\0' ? folder : "/", NULL);
    if (real == NULL)
        return;
    name_add_path(&found, real);
    strbuf_add(&found, slash);
    strbuf_release(path);
    *path = found;
}

void input_name_resolve(const char *base, const char *given, struct input_name *out)
{
    struct strbuf folder OWNED(strbuf_release) = {0};
    const char *slash;

    name_add_path(&folder, base);
    if (*given != '/')
        name_add_path(&out->path, base);
    name_add_path(&out->path, given);
    if (*given == '/' && !name_is_in(strbuf_text(&out->path), strbuf_text(&folder)))
        name_look_up(&out->path);
    if (name_is_in(strbuf_text(&out->path), strbuf_text(&folder))) {
        out->name_at = folder.length + 1;
        out->shown_at = out->name_at;
    } else if (name_is_in(strbuf_text(&folder), strbuf_text(&out->path))) {
        out->name_at = out->path.length + 1;
    } else {
        slash = strrchr(strbuf_text(&out->path), '/');
        out->name_at = (size_t)(slash + 1 - out->path.data);
    }
}

const char *input_name_text(const struct input_name *name)
{
    return name->name_at < name->path.length ? name->path.data + name->name_at : "";
}

void input_name_enter(struct input_name *name, const char *part)
{
    strbuf_add_char(&name->path, '/');
    strbuf_add(&name->path, part);
}

void input_name_show(const struct input_name *name, struct strbuf *out)
{
    size_t from = name->shown_at < name->path.length ? name->shown_at : 0;
    size_t length = name->path.length - from;

    if (length == 0)
        strbuf_add_char(out, '/');
    else
        utf8_add_printable(out, name->path.data + from, length);
}

void input_name_release(struct input_name *name)
{
    strbuf_release(&name->path);
    *name = (struct input_name){0};
}
