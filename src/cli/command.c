#include "pgclone/cli/command.h"

#include <stdint.h>
#include <string.h>

#include "pgclone/cli/commands.h"
#include "pgclone/base/suggest.h"

static const struct option_row option_rows[] = {
    [OPTION_HELP] = {.flag = "help", .short_flag = 'h', .help = "show this text"},
    [OPTION_VERSION] = {.flag = "version", .help = "show the version"},
    [OPTION_VERBOSE] = {.flag = "verbose",
                        .short_flag = 'v',
                        .help = "a line per database; twice: each SQL statement"},
    [OPTION_QUIET] = {.flag = "quiet", .short_flag = 'q', .help = "errors only"},
    [OPTION_FORMAT] = {.flag = "format", .argument = "FORMAT", .help = "how results are written"},
    [OPTION_OUTPUT] = {.flag = "output",
                       .short_flag = 'o',
                       .argument = "FILE",
                       .help = "write results there (mode 0600), not to standard output"},
    [OPTION_DRY_RUN] = {.flag = "dry-run", .help = "show what would be done, and change nothing"},
    [OPTION_WORKER] = {.flag = "worker", .argument = "ID", .help = "this worker's database"},
    [OPTION_ALL] = {.flag = "all", .help = "every database of the project"},
    [OPTION_SELECT_NAME] = {.flag = "name",
                            .argument = "NAME",
                            .help = "exactly this database (repeatable)",
                            .hides_setting = true,
                            .hidden = SETTING_NAME},
    [OPTION_SELECT_RUN_ID] = {.flag = "run-id",
                              .argument = "ID",
                              .help = "the project's databases of this run",
                              .hides_setting = true,
                              .hidden = SETTING_RUN_ID},
    [OPTION_STALE] = {.flag = "stale", .help = "what dead runs of the project left behind"},
    [OPTION_OLDER_THAN] = {.flag = "older-than",
                           .argument = "AGE",
                           .help = "with --stale: what \"create\" made, too, from this age on "
                                   "(90s, 30m, 2h, 7d)"},
    [OPTION_EVERY_PROJECT] = {.flag = "every-project",
                              .help = "not only this project's, but the whole server's"},
    [OPTION_HELD] = {.flag = "held", .help = "also what runs that are alive hold"},
    [OPTION_KEEP] = {.flag = "keep", .help = "leave the databases, and say how to reach them"},
    [OPTION_KEEP_ON_FAILURE] = {.flag = "keep-on-failure",
                                .help = "the same when the command fails"},
    [OPTION_EPHEMERAL] = {.flag = "ephemeral",
                          .help = "start a server of its own for the length of the run"},
    [OPTION_POSTGRES_BINDIR] = {.flag = "postgres-bindir",
                                .argument = "FOLDER",
                                .help = "with --ephemeral: where initdb and postgres are"},
    [OPTION_SQL] = {.flag = "sql",
                    .argument = "FILE",
                    .help = "with --ephemeral: load this into the template first (repeatable)"},
};

#define OPTIONS_OF_ALL OPTION_HELP, OPTION_VERSION, OPTION_VERBOSE, OPTION_QUIET

static const enum option_id create_options[] = {OPTION_FORMAT, OPTION_OUTPUT, OPTION_DRY_RUN,
                                                OPTIONS_OF_ALL, OPTION_COUNT};
static const enum option_id drop_options[] = {
    OPTION_ALL,     OPTION_SELECT_RUN_ID, OPTION_WORKER,        OPTION_SELECT_NAME,
    OPTION_STALE,   OPTION_OLDER_THAN,    OPTION_EVERY_PROJECT, OPTION_HELD,
    OPTION_DRY_RUN, OPTIONS_OF_ALL,       OPTION_COUNT};
static const enum option_id run_options[] = {
    OPTION_EPHEMERAL, OPTION_SQL,  OPTION_POSTGRES_BINDIR, OPTION_KEEP, OPTION_KEEP_ON_FAILURE,
    OPTIONS_OF_ALL,   OPTION_COUNT};
static const enum option_id list_options[] = {OPTION_FORMAT, OPTION_OUTPUT, OPTION_EVERY_PROJECT,
                                              OPTIONS_OF_ALL, OPTION_COUNT};
static const enum option_id url_options[] = {OPTION_WORKER, OPTIONS_OF_ALL, OPTION_COUNT};
static const enum option_id plain_options[] = {OPTIONS_OF_ALL, OPTION_COUNT};

static const char *const create_formats[] = {"text", "env", "json", "github", NULL};
static const char *const list_formats[] = {"text", "json", NULL};

