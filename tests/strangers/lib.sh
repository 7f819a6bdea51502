# lib.sh: what the strangers' tests share. Sourced, never run.
# shellcheck shell=bash disable=SC2034
set -eu
strangers=${BASH_SOURCE[0]%/*}
: "${TMPDIR:?a folder for what this test leaves}"
# Debian's own library, no modules, no network; nothing is left in the caller's home.
export GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=$TMPDIR/go-cache GOFLAGS=''
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

daemon=
settings=(--data "$TMPDIR/ledger" --key-file "$TMPDIR/ledger.key" --mark-file "$TMPDIR/mark"
    --map-size 256MiB)

# start_daemon <invitation>: a new ledger on free ports; the first regulator's invitation, with the
# ports that were found, is left in the file.
start_daemon() {
    local invitation=$1 deadline=$((SECONDS + 30))
    "$BUILD/custodyd" init "${settings[@]}" --origin strangers.example/custody \
        --division 540400 --regulator uscc:11540400DEMO00001X --regulator-name 示例局 \
        -o "$TMPDIR/made" > "$TMPDIR/paper"
    "$BUILD/custodyd" run "${settings[@]}" --endpoint 'tcp://127.0.0.1:*' \
        --announcements 'tcp://127.0.0.1:*' 2> "$TMPDIR/log" &
    daemon=$!
    trap 'kill "$daemon" 2> /dev/null || true' EXIT
    until grep -qs ^announcements: "$TMPDIR/ledger/endpoints"; do
        if ! kill -0 "$daemon" || [ $SECONDS -gt $deadline ]; then
            tail "$TMPDIR/log"
            echo 'not ok 1 - custodyd is not ready'
            exit 1
        fi
        sleep 0.05
    done
    # Its two lines take the place of the invitation's own, which named no port yet.
    sed -e '/^endpoint: /d' -e '/^announcements: /d' -e "/^ledger: /r $TMPDIR/ledger/endpoints" \
        "$TMPDIR/made" > "$invitation"
}

stop_daemon() {
    kill "$daemon"
    wait "$daemon" || { echo "not ok 1 - custodyd ended with $?"; exit 1; }
    trap - EXIT
}
