#include "command_lines.h"

#include <stdio.h>
#include <unistd.h>

#include "pgclone/cli/options.h"

static const char *const format_words[] = {"text", "json", NULL};
static const char *const shell_words[] = {"bash", "zsh", NULL};

const struct command_option lines_format = {
    .flag = "format", .argument = "FORMAT", .help = "how", .words = format_words};
const struct command_option lines_force = {.flag = "force", .help = "anew"};
const struct command_option lines_keep_number = {
    .flag = "keep", .argument = "N", .help = "how many stay"};
static const struct command_option lines_keep = {.flag = "keep", .help = "leave them"};

static const struct command_option *const make_options[] = {&lines_format, &option_output, NULL};
static const struct command_option *const keep_options[] = {&lines_keep, NULL};
static const struct command_option *const build_options[] = {&lines_force, NULL};
static const struct command_option *const prune_options[] = {&lines_keep_number, NULL};

static bool lines_run(struct invocation *invocation, struct error *err)
{
    (void)invocation;
    (void)err;
    return true;
}

static const struct command explain_row = {.name = "explain",
                                           .summary = "explains one",
                                           .description = "It explains one.",
                                           .section = SECTION_DATABASES,
                                           .max_operands = SIZE_MAX,
                                           .operand_kind = OPERANDS_COMMANDS,
                                           .run = lines_run};
static const struct command keep_row = {.name = "keep",
                                        .summary = "keeps them",
                                        .description = "It keeps them.",
                                        .section = SECTION_DATABASES,
                                        .options = keep_options,
                                        .run = lines_run};
static const struct command launch_row = {.name = "launch",
                                          .summary = "launches a program",
                                          .description = "It launches a program.",
                                          .section = SECTION_DATABASES,
                                          .max_operands = SIZE_MAX,
                                          .operand_kind = OPERANDS_PROGRAM,
                                          .run = lines_run};
static const struct command make_row = {.name = "make",
                                        .summary = "makes them",
                                        .description = "It makes them.",
                                        .section = SECTION_DATABASES,
                                        .operands = "[NAME]",
                                        .max_operands = 1,
                                        .options = make_options,
                                        .purposes = PURPOSE_PROJECT | PURPOSE_NAMES,
                                        .run = lines_run};
static const struct command shell_row = {.name = "shell",
                                         .summary = "names one",
                                         .description = "It names one.",
                                         .section = SECTION_DATABASES,
                                         .max_operands = 1,
                                         .operand_kind = OPERANDS_WORDS,
                                         .operand_words = shell_words,
                                         .run = lines_run};
static const struct command build_row = {.name = "template build",
                                         .summary = "builds one",
                                         .description = "It builds one.",
                                         .section = SECTION_DATABASES,
                                         .options = build_options,
                                         .purposes = PURPOSE_PROJECT,
                                         .run = lines_run};
static const struct command prune_row = {.name = "template prune",
                                         .summary = "drops old ones",
                                         .description = "It drops old ones.",
                                         .section = SECTION_DATABASES,
                                         .options = prune_options,
                                         .run = lines_run};
static const struct command template_row = {.name = "template",
                                            .summary = "templates",
                                            .description = "It is about templates.",
                                            .section = SECTION_RUNS};

const struct command *const lines_table[] = {&explain_row, &keep_row,  &launch_row,
                                             &make_row,    &shell_row, &template_row,
                                             &build_row,   &prune_row, NULL};

static struct line line_of_list(const char *first, va_list rest)
{
    struct line line = {0};

    for (const char *word = first; word != NULL; word = va_arg(rest, const char *)) {
        line.words = memory_resize(line.words, (size_t)line.count + 2, sizeof *line.words);
        line.words[line.count++] = memory_copy_string(word);
        line.words[line.count] = NULL;
    }
    return line;
}

struct line line_of(const char *first, ...)
{
    va_list rest;
    struct line line;

    va_start(rest, first);
    line = line_of_list(first, rest);
    va_end(rest);
    return line;
}

void line_release(struct line *line)
{
    for (int i = 0; i < line->count; i++)
        free(line->words[i]);
    free(line->words);
    *line = (struct line){0};
}

static bool call_command(const struct line *line, struct called *called)
{
    struct invocation invocation OWNED(invocation_release) = {0};
    const struct command *command = options_command(command_table, line->count, line->words);

    if (!options_parse(command_table, command, line->count, line->words, &invocation,
                       &called->err) ||
        !command->run(&invocation, &called->err))
        return false;
    called->status = invocation.status;
    return true;
}

struct called call_line(const char *first, ...)
{
    struct called called = {0};
    FILE *caught = tmpfile();
    int saved = dup(STDOUT_FILENO);
    struct line line OWNED(line_release) = {0};
    va_list rest;
    int character;

    va_start(rest, first);
    line = line_of_list(first, rest);
    va_end(rest);
    assert_non_null(caught);
    assert_int_equal(fflush(stdout), 0);
    assert_int_equal(dup2(fileno(caught), STDOUT_FILENO), STDOUT_FILENO);
    called.done = call_command(&line, &called);
    assert_int_equal(dup2(saved, STDOUT_FILENO), STDOUT_FILENO);
    assert_int_equal(close(saved), 0);
    rewind(caught);
    while ((character = fgetc(caught)) != EOF)
        strbuf_add_char(&called.out, (char)character);
    assert_int_equal(fclose(caught), 0);
    return called;
}

void called_release(struct called *called)
{
    error_release(&called->err);
    strbuf_release(&called->out);
    *called = (struct called){0};
}

void called_assert_prints(struct called called, const char *expected)
{
    if (!called.done)
        print_error("%s\n", called.err.message);
    assert_true(called.done);
    assert_string_equal(strbuf_text(&called.out), expected);
    called_release(&called);
}

void called_assert_fails(struct called called, enum error_kind kind, const char *message)
{
    assert_false(called.done);
    assert_int_equal(called.err.kind, kind);
    assert_string_equal(called.err.message, message);
    assert_string_equal(strbuf_text(&called.out), "");
    called_release(&called);
}
