#include "pgclone/cli/init_folder.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/utf8.h"

static const size_t largest_file = 1 << 20;
static const int deepest = 3;
static const size_t most_folders = 50;

static mode_t folder_kind(const struct init_folder *folder, const char *name)
{
    char *path OWNED(memory_free_string) = file_join(folder->path, name);
    struct stat status;

    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : 0;
}

bool init_has_file(const struct init_folder *folder, const char *name)
{
    return folder_kind(folder, name) == S_IFREG;
}

bool init_has_folder(const struct init_folder *folder, const char *name)
{
    return folder_kind(folder, name) == S_IFDIR;
}

bool init_read(const struct init_folder *folder, const char *name, struct strbuf *out)
{
    char *path OWNED(memory_free_string) = file_join(folder->path, name);

    /* Nothing else: a fifo would be waited for. */
    return init_has_file(folder, name) && file_read(path, largest_file, out, NULL) &&
           strlen(strbuf_text(out)) == out->length && utf8_is_valid(strbuf_text(out));
}

bool init_next_line(const char **at, struct strbuf *line, size_t *indent)
{
    size_t length = strcspn(*at, "\n");

    if ((*at)[0] == '\0')
        return false;
    strbuf_clear(line);
    *indent = strspn(*at, " \t");
    if (*indent > length)
        *indent = length;
    strbuf_add_bytes(line, *at + *indent, length - *indent);
    (void)strbuf_trim(line);
    *at += length + ((*at)[length] == '\n' ? 1 : 0);
    return true;
}

static bool folder_is_comment(const char *line)
{
    return line[0] == '#' || strncmp(line, "//", 2) == 0;
}

bool init_mentions(const struct init_folder *folder, const char *name, const char *word)
{
    struct strbuf text OWNED(strbuf_release) = {0};
    struct strbuf line OWNED(strbuf_release) = {0};
    size_t indent;
    const char *at;

    if (!init_read(folder, name, &text))
        return false;
    at = strbuf_text(&text);
    while (init_next_line(&at, &line, &indent))
        if (!folder_is_comment(strbuf_text(&line)) && strstr(strbuf_text(&line), word) != NULL)
            return true;
    return false;
}

const char *init_first(const struct init_folder *folder, const char *const *names, const char *word)
{
    for (; *names != NULL; names++)
        if (word != NULL ? init_mentions(folder, *names, word) : init_has_file(folder, *names))
            return *names;
    return NULL;
}

/* What is in quotes is taken whole; else a comment ends the value. */
static char *folder_unquote(const char *text)
{
    struct strbuf out OWNED(strbuf_release) = {0};
    const char *end;

    text += strspn(text, " \t");
    if ((text[0] == '"' || text[0] == '\'') && (end = strchr(text + 1, text[0])) != NULL) {
        strbuf_add_bytes(&out, text + 1, (size_t)(end - text) - 1);
        return strbuf_take(&out);
    }
    end = strstr(text, " #");
    strbuf_add_bytes(&out, text, end != NULL ? (size_t)(end - text) : strlen(text));
    (void)strbuf_trim(&out);
    return strbuf_take(&out);
}

char *init_value(const char *line, const char *key)
{
    size_t length = strlen(key);

    if (strncmp(line, key, length) != 0)
        return NULL;
    line += length;
    line += strspn(line, " \t");
    return line[0] == '=' || line[0] == ':' ? folder_unquote(line + 1) : NULL;
}

/* --------------------------------------------------------------------------------------- folders
 */

/* Migrations of packages are theirs, and there are thousands of them. */
static bool folder_is_passed_by(const char *name)
{
    static const char *const others[] = {"node_modules", "venv",   "env",  "site-packages",
                                         "vendor",       "target", "build"};

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(name, others[i]) == 0)
            return true;
    return name[0] == '.' || name[0] == '!' || !utf8_is_valid(name) || utf8_has_control(name);
}

static void folder_search(const struct init_folder *folder, const char *below, int depth,
                          const char *wanted, struct strings *out)
{
    char *path OWNED(memory_free_string) =
        below[0] != '\0' ? file_join(folder->path, below) : memory_copy_string(folder->path);
    DIR *listing OWNED(file_close_list) = file_list(AT_FDCWD, path);
    const char *name;

    while (listing != NULL && out->count < most_folders && (name = file_next(listing)) != NULL) {
        char *inner OWNED(memory_free_string) =
            below[0] != '\0' ? file_join(below, name) : memory_copy_string(name);

        if (folder_is_passed_by(name) || !init_has_folder(folder, inner))
            continue;
        if (strcmp(name, wanted) == 0)
            strings_add(out, inner);
        else if (depth < deepest)
            folder_search(folder, inner, depth + 1, wanted, out);
    }
}

static int folder_compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

void init_find_folders(const struct init_folder *folder, const char *name, struct strings *out)
{
    folder_search(folder, "", 1, name, out);
    if (out->count > 1)
        qsort(out->items, out->count, sizeof *out->items, folder_compare);
}
