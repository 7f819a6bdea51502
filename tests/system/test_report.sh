#!/bin/bash
# test_report.sh: NEEDS story 14 over the wire: a report is frozen at a position, a correction footnotes the next one and
# leaves the old one as it was, every figure opens to its entries, a declaration is filled in by the ledger.
# Never leaves anything outside its own folder.
#
# shellcheck disable=SC2034,SC2154 # variables shared with lib.sh
set -euo pipefail
shopt -s lastpipe
export LC_ALL=C.UTF-8

here=$PWD/deploy/demo
build=${BUILD:-build/release}
dir=${TMPDIR:-/tmp}/report
daemon=
# shellcheck source=deploy/demo/lib.sh
. "$here/lib.sh"
prepare_folder
trap finish EXIT
read_cast

echo '1..7'
truck='藏G·样0101/yellow'
passed() { echo "ok $1 - $2"; }

# value <figure>: its value in the last answer's list of figures, 0 when it is not told.
value() {
    "$here/values" < "$scratch/answer" | awk -F '\t' -v id="$1" '
        $1 !~ /^[0-9]+[.]figures/ { next }
        { item = $1; sub(/\.[^.]*$/, "", item); name = substr($1, length(item) + 2) }
        name == "id" && $2 == id { at = item }
        name == "value" { value_of[item] = $2 }
        END { print at == "" ? 0 : value_of[at] }'
}

# expect_value <figure> <value>
expect_value() { [ "$(value "$1")" = "$2" ] || fail "$1 is $(value "$1"), not $2"; }

# --- a clinic's day: two bags packed, loaded, received, treated ----------------------------------------

at 2026-05-11T09:00
found_ledger ledger.test.example/report 540400 "${party[bureau]}" "${zh[bureau]}"
start_daemon
on bureau-desk enrol "$dir/bureau.invitation"
on bureau-desk set-divisions "$here/../catalogues/divisions.csv"
on bureau-desk set-catalogue "$here/../catalogues/cn-2021.csv" --edition cn-2021
register_parties '' | submit bureau-desk
register_parties medog | submit bureau-desk
register_places | submit bureau-desk
on bureau-desk register-vehicle --vehicle "$truck" --carrier "${party[carrier]}" --licence 0101 --scope 6.2 --medical
on bureau-desk grant-permit --party "${party[plant]}" --number 1 --activity treat,store --code '841-*' --method Y10 \
    --mass-yearly-g 100kg --effective-until 2031-05-01
devices=(hospital-office driver-a17)
for device in "${!device_party[@]}"; do
    case ${device_party[$device]} in plant) devices+=("$device") gate=$device ;; esac
done
invite_devices
on bureau-desk open-ledger

at 2026-05-18T08:00
on hospital-office pack --place ZC-1 \
    --container code=A1,waste_code=841-001-01,mass=5kg,mass_source=weighed,package=bag \
    --container code=A2,waste_code=841-001-01,mass=3kg,mass_source=weighed,package=bag
on hospital-office issue-manifest --receiver "${party[plant]}" --method Y10 \
    --line waste_code=841-001-01,planned_mass=8kg,planned_pieces=2,form=solid,package=bag \
    --leg "carrier=${party[carrier]},vehicle=$truck,mode=road"
manifest=$(answer id)
at 2026-05-18T10:00
on driver-a17 depart --vehicle "$truck" --receiver "${party[plant]}"
trip=$(answer id)
on driver-a17 load --trip "$trip" --manifest "$manifest" --generator "${party[hospital]}" --stop "${party[hospital]}/ZC-1" \
    --container code=A1 --container code=A2
at 2026-05-18T14:00
on "$gate" receive --trip "$trip" --manifest "$manifest" --generator "${party[hospital]}" \
    --container code=A1,verdict=accepted,mass=5kg,mass_source=weighed \
    --container code=A2,verdict=accepted,mass=3kg,mass_source=weighed
receipt=$(statement_of "$gate")
at 2026-05-18T18:00
on "$gate" feed --batch P1 --generator "${party[hospital]}" --container A1,A2

# --- the verification sheet ---------------------------------------------------------------------------

on bureau-desk report month 2026-05 --division 5404
expect_value 2026-05/5404/generated_g 8000
expect_value 2026-05/5404/of_disposed_g 8000
expect_value 2026-05/5404/treated_g 8000
expect_value 2026-05/5404/in_time_n 2
expect_value 2026-05/5404/shipped_n 1
cp "$scratch/answer" "$dir/old.json"
position=$(answer as_of)
passed 1 'a month of a division, every figure computed'

