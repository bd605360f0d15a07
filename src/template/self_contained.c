#include "pgclone/template/self_contained.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pgclone/base/file.h"
#include "pgclone/base/strbuf.h"

/* What leads to something else, wherever it stands. */
static const char *const outside[] = {
    "\\i", /* include, ir, include_relative; no escape of COPY's data is written so */
    "\\copy", "\\!", "\\getenv", "\\lo_import", "\\g ", "\\o", "pg_read_", "pg_ls_", "lo_import(",
};

/* Behind FROM, whatever is between: a file's name, or a program's. */
static bool self_contained_source(const char *text)
{
    text += strspn(text, " \t\r\n");
    return text[0] != '\'' && strncasecmp(text, "e'", 2) != 0 &&
           strncasecmp(text, "program", 7) != 0;
}

/* COPY and its FROM may stand on different lines. */
static bool self_contained_copies(const char *text)
{
    for (const char *copy = strcasestr(text, "copy"); copy != NULL;
         copy = strcasestr(copy + 1, "copy")) {
        const char *from = strcasestr(copy, "from");
        const char *end = strchr(copy, ';');

        if (from != NULL && (end == NULL || from < end) && !self_contained_source(from + 4))
            return false;
    }
    return true;
}

static bool self_contained_line(const char *line)
{
    /* A meta-command's argument in backquotes is what a program prints. */
    if (strchr(line, '\\') != NULL && strchr(line, '`') != NULL)
        return false;
    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
        if (strcasestr(line, outside[i]) != NULL)
            return false;
    return true;
}

static bool self_contained_text(char *text)
{
    char *rest = text;
    const char *line;

    if (!self_contained_copies(text))
        return false;
    while ((line = strsep(&rest, "\n")) != NULL)
        if (!self_contained_line(line))
            return false;
    return true;
}

bool self_contained(const struct strings *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct strbuf text OWNED(strbuf_release) = {0};
        struct stat status;

        /* What is in a pipe can be read only once. */
        if (stat(files->items[i], &status) != 0 || !S_ISREG(status.st_mode) ||
            !file_read(files->items[i], SIZE_MAX - 1, &text, NULL))
            return false;
        /* A NUL ends what we see of it. */
        if (text.length > 0 &&
            (strlen(text.data) != text.length || !self_contained_text(text.data)))
            return false;
    }
    return true;
}
