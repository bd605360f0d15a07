#include "pgclone/cli/completion.h"

#include <string.h>

#include "pgclone/cli/arguments.h"
#include "pgclone/cli/options.h"

/* Where in the command line the last word stands. */
struct completion {
    const struct command *const *table;
    const struct command *command; /* NULL: none is named yet */
    struct flags flags;
    const char *current;          /* the last word */
    const struct flag *awaiting;  /* the flag before it, if that needs a value; or NULL */
    const struct command *helped; /* the command that the operands name, for `help` */
    size_t operands;              /* how many stand before it, without the command's name */
    int first_operand;            /* the position of the first one */
    bool ended;                   /* behind `--` */
};

static void completion_release(struct completion *completion)
{
    flags_release(&completion->flags);
}

static void completion_read(struct completion *completion, int count, char *const words[])
{
    struct arguments arguments = {
        .flags = &completion->flags, .count = count - 1, .words = words, .at = 1};
    struct strbuf name OWNED(strbuf_release) = {0};
    size_t naming = command_name_words(completion->command);
    struct argument argument;

    flags_collect(completion->table, completion->command, &completion->flags);
    completion->first_operand = count - 1;
    while (arguments_next(&arguments, &argument)) {
        if (argument.kind == ARGUMENT_NEEDS_VALUE)
            completion->awaiting = argument.flag;
        if (argument.kind != ARGUMENT_OPERAND || naming > 0) {
            naming -= argument.kind == ARGUMENT_OPERAND ? 1 : 0;
            continue;
        }
        if (completion->operands++ == 0)
            completion->first_operand = argument.position;
        strbuf_printf(&name, "%s%s", name.length > 0 ? " " : "", argument.value);
        completion->helped = command_find(completion->table, strbuf_text(&name));
    }
    completion->ended = arguments.ended;
}

/* What a flag's value can be; `before` stands before each word: "--flag=" or "". */
static void completion_add_values(const struct flag *flag, const char *before, struct strbuf *out)
{
    if (flag->takes_file) {
        strbuf_add(out, "files\n");
        return;
    }
    strbuf_add(out, "words\n");
    for (size_t i = 0; flag->words != NULL && flag->words[i] != NULL; i++)
        strbuf_printf(out, "%s%s\t\n", before, flag->words[i]);
}

static void completion_add_flags(const struct completion *completion, struct strbuf *out)
{
    strbuf_add(out, "words\n");
    for (size_t i = 0; i < completion->flags.count; i++) {
        const struct flag *flag = &completion->flags.items[i];

        if (flag->used)
            strbuf_printf(out, "--%s\t%s\n", flag->name, flag->help);
    }
}

static void completion_add_commands(const struct completion *completion,
                                    const struct command *group, struct strbuf *out)
{
    strbuf_add(out, "words\n");
    for (const struct command *const *row = completion->table; *row != NULL; row++)
        if (command_is_in_group(*row, group))
            strbuf_printf(out, "%s\t%s\n", command_short_name(*row), (*row)->summary);
}

static void completion_add_operands(const struct completion *completion, struct strbuf *out)
{
    const struct command *command = completion->command;

    if (command == NULL || command->run == NULL) {
        completion_add_commands(completion, command, out);
    } else if (command->operand_kind == OPERANDS_PROGRAM) {
        strbuf_printf(out, "program %d\n", completion->first_operand);
    } else if (command->operand_kind == OPERANDS_COMMANDS &&
               (completion->operands == 0 || completion->helped != NULL)) {
        completion_add_commands(completion, completion->helped, out);
    } else if (command->operand_kind == OPERANDS_WORDS && completion->operands == 0) {
        strbuf_add(out, "words\n");
        for (size_t i = 0; command->operand_words[i] != NULL; i++)
            strbuf_printf(out, "%s\t\n", command->operand_words[i]);
    } else {
        completion_add_flags(completion, out);
    }
}

void completion_answer(const struct command *const *table, int count, char *const words[],
                       struct strbuf *out)
{
    struct completion completion OWNED(completion_release) = {
        .table = table,
        .command = options_command(table, count - 1, words),
        .current = words[count - 1],
    };
    size_t length = strcspn(completion.current, "=");
    const struct flag *flag = NULL;
    bool is_flag;

    completion_read(&completion, count, words);
    is_flag = completion.current[0] == '-' && !completion.ended;
    if (is_flag && length > 2 && completion.current[length] == '=')
        flag = flags_find(&completion.flags, completion.current + 2, length - 2);
    if (completion.awaiting != NULL) {
        completion_add_values(completion.awaiting, "", out);
    } else if (flag != NULL) {
        struct strbuf before OWNED(strbuf_release) = {0};

        strbuf_add_bytes(&before, completion.current, length + 1);
        completion_add_values(flag, strbuf_text(&before), out);
    } else if (is_flag) {
        completion_add_flags(&completion, out);
    } else {
        completion_add_operands(&completion, out);
    }
}
