# lib.sh: what the strangers' tests share. Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -eu
strangers=${BASH_SOURCE[0]%/*}
: "${TMPDIR:?a folder for what this test leaves}"
# Debian's own library, no modules, no network; nothing is left in the caller's home.
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$TMPDIR/go-cache GOFLAGS='' GOTOOLCHAIN=local
# The seed of every random choice; a run prints it, and SEED=n repeats it.
seed=${SEED:-$RANDOM$RANDOM}

stranger() {
    /usr/bin/python3 -B "$strangers/client.py" "$@"
}

need() {
    local lacking=
    /usr/bin/python3 -c 'import google.protobuf' 2> /dev/null || lacking+=' python3-protobuf'
    /usr/bin/python3 -c 'import nacl' 2> /dev/null || lacking+=' python3-nacl'
    /usr/bin/python3 -c 'import zmq' 2> /dev/null || lacking+=' python3-zmq'
    command -v protoc > /dev/null || lacking+=' protobuf-compiler'
    command -v go > /dev/null || lacking+=' golang-go'
    [ -d "$GOPATH/src/golang.org/x/mod/sumdb/tlog" ] || lacking+=' golang-golang-x-mod-dev'
    [ -z "$lacking" ] || { echo "not installed:$lacking"; exit 77; }
}
