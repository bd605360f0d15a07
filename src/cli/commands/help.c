#include "pgclone/cli/help.h"

#include <stdint.h>

static bool help_run(struct invocation *invocation, struct error *err)
{
    const struct strings *words = &invocation->operands;
    const struct command *command = NULL;
    struct strbuf name OWNED(strbuf_release) = {0};

    for (size_t i = 0; i < words->count; i++) {
        const struct command *group = command;

        strbuf_printf(&name, "%s%s", i > 0 ? " " : "", words->items[i]);
        command = command_find(command_table, strbuf_text(&name));
        if (command == NULL)
            return command_unknown(command_table, group, words->items[i], err);
    }
    return help_print(command, err);
}

const struct command help_command = {
    .name = "help",
    .operands = "[COMMAND]...",
    .summary = "explains a command",
    .description = "Shows what \"pgclone COMMAND --help\" shows.",
    .section = SECTION_HELP,
    .max_operands = SIZE_MAX,
    .operand_kind = OPERANDS_COMMANDS,
    .run = help_run,
};
