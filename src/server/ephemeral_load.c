#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/base/spawn.h"
#include "pgclone/postgres/sql.h"
#include "pgclone/server/ephemeral.h"

static const int load_ms = 3600000;

struct load {
    char *psql;
    char *url;                /* of the database that psql connects to */
    struct strings additions; /* to psql's environment */
};

static void load_release(struct load *load)
{
    memory_free_string(&load->psql);
    memory_free_string(&load->url);
    strings_release(&load->additions);
}

/* Runs `psql option argument` on the database. `what` is the verb for the error message. */
static bool load_run(const struct load *load, const char *option, const char *argument,
                     const char *what, struct error *err)
{
    const char *const words[] = {load->psql,        "-X", "-q",      "-w",   "-v",
                                 "ON_ERROR_STOP=1", "-d", load->url, option, argument};
    struct spawn_result result OWNED(spawn_result_release) = {0};
    struct strings arguments OWNED(strings_release) = {0};
    /* In a session of its own psql cannot ask for a password, and Ctrl-C comes to us alone. */
    const struct spawn_options options = {.arguments = &arguments,
                                          .additions = &load->additions,
                                          .without = BINARIES_VARIABLES,
                                          .own_session = true,
                                          .death_signal = SIGKILL};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        strings_add(&arguments, words[i]);
    if (!spawn_run(&options, load_ms, &result, err))
        return false;
    if (spawn_succeeded(&result))
        return true;
    error_set(err, ERROR_SERVER, "could not %s \"%s\"", what, argument);
    if (result.errors.length > 0)
        error_detail(err, "%s", strbuf_trim(&result.errors));
    return false;
}

static bool load_begin(const struct ephemeral *server, struct load *load, struct error *err)
{
    /* As pg_regress has it: notices would hide the error. */
    strings_add(&load->additions, "PGOPTIONS=-c client_min_messages=warning");
    load->url = memory_copy_string(ephemeral_url(server));
    load->psql = binaries_find_psql(&server->binaries, err);
    return load->psql != NULL;
}

static bool load_create(const struct load *load, const char *database, struct error *err)
{
    const struct sql_create create = {.name = database, .template_name = IDENTITY_EMPTY_DATABASE};
    char *sql OWNED(memory_free_string) = sql_create_database(&create);

    return load_run(load, "-c", sql, "run", err);
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
    struct load load OWNED(load_release) = {0};

    if (!load_files_are_there(files, err) || !load_begin(server, &load, err) ||
        !load_create(&load, database, err))
        return false;
    memory_free_string(&load.url);
    load.url = ephemeral_url_for(server, database);
    for (size_t i = 0; i < files->count; i++)
        if (!load_run(&load, "-f", files->items[i], "load", err))
            return false;
    return true;
}
