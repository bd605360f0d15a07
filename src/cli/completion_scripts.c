#include "pgclone/cli/completion.h"

#include <stddef.h>

/*
 * bash cuts words at "=" and ":", too: they are put together again, and of what is offered the part
 * before "=" is left out. `_command_offset` belongs to the package bash-completion; without it only
 * programs and files are offered.
 */
static const char bash_script[] =
    "# bash completion for pgclone: source <(pgclone completion bash)\n"
    "# shellcheck shell=bash disable=SC2207\n"
    "_pgclone()\n"
    "{\n"
    "    local IFS=$' \\t\\n' line=${COMP_LINE:0:COMP_POINT} words=() starts=() count=0 i\n"
    "    local part current kind position answer offered=''\n"
    "    for ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "        if ((i == 0)) || [[ $line == [[:space:]]* ]]; then\n"
    "            line=${line#\"${line%%[![:space:]]*}\"}\n"
    "            starts[count]=$i words[count]=''\n"
    "            ((count++))\n"
    "        fi\n"
    "        part=${COMP_WORDS[i]}\n"
    "        ((i == COMP_CWORD)) && part=$line\n"
    "        words[count - 1]+=$part\n"
    "        line=${line#\"$part\"}\n"
    "    done\n"
    "    current=${words[count - 1]}\n"
    "    answer=$(printf '%s\\0' \"${words[@]}\" |\n"
    "        \"${words[0]/#\\~/$HOME}\" completion --answer 2>/dev/null)\n"
    "    {\n"
    "        read -r kind position\n"
    "        while IFS=$'\\t' read -r part _; do offered+=$part$'\\n'; done\n"
    "    } <<<\"$answer\"\n"
    "    case $kind in\n"
    "    words)\n"
    "        COMPREPLY=($(compgen -W \"$offered\" -- \"$current\"))\n"
    "        [[ $current == -*=* && $COMP_WORDBREAKS == *=* ]] &&\n"
    "            COMPREPLY=(\"${COMPREPLY[@]#*=}\")\n"
    "        ;;\n"
    "    files) compopt -o default ;;\n"
    "    program)\n"
    "        if declare -F _command_offset >/dev/null; then\n"
    "            _command_offset \"${starts[position]}\"\n"
    "        else\n"
    "            compopt -o default\n"
    "            if ((position == count - 1)); then\n"
    "                IFS=$'\\n' COMPREPLY=($(compgen -c -- \"$current\"))\n"
    "            fi\n"
    "        fi\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _pgclone pgclone\n";

/* Found in fpath, the file is the function's body; sourced, it defines the function. */
static const char zsh_script[] =
    "#compdef pgclone\n"
    "# zsh completion for pgclone: source <(pgclone completion zsh)\n"
    "_pgclone()\n"
    "{\n"
    "    local -a answer words_offered\n"
    "    local line\n"
    "    answer=(\"${(@f)$(print -rN -- \"${(@Q)words[1,CURRENT-1]}\" \"${(Q)PREFIX}\" |\n"
    "        ${(Q)~words[1]} completion --answer 2>/dev/null)}\")\n"
    "    case $answer[1] in\n"
    "    words)\n"
    "        for line in \"${(@)answer[2,-1]}\"; do\n"
    "            words_offered+=(\"${line%%$'\\t'*}:${line#*$'\\t'}\")\n"
    "        done\n"
    "        _describe -t words pgclone words_offered\n"
    "        ;;\n"
    "    files)\n"
    "        compset -P '--*='\n"
    "        _files\n"
    "        ;;\n"
    "    program*)\n"
    "        shift ${answer[1]#program } words\n"
    "        (( CURRENT -= ${answer[1]#program } ))\n"
    "        _normal\n"
    "        ;;\n"
    "    esac\n"
    "}\n"
    "if [[ ${funcstack[1]} == _pgclone ]]; then\n"
    "    _pgclone \"$@\"\n"
    "else\n"
    "    compdef _pgclone pgclone\n"
    "fi\n";

static const char fish_script[] =
    "# fish completion for pgclone: pgclone completion fish | source\n"
    "function __pgclone_complete\n"
    "    set -l words (commandline -opc)\n"
    "    set -l current (commandline -ct)\n"
    "    set -l answer (printf '%s\\0' $words \"$current\" |\n"
    "        $words[1] completion --answer 2>/dev/null)\n"
    "    switch \"$answer[1]\"\n"
    "        case words\n"
    "            printf '%s\\n' $answer[2..-1]\n"
    "        case files\n"
    "            set -l before (string match -r -- '^--[^=]*=' $current)\n"
    "            for path in (__fish_complete_path (string replace -- \"$before\" '' $current))\n"
    "                echo -- \"$before$path\"\n"
    "            end\n"
    "        case 'program *'\n"
    "            set -l from (math (string split ' ' $answer[1])[2] + 1)\n"
    "            set -l program (string escape -- $words[$from..-1])\n"
    "            complete -C (string join ' ' -- $program \"$current\")\n"
    "    end\n"
    "end\n"
    "complete -c pgclone -f -a '(__pgclone_complete)'\n";

const struct completion_script completion_scripts[] = {
    {"bash", bash_script},
    {"zsh", zsh_script},
    {"fish", fish_script},
    {NULL, NULL},
};
