#!/bin/bash
# test_ledger.sh: a real daemon, and nobody else who knows our code: regulator and generator are
# client.py, and what they were shown is judged again by verify.go.
# shellcheck source=tests/strangers/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
need
: "${BUILD:?the build folder}"

party=uscc:12540400DEMO00001X
start_daemon "$TMPDIR/regulator.invitation"

mkdir "$TMPDIR/regulator" "$TMPDIR/stranger" "$TMPDIR/bundles"
stranger --seed "$seed" --regulate "$TMPDIR/regulator.invitation" --state "$TMPDIR/regulator" \
    --invite "$party=$TMPDIR/stranger.invitation"
stranger --seed "$((seed + 1))" --invitation "$TMPDIR/stranger.invitation" \
    --state "$TMPDIR/stranger" --bundles "$TMPDIR/bundles"

go build -o "$TMPDIR/verify" "$strangers/verify.go"
"$TMPDIR/verify" "$TMPDIR"/bundles/*

stop_daemon
"$BUILD/custodyd" audit "${settings[@]}" || { echo 'not ok 1 - audit'; exit 1; }
echo 'ok 1 - custodyd audit agrees'
