# fish completion of custody: the command itself says what may follow.
function __custody_words
    set -l before (commandline -opc)
    custody help words -- $before[2..-1] (commandline -ct) 2> /dev/null
end
complete -c custody -a '(__custody_words)'
