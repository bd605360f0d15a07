/*
 * The words of a command line, one by one: `--flag value` and `--flag=value`, clusters of short
 * flags (-vv, -w4, -w 4), operands anywhere, and `--`, behind which all words are operands. Flags
 * are not abbreviated.
 */
#ifndef PGCLONE_CLI_ARGUMENTS_H
#define PGCLONE_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/cli/flags.h"

/** A line that is read by the flags of a command. */
struct arguments {
    struct flags flags;
    int count;
    char *const *words;
    int at;        /**< the next word */
    size_t naming; /**< how many of the operands to come are the command's name */
    char *cluster; /**< the rest of a cluster of short flags, or NULL */
    bool ended;    /**< `--` was read: only operands are left */
};

enum argument_kind {
    ARGUMENT_NAME, /**< an operand that is a word of the command's name */
    ARGUMENT_OPERAND,
    ARGUMENT_FLAG,
    ARGUMENT_UNKNOWN,     /**< a flag that is not in the list */
    ARGUMENT_NEEDS_VALUE, /**< a flag without the value that it takes: the last word */
    ARGUMENT_EXTRA_VALUE, /**< a flag with a value that it does not take */
};

/** One flag with its value, or one operand. */
struct argument {
    enum argument_kind kind;
    const struct flag *flag; /**< for a known flag */
    char *value;             /**< of the flag, or NULL; the name or operand */
    const char *name;        /**< a flag's name as it was written, without dashes */
    int name_length;         /**< bytes */
    bool is_short;           /**< it was written with one dash */
    int position;            /**< of the word that it stands in */
};

/**
 * Begins to read `words`, of which the first is the program, by the flags of `command`, or with
 * NULL by those of all commands. Borrows from `words`; `out` must be empty.
 */
void arguments_begin(const struct command *const *table, const struct command *command, int count,
                     char *const words[], struct arguments *out);

/** Reads on; false at the end. Borrows from `arguments`. */
bool arguments_next(struct arguments *arguments, struct argument *out);

/** Frees everything and leaves it empty. */
void arguments_release(struct arguments *arguments);

#endif
