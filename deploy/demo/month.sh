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

# found <rule> <part of its subject> <Chinese> <English>
found() {
    on bureau-desk findings --rule "$1"
    answers subject > "$scratch/subjects"
    grep -qF -- "$2" "$scratch/subjects" || fail "no finding $1 about $2"
    tell '' "  $3：$1" "  $4."
}

# figure <column>: of the whole region, from the report that was answered last, in grams; one that is nothing has no row.
figure() {
    table figures 'id value' | awk -F '\t' -v id="2026-05/54/$1" '$1 == id && value == "" { value = $2 } END { print value == "" ? 0 : value }'
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

section '6月1日 09:00' '三、今天' 'Today'
on bureau-desk status
tell '' "账上 $(answer ledger.size) 条。一屏看完：新的、今晚逾期的、按原因归类的、值得去的三家" \
    "The ledger has $(answer ledger.size) entries. One screen: what is new, late by tonight, broken and why, worth a visit."
ask today

section '' '四、违规，条款与依据' 'Findings, with article and entries'
tell '' '每一件埋下的事都找到了：' 'Everything that was planted was found:'
found late_cluster "$(planted forger)" '一晚补录28天：不是一条条看出来的' 'Four weeks typed in one evening'
found vehicle_unregistered "$(planted outsider)" '外省车辆，两天后才备案：当时未备案仍在' 'A truck from elsewhere, filed two days later: both stand'
found vehicle_too_fast "$(planted cloned)" '同一车牌，一小时四十分相距四百公里' 'One plate in two places, too far apart to drive'
found mass_differs L '途中少了9.4%' '9.4 % of the mass was lost on one leg'
found medical_storage "$(planted forger)" '补录的包装，无人运走' 'What was typed in was never picked up'
on bureau-desk findings --state excused
[ "$(answers order | sort -u)" = "$(planted landslide | cut -d' ' -f2)" ] ||
    fail "excused by $(answers order | sort -u), expected $(planted landslide)"
tell '' "墨脱塌方三天，凭 $(planted landslide | cut -d' ' -f2) 免责 $(answers id | wc -l) 项，另计，时限照走" \
    'Three days without a road: excused by the order, counted apart; the age runs on.'

section '' '五、月报' 'The monthly report'
on bureau-desk report month 2026-05 --division 54
generated=$(figure generated_g) disposed=$(figure of_disposed_g) open=$(figure of_open_g)
# What the units threw away, what the stories added, and what the forger typed: to the gram.
[ "$generated" = $(($(planted packed_g) + $(planted forged_g))) ] || fail "the report says $generated g, made were $(planted packed_g) and $(planted forged_g)"
[ "$generated" = $((disposed + open + $(figure of_strayed_g) + $(figure of_by_order_g) + $(figure of_lost_g))) ] || fail 'the report does not add up'
ask report month 2026-05 --division 54 | sed -n '1,19p'
tell '' '每个数字都能追到账目' 'Every figure leads to its entries:'
ask explain 2026-05/540402/generated_g | tail -n 3
tell '' '一企一档：补录的那家' 'One party on one page: the forger'
ask dossier "$(planted forger)" | sed -n '1,24p'

section '' '六、不必相信，可以核对' 'Check it, do not trust it'
stop_daemon
"$build/custodyd" audit --config "$dir/custodyd.conf" > "$scratch/audit.txt" 2>&1 || fail "custodyd audit: $(cat "$scratch/audit.txt")"
shown "custodyd audit --config $dir/custodyd.conf" < "$scratch/audit.txt"

rm -rf "$scratch"
printf '\n%s── 演示完毕 ──%s  用时 %d 秒，账本留在 The ledger is left in %s\n\n' "$bold" "$plain" "$SECONDS" "$dir/ledger"
