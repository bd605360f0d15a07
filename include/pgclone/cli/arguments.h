/*
 * The words of a command line, one by one: `--flag value` and `--flag=value`, clusters of short
 * flags (-vv, -w4, -w 4), operands anywhere, and `--`, behind which all words are operands. Flags
 * are not abbreviated.
 */
#ifndef PGCLONE_CLI_ARGUMENTS_H
#define PGCLONE_CLI_ARGUMENTS_H

#include <stdbool.h>

#include "pgclone/cli/flags.h"

/** Begin with `{.flags = …, .count = …, .words = …, .at = 1}`; the rest is arguments_next()'s. */
struct arguments {
    const struct flags *flags; /**< the flags to read by */
    int count;
    char *const *words;
    int at;        /**< the next word */
    char *cluster; /**< the rest of a cluster of short flags, or NULL */
    bool ended;    /**< `--` was read: only operands are left */
};

enum argument_kind {
    ARGUMENT_OPERAND,
    ARGUMENT_FLAG,
    ARGUMENT_UNKNOWN,     /**< a flag that is not in the list */
    ARGUMENT_NEEDS_VALUE, /**< a flag without the value that it takes: the last word */
    ARGUMENT_EXTRA_VALUE, /**< a flag with a value that it does not take */
};

/** One flag with its value, or one operand. Borrows from the words and the list of flags. */
struct argument {
    enum argument_kind kind;
    const struct flag *flag; /**< for a known flag */
    char *value;             /**< of the flag, or NULL; the operand */
    const char *name;        /**< a flag's name as it was written, without dashes */
    int name_length;         /**< bytes */
    bool is_short;           /**< it was written with one dash */
    int position;            /**< of the word that it stands in */
};

/** Reads on; false at the end. */
bool arguments_next(struct arguments *arguments, struct argument *out);

#endif
