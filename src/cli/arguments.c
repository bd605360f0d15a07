#include "pgclone/cli/arguments.h"

#include <string.h>

/* `attached` is what stands behind "=" or, in a cluster, behind the short flag; NULL: nothing. */
static void arguments_take_value(struct arguments *arguments, char *attached, struct argument *out)
{
    out->kind = ARGUMENT_FLAG;
    if (attached != NULL)
        out->value = attached;
    else if (arguments->at < arguments->count)
        out->value = arguments->words[arguments->at++];
    else
        out->kind = ARGUMENT_NEEDS_VALUE;
}

static void arguments_long(struct arguments *arguments, char *word, struct argument *out)
{
    size_t length = strcspn(word, "=");
    char *attached = word[length] == '=' ? word + length + 1 : NULL;

    out->name = word;
    out->name_length = (int)length;
    out->flag = flags_find(arguments->flags, word, length);
    if (out->flag == NULL)
        out->kind = ARGUMENT_UNKNOWN;
    else if (out->flag->argument != NULL)
        arguments_take_value(arguments, attached, out);
    else
        out->kind = attached != NULL ? ARGUMENT_EXTRA_VALUE : ARGUMENT_FLAG;
}

/* The flag at the beginning of what is left of a cluster. */
static void arguments_short(struct arguments *arguments, char *cluster, struct argument *out)
{
    char *rest = cluster[1] != '\0' ? cluster + 1 : NULL;

    out->name = cluster;
    out->name_length = 1;
    out->is_short = true;
    out->flag = flags_find_short(arguments->flags, cluster[0]);
    arguments->cluster = NULL;
    if (out->flag != NULL && out->flag->argument != NULL) {
        arguments_take_value(arguments, rest, out);
        return;
    }
    out->kind = out->flag != NULL ? ARGUMENT_FLAG : ARGUMENT_UNKNOWN;
    arguments->cluster = rest;
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
        out->kind = ARGUMENT_OPERAND;
        out->value = word;
    } else if (word[1] == '-') {
        arguments_long(arguments, word + 2, out);
    } else {
        arguments_short(arguments, word + 1, out);
    }
    return true;
}
