#include "pgclone/cli/help.h"

#include "pgclone/cli/flags.h"
#include "pgclone/report/output.h"

static const char *const section_headings[SECTION_COUNT] = {
    [SECTION_RUNS] = "Test runs",
    [SECTION_DATABASES] = "Databases",
    [SECTION_HELP] = "Help",
};

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

static void help_add_options(const struct flags *flags, struct strbuf *out)
{
    strbuf_add(out, "\nOptions:\n");
    for (size_t i = 0; i < flags->count && flags->items[i].option != NULL; i++) {
        const struct flag *flag = &flags->items[i];
        struct strbuf left OWNED(strbuf_release) = {0};
        struct strbuf text OWNED(strbuf_release) = {0};

        help_add_flag(&left, flag->short_flag, flag->name, flag->argument);
        strbuf_add(&text, flag->help);
        for (size_t j = 0; flag->words != NULL && flag->words[j] != NULL; j++)
            strbuf_printf(&text, "%s%s", j == 0 ? ": " : ", ", flag->words[j]);
        help_add_row(out, &left, strbuf_text(&text));
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
    strbuf_printf(&source, "; default: %s]",
                  row->default_value != NULL ? row->default_value : row->default_text);
    strbuf_printf(out, "%*s%s\n", (int)flag_column, "", source.data);
}

static void help_add_settings(const struct flags *flags, struct strbuf *out)
{
    strbuf_add(out, "\nSettings, by flag, environment variable or key in pgclone.yaml, the first\n"
                    "of these that is set:\n");
    for (size_t i = 0; i < flags->count; i++)
        if (flags->items[i].option == NULL && flags->items[i].used && !flags->items[i].negative)
            help_add_setting(settings_row(flags->items[i].setting), out);
}

/* The commands of one section, or with SECTION_COUNT of all; `heading` is NULL once it stands. */
static void help_add_commands(const struct command *const *table, const struct command *group,
                              enum command_section section, const char *heading, struct strbuf *out)
{
    for (; *table != NULL; table++) {
        if (!command_is_in_group(*table, group) ||
            (section != SECTION_COUNT && (*table)->section != section))
            continue;
        if (heading != NULL)
            strbuf_printf(out, "\n%s:\n", heading);
        heading = NULL;
        strbuf_printf(out, "  %-12s%s\n", command_short_name(*table), (*table)->summary);
    }
}

static void help_add_overview(const struct command *const *table, struct strbuf *out)
{
    strbuf_add(out, "Usage: pgclone COMMAND [OPTION]...\n\n"
                    "Gives every worker of a parallel test run its own PostgreSQL database.\n");
    for (enum command_section section = 0; section < SECTION_COUNT; section++)
        help_add_commands(table, NULL, section, section_headings[section], out);
    strbuf_add(out, "\n\"pgclone COMMAND --help\" explains each, with its options and settings.\n");
}

void help_add(const struct command *const *table, const struct command *command, struct strbuf *out)
{
    struct flags flags OWNED(flags_release) = {0};

    if (command == NULL) {
        help_add_overview(table, out);
        return;
    }
    strbuf_printf(out, "Usage: pgclone %s%s [OPTION]...%s%s\n\n%s\n", command->name,
                  command->run == NULL ? " COMMAND" : "", command->operands != NULL ? " " : "",
                  command->operands != NULL ? command->operands : "", command->description);
    help_add_commands(table, command, SECTION_COUNT, "Commands", out);
    flags_collect(table, command, &flags);
    help_add_options(&flags, out);
    if (command->purposes != 0)
        help_add_settings(&flags, out);
    strbuf_add(out, "\nSee pgclone(1) for more.\n");
}

static bool help_write(const struct strbuf *text, struct error *err)
{
    struct output output OWNED(output_release) = {0};

    return output_open(NULL, &output, err) && output_write(&output, text, err);
}

bool help_print(const struct command *command, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    help_add(command_table, command, &text);
    return help_write(&text, err);
}

bool help_print_version(struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_add(&text, "pgclone " PGCLONE_VERSION "\n");
    return help_write(&text, err);
}
