#!/bin/bash
# test_completion.sh: bash asks the command what may follow, through the script that is installed.
set -eu
PATH=$PWD/$BUILD:$PATH
# shellcheck source=deploy/completions/custody.bash
. deploy/completions/custody.bash

complain() {
    echo "not ok 1 - bash completes custody: $1: ${COMPREPLY[*]}"
    exit 1
}

# after <word>...: what is offered for the last of them.
after() {
    COMP_WORDS=(custody "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _custody
}

echo 1..1
after regi
[ "${COMPREPLY[*]}" = 'register-party register-place register-vehicle' ] || complain regi
after register-party --si
[ "${COMPREPLY[*]}" = --site ] || complain --si
after register-party --site hos
[ "${COMPREPLY[*]}" = hospital ] || complain hos
after verify some
[ ${#COMPREPLY[@]} = 0 ] || complain 'a file'
echo 'ok 1 - bash completes custody'
