#include "pgclone/cli/completion.h"

#include <string.h>

#include "pgclone/cli/commands.h"
#include "pgclone/report/output.h"

static const char *const automatic_words[] = {"auto", NULL};
static const char *const shell_names[] = {"bash", "zsh", "fish", NULL};

/* In the order of the names. */
static void (*const shell_writers[])(struct strbuf *out) = {
    completion_bash,
    completion_zsh,
    completion_fish,
};

static size_t completion_add_settings(const struct command *command, struct completion_flag *flags)
{
    size_t count = 0;

    for (enum setting_id id = 0; id < SETTING_COUNT; id++) {
        const struct setting *row = settings_row(id);

        if (!command_takes_setting(command, id))
            continue;
        flags[count] = (struct completion_flag){.flag = row->flag,
                                                .help = row->help,
                                                .argument = row->argument,
                                                .words = row->choices,
                                                .short_flag = row->short_flag,
                                                .takes_file = id == SETTING_CONFIG};
        if (row->automatic != NULL)
            flags[count].words = automatic_words;
        count++;
        if (row->negative_flag != NULL)
            flags[count++] =
                (struct completion_flag){.flag = row->negative_flag, .help = row->help};
    }
    return count;
}

size_t completion_collect(const struct command *command,
                          struct completion_flag flags[COMPLETION_FLAG_MAX])
{
    size_t count = command->reads_settings ? completion_add_settings(command, flags) : 0;

    for (const enum option_id *id = command->options; *id != OPTION_COUNT; id++) {
        const struct option_row *row = option_row(*id);

        flags[count++] =
            (struct completion_flag){.flag = row->flag,
                                     .help = row->help,
                                     .argument = row->argument,
                                     .words = *id == OPTION_FORMAT ? command->formats : NULL,
                                     .short_flag = row->short_flag,
                                     .takes_file = *id == OPTION_OUTPUT};
    }
    return count;
}

void completion_add_words(struct strbuf *out, const char *const *words)
{
    for (size_t i = 0; words[i] != NULL; i++)
        strbuf_printf(out, "%s%s", i > 0 ? " " : "", words[i]);
}

void completion_add_command_names(struct strbuf *out)
{
    for (const struct command *command = command_table; command->name != NULL; command++)
        strbuf_printf(out, "%s%s", command > command_table ? " " : "", command->name);
}

/* What may stand as operand, by what the usage line calls it. */
void completion_add_operands(struct strbuf *out, const struct command *command)
{
    if (strstr(command->operands, "SHELL") != NULL)
        completion_add_words(out, shell_names);
    else if (strstr(command->operands, "COMMAND") != NULL)
        completion_add_command_names(out);
}

void completion_add_quoted(struct strbuf *out, const char *text, const char *specials,
                           const char *apostrophe)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            strbuf_add(out, apostrophe);
            continue;
        }
        if (strchr(specials, *text) != NULL)
            strbuf_add_char(out, '\\');
        strbuf_add_char(out, *text);
    }
}

bool completion_command_run(struct invocation *invocation, struct error *err)
{
    struct output output OWNED(output_release) = {0};
    struct strbuf script OWNED(strbuf_release) = {0};
    const char *shell;

    if (invocation->operands.count == 0)
        return error_set(err, ERROR_USAGE, "completion needs a shell: bash, zsh or fish");
    shell = invocation->operands.items[0];
    for (size_t i = 0; shell_names[i] != NULL; i++) {
        if (strcmp(shell, shell_names[i]) != 0)
            continue;
        shell_writers[i](&script);
        return output_open(NULL, &output, err) && output_write(&output, &script, err);
    }
    return error_set(err, ERROR_USAGE, "no completion for \"%s\": it is bash, zsh or fish", shell);
}