const struct command command_table[] = {
    {
        .name = "create",
        .operands = "",
        .summary = "makes the worker databases and prints them",
        .description =
            "Makes a database for every worker, all or none: clones of the template, or empty\n"
            "ones. Each is made under a scratch name, marked as pgclone's, granted, and only then\n"
            "renamed, so whatever bears a worker's name is complete.",
        .options = create_options,
        .formats = create_formats,
        .reads_settings = true,
        .run = create_command_run,
    },
    {
        .name = "drop",
        .operands = "",
        .summary = "drops databases that pgclone made",
        .description =
            "Drops what the selectors say (--all, --run-id, --worker, --name, --stale; one at\n"
            "least), and only what carries pgclone's mark. Open sessions are ended. Prints a line "
            "for each:\n"
            "\"dropped NAME\" or \"kept NAME: reason\".",
        .options = drop_options,
        .reads_settings = true,
        .run = drop_command_run,
    },
    {
        .name = "list",
        .operands = "",
        .summary = "shows the databases that pgclone made",
        .description =
            "Shows worker, name, run, state, sessions, size and time of creation of the\n"
            "project's databases: a table on a terminal, tab-separated otherwise.",
        .options = list_options,
        .formats = list_formats,
        .reads_settings = true,
        .run = list_command_run,
    },
    {
        .name = "url",
        .operands = "[WORKER]",
        .summary = "prints one worker's connection URL, nothing else",
        .description =
            "Prints the URL of the worker that this process belongs to, as the runner's variable\n"
            "says (PYTEST_XDIST_WORKER, JEST_WORKER_ID, …), or of the one that is named. Needs no\n"
            "server. Where PGCLONE_MANIFEST names a manifest, it needs no other setting either.",
        .options = url_options,
        .max_operands = 1,
        .reads_settings = true,
        .run = url_command_run,
    },
    {
        .name = "run",
        .operands = "-- COMMAND [ARGUMENT]...",
        .summary = "creates, runs a command, drops; exits with the command's status",
        .description =
            "Makes the worker databases, runs the command with PGCLONE_URL_<ID>, PGCLONE_RUN_ID,\n"
            "PGCLONE_WORKERS and PGCLONE_MANIFEST in its environment, and drops them, however it\n"
            "ends. \"pgclone url\" in the command prints its worker's URL. Exits with 125 where\n"
            "pgclone itself failed, 126 and 127 where the command could not be started.\n"
            "With --ephemeral it needs no server: it starts one of its own from the installed\n"
            "PostgreSQL programs, on a private socket, and leaves nothing behind.",
        .options = run_options,
        .max_operands = SIZE_MAX,
        .reads_settings = true,
        .failure_code = 125,
        .run = run_command_run,
    },
    {
        .name = "completion",
        .operands = "SHELL",
        .summary = "prints the completion script for bash, zsh or fish",
        .description = "Prints a script to source, for example in ~/.bashrc:\n"
                       "    source <(pgclone completion bash)",
        .options = plain_options,
        .max_operands = 1,
        .run = completion_command_run,
    },
    {
        .name = "help",
        .operands = "[COMMAND]",
        .summary = "explains a command",
        .description = "Shows what \"pgclone COMMAND --help\" shows.",
        .options = plain_options,
        .max_operands = 1,
        .run = help_command_run,
    },
    {.name = NULL},
};

const struct option_row *option_row(enum option_id id)
{
    return &option_rows[id];
}

const struct command *command_find(const char *name)
{
    for (const struct command *command = command_table; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

bool command_unknown(const char *name, struct error *err)
{
    const char *names[sizeof command_table / sizeof command_table[0]] = {NULL};
    size_t count = 0;
    size_t nearest;

    for (; command_table[count].name != NULL; count++)
        names[count] = command_table[count].name;
    nearest = suggest_nearest(name, names, count);
    error_set(err, ERROR_USAGE, "unknown command \"%s\"", name);
    if (nearest < count)
        return error_hint(err, "Did you mean \"%s\"? See \"pgclone --help\".", names[nearest]);
    return error_hint(err, "See \"pgclone --help\"; options stand behind the command.");
}

const char *invocation_value(const struct invocation *invocation, enum option_id id)
{
    const struct strings *values = &invocation->values[id];

    return values->count > 0 ? values->items[values->count - 1] : NULL;
}

void invocation_release(struct invocation *invocation)
{
    settings_release(&invocation->settings);
    for (int id = 0; id < OPTION_COUNT; id++)
        strings_release(&invocation->values[id]);
    strings_release(&invocation->operands);
    *invocation = (struct invocation){0};
}
