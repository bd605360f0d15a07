#include "pgclone/cli/help.h"

#include <string.h>

#include "pgclone/cli/commands.h"
#include "pgclone/report/output.h"

/* Where the explanations begin; a longer flag pushes its own to the next line. */
static const size_t flag_column = 32;

static void help_add_row(struct strbuf *out, const struct strbuf *flags, const char *text)
{
    strbuf_add(out, strbuf_text(flags));
    if (flags->length + 2 > flag_column)
        strbuf_printf(out, "\n%*s", (int)flag_column, "");
    else
        strbuf_printf(out, "%*s", (int)(flag_column - flags->length), "");
    strbuf_printf(out, "%s\n", text);
}

static void help_add_flag(struct strbuf *out, char short_flag, const char *flag,
                          const char *argument)
{
    if (short_flag != 0)
        strbuf_printf(out, "  -%c, --%s", short_flag, flag);
    else
        strbuf_printf(out, "      --%s", flag);
    if (argument != NULL)
        strbuf_printf(out, " %s", argument);
}

static void help_add_options(const struct command *command, struct strbuf *out)
{
    strbuf_add(out, "\nOptions:\n");
    for (const enum option_id *option = command->options; *option != OPTION_COUNT; option++) {
        const struct option_row *row = option_row(*option);
        struct strbuf flags OWNED(strbuf_release) = {0};
        struct strbuf text OWNED(strbuf_release) = {0};

        help_add_flag(&flags, row->short_flag, row->flag, row->argument);
        strbuf_add(&text, row->help);
        for (size_t i = 0; *option == OPTION_FORMAT && command->formats[i] != NULL; i++)
            strbuf_printf(&text, "%s%s", i == 0 ? ": " : ", ", command->formats[i]);
        help_add_row(out, &flags, text.data);
    }
}

static void help_add_setting(const struct setting *row, struct strbuf *out)
{
    struct strbuf flags OWNED(strbuf_release) = {0};
    struct strbuf source OWNED(strbuf_release) = {0};

    help_add_flag(&flags, row->short_flag, row->flag, row->argument);
    if (row->negative_flag != NULL)
        strbuf_printf(&flags, ", --%s", row->negative_flag);
    help_add_row(out, &flags, row->help);
    strbuf_printf(&source, "[%s", row->environment);
    if (row->key != NULL)
        strbuf_printf(&source, ", %s", row->key);
    strbuf_printf(&source, "; default: %s]", row->default_text);
    strbuf_printf(out, "%*s%s\n", (int)flag_column, "", source.data);
}

static void help_add_settings(const struct command *command, struct strbuf *out)
{
    strbuf_add(out, "\nSettings, by flag, environment variable or key in pgclone.yaml, the first\n"
                    "of these that is set:\n");
    for (int id = 0; id < SETTING_COUNT; id++)
        if (command_takes_setting(command, (enum setting_id)id))
            help_add_setting(settings_row((enum setting_id)id), out);
}

static bool help_print(const struct strbuf *text, struct error *err)
{
    struct output output OWNED(output_release) = {0};

    return output_open(NULL, &output, err) && output_write(&output, text, err);
}

bool help_print_command(const struct command *command, struct error *err)
{
    struct strbuf out OWNED(strbuf_release) = {0};

    strbuf_printf(&out, "Usage: pgclone %s [OPTION]...%s%s\n\n%s\n", command->name,
                  command->operands[0] != '\0' ? " " : "", command->operands, command->description);
    help_add_options(command, &out);
    if (command->reads_settings)
        help_add_settings(command, &out);
    strbuf_add(&out, "\nSee pgclone(1) for more.\n");
    return help_print(&out, err);
}

bool help_print_overview(struct error *err)
{
    struct strbuf out OWNED(strbuf_release) = {0};

    strbuf_add(&out, "Usage: pgclone COMMAND [OPTION]...\n\n"
                     "Gives every worker of a parallel test run its own PostgreSQL database.\n\n"
                     "Commands:\n");
    for (const struct command *command = command_table; command->name != NULL; command++)
        strbuf_printf(&out, "  %-12s%s\n", command->name, command->summary);
    strbuf_add(&out,
               "\n\"pgclone COMMAND --help\" explains each, with its options and settings.\n");
    return help_print(&out, err);
}

bool help_print_version(struct error *err)
{
    struct strbuf out OWNED(strbuf_release) = {0};

    strbuf_add(&out, "pgclone " PGCLONE_VERSION "\n");
    return help_print(&out, err);
}

bool help_command_run(struct invocation *invocation, struct error *err)
{
    const struct command *command;
    const char *name;

    if (invocation->operands.count == 0)
        return help_print_overview(err);
    name = invocation->operands.items[0];
    command = command_find(name);
    return command != NULL ? help_print_command(command, err) : command_unknown(name, err);
}
