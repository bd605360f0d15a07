/* The rows of the command table, and what a command is called with. */
#ifndef PGCLONE_CLI_COMMAND_H
#define PGCLONE_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/error.h"
#include "pgclone/base/strings.h"
#include "pgclone/settings/settings.h"

/** An option that is not a setting. All strings are static. */
struct command_option {
    const char *flag;         /**< without dashes */
    const char *argument;     /**< as help shows it; NULL: the option takes none */
    const char *help;         /**< one line */
    const char *const *words; /**< what the argument may be, NULL-terminated; NULL: anything */
    char short_flag;          /**< or 0 */
    bool takes_file;          /**< the argument is the path of a file or folder */
};

/** The options that every command takes, NULL-terminated. */
extern const struct command_option *const command_common_options[];

extern const struct command_option option_help;
extern const struct command_option option_version;
extern const struct command_option option_verbose;
extern const struct command_option option_quiet;

/** Options that several commands take: those that list them in their rows. */
extern const struct command_option option_output;
extern const struct command_option option_dry_run;
extern const struct command_option option_worker;
extern const struct command_option option_every_project;

/** The headings that `pgclone --help` lists the commands under, in this order. */
enum command_section { SECTION_RUNS, SECTION_DATABASES, SECTION_HELP, SECTION_COUNT };

/** What a command's operands are, for the completion in shells. */
enum command_operands {
    OPERANDS_FREE,     /**< none, or words that only the user knows */
    OPERANDS_WORDS,    /**< one of the row's `operand_words` */
    OPERANDS_COMMANDS, /**< the name of a command of pgclone */
    OPERANDS_PROGRAM,  /**< a program of the user's and its arguments */
};

/** One option of a command line, with its values in their order; "" for each use without one. */
struct given_option {
    const struct command_option *option;
    struct strings values;
};

/** A command line, taken apart. */
struct invocation {
    const struct command *command;
    struct settings_flag *flags; /**< the settings on the command line, in their order */
    size_t flag_count;
    struct given_option *options;
    size_t option_count;
    struct strings operands;  /**< without the command's own name */
    struct strings secrets;   /**< values that were overwritten in the argument list */
    struct settings settings; /**< empty until invocation_load_settings() */
    int status;               /**< what to exit with when the command has not failed */
};

/**
 * A row of the command table. Each file in src/cli/commands defines one, named after the file:
 * `const struct command create_command` in create.c. All strings are static.
 */
struct command {
    const char *name;        /**< a nested one begins with its group: "template build" */
    const char *operands;    /**< as the usage line shows them; NULL: none */
    const char *summary;     /**< one line */
    const char *description; /**< a paragraph for --help */
    enum command_section section;
    unsigned purposes; /**< bits of enum setting_purpose: the settings it takes; 0: none */
    const struct command_option *const *options; /**< its own, NULL-terminated; NULL: none */
    size_t max_operands;
    enum command_operands operand_kind;
    const char *const *operand_words; /**< NULL-terminated, for OPERANDS_WORDS */
    int failure_code; /**< what an error of pgclone's own exits with; 0: by the error's kind */

    /**
     * Does it. Results go to standard output; false with `err` set otherwise. NULL in the row of a
     * group, which has nothing but nested commands.
     */
    bool (*run)(struct invocation *invocation, struct error *err);
};

/** All commands, NULL-terminated, by name. The build makes it from src/cli/commands. */
extern const struct command *const command_table[];

/** The command of that whole name, or NULL. */
const struct command *command_find(const struct command *const *table, const char *name);

/** Whether the command is nested right in `group`; NULL stands for the program itself. */
bool command_is_in_group(const struct command *command, const struct command *group);

/** A command's name without those of its groups. */
const char *command_short_name(const struct command *command);

/** How many words a command's name has; 0 for NULL. */
size_t command_name_words(const struct command *command);

/**
 * Hints at the help of `command` (NULL: of the program), after `before`, sentences of their own or
 * "". Returns false.
 */
bool command_hint(const struct command *command, const char *before, struct error *err);

/** ERROR_USAGE for a word that names no command of `group` (NULL: of the program). */
bool command_unknown(const struct command *const *table, const struct command *group,
                     const char *word, struct error *err);

/** Whether the option was given. */
bool invocation_has(const struct invocation *invocation, const struct command_option *option);

/** All values of an option, in their order. Never NULL; borrowed. */
const struct strings *invocation_values(const struct invocation *invocation,
                                        const struct command_option *option);

/** The last value of an option, or NULL. */
const char *invocation_value(const struct invocation *invocation,
                             const struct command_option *option);

/** Fills `settings` from all sources; errors as in settings_load(). */
bool invocation_load_settings(struct invocation *invocation, struct error *err);

/** Frees everything and leaves it empty. */
void invocation_release(struct invocation *invocation);

#endif
