#include "pgclone/cli/options.h"

#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/suggest.h"
#include "pgclone/cli/arguments.h"
#include "pgclone/settings/parse.h"

/* ------------------------------------------------------------------------------- the command */

/* Whether the line, read by the command's own flags, has the command's name as first operands. */
static bool options_begin_with(const struct command *const *table, const struct command *command,
                               int argc, char *const argv[])
{
    struct arguments arguments OWNED(arguments_release) = {0};
    struct strbuf name OWNED(strbuf_release) = {0};
    struct argument argument;

    arguments_begin(table, command, argc, argv, &arguments);
    while (arguments.naming > 0 && arguments_next(&arguments, &argument))
        if (argument.kind == ARGUMENT_NAME)
            strbuf_printf(&name, "%s%s", name.length > 0 ? " " : "", argument.value);
    return arguments.naming == 0 && strcmp(strbuf_text(&name), command->name) == 0;
}

const struct command *options_command(const struct command *const *table, int argc,
                                      char *const argv[])
{
    const struct command *found = NULL;

    /* A nested command is more than the group that it is in. */
    for (const struct command *const *row = table; *row != NULL; row++)
        if ((found == NULL || strlen((*row)->name) > strlen(found->name)) &&
            options_begin_with(table, *row, argc, argv))
            found = *row;
    return found;
}

/* -------------------------------------------------------------------------------- complaining */

static bool options_refuse(const struct command *command, const struct flags *flags,
                           const struct argument *argument, struct error *err)
{
    struct strbuf name OWNED(strbuf_release) = {0};
    struct strbuf shown OWNED(strbuf_release) = {0};
    struct strbuf before OWNED(strbuf_release) = {0};
    const struct flag *nearest = NULL;

    /* As it was written, but without its value, which may be a password. */
    strbuf_printf(&name, "%s%.*s", argument->is_short ? "-" : "--", argument->name_length,
                  argument->name);
    parse_add_printable(&shown, strbuf_text(&name));
    if (argument->kind == ARGUMENT_UNKNOWN) {
        error_set(err, ERROR_USAGE, "unknown option \"%s\"", strbuf_text(&shown));
        if (!argument->is_short)
            nearest = flags_nearest(flags, strbuf_text(&name) + strlen("--"));
    } else if (!argument->flag->used) {
        error_set(err, ERROR_USAGE, "\"%s\" does not use --%s", command->name,
                  argument->flag->row.flag);
        nearest = flags_nearest(flags, argument->flag->row.flag);
        if (nearest == NULL && command->purposes != 0)
            strbuf_printf(&before, "Leave it out; %s and pgclone.yaml may still set it. ",
                          settings_row(argument->flag->setting)->environment);
    } else {
        error_set(err, ERROR_USAGE, "option \"%s\" %s", strbuf_text(&shown),
                  argument->kind == ARGUMENT_NEEDS_VALUE ? "needs a value" : "takes no value");
    }
    if (nearest != NULL)
        strbuf_printf(&before, "Did you mean \"--%s\"? ", nearest->row.flag);
    return command_hint(command, strbuf_text(&before), err);
}

/* ------------------------------------------------------------------------------------- taking */

/* The argument list is shown to every user of the machine (ps): a copy is kept, and what ps shows
 * is made unreadable. */
static const char *options_hide(struct invocation *invocation, char *value)
{
    strings_add(&invocation->secrets, value);
    memset(value, '*', strlen(value));
    return invocation->secrets.items[invocation->secrets.count - 1];
}

static void options_take_setting(const struct argument *argument, struct invocation *out)
{
    const struct flag *flag = argument->flag;

    out->flags = memory_resize(out->flags, out->flag_count + 1, sizeof *out->flags);
    out->flags[out->flag_count++] = (struct settings_flag){
        .id = flag->setting,
        .negative = flag->negative,
        .value =
            flag->setting == SETTING_SERVER ? options_hide(out, argument->value) : argument->value,
    };
}

static bool options_take_option(const struct argument *argument, struct invocation *out,
                                struct error *err)
{
    const struct flag *flag = argument->flag;
    const struct setting choice = {.choices = flag->row.words};
    size_t i = 0;
    int index;

    if (flag->row.words != NULL && !parse_choice(&choice, argument->value, &index, err)) {
        error_prefix(err, "--%s: ", flag->row.flag);
        return command_hint(out->command, "", err);
    }
    while (i < out->option_count && out->options[i].option != flag->option)
        i++;
    if (i == out->option_count) {
        out->options = memory_resize(out->options, i + 1, sizeof *out->options);
        out->options[i] = (struct given_option){.option = flag->option};
        out->option_count++;
    }
    strings_add(&out->options[i].values, argument->value != NULL ? argument->value : "");
    return true;
}

static bool options_take(const struct flags *flags, const struct argument *argument,
                         struct invocation *out, struct error *err)
{
    if (argument->kind == ARGUMENT_NAME)
        return true;
    if (argument->kind == ARGUMENT_OPERAND)
        strings_add(&out->operands, argument->value);
    else if (argument->kind != ARGUMENT_FLAG || !argument->flag->used)
        return options_refuse(out->command, flags, argument, err);
    else if (argument->flag->option != NULL)
        return options_take_option(argument, out, err);
    else
        options_take_setting(argument, out);
    return true;
}

/* ----------------------------------------------------------------------------------- the whole */

static bool options_check(const struct command *const *table, const struct invocation *invocation,
                          struct error *err)
{
    const struct command *command = invocation->command;
    const struct strings *operands = &invocation->operands;
    struct strbuf shown OWNED(strbuf_release) = {0};

    if (invocation_has(invocation, &option_help) || invocation_has(invocation, &option_version))
        return true;
    if (command == NULL || command->run == NULL) {
        if (operands->count > 0)
            return command_unknown(table, command, operands->items[0], err);
        error_set(err, ERROR_USAGE, "no command is given");
        return command_hint(command, "", err);
    }
    if (operands->count <= command->max_operands)
        return true;
    parse_add_printable(&shown, operands->items[command->max_operands]);
    error_set(err, ERROR_USAGE, "unexpected argument \"%s\"", strbuf_text(&shown));
    return command_hint(command, "", err);
}

bool options_parse(const struct command *const *table, const struct command *command, int argc,
                   char *const argv[], struct invocation *out, struct error *err)
{
    struct arguments arguments OWNED(arguments_release) = {0};
    struct invocation invocation OWNED(invocation_release) = {.command = command};
    struct argument argument;

    arguments_begin(table, command, argc, argv, &arguments);
    while (arguments_next(&arguments, &argument))
        if (!options_take(&arguments.flags, &argument, &invocation, err))
            return false;
    if (!options_check(table, &invocation, err))
        return false;
    *out = invocation;
    invocation = (struct invocation){0};
    return true;
}
