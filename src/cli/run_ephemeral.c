#include "pgclone/cli/run_ephemeral.h"

#include <stdlib.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/postgres/url.h"
#include "pgclone/postgres/url_scheme.h"

const struct command_option run_ephemeral_option = {
    .flag = "ephemeral", .help = "start a server of its own for the length of the run"};
const struct command_option run_ephemeral_bindir = {
    .flag = "postgres-bindir",
    .argument = "FOLDER",
    .help = "with --ephemeral: where initdb and postgres are",
    .takes_file = true};
const struct command_option run_ephemeral_sql = {
    .flag = "sql",
    .argument = "FILE",
    .help = "with --ephemeral: load this into the template first (repeatable)",
    .takes_file = true};

bool run_ephemeral_check(const struct invocation *invocation, struct error *err)
{
    const struct settings *settings = &invocation->settings;
    bool loads = invocation_has(invocation, &run_ephemeral_sql);

    if (!invocation_has(invocation, &run_ephemeral_option) &&
        (loads || invocation_has(invocation, &run_ephemeral_bindir))) {
        error_set(err, ERROR_USAGE, "--sql and --postgres-bindir go with --ephemeral");
        return error_hint(err, "Add --ephemeral; a template on a server is filled by your own "
                               "migrations.");
    }
    if (loads && settings->create_database && !settings->external_schema &&
        settings->origin[SETTING_EXTERNAL_SCHEMA].kind != ORIGIN_DEFAULT) {
        char *origin OWNED(memory_free_string) =
            settings_origin_text(settings, SETTING_EXTERNAL_SCHEMA);

        error_set(err, ERROR_USAGE, "--sql fills a template, but %s turns cloning off", origin);
        return error_hint(err, "Leave one of them out.");
    }
    return true;
}

/* The database that the SQL files are loaded into: the template, or in serial mode the one. */
static bool run_ephemeral_database(const struct settings *settings, char **name, struct error *err)
{
    struct url url OWNED(url_release) = {0};
    const char *database;

    if (settings->template_name != NULL && settings->template_name[0] != '\0') {
        *name = memory_copy_string(settings->template_name);
        return true;
    }
    if (!url_parse(settings->server, &url, err))
        return false;
    database = url_get(&url, "dbname");
    *name = memory_copy_string(database != NULL ? database : IDENTITY_DEFAULT_BASE);
    return true;
}

/* What libpq's environment says of another server must not reach into this one's connections. */
static void run_ephemeral_environment(const struct ephemeral *server)
{
    static const char *const foreign[] = {"PGHOSTADDR", "PGSERVICE", "PGPASSWORD", "PGOPTIONS",
                                          "PGSSLMODE"};

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        (void)unsetenv(foreign[i]);
    (void)setenv("PGHOST", server->folder.socket, 1);
    (void)setenv("PGPORT", EPHEMERAL_PORT, 1);
    (void)setenv("PGUSER", EPHEMERAL_USER, 1);
}

/* What the command is told is what holds for it. */
static void run_ephemeral_set(char **field, char **given, const char *value)
{
    memory_replace_string(field, value);
    memory_replace_string(given, value);
}

bool run_ephemeral_start(struct invocation *invocation, struct ephemeral *server, struct error *err)
{
    const char *bindir = invocation_value(invocation, &run_ephemeral_bindir);
    const struct strings *files = invocation_values(invocation, &run_ephemeral_sql);
    struct settings *settings = &invocation->settings;
    char *database OWNED(memory_free_string) = NULL;
    char *plain OWNED(memory_free_string) = NULL;
    char *url OWNED(memory_free_string) = NULL;

    if (!run_ephemeral_database(settings, &database, err) || !ephemeral_start(bindir, server, err))
        return false;
    run_ephemeral_environment(server);
    if ((files->count > 0 || !settings->create_database) &&
        !ephemeral_load(server, database, files, err))
        return false;
    if (files->count > 0 && settings->create_database) {
        run_ephemeral_set(&settings->template_name, &settings->given[SETTING_TEMPLATE], database);
        settings->external_schema = true;
    }
    /* The tests' driver is still the one that the configured URL names. */
    plain = ephemeral_url(server, database);
    url = url_scheme_give(settings->server, plain);
    run_ephemeral_set(&settings->server, &settings->given[SETTING_SERVER], url);
    run_ephemeral_set(&settings->maintenance_database,
                      &settings->given[SETTING_MAINTENANCE_DATABASE],
                      IDENTITY_MAINTENANCE_DATABASE);
    return true;
}
