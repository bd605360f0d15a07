#include "pgclone/cli/command.h"

#include <stdlib.h>
#include <string.h>

#include "pgclone/base/memory.h"
#include "pgclone/base/strbuf.h"
#include "pgclone/base/suggest.h"
#include "pgclone/settings/parse.h"

const struct command_option option_help = {
    .flag = "help", .short_flag = 'h', .help = "show this text"};
const struct command_option option_version = {.flag = "version", .help = "show the version"};
const struct command_option option_verbose = {
    .flag = "verbose", .short_flag = 'v', .help = "a line per database; twice: each SQL statement"};
const struct command_option option_quiet = {
    .flag = "quiet", .short_flag = 'q', .help = "errors only"};

const struct command_option *const command_common_options[] = {
    &option_help, &option_version, &option_verbose, &option_quiet, NULL};

const struct command_option option_output = {
    .flag = "output",
    .short_flag = 'o',
    .argument = "FILE",
    .help = "write results there (mode 0600), not to standard output",
    .takes_file = true};
const struct command_option option_dry_run = {
    .flag = "dry-run", .help = "show what would be done, and change nothing"};
const struct command_option option_worker = {
    .flag = "worker", .argument = "ID", .help = "this worker's database"};
const struct command_option option_every_project = {
    .flag = "every-project", .help = "not only this project's, but the whole server's"};

const struct command *command_find(const struct command *const *table, const char *name)
{
    for (; *table != NULL; table++)
        if (strcmp((*table)->name, name) == 0)
            return *table;
    return NULL;
}

const char *command_short_name(const struct command *command)
{
    const char *space = strrchr(command->name, ' ');

    return space != NULL ? space + 1 : command->name;
}

size_t command_name_words(const struct command *command)
{
    const char *space = command != NULL ? command->name : NULL;
    size_t words = 0;

    for (; space != NULL; words++)
        space = strchr(space + 1, ' ');
    return words;
}

bool command_is_in_group(const struct command *command, const struct command *group)
{
    const char *rest = command_short_name(command);
    size_t length = group != NULL ? strlen(group->name) + 1 : 0;

    return (size_t)(rest - command->name) == length &&
           (length == 0 || strncmp(command->name, group->name, length - 1) == 0);
}

bool command_hint(const struct command *command, const char *before, struct error *err)
{
    return error_hint(err, "%sSee \"pgclone %s%s--help\".", before,
                      command != NULL ? command->name : "", command != NULL ? " " : "");
}

bool command_unknown(const struct command *const *table, const struct command *group,
                     const char *word, struct error *err)
{
    struct strbuf shown OWNED(strbuf_release) = {0};
    struct strbuf before OWNED(strbuf_release) = {0};
    const char **names;
    size_t count = 0;
    size_t nearest;

    for (const struct command *const *row = table; *row != NULL; row++)
        count++;
    names = memory_new(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = command_is_in_group(table[i], group) ? command_short_name(table[i]) : NULL;
    nearest = suggest_nearest(word, names, count);
    free(names);
    if (nearest < count)
        strbuf_printf(&before, "Did you mean \"%s\"? ", table[nearest]->name);
    if (group != NULL)
        strbuf_printf(&shown, "%s ", group->name);
    parse_add_printable(&shown, word);
    error_set(err, ERROR_USAGE, "unknown command \"%s\"", strbuf_text(&shown));
    return command_hint(group, strbuf_text(&before), err);
}

const struct strings *invocation_values(const struct invocation *invocation,
                                        const struct command_option *option)
{
    static const struct strings none = {0};

    for (size_t i = 0; i < invocation->option_count; i++)
        if (invocation->options[i].option == option)
            return &invocation->options[i].values;
    return &none;
}

bool invocation_has(const struct invocation *invocation, const struct command_option *option)
{
    return invocation_values(invocation, option)->count > 0;
}

const char *invocation_value(const struct invocation *invocation,
                             const struct command_option *option)
{
    const struct strings *values = invocation_values(invocation, option);

    return values->count > 0 ? values->items[values->count - 1] : NULL;
}

bool invocation_load_settings(struct invocation *invocation, struct error *err)
{
    return settings_load(invocation->flags, invocation->flag_count, SETTING_COUNT,
                         &invocation->settings, err);
}

void invocation_release(struct invocation *invocation)
{
    settings_release(&invocation->settings);
    for (size_t i = 0; i < invocation->option_count; i++)
        strings_release(&invocation->options[i].values);
    free(invocation->options);
    free(invocation->flags);
    strings_release(&invocation->operands);
    strings_release(&invocation->secrets);
    *invocation = (struct invocation){0};
}
