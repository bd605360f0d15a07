#include "pgclone/cli/completion.h"

#include <stdint.h>
#include <string.h>

#include "pgclone/report/output.h"

static const char *const completion_shells[] = {"bash", "zsh", "fish", NULL};

static const struct command_option completion_answer_option = {
    .flag = "answer",
    .help = "what the scripts ask: how the last operand, a word of a command line, can go on"};

static bool completion_script(const struct strings *operands, struct strbuf *out, struct error *err)
{
    const struct completion_script *row = completion_scripts;

    if (operands->count != 1)
        return error_set(err, ERROR_USAGE, "completion needs one shell: bash, zsh or fish");
    while (row->shell != NULL && strcmp(row->shell, operands->items[0]) != 0)
        row++;
    if (row->shell == NULL)
        return error_set(err, ERROR_USAGE, "no completion for \"%s\": it is bash, zsh or fish",
                         operands->items[0]);
    strbuf_add(out, row->text);
    return true;
}

static bool completion_run(struct invocation *invocation, struct error *err)
{
    const struct strings *words = &invocation->operands;
    struct output output OWNED(output_release) = {0};
    struct strbuf text OWNED(strbuf_release) = {0};

    if (!invocation_has(invocation, &completion_answer_option)) {
        if (!completion_script(words, &text, err))
            return false;
    } else if (words->count > 1) {
        completion_answer(command_table, (int)words->count, words->items, &text);
    }
    return output_open(NULL, &output, err) && output_write(&output, &text, err);
}

static const struct command_option *const completion_options[] = {&completion_answer_option, NULL};

const struct command completion_command = {
    .name = "completion",
    .operands = "SHELL",
    .summary = "prints the completion script for bash, zsh or fish",
    .description = "Prints a script to source, for example in ~/.bashrc:\n"
                   "    source <(pgclone completion bash)\n"
                   "It asks pgclone itself how a command line can go on:\n"
                   "    pgclone completion --answer -- pgclone create --form",
    .section = SECTION_HELP,
    .options = completion_options,
    .max_operands = SIZE_MAX,
    .operand_kind = OPERANDS_WORDS,
    .operand_words = completion_shells,
    .run = completion_run,
};
