#!/bin/bash
# test_command.sh: strangers among our own: the regulator works with `custody`, the generators with
# client.py, and each reads what the other wrote: invitations, cards, statements, proofs.
# shellcheck source=tests/strangers/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
need
: "${BUILD:?the build folder}"

count=0
did() {
    count=$((count + 1))
    echo "ok $count - test_command.sh: $*"
}

failed() {
    echo "not ok $((count + 1)) - test_command.sh: $*"
    exit 1
}

desk() {
    local code=0
    "$BUILD/custody" --home "$TMPDIR/desk" "$@" > "$TMPDIR/answer" 2>&1 || code=$?
    [ "$code" = 0 ] || failed "custody $1: exit code $code: $(cat "$TMPDIR/answer")"
}

clinic=uscc:12540400DEMO00001X
village=local:DEMO-V1
start_daemon "$TMPDIR/regulator.invitation"
printf '%s\n' code,level,name,parent 540400,2,林芝市,540000 540000,1,西藏自治区, > "$TMPDIR/divisions.csv"
desk enrol "$TMPDIR/regulator.invitation"
desk set-divisions "$TMPDIR/divisions.csv"
for party in $clinic $village; do
    desk register-party --party "$party" --kind generator --division 540400 --name 示例
done
desk invite --party "$clinic" --roles generator,admin -o "$TMPDIR/clinic.invitation"
desk open-ledger
did 'custody enrolled the first regulator, registered two parties and invited one'

mkdir "$TMPDIR/clinic" "$TMPDIR/village" "$TMPDIR/bundles" "$TMPDIR/bundles/custody"
stranger --seed "$seed" --invitation "$TMPDIR/clinic.invitation" --briefly \
    --state "$TMPDIR/clinic" --bundles "$TMPDIR/bundles"
read -r container number < "$TMPDIR/clinic/own-packed"

desk trace "$container"
grep -q "$clinic" "$TMPDIR/answer" || failed "trace: $(cat "$TMPDIR/answer")"
desk follow --from-start
did "custody traces the stranger's $container, and computes the root over its entries"

desk prove "$number" -o "$TMPDIR/bundles/custody/proof"
cp "$TMPDIR/bundles/proof/vkey" "$TMPDIR/bundles/custody/vkey"
go build -o "$TMPDIR/verify" "$strangers/verify.go"
"$TMPDIR/verify" "$TMPDIR"/bundles/*

theirs=$TMPDIR/bundles/proof
alone=("$BUILD/custody" --home "$TMPDIR/nobody" --offline verify --ledger "$(cat "$theirs/vkey")")
"${alone[@]}" "$theirs/proof" > "$TMPDIR/answer" 2>&1 || failed "$(cat "$TMPDIR/answer")"
sed 's/^index /index 1/' "$theirs/proof" > "$TMPDIR/wrong"
code=0
"${alone[@]}" "$TMPDIR/wrong" > "$TMPDIR/answer" 2>&1 || code=$?
[ "$code" = 5 ] || failed "a wrong proof: exit code $code: $(cat "$TMPDIR/answer")"
did "custody verifies the stranger's proof without a ledger, and not one with another index"

stranger --seed "$((seed + 1))" --request "$TMPDIR/request" --party "$village"
desk enrol-key --request "$TMPDIR/request" --card "$TMPDIR/card"
stranger --seed "$((seed + 1))" --card "$TMPDIR/card" --party "$village" --state "$TMPDIR/village"
desk trace "$village/OFFLINE"
did 'custody sponsored a device without a network'
stop_daemon
