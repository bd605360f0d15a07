#include "pgclone/cli/completion.h"

/* One line of bash's `case $before`: what the argument of a flag may be. */
static void completion_bash_argument(struct strbuf *out, const struct completion_flag *flag)
{
    if (flag->argument == NULL)
        return;
    strbuf_add(out, "        ");
    if (flag->short_flag != '\0')
        strbuf_printf(out, "-%c | ", flag->short_flag);
    strbuf_printf(out, "--%s) ", flag->flag);
    if (flag->takes_file)
        strbuf_add(out, "kind=path");
    else if (flag->words == NULL)
        strbuf_add(out, "kind=free");
    else {
        strbuf_add(out, "kind=words words='");
        completion_add_words(out, flag->words);
        strbuf_add_char(out, '\'');
    }
    strbuf_add(out, " ;;\n");
}

static void completion_bash_command(struct strbuf *out, const struct command *command)
{
    struct completion_flag flags[COMPLETION_FLAG_MAX];
    size_t count = completion_collect(command, flags);

    strbuf_printf(out, "    %s)\n        operands='", command->name);
    completion_add_operands(out, command);
    strbuf_add(out, "'\n        flags='");
    for (size_t i = 0; i < count; i++) {
        strbuf_printf(out, "%s--%s", i > 0 ? " " : "", flags[i].flag);
        if (flags[i].short_flag != '\0')
            strbuf_printf(out, " -%c", flags[i].short_flag);
    }
    strbuf_add(out, "'\n        case $before in\n");
    for (size_t i = 0; i < count; i++)
        completion_bash_argument(out, &flags[i]);
    strbuf_add(out, "        *) ;;\n        esac\n        ;;\n");
}

void completion_bash(struct strbuf *out)
{
    strbuf_add(out, "# bash completion for pgclone: source <(pgclone completion bash)\n"
                    "# shellcheck shell=bash disable=SC2207\n"
                    "_pgclone()\n{\n"
                    "    local current=${COMP_WORDS[COMP_CWORD]}\n"
                    "    local before=${COMP_WORDS[COMP_CWORD - 1]}\n"
                    "    local command='' kind='' words='' flags='--help --version' operands\n"
                    "    # bash takes --flag=value for three words\n"
                    "    if [[ $current == = ]]; then\n"
                    "        current=''\n"
                    "    elif [[ $before == = ]]; then\n"
                    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
                    "    fi\n"
                    "    ((COMP_CWORD > 1)) && command=${COMP_WORDS[1]}\n"
                    "    operands='");
    completion_add_command_names(out);
    strbuf_add(out, "'\n    case $command in\n    '') ;;\n");
    for (const struct command *command = command_table; command->name != NULL; command++)
        completion_bash_command(out, command);
    strbuf_add(out, "    *) return ;;\n    esac\n"
                    "    case $kind in\n"
                    "    path)\n"
                    "        compopt -o default 2>/dev/null\n"
                    "        return\n"
                    "        ;;\n"
                    "    free) return ;;\n"
                    "    words) ;;\n"
                    "    *)\n"
                    "        words=$operands\n"
                    "        [[ $current == -* || -z $operands ]] && words=$flags\n"
                    "        ;;\n"
                    "    esac\n"
                    "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
                    "}\n"
                    "complete -F _pgclone pgclone\n");
}
