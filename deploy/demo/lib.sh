#!/bin/bash
# lib.sh: what demo.sh is told with: words on the screen, the simulated clock, devices, the daemon, expectations.
# Never knows the story.
#
# Sourced by demo.sh; some variables go one way, some the other.
# shellcheck disable=SC2034,SC2154
#
# This folder, that of custodyd and custody, the demonstration's own:
: "${here:?}" "${build:?}" "${dir:?}"
scratch=$dir/scratch # gone when all went well

# --- words on the screen --------------------------------------------------------------------------

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
columns=100

# columns_of <text>: how many columns it takes; Chinese characters take two and three bytes.
columns_of() {
    local text=${1//[·–—→×…ÖöüêŻ✓✗]/x} characters bytes
    characters=${#text}
    local LC_ALL=C
    bytes=${#text}
    columns_taken=$(((bytes + characters) / 2))
}

# pad <text> <columns>: sets `padded`.
pad() {
    columns_of "$1"
    local missing=$(($2 - columns_taken))
    printf -v padded '%s%*s' "$1" $((missing > 0 ? missing : 0)) ''
}

rule() { # rule <columns>: sets `ruled`
    printf -v ruled '%*s' "$1" ''
    ruled=${ruled// /─}
}

# section <when> <Chinese> <English>
section() {
    local head="── $2  $3 " tail=" $1 ──"
    columns_of "$head$tail"
    # The two dashes at either end are three bytes and one column each.
    rule $((columns - columns_taken + 4))
    printf '\n%s%s%s%s%s\n\n' "$bold" "$head" "$ruled" "$tail" "$plain"
    log "===== $2 $3"
}

# tell <when> <Chinese> <English>: one thing that happened.
tell() {
    pad "$1" 7
    printf '  %s%s\n  %s%7s%s%s\n' "$padded" "$2" "$dim" '' "$3" "$plain"
    log "--- $1 $2"
}

# row <columns> <text> ... : a line of a table, each text as wide as told.
row() {
    local line=''
    while [ $# -gt 1 ]; do
        pad "$2" "$1"
        line+="$padded  "
        shift 2
    done
    printf '         %s\n' "${line%"${line##*[! ]}"}"
}

# shown <command as typed>: the command, then its answer from standard input, set in.
shown() {
    printf '         %s$ %s%s\n' "$bold" "$1" "$plain"
    sed 's/^/         /'
}

kilograms() { awk -v grams="${1:-0}" 'BEGIN { printf "%.2f kg", grams / 1000 }'; }

banner() {
    printf '\n  %scustody 演示：林芝的一天%s   2026年5月18日，星期一\n' "$bold" "$plain"
    printf '  A day of medical and hazardous waste in Nyingchi, replayed on a throw-away ledger\n\n'
    printf '  %s单位、人员、车牌、编码全是虚构；行政区划和废物代码是真的。%s\n' "$dim" "$plain"
    printf '  %sUnits, people, plates and codes are invented; divisions and waste codes are real.%s\n\n' "$dim" "$plain"
    printf '  账本 ledger      %s\n  命令记录 log     %s\n' "$dir/ledger" "$dir/demo.log"
}

# --- going wrong -----------------------------------------------------------------------------------

log() { printf '%s\n' "$*" >> "$dir/demo.log"; }

fail() {
    printf '\n%s演示未通过 The demonstration failed: %s%s\n' "$bold" "$*" "$plain" >&2
    log "FAILED: $*"
    exit 1
}

# --- the simulated clock ----------------------------------------------------------------------------
# 8 bytes, microseconds UTC, little-endian; replaced in place, because daemon and devices have it mapped.

put_clock() { # put_clock <file> <time in +08:00>
    local seconds
    seconds=$(date -d "$2+08:00" +%s)
    perl -e 'my $file;
             open $file, -e $ARGV[0] ? "+<" : ">", $ARGV[0] or die "$ARGV[0]: $!\n";
             syswrite($file, pack "q<", $ARGV[1] * 1000000) == 8 or die "$ARGV[0]: $!\n"' "$1" "$seconds"
}

at() { # at 2026-05-18T08:25
    put_clock "$dir/clock" "$1"
    log "clock $1"
}

# --- the cast: parties.csv, places.csv, devices.csv, packs.csv ------------------------------------------

# A demonstration must not name anybody real: every credit code's check digit (GB 32100) is wrong on purpose.
check_codes() {
    perl -F, -lane 'BEGIN { $set = "0123456789ABCDEFGHJKLMNPQRTUWXY"; $weight = 1 }
        next if $. == 1;
        my ($code) = $F[1] =~ /^uscc:(.{18})$/ or die "$F[1]: 18 characters expected\n";
        my ($sum, $weight) = (0, 1);
        for my $character (split //, substr $code, 0, 17) {
            my $value = index $set, $character;
            die "$code: $character\n" if $value < 0;
            $sum += $value * $weight;
            $weight = $weight * 3 % 31;
        }
        die "$code is a valid credit code\n" if substr($set, (31 - $sum % 31) % 31, 1) eq substr $code, 17;' \
        "$here/parties.csv" || fail 'parties.csv: every credit code must have an invalid check digit'
}

declare -A party zh en county   # by the short names of parties.csv
declare -A device_party device_roles device_who
parties=() devices=()

read_cast() {
    local id code kinds site division sector beds parent name_zh name_en roles who
    local level name
    declare -A county_of
    check_codes
    while IFS=, read -r code level name parent; do county_of[$code]=$name; done < "$here/../catalogues/divisions.csv"
    while IFS=, read -r id code kinds site division sector beds parent name_zh name_en; do
        [ "$id" != id ] || continue
        parties+=("$id")
        party[$id]=$code zh[$id]=$name_zh en[$id]=$name_en county[$id]=${county_of[$division]}
    done < "$here/parties.csv"
    while IFS=, read -r id code roles who; do
        [ "$id" != id ] || continue
        devices+=("$id")
        device_party[$id]=$code device_roles[$id]=${roles// /,} device_who[$id]=$who
    done < "$here/devices.csv"
}

# rows_of <table>: how many rows it has.
rows_of() { awk 'END { print NR - 1 }' "$here/$1"; }

# list <word>...: as a JSON list of texts.
list() {
    local word text=''
    for word; do text+="\"$word\","; done
    printf '[%s]' "${text%,}"
}

# register_parties <parent>, register_places: the statements for everybody but the bureau, which the ledger knows since it
# was made. Those of one submission may reach the ledger in another order: what one needs of another goes before.
register_parties() {
    local id code kinds site division sector beds parent name_zh name_en
    while IFS=, read -r id code kinds site division sector beds parent name_zh name_en; do
        case $id in id | bureau) continue ;; esac
        [ "$parent" = "$1" ] || continue
        # shellcheck disable=SC2086 # kinds are words
        printf '{"act":"register_party","party":"%s","kinds":%s,"site":"%s","division":"%s","sector":"%s","beds":%s,"parent":"%s","name":"%s"}\n' \
            "$code" "$(list $kinds)" "$site" "$division" "$sector" "$beds" "${parent:+${party[$parent]}}" "$name_zh"
    done < "$here/parties.csv"
}

register_places() {
    local id code kind division capacity temperature remote
    while IFS=, read -r id code kind division capacity temperature remote; do
        [ "$id" != party ] || continue
        printf '{"act":"register_place","party":"%s","code":"%s","kind":"%s","division":"%s","capacity_g":%s,"temperature":"%s","remote":"%s"}\n' \
            "${party[$id]}" "$code" "$kind" "$division" "$capacity" "$temperature" "$remote"
    done < "$here/places.csv"
}

# bags <what> <device> <from> <until>: the bags of packs.csv that a device packs in that time, as
#   statements  one pack statement a line          codes   a JSON list of labels
#   lines       the lines of a manifest's plan     count, kilograms
bags() {
    awk -F, -v what="$1" -v device="$2" -v from="$3" -v until="$4" -v generator="${party[${device_party[$2]:-$2}]}" '
        $1 != device || $2 < from || $2 >= until { next }
        what == "statements" {
            # The five times of 五即: generated some minutes ago; packed, weighed, coded one after the other.
            printf "{\"act\":\"pack\",\"occurred_at\":\"%s+08:00\",\"generator\":\"%s\",\"place\":\"%s\",", $2, generator, $3
            printf "\"containers\":[{\"code\":\"%s\",\"waste_code\":\"%s\",\"mass_g\":%s,\"mass_source\":\"%s\",", $5, $6, $7, $8
            printf "\"package\":\"%s\",\"ward\":\"%s\",\"epidemic\":\"%s\",", $9, $4, $10
            printf "\"times\":{\"generated_before\":\"%dmin\",\"packed_before\":\"150s\",", 9 + NR % 7
            printf "\"weighed_before\":\"80s\",\"coded_before\":\"35s\"}}]}\n"
        }
        { codes = codes sep "\"" $5 "\""; sep = ","; count++; mass += $7; mass_of[$6] += $7; count_of[$6]++; package_of[$6] = $9 }
        END {
            if (what == "codes") printf "[%s]", codes
            if (what == "count") print count + 0
            if (what == "kilograms") printf "%.2f\n", mass / 1000
            if (what == "lines") {
                sep = "["
                for (code in mass_of) {
                    printf "%s{\"waste_code\":\"%s\",\"planned_mass_g\":%d,\"planned_pieces\":%d,", sep, code, mass_of[code], count_of[code]
                    printf "\"form\":\"solid\",\"package\":\"%s\"}", package_of[code]
                    sep = ","
                }
                printf "]"
            }
        }' "$here/packs.csv"
}

# --- devices -----------------------------------------------------------------------------------------

# device <name> <arguments of custody>...: run a command on a device. Its answer is JSON in $scratch/answer,
# `code` its exit code. $offline, and $clock (another clock file), may be set for one call.
device() {
    local name=$1 began=$EPOCHREALTIME
    shift
    code=0
    log "[$name${offline:+, offline}] custody $*"
    "$build/custody" --home "$dir/devices/$name" --clock-file "${clock:-$dir/clock}" --format json \
        ${offline:+--offline} "$@" > "$scratch/answer" 2> "$scratch/complaint" || code=$?
    cat "$scratch/answer" >> "$scratch/answers"
    cat "$scratch/answer" "$scratch/complaint" >> "$dir/demo.log"
    log "exit $code, $(((${EPOCHREALTIME/./} - ${began/./}) / 1000)) ms"
}

# answers <path>: every value of the last answer whose path ends so; one a line.
answers() {
    "$here/values" < "$scratch/answer" |
        awk -F '\t' -v path="$1" '$1 == path || substr($1, length($1) - length(path)) == "." path { print $2 }'
}

# Readers at the end of a pipe read all of it: a writer that nobody listens to any more would count as a failure.
answer() { answers "$1" | sed -n 1p; }

# expect <exit code> <device> <arguments>...
expect() {
    local expected=$1
    shift
    device "$@"
    [ "$code" = "$expected" ] ||
        fail "$1: custody $2: exit code $code instead of $expected: $(head -n 5 "$scratch/complaint")"
}

on() { expect 0 "$@"; }

# submit <device>: statements as JSON lines from standard input; every one must be recorded or granted
# (offline: kept). `ids` are their ids.
submit() {
    cat > "$scratch/statements"
    on "$1" submit - < "$scratch/statements"
    # Findings have ids too; the statement's own stands at the top.
    mapfile -t ids < <("$here/values" < "$scratch/answer" | awk -F '\t' '$1 ~ /^([^.]*[.])?id$/ { print $2 }')
    [ "${#ids[@]}" = "$(wc -l < "$scratch/statements")" ] || fail "$1: ${#ids[@]} answers to $(wc -l < "$scratch/statements") statements"
}

# statement_of <device>: key:sequence:id of the statement it was last told of.
statement_of() { printf '%s:%s:%s' "$(key_of "$1")" "$(answer sequence)" "$(answer id)"; }

# bag_statement <device> <label>: the same of the bag's pack statement, from the last submission.
bag_statement() {
    local line
    line=$(grep -n "\"code\":\"$2\"" "$scratch/statements" | cut -d: -f1)
    printf '%s:%s:%s' "$(key_of "$1")" "$(answers sequence | sed -n "${line}p")" "${ids[line - 1]}"
}

key_of() { cat "$dir/devices/$1/demo-key"; }

# make_keys <device>: keys first, so that others can name what it signs.
make_keys() {
    on "$1" keygen
    answer key > "$dir/devices/$1/demo-key"
}

invite_devices() {
    local device
    for device in "${devices[@]}"; do
        on bureau-desk invite --party "${party[${device_party[$device]}]}" --roles "${device_roles[$device]}" -o "$scratch/invitation"
        make_keys "$device"
        on "$device" enrol "$scratch/invitation"
        rm "$scratch/invitation"
    done
}

# sponsor <sponsor's device> <device>: a request goes one way, a card the other, as files or QR codes; nobody is online.
sponsor() {
    local offline=yes
    make_keys "$2"
    on "$2" enrol --request --party "${party[$2]}" --roles generator -o "$scratch/request"
    on "$1" enrol --sponsor "$scratch/request" --card "$scratch/card"
    on "$2" enrol --card "$scratch/card"
    rm "$scratch/request" "$scratch/card"
}

# draw <generator> <serial> [<packing device>]: the driver draws the block's next manifest, with no network.
# Sets `manifest` and `number`.
draw() {
    printf -v number 'L%014d' $((10#${block_first#L} + $2))
    {
        printf '{"act":"draw_manifest","block":"%s","number":"%s",' "${block:?}" "$number"
        plan "$1" plant carrier "${truck_b:?}" Y10 "$(bags lines "${3:-$1}" 2026-05-17 "${today:?}Z")"
        printf '}\n'
    } | submit driver-a23
    manifest=${ids[0]}
}

# as_moved: a JSON list of labels as the containers of a load.
as_moved() { sed 's/"\([^"]*\)"/{"code":"\1"}/g'; }

# confirm <device> <manifest> <packing device> <from>: the office accepts the planned mass of every line.
confirm() {
    local line=0 lines='' mass
    while read -r mass; do
        line=$((line + 1))
        lines+=",{\"line\":$line,\"accepted_mass_g\":$mass,\"verdict\":\"accepted\"}"
    done < <(bags lines "$3" "$4" "${today:?}Z" | grep -o '"planned_mass_g":[0-9]*' | cut -d: -f2)
    printf '{"act":"confirm_receipt","manifest":"%s","method":"Y10","lines":[%s]}\n' "$2" "${lines#,}" | submit "$1"
}

feed() { # feed <generator> <labels>
    printf '{"act":"feed","batch":"%s","generator":"%s","line":"L1","containers":%s}\n' "${batch:?}" "${party[$1]}" "$2"
}

# findings_of <rule>: their subjects, as the bureau reads them now.
findings_of() {
    on bureau-desk findings
    "$here/values" < "$scratch/answer" | awk -F '\t' -v rule="$1" '
        { item = $1; sub(/\.[^.]*$/, "", item); name = substr($1, length(item) + 2) }
        name == "rule_name" { rule_of[item] = $2 }
        name == "subject" { subject_of[item] = $2; order[++count] = item }
        END { for (i = 1; i <= count; i++) if (rule_of[order[i]] == rule) print subject_of[order[i]] }'
}

expect_finding() { # expect_finding <rule> <part of its subject>
    [[ $(findings_of "$1") == *"$2"* ]] || fail "no finding $1 about $2"
}

expect_no_finding() {
    [ -z "$(findings_of "$1")" ] || fail "a finding $1 that should have ended: $(findings_of "$1")"
}

# --- answers as tables ------------------------------------------------------------------------------------

# wards_table: what each ward of the hospital packed on the day.
wards_table() {
    local ward pieces mass codes
    row 12 '病区 ward' 8 '件 bags' 12 '重量 mass' 0 '类别 waste codes'
    while IFS=$'\t' read -r ward pieces mass codes; do
        row 12 "$ward" 8 "$pieces" 12 "$(kilograms "$mass")" 0 "$codes"
    done < <(awk -F, -v day="${today:?}" '
        $1 != "hospital-wards" || substr($2, 1, 10) != day { next }
        !($4 in pieces) { order[++count] = $4 }
        { pieces[$4]++; mass[$4] += $7; codes[$4, $6]++ }
        END {
            for (i = 1; i <= count; i++) {
                line = ""
                for (k = 1; k <= 5; k++) {
                    code = sprintf("841-%03d-01", k)
                    if ((order[i], code) in codes) line = line code " ×" codes[order[i], code] "  "
                }
                printf "%s\t%d\t%d\t%s\n", order[i], pieces[order[i]], mass[order[i]], line
            }
        }' "$here/packs.csv")
}

# five_times <label>: the five moments of one bag, as the last two submissions tell.
five_times() {
    local stamp before times=() what=(产生 包装 称重 打码) i
    on bureau-desk trace "${party[hospital]}/$1"
    stamp=$(answer 'containers[0].steps[0].claimed_at')
    on bureau-desk show "$(answer 'containers[0].steps[0].entry')"
    for i in generated packed weighed coded; do
        before=$(answers "${i}_before_us")
        times+=("$(TZ=UTC-8 date -d "@$(((stamp - before) / 1000000))" +%H:%M:%S)")
    done
    printf '\n         %s%s%s' "$bold" "$1" "$plain"
    for i in 0 1 2 3; do printf '   %s %s' "${what[i]}" "${times[i]}"; done
    printf '   入库 07:40:00\n'
}

# table <list> <fields>: the last answer as rows, one for each element of a list, a tab between the fields that are named.
# A row ends when another element begins; a field that an element lacks stays empty.
table() {
    "$here/values" < "$scratch/answer" | awk -F '\t' -v list="$1" -v fields="$2" '
        BEGIN { count = split(fields, names, " ") }
        function flush(  i, line) {
            if (item == "") return
            for (i = 1; i <= count; i++) line = line (i > 1 ? "\t" : "") (names[i] in value ? value[names[i]] : "-")
            print line
        }
        {
            at = index($1, list "[")
            if (at == 0 || (at > 1 && substr($1, at - 1, 1) != ".")) next
            rest = substr($1, at + length(list))
            end = index(rest, "]")
            if (substr($1, 1, at + length(list) + end) != item) { flush(); split("", value); item = substr($1, 1, at + length(list) + end) }
            name = substr(rest, end + 2)
            sub(/\[[0-9]+\]$/, "", name)
            if (name in value) value[name] = value[name] " " $2
            else value[name] = $2
        }
        END { flush() }'
}

# civil <microseconds>: as 05-18 08:25.
civil() { TZ=UTC-8 date -d "@$(($1 / 1000000))" '+%m-%d %H:%M'; }

# reader <text>: parties by their names, keys by the device that holds them.
reader() {
    local text=$1 id
    # A vehicle comes with its trip.
    if [[ $text =~ ^(.*)\ [0-9a-f]{16}$ ]]; then text=${BASH_REMATCH[1]}; fi
    for id in "${parties[@]}"; do text=${text//${party[$id]}\//${zh[$id]} }; text=${text//${party[$id]}/${zh[$id]}}; done
    if [[ $text =~ ^[0-9a-f]{16}$ ]]; then
        for id in "${devices[@]}"; do
            [[ $(key_of "$id") != "$text"* ]] || text="${device_who[$id]} 的密钥 key ${text:0:8}"
        done
    fi
    printf '%s' "$text"
}

# show_entries: every entry is asked for, and its proof checked on the bureau's device; their first lines go into $scratch/entries.
show_entries() {
    local n
    on bureau-desk status
    total_entries=$(answer ledger.size)
    for ((n = 0; n < total_entries; n++)); do
        "$build/custody" --home "$dir/devices/bureau-desk" --clock-file "$dir/clock" show "$n" | sed -n 1p
    done > "$scratch/entries"
    [ "$(awk -F '  +' 'NF >= 3' "$scratch/entries" | wc -l)" = "$total_entries" ] || fail 'an entry could not be shown'
}

# print_totals: how many of which act, with which outcome; facts, permissions, refusals.
print_totals() {
    local count act outcome line=()
    # "账目 entry 12  装车 load  已入账 on the ledger"
    while IFS=$'\t' read -r count act outcome; do
        printf -v count '%4d' "$count"
        line+=(4 "$count" 25 "$act" 20 "$outcome")
        [ ${#line[@]} = 12 ] || continue
        row "${line[@]}"
        line=()
    done < <(awk -F '  +' '
        { count[$2 "\t" $3]++ }
        END { for (i in count) print count[i] "\t" i "\t" (i ~ /refused/ ? 3 : i ~ /granted/ ? 2 : 1) }' "$scratch/entries" |
        sort -t $'\t' -k4,4 -k1,1nr -k2,2 | cut -f1-3)
    [ ${#line[@]} = 0 ] || row "${line[@]}"
}

# print_trace <container>: its chain, and what came of the batch it went into.
print_trace() {
    local act at who place vehicle manifest batch effect signed where code waste mass fed fed_g yielded facility
    printf '         %s%s%s   %s  %s\n' "$bold" "$(reader "$1")" "$plain" "$(answer 'containers[0].waste_code')" \
        "$(kilograms "$(answer 'containers[0].mass_g')")"
    while IFS=$'\t' read -r act at who place vehicle manifest batch signed; do
        where=
        [ "$place" = - ] || where=${place##*/}
        [ "$vehicle" = - ] || where+="${where:+ → }$vehicle"
        [ "$batch" = - ] || where="批次 ${batch##*/}"
        [ "$manifest" = - ] || where+="  联单 $manifest"
        [ "$signed" = - ] || where+="  $(reader "$signed")签认"
        row 12 "$(civil "$at")" 8 "$act" 26 "$who" 0 "$where"
    done < <(table steps 'act_name claimed_at party_name place vehicle manifest_number batch countersigned_by' |
        sed '/^yield/d' | sed 's/^pack/包装/; s/^store/入库/; s/^load/装车/; s/^receive/接收/; s/^feed/投料/')
    IFS=$'\t' read -r facility code fed fed_g yielded < <(table batches 'facility_name code fed fed_g yielded_g')
    printf '         %s批次 %s%s   投入 %s 件 %s，产出 %s：\n' "$bold" "$code" "$plain" "$fed" "$(kilograms "$fed_g")" "$(kilograms "$yielded")"
    while IFS=$'\t' read -r code waste mass; do
        [ "$waste" = 772-003-18 ] || continue
        row 12 '' 8 产出 26 "$facility" 0 "$code  $waste  $(kilograms "$mass")"
    done < <(table containers 'name.code waste_code mass_g')
}

# What is unclosed: manifests and what is late a line each; storage that is still in time as a sum.
print_unclosed() {
    local kind subject holder due state generator sentence now rest=0
    now=$(answer now)
    row 12 '期限 due' 16 '联单、包装' 20 '状态 state' 32 '在谁手里 who holds it' 0 '事由 about'
    while IFS=$'\t' read -r kind subject holder due state generator sentence; do
        case $kind in
        manifest) row 12 "$(civil "$due")" 16 "$subject" 20 "$(in_chinese "$state")" 32 "$holder" 0 "${generator}移出" ;;
        *)
            state='未到期 not yet due'
            if [ "$due" -lt "$now" ]; then state='已逾期 overdue'; fi
            # The pickup of what a unit packed on a day.
            if [ "${subject% *}" != "$subject" ]; then
                sentence="$(reader "${subject% *}")$sentence"
                subject="收运 ${subject##* }"
            fi
            if [ "$due" -lt "$now" ] || [ "${subject#L}" != "$subject" ]; then
                row 12 "$(civil "$due")" 16 "${subject##*/}" 20 "$state" 32 "$holder" 0 "$sentence"
            else
                rest=$((rest + 1))
            fi
            ;;
        esac
    done < <(table items 'kind subject holder_name due manifest.state manifest.generator_name obligation.sentence_zh')
    row 12 '' 0 "另有 $rest 项尚未到期 and $rest more that are not due yet"
}

in_chinese() {
    case $1 in
    issued) printf '已开具 issued' ;;
    loading) printf '装车中 loading' ;;
    'in transit') printf '运输中 in transit' ;;
    delivered) printf '已送达 delivered' ;;
    confirmed) printf '已确认 confirmed' ;;
    received) printf '已接收 received' ;;
    *) printf '%s' "$1" ;;
    esac
}

# Findings with the article; the same finding on several statements in one line.
print_findings() {
    local weight since sentence english subject article times entries
    while IFS=$'\t' read -r weight since sentence english subject article times entries; do
        row 6 "$weight" 12 "$(civil "$since")" 50 "$sentence" 0 "${article#-}"
        printf '                               %s%s%s\n' "$dim" "$english" "$plain"
        row 6 '' 12 '' 50 "$(reader "$subject")" 0 "账目 entries $entries"
    done < <(table findings 'weight since sentence_zh sentence_en subject article entries' |
        sed 's/^breach/违规/; s/^notice/提示/' | awk -F '\t' '
        {
            key = $3 "\t" $4 "\t" $5 "\t" $6
            if (!(key in times)) { order[++count] = key; since[key] = $1 "\t" $2 }
            times[key]++
            entries[key] = entries[key] (times[key] > 1 ? " " : "") $7
        }
        END { for (i = 1; i <= count; i++) print since[order[i]] "\t" order[i] "\t" times[order[i]] "\t" entries[order[i]] }')
}

# --- the daemon ----------------------------------------------------------------------------------------

daemon=

free_port() {
    perl -MSocket -e 'my $socket;
                      socket($socket, PF_INET, SOCK_STREAM, 0) && bind($socket, sockaddr_in(0, INADDR_LOOPBACK)) or die "$!\n";
                      print +(sockaddr_in(getsockname $socket))[0]'
}

# found_ledger <origin> <division> <regulator> <its name> [<more lines of the configuration>]
found_ledger() {
    local requests announcements
    requests=$(free_port)
    announcements=$(free_port)
    cat > "$dir/custodyd.conf" << CONF
[ledger]
data = $dir/ledger
key_file = $dir/ledger.key
mark_file = $dir/ledger.mark
map_size = 1 GiB
fill_ahead = 1 MiB
[listen]
endpoint = tcp://127.0.0.1:$requests
announcements = tcp://127.0.0.1:$announcements
[metrics]
metrics_file = $dir/custodyd.prom
${5:-}
CONF
    "$build/custodyd" init --config "$dir/custodyd.conf" --clock-file "$dir/clock" --demonstration \
        --origin "$1" --division "$2" --regulator "$3" --regulator-name "$4" --output "$dir/bureau.invitation" > "$dir/paper.txt" 2> "$scratch/complaint" ||
        fail "custodyd init: $(cat "$scratch/complaint")"
}

start_daemon() {
    local i
    rm -f "$dir/ledger/endpoints" # those of the run before
    "$build/custodyd" run --config "$dir/custodyd.conf" --clock-file "$dir/clock" >> "$dir/custodyd.log" 2>&1 &
    daemon=$!
    for ((i = 0; i < 500; i++)); do
        [ ! -e "$dir/ledger/endpoints" ] || return 0
        kill -0 "$daemon" 2> /dev/null || break
        sleep 0.02
    done
    fail "custodyd run did not come up: $(tail -n 3 "$dir/custodyd.log")"
}

# receipts: "entry id" of every receipt that a device was shown so far, each once.
receipts() {
    sed -n 's/^{"act":.*"id":"\([0-9a-f]*\)".*"entry":\([0-9]*\).*/\2 \1/p' "$scratch/answers" | sort -u
}

# kill_amid <device>...: each sends its bags, and puts every one into storage; while they do, the daemon is killed with -9
# and started again. Then every receipt from before is asked for by its entry, and must be there, once.
kill_amid() {
    local device i pids=() entry id limit=$((SECONDS + 30)) began
    receipts > "$scratch/receipts"
    receipts_before=$(wc -l < "$scratch/receipts")
    entries_before=$(($(sort -n "$scratch/receipts" | tail -n 1 | cut -d' ' -f1) + 1))
    for device; do on "$device" status; done # which makes the spool's files
    touch "$scratch/reference"
    for device; do
        bags statements "$device" "${today:?}" "${today}Z" > "$scratch/statements-$device"
        for entry in $(bags codes "$device" "$today" "${today}Z" | tr -d '[]' | tr , ' '); do
            store "$device" "${today}T10:34:00" "[$entry]" >> "$scratch/statements-$device"
        done
        in_flight=$((${in_flight:-0} + $(wc -l < "$scratch/statements-$device")))
        "$build/custody" --home "$dir/devices/$device" --clock-file "$dir/clock" --format json \
            submit "$scratch/statements-$device" > "$scratch/answer-$device" 2>> "$dir/demo.log" &
        pids+=($!)
    done
    # The first receipt on a device's disk is the sign that the daemon is in the middle of it.
    until [ "$dir/devices/$1/spool/receipts" -nt "$scratch/reference" ] || [ "$dir/devices/$2/spool/receipts" -nt "$scratch/reference" ]; do
        [ "$SECONDS" -lt "$limit" ] || fail 'no receipt came'
    done
    kill -KILL "$daemon"
    wait "$daemon" 2> /dev/null || true
    log 'the daemon was killed with -9'
    began=$EPOCHREALTIME
    start_daemon
    restart_ms=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
    in_time=$(($(sed -n 's/.* entries=\([0-9]*\).*/\1/p' "$dir/custodyd.log" | tail -n 1) - entries_before))
    for i in "${!pids[@]}"; do
        wait "${pids[i]}" || fail "a device did not finish after the daemon came back"
    done
    for device; do
        cat "$scratch/answer-$device" >> "$scratch/answers"
        cat "$scratch/answer-$device" >> "$dir/demo.log"
    done
    while read -r entry id; do
        on bureau-desk show "$entry"
        [ "$(answer id)" = "$id" ] || fail "entry $entry is not what its receipt says"
    done < "$scratch/receipts"
    receipts > "$scratch/receipts"
    [ "$(cut -d' ' -f1 "$scratch/receipts" | sort -u | wc -l)" = "$(cut -d' ' -f2 "$scratch/receipts" | sort -u | wc -l)" ] ||
        fail 'a statement was counted twice'
    [ "$(wc -l < "$scratch/receipts")" = $((receipts_before + in_flight)) ] || fail 'a statement got lost on the way'
}

stop_daemon() {
    kill -TERM "$daemon"
    wait "$daemon" || fail "custodyd ended with exit code $?"
    daemon=
}

farewell() {
    rm -rf "$scratch"
    local ask="$build/custody --home $dir/devices/bureau-desk"
    printf '\n%s── 演示完毕 ──%s  用时 %d 秒，账本留在 The ledger is left in %s\n\n' "$bold" "$plain" "$SECONDS" "$dir/ledger"
    printf '  接着试试 Try next:\n\n'
    printf '    %s run --config %s --clock-file %s &\n' "$build/custodyd" "$dir/custodyd.conf" "$dir/clock"
    printf '    %s unclosed --division 5404\n' "$ask"
    printf '    %s trace --manifest-number %s\n\n' "$ask" "${number_6:?}"
}

# --- beginning and end -----------------------------------------------------------------------------------

prepare_folder() {
    rmdir "$dir" 2> /dev/null || true # an empty one will do
    if [ -e "$dir" ]; then
        [ -e "$dir/.custody-demo" ] || fail_early "$dir is there, and is not a demonstration's folder; name another in DEMO_DIR"
        rm -rf "$dir"
    fi
    mkdir -p "$dir/devices" "$scratch"
    touch "$dir/.custody-demo" "$scratch/answers"
}

fail_early() {
    printf 'demo.sh: %s\n' "$*" >&2
    exit 1
}

finish() {
    local rc=$?
    trap - EXIT
    if [ -n "$daemon" ]; then { kill -KILL "$daemon" && wait "$daemon"; } 2> /dev/null || true; fi
    if [ $rc != 0 ]; then
        printf '\n%s%s: the last lines:%s\n' "$bold" "$dir/demo.log" "$plain" >&2
        tail -n 15 "$dir/demo.log" | cut -c 1-300 >&2 || true
        printf '%s\n' "$dir/custodyd.log:" >&2
        tail -n 5 "$dir/custodyd.log" 2> /dev/null >&2 || true
    fi
    exit $rc
}
