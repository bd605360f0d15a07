# bash completion for pgclone: source <(pgclone completion bash)
# shellcheck shell=bash disable=SC2207

# bash cuts words at "=" and ":", too: they are put together again, and of what is offered the part
# before "=" is left out. _command_offset belongs to the package bash-completion; without it only
# programs and files are offered.
_pgclone()
{
    local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} words=() starts=() count=0 i
    local part current kind position answer offered=''
    for ((i = 0; i <= COMP_CWORD; i++)); do
        if ((i == 0)) || [[ $line == [[:space:]]* ]]; then
            line=${line#"${line%%[![:space:]]*}"}
            starts[count]=$i words[count]=''
            ((count++))
        fi
        part=${COMP_WORDS[i]}
        ((i == COMP_CWORD)) && part=$line
        words[count - 1]+=$part
        line=${line#"$part"}
    done
    current=${words[count - 1]}
    answer=$(printf '%s\0' "${words[@]}" |
        "${words[0]/#\~/$HOME}" completion --answer 2>/dev/null)
    {
        read -r kind position
        while IFS=$'\t' read -r part _; do offered+=$part$'\n'; done
    } <<<"$answer"
    case $kind in
    words)
        COMPREPLY=($(compgen -W "$offered" -- "$current"))
        [[ $current == -*=* && $COMP_WORDBREAKS == *=* ]] &&
            COMPREPLY=("${COMPREPLY[@]#*=}")
        ;;
    files) compopt -o default ;;
    program)
        if declare -F _command_offset >/dev/null; then
            _command_offset "${starts[position]}"
        else
            compopt -o default
            if ((position == count - 1)); then
                IFS=$'\n' COMPREPLY=($(compgen -c -- "$current"))
            fi
        fi
        ;;
    esac
}
complete -F _pgclone pgclone
