/*
 * The settings: one table with a row per setting, and everything is read from that table: the YAML
 * key, the environment variable, the flag, the parser, the default, the help line, the man page
 * check and the shell completion. Precedence: flag, environment, YAML, default.
 */
#ifndef PGCLONE_SETTINGS_SETTINGS_H
#define PGCLONE_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/settings/runner.h"

enum setting_id {
    SETTING_CONFIG,
    SETTING_SERVER,
    SETTING_MAINTENANCE_DATABASE,
    SETTING_PROJECT,
    SETTING_WORKERS,
    SETTING_RUNNER,
    SETTING_CREATE_DATABASE,
    SETTING_EXTERNAL_SCHEMA,
    SETTING_TEMPLATE,
    SETTING_NAME,
    SETTING_RUN_ID,
    SETTING_OWNER,
    SETTING_GRANT_TO,
    SETTING_STRATEGY,
    SETTING_JOBS,
    SETTING_EXISTING,
    SETTING_WAIT,
    SETTING_DISCONNECT_TEMPLATE,
    SETTING_SPARES,
    SETTING_RESET,
    SETTING_OVERLAP,
    SETTING_BUILD,
    SETTING_COUNT
};

/**
 * What settings are for, as bits. A command says which purposes it has, and takes the settings that
 * serve one of them: so the settings know no command, and a new command changes nothing here.
 */
enum setting_purpose {
    PURPOSE_PROJECT = 1 << 0,  /**< which server, template and project are meant */
    PURPOSE_NAMES = 1 << 1,    /**< which workers there are, and what their databases are called */
    PURPOSE_CONNECT = 1 << 2,  /**< reaching the server */
    PURPOSE_WORK = 1 << 3,     /**< working on many databases at once */
    PURPOSE_MAKE = 1 << 4,     /**< how databases are made */
    PURPOSE_HAND_OUT = 1 << 5, /**< handing out copies on request */
    PURPOSE_RUN = 1 << 6,      /**< running a command */
    PURPOSE_ALL = (1 << 7) - 1,
};

/** `spares: auto`: as many as requests turn out to need. */
enum { SPARES_AUTO = -1 };

/** How CREATE DATABASE copies the template. */
enum strategy { STRATEGY_AUTO, STRATEGY_WAL_LOG, STRATEGY_FILE_COPY, STRATEGY_CLONE };

/** What to do with a database of ours that is there already. */
enum existing { EXISTING_REPLACE, EXISTING_KEEP, EXISTING_FAIL };

/** How a database becomes pristine again: replaced by another copy, or its changes undone. */
enum reset_mode { RESET_SWAP, RESET_UNDO };

/** Where a value came from; later ones win. */
enum origin_kind { ORIGIN_DEFAULT, ORIGIN_YAML, ORIGIN_ENVIRONMENT, ORIGIN_FLAG };

struct origin {
    enum origin_kind kind;
    int line;         /**< line in the YAML file, from 1; 0 for the others */
    const char *flag; /**< the flag's name without dashes, "no-create" say; static, or NULL */
};

/** The YAML key `build`: how a template is made from files and a command. */
struct settings_build {
    struct strings sql;     /**< files */
    struct strings inputs;  /**< files and folders */
    struct strings command; /**< an argument list, or one shell string */
    bool command_is_shell;  /**< `command` holds one string for the shell */
};

/** All settings with their values. Strings are owned; NULL means: not set. */
struct settings {
    char *config; /**< the YAML file that was read, or NULL when there was none */
    char *server;
    char *maintenance_database; /**< never NULL */
    char *project;
    int workers; /**< at least 1: `auto` is already counted */
    const struct runner *runner;
    bool create_database;
    bool external_schema; /**< implied by a template of a source higher than its own */
    char *template_name;  /**< may be "": guard G1 refuses that */
    char *name;           /**< the pattern */
    char *run_id;
    char *owner;
    char *grant_to;
    enum strategy strategy;
    int jobs; /**< 0 means auto */
    enum existing existing;
    int wait_s;
    bool disconnect_template;
    bool overlap; /**< the command of a run starts while its databases are being made */
    int spares;   /**< SPARES_AUTO, or how many copies are kept ready */
    enum reset_mode reset;
    struct settings_build build;
    struct origin origin[SETTING_COUNT];
    char *given[SETTING_COUNT]; /**< the values as they were given; NULL: the default holds */
};

/** One row of the table. All strings are static. */
struct setting {
    const char *key;            /**< YAML key; NULL for `config` */
    const char *environment;    /**< variable; NULL for `build` */
    const char *flag;           /**< long flag without dashes; NULL for `build` */
    const char *negative_flag;  /**< "no-create"; only for those that have one */
    const char *argument;       /**< the flag's argument as help shows it; NULL: it takes none */
    const char *default_value;  /**< goes through `parse`; NULL: not set */
    const char *default_text;   /**< what help shows in place of a value that is NULL */
    const char *help;           /**< one line */
    const char *const *choices; /**< NULL-terminated words for help and completion, or NULL */

    /**
     * The parser that every value goes through (parse.h), whichever its source; NULL for `build`.
     * `field` is the setting's member of struct settings, `offset` bytes from its start.
     */
    bool (*parse)(const struct setting *row, const char *value, void *field, struct error *err);
    size_t offset;
    int (*automatic)(void); /**< numbers: what `auto` stands for; NULL: it is no value */
    unsigned purposes;      /**< bits of enum setting_purpose */
    int minimum;            /**< numbers: the least */
    int maximum;            /**< numbers: the greatest */
    char short_flag;        /**< 'w', or 0 */
    bool may_be_empty;      /**< an empty value is a value */
};

/** A flag as it stood on the command line. */
struct settings_flag {
    enum setting_id id;
    bool negative;     /**< spelled as `negative_flag` */
    const char *value; /**< borrowed; NULL for flags without an argument */
};

/** The row of a setting. */
const struct setting *settings_row(enum setting_id id);

/**
 * Reads YAML, environment and flags (in that order of precedence, lowest first) into `out`.
 * Mistakes in the values of all sources are found before this returns: the error's message has a
 * line for each, `pgclone.yaml:7: workers: …`, `PGCLONE_WORKERS: …` or `--workers: …`, and is
 * ERROR_USAGE. Of a YAML file whose form is wrong the first mistake is told in place of its values.
 * Where one setting alone is `wanted`, and not all (SETTING_COUNT), only mistakes in its values
 * matter, and a YAML file that cannot be read counts as empty. `out` must be empty (all zero) and
 * is untouched on failure.
 */
bool settings_load(const struct settings_flag *flags, size_t flag_count, enum setting_id wanted,
                   struct settings *out, struct error *err);

/** Adds the settings that are not the default, as `NAME=value` of their environment variables, and
 * the settings file that was read, by its whole path: for a command whose own calls of the program
 * are to mean the same server and project. */
void settings_environment(const struct settings *settings, struct strings *out);

/** The name of a strategy as it is written in settings and output. */
const char *settings_strategy_name(enum strategy strategy);

/**
 * Where a setting's value came from, for messages: "pgclone.yaml:7: template",
 * "PGCLONE_TEMPLATE", "--template"; for a default "--template", so that the message says what to
 * set. The caller frees it.
 */
char *settings_origin_text(const struct settings *settings, enum setting_id id);

/** Frees everything and leaves it empty. */
void settings_release(struct settings *settings);

#endif
