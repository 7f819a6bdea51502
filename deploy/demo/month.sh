#!/bin/bash
# month.sh: a month of hazardous and medical waste of a whole region, replayed on a throw-away ledger.
# Never touches anything outside the folder it names, and fails when the ledger does not find what was planted.
#
#   BUILD=build/release [DEMO_DIR=build/demo-month] [SEED=20260501] deploy/demo/month.sh
#
# $BUILD/month makes the month: 1003 units of seven industries, 169.5 t; all of them invented, divisions and codes real.
# Needs bash, coreutils, awk, sed and perl-base: what every Debian has.
#
# Variables of lib.sh and of this file are used on either side:
# shellcheck disable=SC2034,SC2154
set -euo pipefail
shopt -s lastpipe
export LC_ALL=C.UTF-8
umask 077

here=$(dirname "${BASH_SOURCE[0]}")
build=${BUILD:?BUILD must name the folder with custodyd, custody and month}
dir=${DEMO_DIR:-build/demo-month}
seed=${SEED:-20260501}
# shellcheck source=deploy/demo/lib.sh
. "$here/lib.sh"

bureau=uscc:11540000YANG00001P

# planted <name>: what the month's program says of it.
planted() { sed -n "s/^$1: //p" "$dir/month.txt" | sed -n 1p; }

# ask <command...>: the command as typed and its answer, as the bureau reads it.
ask() {
    printf '\n  %s$ custody %s%s\n' "$bold" "$*" "$plain"
    "$build/custody" --home "$dir/devices/bureau-desk" --clock-file "$dir/clock" "$@" > "$scratch/said" 2> "$scratch/complaint" ||
        fail "custody $*: $(head -n 5 "$scratch/complaint")"
    sed 's/^/  /' "$scratch/said"
}

# findings_about <rule>: subjects of that rule's findings, each once.
findings_about() {
    on bureau-desk findings --rule "$1"
    answers subject | sort -u
}

prepare_folder
trap finish EXIT
printf '\n  %scustody 演示：全区的一个月%s   2026年5月1日 – 30日\n' "$bold" "$plain"
printf '  A month of hazardous and medical waste of a whole region, replayed on a throw-away ledger\n\n'
printf '  %s单位、人员、车牌、编码全是虚构；行政区划和废物代码是真的。%s\n' "$dim" "$plain"
printf '  %sUnits, people, plates and codes are invented; divisions and waste codes are real.%s\n' "$dim" "$plain"

section '4月28日 – 30日' '一、建账与登记' 'The ledger is founded'
at 2026-04-28T09:00
found_ledger ledger.xizang.example/custody-month 540000 "$bureau" 西藏·演示生态环境厅 '[limits]
submit_rate = 0
party_rate = 0
ask_rate = 0'
sed -i 's/^map_size = .*/map_size = 16 GiB/; s/^fill_ahead = .*/fill_ahead = 16 MiB/' "$dir/custodyd.conf"
start_daemon
on bureau-desk enrol "$dir/bureau.invitation"
on bureau-desk set-divisions "$here/../catalogues/divisions.csv"
on bureau-desk set-catalogue "$here/../catalogues/cn-2021.csv" --edition cn-2021
on bureau-desk invite --party "$bureau" --roles regulator,admin -o "$dir/hub.invitation"
tell '4/28' '录入行政区划和废物名录；县级汇集机凭邀请登记：它替全区的设备送达，却改不了任何一条' \
    'Divisions and catalogue are recorded. A hub is invited: it carries everybody'\''s statements and can change none.'

section '5月' '二、三十天' 'Thirty days'
"$build/month" --invitation "$dir/hub.invitation" --clock "$dir/clock" --divisions "$here/../catalogues/divisions.csv" \
    --seed "$seed" > "$dir/month.txt" || fail "$build/month"
tell '' "$(planted units) 家产废单位、74 个县、25 个处置设施、6 个收集中心；$(planted packed) 件、$(planted manifests) 份联单、$(planted statements) 条记录" \
    "Units, plants and centres of 74 counties; containers, manifests, statements. Made in $(planted seconds) s from seed $seed."
[ "$(planted waiting)" = 0 ] || fail "$(planted waiting) statements are still on their way"
awk '/^industry: / { printf "         %-30s %12.3f t\n", $2, $3 / 1e6 }' "$dir/month.txt"
# The units' waste adds up to a month of 2034.19 t a year, to the gram; the stories' 43 kg come on top.
[ "$(planted packed_g)" = $(($(planted month_g) + 43000)) ] || fail "packed $(planted packed_g) g, planned $(planted month_g) g"

section '6月1日 09:00' '三、主管部门' 'What the bureau reads'
on bureau-desk status
tell '' "账上 $(answer ledger.size) 条" "Entries on the ledger: $(answer ledger.size)"

section '' '四、不必相信，可以核对' 'Check it, do not trust it'
stop_daemon
"$build/custodyd" audit --config "$dir/custodyd.conf" > "$scratch/audit.txt" 2>&1 || fail "custodyd audit: $(cat "$scratch/audit.txt")"
shown "custodyd audit --config $dir/custodyd.conf" < "$scratch/audit.txt"

rm -rf "$scratch"
printf '\n%s── 演示完毕 ──%s  用时 %d 秒，账本留在 The ledger is left in %s\n\n' "$bold" "$plain" "$SECONDS" "$dir/ledger"
