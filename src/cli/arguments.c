#include "pgclone/cli/arguments.h"

#include <string.h>

void arguments_begin(const struct command *const *table, const struct command *command, int count,
                     char *const words[], struct arguments *out)
{
    flags_collect(table, command, &out->flags);
    out->count = count;
    out->words = words;
    out->at = 1;
    out->naming = command_name_words(command);
}

void arguments_release(struct arguments *arguments)
{
    flags_release(&arguments->flags);
}

/* The value of a flag that takes one is the next word, unless it is attached to the flag's own. */
static void arguments_take_value(struct arguments *arguments, struct argument *out)
{
    if (out->value == NULL && arguments->at < arguments->count)
        out->value = arguments->words[arguments->at++];
    out->kind = out->value != NULL ? ARGUMENT_FLAG : ARGUMENT_NEEDS_VALUE;
}

static void arguments_long(struct arguments *arguments, char *word, struct argument *out)
{
    size_t length = strcspn(word, "=");

    out->name = word;
    out->name_length = (int)length;
    out->value = word[length] == '=' ? word + length + 1 : NULL;
    out->flag = flags_find(&arguments->flags, word, length);
    if (out->flag == NULL)
        out->kind = ARGUMENT_UNKNOWN;
    else if (out->flag->row.argument != NULL)
        arguments_take_value(arguments, out);
    else
        out->kind = out->value != NULL ? ARGUMENT_EXTRA_VALUE : ARGUMENT_FLAG;
}

/* The flag at the beginning of what is left of a cluster. */
static void arguments_short(struct arguments *arguments, char *cluster, struct argument *out)
{
    char *rest = cluster[1] != '\0' ? cluster + 1 : NULL;

    out->name = cluster;
    out->name_length = 1;
    out->is_short = true;
    out->flag = flags_find_short(&arguments->flags, cluster[0]);
    arguments->cluster = NULL;
    out->kind = out->flag != NULL ? ARGUMENT_FLAG : ARGUMENT_UNKNOWN;
    if (out->flag != NULL && out->flag->row.argument != NULL) {
        out->value = rest;
        arguments_take_value(arguments, out);
    } else {
        arguments->cluster = rest;
    }
}

bool arguments_next(struct arguments *arguments, struct argument *out)
{
    char *word;

    *out = (struct argument){.position = arguments->at - 1};
    if (arguments->cluster != NULL) {
        arguments_short(arguments, arguments->cluster, out);
        return true;
    }
    if (!arguments->ended && arguments->at < arguments->count &&
        strcmp(arguments->words[arguments->at], "--") == 0) {
        arguments->ended = true;
        arguments->at++;
    }
    if (arguments->at >= arguments->count)
        return false;
    out->position = arguments->at;
    word = arguments->words[arguments->at++];
    if (arguments->ended || word[0] != '-' || word[1] == '\0') {
        out->kind = arguments->naming > 0 ? ARGUMENT_NAME : ARGUMENT_OPERAND;
        out->value = word;
        arguments->naming -= arguments->naming > 0 ? 1 : 0;
    } else if (word[1] == '-') {
        arguments_long(arguments, word + 2, out);
    } else {
        arguments_short(arguments, word + 1, out);
    }
    return true;
}
