/* The command table's types, and what all commands share. */
#ifndef PGCLONE_CLI_COMMAND_H
#define PGCLONE_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/settings/settings.h"

/** The options that are not settings. A command takes those that its row lists. */
enum option_id {
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_VERBOSE,
    OPTION_QUIET,
    OPTION_FORMAT,
    OPTION_OUTPUT,
    OPTION_DRY_RUN,
    OPTION_WORKER,
    OPTION_ALL,
    OPTION_SELECT_NAME,
    OPTION_SELECT_RUN_ID,
    OPTION_STALE,
    OPTION_OLDER_THAN,
    OPTION_EVERY_PROJECT,
    OPTION_HELD,
    OPTION_KEEP,
    OPTION_KEEP_ON_FAILURE,
    OPTION_EPHEMERAL,
    OPTION_POSTGRES_BINDIR,
    OPTION_SQL,
    OPTION_COUNT
};

/** A row of the table of options that are not settings. All strings are static. */
struct option_row {
    const char *flag;
    const char *argument; /**< NULL: takes none */
    const char *help;
    enum setting_id hidden; /**< where `hides_setting`: the setting it stands in place of */
    char short_flag;        /**< or 0 */
    bool hides_setting;
};

const struct option_row *option_row(enum option_id id);

/** A command line, taken apart. */
struct invocation {
    const struct command *command;
    struct settings settings;
    bool given[OPTION_COUNT];
    struct strings values[OPTION_COUNT]; /**< each value of a repeatable option, in order */
    struct strings operands;
    int status; /**< what to exit with where nothing failed: the status of the command that was run
                 */
};

/** A row of the command table. All strings are static. */
struct command {
    const char *name;
    const char *operands;          /**< as the usage line shows them, "" for none */
    const char *summary;           /**< one line */
    const char *description;       /**< a paragraph for --help */
    const enum option_id *options; /**< ended by OPTION_COUNT */
    const char *const *formats;    /**< what --format takes, NULL-terminated, or NULL */
    size_t max_operands;
    int failure_code;    /**< what an error exits with; 0: by its kind (contract, section 8) */
    bool reads_settings; /**< settings_load() is called, and setting flags are taken */
    /** Does it. Results go to standard output; false with `err` set otherwise. */
    bool (*run)(struct invocation *invocation, struct error *err);
};

/** The commands, ended by a row whose name is NULL. */
extern const struct command command_table[];

/** The command of that name, or NULL. */
const struct command *command_find(const char *name);

/** ERROR_USAGE for a command that there is not, with the one that may be meant. */
bool command_unknown(const char *name, struct error *err);

/** Whether the setting has a flag that this command takes. */
bool command_takes_setting(const struct command *command, enum setting_id id);

/** The last value of an option, or NULL. */
const char *invocation_value(const struct invocation *invocation, enum option_id id);

/** Frees everything and leaves it empty. */
void invocation_release(struct invocation *invocation);

#endif
