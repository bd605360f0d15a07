/* The flags of a command: its options' and its settings', in one list. */
#ifndef PGCLONE_CLI_FLAGS_H
#define PGCLONE_CLI_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "pgclone/cli/command.h"

/** One flag. */
struct flag {
    struct command_option row;           /**< the option's, or a setting's in the same form */
    const struct command_option *option; /**< NULL: it is a setting's */
    enum setting_id setting;
    bool negative; /**< the setting's `negative_flag` */
    bool used;     /**< false for a setting that the command has no use for */
};

struct flags {
    struct flag *items;
    size_t count;
};

/**
 * Lists the command's own options, the common ones, and all settings, of which those that it does
 * not use are marked: so it is known that they take an argument, and what is wrong can be said.
 * With NULL for the command: the options of all commands, and all settings. `out` must be empty.
 */
void flags_collect(const struct command *const *table, const struct command *command,
                   struct flags *out);

/** The first flag with the `length` bytes at `name` as its name, or NULL. */
const struct flag *flags_find(const struct flags *flags, const char *name, size_t length);

/** The first flag with that short form, or NULL. */
const struct flag *flags_find_short(const struct flags *flags, char short_flag);

/** The used flag that may be meant by a name that is none: abbreviated, or misspelt; or NULL. */
const struct flag *flags_nearest(const struct flags *flags, const char *name);

/** Frees everything and leaves it empty. */
void flags_release(struct flags *flags);

#endif
