#!/bin/bash
# test_tiles.sh: a ledger is exported while it runs, grows, and is exported again; Go's tlog and a reader in
# Python find in the files what the ledger signed, and custodyd names every file that was changed.
# shellcheck source=tests/strangers/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
need
: "${BUILD:?the build folder}"

count=0
did() {
    count=$((count + 1))
    echo "ok $count - test_tiles.sh: $*"
}

failed() {
    echo "not ok $((count + 1)) - test_tiles.sh: $*"
    exit 1
}

run() {
    local code=0
    "$@" > "$TMPDIR/answer" 2>&1 || code=$?
    [ "$code" = 0 ] || failed "$*: exit code $code: $(cat "$TMPDIR/answer")"
}

desk() {
    run "$BUILD/custody" --home "$TMPDIR/desk" "$@"
}

# audited <folder> [option...]: by the public key alone; no other file of the ledger is there for it.
audited() {
    local folder=$1
    shift
    "$BUILD/custodyd" audit --tiles "$folder" --ledger "$(cat "$TMPDIR/vkey")" --data "$TMPDIR/none" \
        --key-file "$TMPDIR/none.key" --mark-file "$TMPDIR/none.mark" "$@" > "$TMPDIR/found" 2>&1
}

start_daemon "$TMPDIR/regulator.invitation"
grep -o 'strangers.example/custody+[0-9a-f]*+[A-Za-z0-9+/=]*' "$TMPDIR/paper" > "$TMPDIR/vkey"
printf '%s\n' code,level,name,parent 540400,2,林芝市,540000 540000,1,西藏自治区, > "$TMPDIR/divisions.csv"
desk enrol "$TMPDIR/regulator.invitation"
desk set-divisions "$TMPDIR/divisions.csv"
register() {
    local n
    for n in $(seq "$1" "$2"); do
        desk register-party --party "local:DEMO-V$n" --kind generator --division 540400 --name "示例$n"
    done
}

older=$TMPDIR/older newer=$TMPDIR/newer
register 1 20
run "$BUILD/custodyd" export "$newer" "${settings[@]}"
cp -a "$newer" "$older"
register 21 270
run "$BUILD/custodyd" export "$newer" "${settings[@]}"
did "custodyd exports while it serves: $(sed -n 's/^Exported \([^.]*\)\..*/\1/p' "$TMPDIR/answer")"

go build -o "$TMPDIR/tiles" "$strangers/tiles.go"
"$TMPDIR/tiles" "$TMPDIR/vkey" "$older" "$newer"
/usr/bin/python3 -B "$strangers/bundles.py" "$TMPDIR/vkey" "$older"
/usr/bin/python3 -B "$strangers/bundles.py" "$TMPDIR/vkey" "$newer"

run "$BUILD/custodyd" export "$TMPDIR/public" "${settings[@]}" --no-entries
[ ! -e "$TMPDIR/public/tile/entries" ] || failed 'the public form shows entries'
cmp -s "$TMPDIR/public/tile/0/000" "$newer/tile/0/000" || failed 'the public form has other tiles'
audited "$TMPDIR/public" --no-entries || failed "$(cat "$TMPDIR/found")"
audited "$newer" || failed "$(cat "$TMPDIR/found")"
did 'custodyd audits both forms by the public key alone, and the public one shows no entry'

RANDOM=$((seed % 32768))
files=0
while IFS= read -r file; do
    cp "$file" "$TMPDIR/kept"
    at=$((RANDOM % $(stat -c %s "$file")))
    byte=$(od -An -tu1 -j "$at" -N 1 "$file")
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $((byte ^ 1 << RANDOM % 8)))" | dd of="$file" bs=1 seek="$at" conv=notrunc status=none
    code=0
    audited "$newer" || code=$?
    [ "$code" = 5 ] || failed "byte $at of $file changed (seed $seed): exit code $code: $(cat "$TMPDIR/found")"
    grep -qF "${file#"$newer/"} " "$TMPDIR/found" || failed "byte $at of $file changed (seed $seed): $(cat "$TMPDIR/found")"
    cp "$TMPDIR/kept" "$file"
    files=$((files + 1))
done < <(find "$newer" -type f | sort)
audited "$newer" || failed "$(cat "$TMPDIR/found")"
did "a changed bit in each of $files files: custodyd names it (seed $seed)"
stop_daemon
