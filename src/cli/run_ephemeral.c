#include "pgclone/cli/run_ephemeral.h"

#include <stdio.h>
#include <stdlib.h>

#include "pgclone/base/identity.h"
#include "pgclone/base/memory.h"
#include "pgclone/cli/run_content.h"
#include "pgclone/postgres/sql_undo.h"
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

const struct command_option run_ephemeral_tcp = {
    .flag = "tcp", .help = "with --ephemeral: listen on 127.0.0.1, too, with a password"};

/* Both would make the template. */
static bool run_ephemeral_check_build(const struct settings *settings, bool loads,
                                      struct error *err)
{
    char *origin OWNED(memory_free_string) = NULL;

    if (!loads || settings->origin[SETTING_BUILD].kind == ORIGIN_DEFAULT)
        return true;
    origin = settings_origin_text(settings, SETTING_BUILD);
    error_set(err, ERROR_USAGE, "--sql fills the template, and so does %s", origin);
    return error_hint(err, "Leave one of them out; \"build\" takes SQL files, too.");
}

bool run_ephemeral_check(const struct invocation *invocation, struct error *err)
{
    const struct settings *settings = &invocation->settings;
    bool ephemeral = invocation_has(invocation, &run_ephemeral_option);
    bool loads = invocation_has(invocation, &run_ephemeral_sql);

    if (!ephemeral && (loads || invocation_has(invocation, &run_ephemeral_bindir))) {
        error_set(err, ERROR_USAGE, "--sql and --postgres-bindir go with --ephemeral");
        return error_hint(err, "Add --ephemeral; a template on a server is filled by your own "
                               "migrations.");
    }
    if (!ephemeral && invocation_has(invocation, &run_ephemeral_tcp)) {
        error_set(err, ERROR_USAGE, "--tcp goes with --ephemeral");
        return error_hint(err, "Add --ephemeral; for a server that is there already, --server or "
                               "PGCLONE_SERVER says how it is reached.");
    }
    if (loads && settings->create_database && !settings->external_schema &&
        settings->origin[SETTING_EXTERNAL_SCHEMA].kind != ORIGIN_DEFAULT) {
        char *origin OWNED(memory_free_string) =
            settings_origin_text(settings, SETTING_EXTERNAL_SCHEMA);

        error_set(err, ERROR_USAGE, "--sql fills a template, but %s turns cloning off", origin);
        return error_hint(err, "Leave one of them out.");
    }
    return run_ephemeral_check_build(settings, loads, err);
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
    static const char *const foreign[] = {"PGHOSTADDR",   "PGSERVICE",        "PGPASSWORD",
                                          "PGOPTIONS",    "PGSSLMODE",        "PGSSLNEGOTIATION",
                                          "PGGSSENCMODE", "PGCHANNELBINDING", "PGREQUIREAUTH"};
    char port[sizeof "65535"];

    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++)
        (void)unsetenv(foreign[i]);
    (void)snprintf(port, sizeof port, "%d", server->port);
    (void)setenv("PGHOST", server->tcp ? TCP_ADDRESS : server->folder.socket, 1);
    (void)setenv("PGPORT", port, 1);
    (void)setenv("PGUSER", EPHEMERAL_USER, 1);
    if (!server->tcp)
        return;
    (void)setenv("PGPASSWORD", server->password, 1);
    /* The server has no certificate, which some drivers (Go's pq) ask for if nobody says this. A
     * parameter of the URLs could say it, too, but other drivers know none of that name. */
    (void)setenv("PGSSLMODE", "disable", 1);
}

/* What the command is told is what holds for it. */
static void run_ephemeral_set(char **field, char **given, const char *value)
{
    memory_replace_string(field, value);
    memory_replace_string(given, value);
}

/* Points settings and environment to the server, of which nobody knows the address before. */
static bool run_ephemeral_aim(struct invocation *invocation, const struct ephemeral *server,
                              const char *database, struct error *err)
{
    struct settings *settings = &invocation->settings;
    char *plain OWNED(memory_free_string) = NULL;
    char *url OWNED(memory_free_string) = NULL;

    run_ephemeral_environment(server);
    if (server->tcp && !ephemeral_set_password(server, err))
        return false;
    /* The tests' driver is still the one that the configured URL names. */
    plain = server->tcp ? ephemeral_tcp_url(server, database) : ephemeral_url(server, database);
    url = url_scheme_give(settings->server, plain);
    run_ephemeral_set(&settings->server, &settings->given[SETTING_SERVER], url);
    run_ephemeral_set(&settings->maintenance_database,
                      &settings->given[SETTING_MAINTENANCE_DATABASE],
                      IDENTITY_MAINTENANCE_DATABASE);
    return true;
}

/* What --sql has filled is what is cloned. */
static void run_ephemeral_clone(struct settings *settings, const char *database)
{
    run_ephemeral_set(&settings->template_name, &settings->given[SETTING_TEMPLATE], database);
    settings->external_schema = true;
}

bool run_ephemeral_start(struct invocation *invocation, struct ephemeral *server, struct error *err)
{
    const struct strings *files = invocation_values(invocation, &run_ephemeral_sql);
    struct settings *settings = &invocation->settings;
    struct run_content content = {.files = files};
    struct ephemeral_options options = {.bindir =
                                            invocation_value(invocation, &run_ephemeral_bindir),
                                        .tcp = invocation_has(invocation, &run_ephemeral_tcp)};
    char *database OWNED(memory_free_string) = NULL;

    if (!run_ephemeral_database(settings, &database, err) ||
        !run_content_read(settings, &content, err))
        return false;
    options.content = content.known ? &content.source : NULL;
    options.database = database;
    options.also = settings->reset == RESET_UNDO ? sql_undo_schema : NULL;
    if (!ephemeral_start(&options, server, err) ||
        !run_ephemeral_aim(invocation, server, database, err))
        return false;
    if (files->count > 0 && settings->create_database)
        run_ephemeral_clone(settings, database);
    if (server->filled)
        return true;
    if ((files->count > 0 || !settings->create_database) &&
        !ephemeral_load(server, database, files, err))
        return false;
    if (server->key == NULL)
        return true;
    return run_content_keep(settings, &content, server, err) &&
           run_ephemeral_aim(invocation, server, database, err);
}
