/*
 * Completion scripts, generated from the tables of commands, options and settings. One file per
 * shell writes its script; what they share is here.
 */
#ifndef PGCLONE_CLI_COMPLETION_H
#define PGCLONE_CLI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/base/strbuf.h"
#include "pgclone/cli/command.h"

/** A flag of a command, whether a setting's or an option's. All strings are static. */
struct completion_flag {
    const char *flag; /**< without dashes */
    const char *help;
    const char *argument;     /**< NULL: it takes none */
    const char *const *words; /**< what the argument may be, NULL-terminated; NULL: anything */
    char short_flag;          /**< or 0 */
    bool takes_file;          /**< the argument is a file's path */
};

/** The most flags that a command can have: a setting has up to two. */
#define COMPLETION_FLAG_MAX (2 * SETTING_COUNT + OPTION_COUNT)

/** Fills `flags` with all that the command takes, and gives their number. */
size_t completion_collect(const struct command *command,
                          struct completion_flag flags[COMPLETION_FLAG_MAX]);

/** Adds NULL-terminated words with spaces between them. */
void completion_add_words(struct strbuf *out, const char *const *words);

/** Adds the commands' names with spaces between them. */
void completion_add_command_names(struct strbuf *out);

/** Adds what may stand as the command's operand, with spaces between; nothing where it has none. */
void completion_add_operands(struct strbuf *out, const struct command *command);

/** Adds `text`, with a backslash before each of `specials` and `apostrophe` for each "'". */
void completion_add_quoted(struct strbuf *out, const char *text, const char *specials,
                           const char *apostrophe);

/** The script for bash, 4.0 or newer. */
void completion_bash(struct strbuf *out);

/** The script for zsh, to be sourced or to be found in fpath as `_pgclone`. */
void completion_zsh(struct strbuf *out);

/** The script for fish. */
void completion_fish(struct strbuf *out);

#endif