while IFS=$'\t' read -r path id; do
    case $path in *.id) ;; *) continue ;; esac
    cp "$dir/old.json" "$scratch/answer"
    expected=$(value "$id")
    on bureau-desk explain "$id" --as-of "$position"
    [ "$(answers sum | tail -n 1)" = "$expected" ] || fail "$id is $expected, its entries $(answers sum | tail -n 1)"
done < <("$here/values" < "$dir/old.json" | grep '5404/\(treated_g\|generated_n\|closing_g\|registered_n\|shipped_n\|mark_single_n\)$\|5404/841-001-01/sent_g$' )
passed 2 'the entries behind a figure add up to it'

# --- a correction -----------------------------------------------------------------------------------------

at 2026-05-20T09:00
on "$gate" amend --target "$receipt" --generator "${party[hospital]}" --container code=A2,mass=2.9kg,mass_source=weighed \
    --reason instrument
corrected=$(answer entry)
on bureau-desk report month 2026-05 --division 5404 --as-of "$position"
for field in treated_g in_time_g of_disposed_g closing_g mark_single_n; do
    here_now=$(value "2026-05/5404/$field")
    cp "$scratch/answer" "$scratch/again"
    cp "$dir/old.json" "$scratch/answer"
    expect_value "2026-05/5404/$field" "$here_now"
    cp "$scratch/again" "$scratch/answer"
done
passed 3 'the old report, asked for again, is what it was'

on bureau-desk report month --compare "$dir/old.json"
expect_value 2026-05/5404/treated_g 7900
"$here/values" < "$scratch/answer" | awk -F '\t' -v entry="$corrected" '
    { item = $1; sub(/\.[^.]*$/, "", item); name = substr($1, length(item) + 2) }
    $1 ~ /[.]compare[.]/ && name == "id" { id_of[item] = $2 }
    $1 ~ /[.]compare[.]/ && name == "before" { before[item] = $2 }
    $1 ~ /[.]compare[.]/ && name == "after" { after[item] = $2 }
    $1 ~ /[.]compare[.]/ && name == "entry" && $2 != entry { print "entry " $2 " changed nothing"; exit 1 }
    $1 ~ /[.]compare[.]/ && name == "entry" { shown++ }
    END {
        for (item in id_of)
            if (id_of[item] == "2026-05/5404/treated_g" && before[item] == 8000 && after[item] == 7900) found = 1
        exit !(found && shown > 0)
    }' || fail 'the comparison does not name the figure and the entry that changed it'
passed 4 'the new report names each figure that changed and the entry that changed it'

on bureau-desk report month 2026-05 --compare "$position"
[ -n "$(answers after)" ] || fail 'nothing changed since the position'
"$build/custody" --home "$dir/devices/bureau-desk" --clock-file "$dir/clock" report month 2026-05 --compare "$position" > "$scratch/text"
grep -q '2026-05/5404/treated_g  8000 -> 7900' "$scratch/text" || fail 'the footnote does not say so to people'
grep -q '演示 demonstration' "$scratch/text" || fail 'the face does not say that it is a demonstration'
"$build/custody" --home "$dir/devices/bureau-desk" --clock-file "$dir/clock" --format tsv report month 2026-05 > "$scratch/text"
grep -qP '^2026-05/5404/treated_g\t5404\t\ttreated_g\t7900$' "$scratch/text" || fail 'the table does not have the figure'
passed 5 'the same as text and as a table'

# --- a declaration -----------------------------------------------------------------------------------------

at 2026-06-03T09:00
on hospital-office declare --period month --first-day 20260501 --prefill
on bureau-desk findings
[ -z "$(findings_of declared_differs)" ] || fail 'what the ledger filled in differs from the ledger'
on bureau-desk report month 2026-05
expect_value 2026-05/5404/declared_generated_g 8000
at 2026-06-03T09:05
on hospital-office declare --period month --first-day 20260501 --line waste_code=841-001-01,generated=1kg
at 2026-06-03T09:06
[[ $(findings_of declared_differs) == */2026-05 ]] || fail 'nobody noticed that the declaration differs'
on bureau-desk report month 2026-05
expect_value 2026-05/5404/declared_generated_g 1000
passed 6 'a declaration is filled in by the ledger; one that differs is found'

# --- who may ask ------------------------------------------------------------------------------------------------

on hospital-office balance --from 20260501 --until 20260531
expect_value "20260501-20260531/${party[hospital]}/sent_g" 8000
expect 1 hospital-office balance "${party[plant]}" --from 20260501 --until 20260531
expect 1 hospital-office report month 2026-05
expect 2 bureau-desk report week
passed 7 'a party sees its own balance and nobody else'\''s'

stop_daemon
rm -rf "$dir"
