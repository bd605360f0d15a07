# fish completion for pgclone: pgclone completion fish | source
function __pgclone_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (printf '%s\0' $words "$current" |
        $words[1] completion --answer 2>/dev/null)
    switch "$answer[1]"
        case words
            printf '%s\n' $answer[2..-1]
        case files
            set -l before (string match -r -- '^--[^=]*=' $current)
            for path in (__fish_complete_path (string replace -- "$before" '' $current))
                echo -- "$before$path"
            end
        case 'program *'
            set -l from (math (string split ' ' $answer[1])[2] + 1)
            set -l program (string escape -- $words[$from..-1])
            complete -C (string join ' ' -- $program "$current")
    end
end
complete -c pgclone -f -a '(__pgclone_complete)'
