#include "pgclone/cli/completion.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pgclone/report/output.h"

static const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

static const struct command_option completion_answer_option = {
    .flag = "answer", .help = "what the scripts ask: how the line on standard input can go on"};

static bool completion_script(const char *shell, struct strbuf *out, struct error *err)
{
    const struct completion_script *row = completion_scripts;

    if (shell == NULL)
        return error_set(err, ERROR_USAGE, "completion needs a shell: bash, zsh or fish");
    while (row->shell != NULL && strcmp(row->shell, shell) != 0)
        row++;
    if (row->shell == NULL)
        return error_set(err, ERROR_USAGE, "no completion for \"%s\": it is bash, zsh or fish",
                         shell);
    strbuf_add(out, row->text);
    return true;
}

/* The words come by standard input, each ended by a NUL: one of them may be a URL with a password,
 * and arguments are for all users of the machine to see. */
static void completion_read_words(struct strings *words)
{
    char *word = NULL;
    size_t size = 0;

    while (getdelim(&word, &size, '\0', stdin) > 0)
        strings_add(words, word);
    free(word);
}

static bool completion_run(struct invocation *invocation, struct error *err)
{
    struct strings words OWNED(strings_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};
    const struct strings *operands = &invocation->operands;

    if (!invocation_has(invocation, &completion_answer_option)) {
        if (!completion_script(operands->count > 0 ? operands->items[0] : NULL, &text, err))
            return false;
    } else {
        completion_read_words(&words);
        if (words.count > 1)
            completion_answer(command_table, (int)words.count, words.items, &text);
    }
    return output_print(&text, err);
}

static const struct command_option *const completion_options[] = {&completion_answer_option, NULL};

const struct command completion_command = {
    .name = "completion",
    .operands = "SHELL",
    .summary = "prints the completion script for bash, zsh or fish",
    .description = "Prints a script to source, for example in ~/.bashrc:\n"
                   "    source <(pgclone completion bash)\n"
                   "It asks pgclone itself how a command line can go on:\n"
                   "    printf '%s\\0' pgclone create --form | pgclone completion --answer",
    .section = SECTION_HELP,
    .options = completion_options,
    .max_operands = 1,
    .operand_kind = OPERANDS_WORDS,
    .operand_words = completion_shells,
    .run = completion_run,
};
