#include "pgclone/cli/completion.h"

static void completion_fish_flag(struct strbuf *out, const char *command,
                                 const struct completion_flag *flag)
{
    strbuf_printf(out, "complete -c pgclone -n '__fish_seen_subcommand_from %s' -l %s", command,
                  flag->flag);
    if (flag->short_flag != '\0')
        strbuf_printf(out, " -s %c", flag->short_flag);
    if (flag->takes_file)
        strbuf_add(out, " -r -F");
    else if (flag->argument != NULL)
        strbuf_add(out, " -x");
    if (flag->words != NULL) {
        strbuf_add(out, " -a '");
        completion_add_words(out, flag->words);
        strbuf_add_char(out, '\'');
    }
    strbuf_add(out, " -d '");
    completion_add_quoted(out, flag->help, "\\", "\\'");
    strbuf_add(out, "'\n");
}

static void completion_fish_command(struct strbuf *out, const struct command *command)
{
    struct completion_flag flags[COMPLETION_FLAG_MAX];
    struct strbuf operands OWNED(strbuf_release) = {0};
    size_t count = completion_collect(command, flags);

    strbuf_printf(out, "complete -c pgclone -n __fish_use_subcommand -a %s -d '", command->name);
    completion_add_quoted(out, command->summary, "\\", "\\'");
    strbuf_add(out, "'\n");
    for (size_t i = 0; i < count; i++)
        completion_fish_flag(out, command->name, &flags[i]);
    completion_add_operands(&operands, command);
    if (operands.length > 0)
        strbuf_printf(out, "complete -c pgclone -n '__fish_seen_subcommand_from %s' -a '%s'\n",
                      command->name, strbuf_text(&operands));
}

void completion_fish(struct strbuf *out)
{
    strbuf_add(out, "# fish completion for pgclone: pgclone completion fish | source\n"
                    "complete -c pgclone -f\n"
                    "complete -c pgclone -n __fish_use_subcommand -s h -l help -d 'show help'\n"
                    "complete -c pgclone -n __fish_use_subcommand -l version"
                    " -d 'show the version'\n");
    for (const struct command *command = command_table; command->name != NULL; command++)
        completion_fish_command(out, command);
}
