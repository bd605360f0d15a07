#compdef pgclone
# zsh completion for pgclone: source <(pgclone completion zsh)
_pgclone()
{
    local -a answer words_offered
    local line
    answer=("${(@f)$(print -rN -- "${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" |
        ${(Q)~words[1]} completion --answer 2>/dev/null)}")
    case $answer[1] in
    words)
        for line in "${(@)answer[2,-1]}"; do
            words_offered+=("${line%%$'\t'*}:${line#*$'\t'}")
        done
        _describe -t words pgclone words_offered
        ;;
    files)
        compset -P '--*='
        _files
        ;;
    program*)
        shift ${answer[1]#program } words
        (( CURRENT -= ${answer[1]#program } ))
        _normal
        ;;
    esac
}
# Found in fpath, the file is the function's body; sourced, it defines the function.
if [[ ${funcstack[1]} == _pgclone ]]; then
    _pgclone "$@"
else
    compdef _pgclone pgclone
fi
