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

/* Adds the values that a setting takes, where not any text is one. */
static void help_add_values(const struct setting *setting, struct strbuf *out)
{
    for (size_t i = 0; setting->choices != NULL && setting->choices[i] != NULL; i++)
        strbuf_printf(out, "%s%s", i == 0 ? "; " : ", ", setting->choices[i]);
    if (setting->maximum > 0)
        strbuf_printf(out, "; %d to %d", setting->minimum, setting->maximum);
}

/* Adds a setting's other sources, its values and its default, on a line of their own. */
static void help_add_sources(const struct setting *setting, struct strbuf *out)
{
    strbuf_printf(out, "\n%*s[%s%s%s", (int)flag_column, "", setting->environment,
                  setting->key != NULL ? ", " : "", setting->key != NULL ? setting->key : "");
    help_add_values(setting, out);
    strbuf_printf(out, "; default: %s]",
                  setting->default_value != NULL ? setting->default_value : setting->default_text);
}

/* Adds the flag and what it is for: an option with its words, a setting with its other sources. */
static void help_add_flag(const struct flag *flag, struct strbuf *out)
{
    const struct command_option *row = &flag->row;
    const struct setting *setting = settings_row(flag->setting);
    size_t before = out->length;

    if (row->short_flag != 0)
        strbuf_printf(out, "  -%c, --%s", row->short_flag, row->flag);
    else
        strbuf_printf(out, "      --%s", row->flag);
    if (row->argument != NULL)
        strbuf_printf(out, " %s", row->argument);
    if (flag->option == NULL && setting->negative_flag != NULL)
        strbuf_printf(out, ", --%s", setting->negative_flag);
    if (out->length - before + 2 > flag_column) {
        strbuf_add_char(out, '\n');
        before = out->length;
    }
    strbuf_printf(out, "%*s%s", (int)(before + flag_column - out->length), "", row->help);
    if (flag->option == NULL)
        help_add_sources(setting, out);
    for (size_t i = 0; flag->option != NULL && row->words != NULL && row->words[i] != NULL; i++)
        strbuf_printf(out, "%s%s", i == 0 ? ": " : ", ", row->words[i]);
    strbuf_add_char(out, '\n');
}

/* Adds the settings that are used, or the options. */
static void help_add_flags(const struct flags *flags, bool settings, struct strbuf *out)
{
    for (size_t i = 0; i < flags->count; i++) {
        const struct flag *flag = &flags->items[i];

        if (flag->used && !flag->negative && (flag->option == NULL) == settings)
            help_add_flag(flag, out);
    }
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
    strbuf_add(out, "\nOptions:\n");
    help_add_flags(&flags, false, out);
    if (command->purposes != 0) {
        strbuf_add(out,
                   "\nSettings, by flag, environment variable or key in pgclone.yaml, the first\n"
                   "of these that is set:\n");
        help_add_flags(&flags, true, out);
    }
    strbuf_add(out, "\nSee pgclone(1) for more.\n");
}

bool help_print(const struct command *command, struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    help_add(command_table, command, &text);
    return output_print(&text, err);
}

bool help_print_version(struct error *err)
{
    struct strbuf text OWNED(strbuf_release) = {0};

    strbuf_add(&text, "pgclone " PGCLONE_VERSION "\n");
    return output_print(&text, err);
}
