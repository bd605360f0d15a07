#include "pgclone/cli/completion.h"

/* One specification of zsh's _arguments; `*` lets a flag stand more than once. */
static void completion_zsh_flag(struct strbuf *out, const struct completion_flag *flag)
{
    const char *equals = flag->argument != NULL ? "=" : "";

    if (flag->short_flag == '\0')
        strbuf_printf(out, " \\\n            '*--%s%s[", flag->flag, equals);
    else
        strbuf_printf(out, " \\\n            '*'{-%c%s,--%s%s}'[", flag->short_flag,
                      flag->argument != NULL ? "+" : "", flag->flag, equals);
    completion_add_quoted(out, flag->help, "[]\\", "'\\''");
    strbuf_add_char(out, ']');
    if (flag->argument != NULL) {
        strbuf_printf(out, ":%s:", flag->argument);
        if (flag->takes_file)
            strbuf_add(out, "_files");
        else if (flag->words != NULL) {
            strbuf_add_char(out, '(');
            completion_add_words(out, flag->words);
            strbuf_add_char(out, ')');
        }
    }
    strbuf_add_char(out, '\'');
}

static void completion_zsh_command(struct strbuf *out, const struct command *command)
{
    struct completion_flag flags[COMPLETION_FLAG_MAX];
    struct strbuf operands OWNED(strbuf_release) = {0};
    size_t count = completion_collect(command, flags);

    completion_add_operands(&operands, command);
    strbuf_printf(out, "        %s)\n            _arguments -s", command->name);
    for (size_t i = 0; i < count; i++)
        completion_zsh_flag(out, &flags[i]);
    if (operands.length > 0)
        strbuf_printf(out, " \\\n            '1:%s:(%s)'", command->operands,
                      strbuf_text(&operands));
    strbuf_add(out, "\n            ;;\n");
}

void completion_zsh(struct strbuf *out)
{
    strbuf_add(out, "#compdef pgclone\n"
                    "# zsh completion for pgclone: source <(pgclone completion zsh)\n"
                    "_pgclone()\n{\n"
                    "    local context state state_descr line\n"
                    "    typeset -A opt_args\n"
                    "    local -a commands=(\n");
    for (const struct command *command = command_table; command->name != NULL; command++) {
        strbuf_printf(out, "        '%s:", command->name);
        completion_add_quoted(out, command->summary, "\\", "'\\''");
        strbuf_add(out, "'\n");
    }
    strbuf_add(out, "    )\n"
                    "    _arguments -C '(-)'{-h,--help}'[show help]'"
                    " '(-)--version[show the version]' \\\n"
                    "        '1:command:->command' '*::argument:->argument'\n"
                    "    case $state in\n"
                    "    command) _describe -t commands command commands ;;\n"
                    "    argument)\n"
                    "        case $words[1] in\n");
    for (const struct command *command = command_table; command->name != NULL; command++)
        completion_zsh_command(out, command);
    strbuf_add(out, "        esac\n"
                    "        ;;\n"
                    "    esac\n"
                    "}\n"
                    "# Found in fpath, this file is the function's body; sourced, it defines it.\n"
                    "if [[ ${funcstack[1]} == _pgclone ]]; then\n"
                    "    _pgclone \"$@\"\n"
                    "else\n"
                    "    compdef _pgclone pgclone\n"
                    "fi\n");
}
