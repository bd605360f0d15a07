#include "pgclone/template/psql.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/file.h"
#include "pgclone/base/memory.h"

const char psql_quiet_variable[] = "PGOPTIONS=-c client_min_messages=warning";

static char *psql_in(const char *folder)
{
    char *path OWNED(memory_free_string) = NULL;

    if (folder == NULL || folder[0] == '\0')
        return NULL;
    path = file_join(folder, "psql");
    return file_is_program(path) ? memory_take_string(&path) : NULL;
}

char *psql_find(const char *beside, struct error *err)
{
    char *folders OWNED(memory_free_string) = memory_copy_string(getenv("PATH"));
    char *rest = folders;
    char *found = psql_in(beside);
    const char *folder;

    while (found == NULL && (folder = strsep(&rest, ":")) != NULL)
        found = psql_in(folder);
    if (found != NULL)
        return found;
    error_set(err, ERROR_SYSTEM, "no psql found%s%s%s in PATH", beside != NULL ? " in \"" : "",
              beside != NULL ? beside : "", beside != NULL ? "\" and" : "");
    error_hint(err, "psql loads the SQL files: install the package \"postgresql-client\" or "
                    "\"postgresql\".");
    return NULL;
}

void psql_arguments(const char *psql, struct strings *out)
{
    static const char *const options[] = {
        "-X", "-q", "-w", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1"};

    strings_add(out, psql);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        strings_add(out, options[i]);
}

void psql_add_files(const struct strings *files, struct strings *out)
{
    for (size_t i = 0; i < files->count; i++) {
        strings_add(out, "-f");
        /* "-" alone would be standard input. */
        strings_add(out, strcmp(files->items[i], "-") == 0 ? "./-" : files->items[i]);
    }
}
