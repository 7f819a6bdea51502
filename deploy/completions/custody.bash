# shellcheck shell=bash
# bash completion of custody: the command itself says what may follow.
_custody() {
    local words
    words=$(custody help words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2> /dev/null)
    # One a line; nothing: bash offers files.
    read -r -d '' -a COMPREPLY <<< "$(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}")" || true
}
complete -o default -F _custody custody
