#include "pgclone/cli/completion.h"

#include <string.h>

#include "pgclone/cli/arguments.h"
#include "pgclone/cli/options.h"

/* A line whose last word is to be completed. */
struct completion {
    const struct command *const *table;
    const struct command *command; /* NULL: none is named yet */
    int count;
    char *const *words;
    struct arguments arguments; /* of which all but the last word is read */
    int first_operand;          /* its position; the last word's where none stands before it */
};

static void completion_release(struct completion *completion)
{
    arguments_release(&completion->arguments);
}

/* What a flag's value can be; the first `length` bytes of `word` stand before each: "--flag=". */
static void completion_add_values(const struct flag *flag, const char *word, int length,
                                  struct strbuf *out)
{
    strbuf_add(out, flag->row.takes_file ? "files\n" : "words\n");
    for (size_t i = 0; flag->row.words != NULL && flag->row.words[i] != NULL; i++)
        strbuf_printf(out, "%.*s%s\t\n", length, word, flag->row.words[i]);
}

static void completion_add_flags(const struct flags *flags, struct strbuf *out)
{
    strbuf_add(out, "words\n");
    for (size_t i = 0; i < flags->count; i++)
        if (flags->items[i].used)
            strbuf_printf(out, "--%s\t%s\n", flags->items[i].row.flag, flags->items[i].row.help);
}

static void completion_add_commands(const struct command *const *table, const struct command *group,
                                    struct strbuf *out)
{
    strbuf_add(out, "words\n");
    for (; *table != NULL; table++)
        if (command_is_in_group(*table, group))
            strbuf_printf(out, "%s\t%s\n", command_short_name(*table), (*table)->summary);
}

static void completion_add_operands(const struct completion *completion, struct strbuf *out)
{
    const struct command *command = completion->command;
    const struct command *helped = NULL;
    bool is_first = completion->first_operand == completion->count - 1;

    /* The operands of `help` are a line of their own, and the word before them is its program. */
    if (command != NULL && command->operand_kind == OPERANDS_COMMANDS)
        helped = options_command(completion->table, completion->count - completion->first_operand,
                                 completion->words + completion->first_operand - 1);
    if (command == NULL || command->run == NULL) {
        completion_add_commands(completion->table, command, out);
    } else if (command->operand_kind == OPERANDS_PROGRAM) {
        strbuf_printf(out, "program %d\n", completion->first_operand);
    } else if (command->operand_kind == OPERANDS_COMMANDS && (is_first || helped != NULL)) {
        completion_add_commands(completion->table, helped, out);
    } else if (command->operand_kind == OPERANDS_WORDS && is_first) {
        strbuf_add(out, "words\n");
        for (size_t i = 0; command->operand_words[i] != NULL; i++)
            strbuf_printf(out, "%s\t\n", command->operand_words[i]);
    } else {
        completion_add_flags(&completion->arguments.flags, out);
    }
}

void completion_answer(const struct command *const *table, int count, char *const words[],
                       struct strbuf *out)
{
    struct completion completion OWNED(completion_release) = {
        .table = table,
        .command = options_command(table, count - 1, words),
        .count = count,
        .words = words,
        .first_operand = count - 1,
    };
    struct arguments *arguments = &completion.arguments;
    const struct flag *awaiting = NULL;
    const char *current = words[count - 1];
    struct argument argument;
    bool is_flag;

    arguments_begin(table, completion.command, count - 1, words, arguments);
    while (arguments_next(arguments, &argument)) {
        if (argument.kind == ARGUMENT_OPERAND && argument.position < completion.first_operand)
            completion.first_operand = argument.position;
        if (argument.kind == ARGUMENT_NEEDS_VALUE)
            awaiting = argument.flag;
    }
    is_flag = current[0] == '-' && !arguments->ended;
    arguments->count = count;
    if (awaiting != NULL)
        completion_add_values(awaiting, current, 0, out);
    else if (!is_flag)
        completion_add_operands(&completion, out);
    else if (arguments_next(arguments, &argument) && argument.flag != NULL &&
             argument.value != NULL)
        completion_add_values(argument.flag, current, (int)(argument.value - current), out);
    else
        completion_add_flags(&arguments->flags, out);
}
