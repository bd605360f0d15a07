#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/server/ephemeral.h"
#include "pgclone/template/psql.h"

static const int load_ms = 3600000;

/* Runs `psql option argument` on the database. `what` is the verb for the error message. */
static bool load_run(const char *psql, const char *url, const char *option, const char *argument,
                     const char *what, struct error *err)
{
    const char *const words[] = {"-d", url, option, argument};
    struct strings arguments OWNED(strings_release) = {0};
    struct strings additions OWNED(strings_release) = {0};
    struct strbuf errors OWNED(strbuf_release) = {0};
    /* In a session of its own psql cannot ask for a password, and Ctrl-C comes to us alone. */
    const struct spawn_options options = {
        .arguments = &arguments, .additions = &additions, .without = BINARIES_VARIABLES};
    int status;

    psql_arguments(psql, &arguments);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        strings_add(&arguments, words[i]);
    strings_add(&additions, psql_quiet_variable);
    if (!spawn_run(&options, STDERR_FILENO, load_ms, &errors, &status, err))
        return false;
    if (status == 0)
        return true;
    error_set(err, ERROR_SERVER, "could not %s \"%s\"", what, argument);
    if (errors.length > 0)
        error_detail(err, "%s", strbuf_trim(&errors));
    return false;
}

static bool load_create(const struct ephemeral *server, const char *psql, const char *database,
                        struct error *err)
{
    const struct sql_create create = {.name = database, .template_name = IDENTITY_EMPTY_DATABASE};
    char *sql OWNED(memory_free_string) = sql_create_database(&create);
    char *url OWNED(memory_free_string) = ephemeral_url(server, IDENTITY_MAINTENANCE_DATABASE);

    return load_run(psql, url, "-c", sql, "run", err);
}

static bool load_files_are_there(const struct strings *files, struct error *err)
{
    for (size_t i = 0; i < files->count; i++)
        if (access(files->items[i], R_OK) != 0)
            return error_set(err, ERROR_SYSTEM, "could not read \"%s\": %s", files->items[i],
                             strerror(errno));
    return true;
}

bool ephemeral_load(const struct ephemeral *server, const char *database,
                    const struct strings *files, struct error *err)
{
    char *url OWNED(memory_free_string) = ephemeral_url(server, database);
    char *psql OWNED(memory_free_string) = NULL;

    if (!load_files_are_there(files, err))
        return false;
    psql = psql_find(server->binaries.folder, err);
    if (psql == NULL || !load_create(server, psql, database, err))
        return false;
    for (size_t i = 0; i < files->count; i++)
        if (!load_run(psql, url, "-f", files->items[i], "load", err))
            return false;
    return true;
}
