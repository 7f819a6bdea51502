#!/bin/bash
# demo.sh: a day of medical and hazardous waste in 林芝 (Nyingchi), replayed on a throw-away ledger.
# Never touches anything outside the folder it names, and fails when a story does not end as it should.
#
#   BUILD=build/release [DEMO_DIR=build/demo] deploy/demo/demo.sh
#
# Units, people, plates and codes are invented (*.csv beside this file); divisions and waste codes are real.
# Needs bash, coreutils, awk, sed and perl-base: what every Debian has.
#
# Variables of lib.sh and of this file are used on either side:
# shellcheck disable=SC2034,SC2154
set -euo pipefail
shopt -s lastpipe
export LC_ALL=C.UTF-8
umask 077

here=$(dirname "${BASH_SOURCE[0]}")
build=${BUILD:?BUILD must name the folder with custodyd and custody}
dir=${DEMO_DIR:-build/demo}
# shellcheck source=deploy/demo/lib.sh
. "$here/lib.sh"

prepare_folder
trap finish EXIT
read_cast

truck_a='藏G·样0101/yellow' truck_b='藏G·样0102/yellow' truck_c='川A·样7788/yellow'
today=2026-05-18

# plan <generator> <receiver> <carrier> <vehicle> <method> <lines>
plan() {
    printf '"plan":{"type":"normal","generator":"%s","receiver":"%s","method":"%s","lines":%s,' "${party[$1]}" "${party[$2]}" "$5" "$6"
    printf '"legs":[{"carrier":"%s","vehicle":"%s","mode":"road"}]}' "${party[$3]}" "$4"
}

# issue <generator> <receiver> <carrier> <vehicle> <method> <lines>
issue() {
    printf '{"act":"issue_manifest",'
    plan "$@"
    printf '}\n'
}

# load <trip> <manifest> <generator> <stop> <labels> [<boxes>]
load() {
    printf '{"act":"load","trip":"%s","manifest":"%s","generator":"%s",' "$1" "$2" "${party[$3]}"
    printf '"stop":"%s/%s","containers":%s,"boxes":%s}\n' "${party[$3]}" "$4" "$(as_moved <<< "$5")" "${6:-[]}"
}

# receive <trip> <manifest> <generator> <exceptions> [<boxes>]
receive() {
    printf '{"act":"receive","trip":"%s","manifest":"%s","generator":"%s",' "$1" "$2" "${party[$3]}"
    printf '"place":"LK-1","remainder":"accepted","containers":%s,"boxes":%s}\n' "$4" "${5:-[]}"
}

# store <device> <time> <labels>
store() {
    printf '{"act":"store","occurred_at":"%s+08:00","generator":"%s","place":"ZC-1","containers":%s}\n' \
        "$2" "${party[${device_party[$1]}]}" "$3"
}

banner

# --- founding, registering, opening -------------------------------------------------------------------

section '5月11日 – 15日' '一、建账与登记' 'The ledger is founded'

at 2026-05-11T09:00
found_ledger ledger.linzhi.example/custody-demo 540400 "${party[bureau]}" "${zh[bureau]}"
start_daemon
on bureau-desk enrol "$dir/bureau.invitation"
tell '5/11' "${zh[bureau]}建账；两把根密钥抄在纸上，分开锁好" \
    'The bureau founds the ledger. Two root keys go on paper and into two safes.'

at 2026-05-12T10:00
on bureau-desk set-divisions "$here/../catalogues/divisions.csv"
on bureau-desk set-catalogue "$here/../catalogues/cn-2021.csv" --edition cn-2021
tell '5/12' "录入行政区划 $(rows_of ../catalogues/divisions.csv) 条、国家危险废物名录（2021年版）$(rows_of ../catalogues/cn-2021.csv) 个代码" \
    'The division table and the waste codes of the national catalogue are recorded.'
for profile in cn-medical cn-hazardous; do
    on bureau-desk profile check "$here/../profiles/$profile.ini"
    on bureau-desk set-profile "$here/../profiles/$profile.ini"
    [ "$(answer outcome)" = granted ] || fail "the profile $profile: $(answer outcome) $(answer reason)"
done
on bureau-desk profile show cn-medical
[ "$(answer edition)" = 1 ] && [ "$(answer entry)" -gt 0 ] || fail 'the ledger does not tell of cn-medical'
tell '' "规则集入账：医疗废物、危险废物各一份，条文里的每个数字都有出处；2025、2026年节假日按国务院通知" \
    "The rules' numbers are recorded too, each with its article; whoever changes one must set a new edition."

register_parties '' | submit bureau-desk
register_parties medog | submit bureau-desk
register_places | submit bureau-desk
on bureau-desk register-vehicle --vehicle "$truck_a" --carrier "${party[carrier]}" --licence 演示运证0101 \
    --scope 6.2 --medical --capacity-g 1500kg --effective-until 2027-05-01
on bureau-desk register-vehicle --vehicle "$truck_b" --carrier "${party[carrier]}" --licence 演示运证0102 \
    --scope 6.2 --medical --capacity-g 1500kg --effective-until 2027-05-01
on bureau-desk grant-permit --party "${party[plant]}" --number 演示许可0001 --activity treat,store --code '841-*' \
    --method Y10 --mass-daily-g 3000kg --effective-until 2031-05-01
on bureau-desk grant-permit --party "${party[centre]}" --number 演示许可0002 --activity collect,store --code HW08,HW49 \
    --effective-until 2029-05-01
tell '' "登记 $((${#parties[@]} - 1)) 家单位、$(rows_of places.csv) 处贮存场所、2 辆车、2 份许可证，七个县区市都有" \
    'Units in all seven counties, their stores, two vehicles and two permits are registered:'
row 36 '单位 unit' 14 '所在地' 0 ''
for id in "${parties[@]}"; do
    row 36 "${zh[$id]}" 14 "${county[$id]}" 0 "${en[$id]}"
done

at 2026-05-13T09:30
invite_devices
echo
tell '5/13' "${#devices[@]} 台设备凭一次性邀请登记密钥：私钥在设备上生成，从不离开" \
    'Each device makes its own key and enrols it with an invitation that works once.'

at 2026-05-15T17:00
on driver-a23 reserve-numbers --party "${party[carrier]}" --count 20 --receiver "${party[plant]}" --code '841-*' \
    --mass-ceiling-g 500kg --effective-until 2026-07-01
block=$(statement_of driver-a23) block_first=$(answer number)
tell '5/15' "给没有信号的路线预留 20 个联单号，从 $block_first 起" \
    'Twenty manifest numbers are set aside for roads without a signal.'
on bureau-desk open-ledger
tell '' '账本启用：此后任何许可都不能追溯' 'The ledger is opened. From here on no permission reaches back in time.'

# --- the weekend ----------------------------------------------------------------------------------------

section '5月16日 – 17日' '二、周末' 'The weekend'

at 2026-05-16T17:00
for device in hospital-wards bome-store; do
    bags statements "$device" 2026-05-16 2026-05-17 | submit "$device"
done
store hospital-store 2026-05-16T16:55:00 "$(bags codes hospital-wards 2026-05-16 2026-05-17)" | submit hospital-store
store bome-store 2026-05-16T09:20:00 "$(bags codes bome-store 2026-05-16 2026-05-17)" | submit bome-store
tell '周六' "${zh[hospital]} 3 件、${zh[bome]} 1 件入库；医疗废物暂存不得超过 48 小时" \
    'Four bags go into storage. From now on their 48 hours are running.'

at 2026-05-17T19:30
bags statements mainling-store 2026-05-17 2026-05-18 | submit mainling-store
store mainling-store 2026-05-17T10:00:00 "$(bags codes mainling-store 2026-05-17 2026-05-18)" | submit mainling-store
for clinic in clinic1 clinic2 clinic3; do
    sponsor medog-store "$clinic"
done
tell '周日' "${zh[medog]}为 3 个村卫生室担保密钥；村里没有网络，手机当面扫码，记录先存本机" \
    'The township centre vouches for the phones of three village clinics, face to face, with no network.'

# --- the wards ------------------------------------------------------------------------------------------

section '周一 06:40 – 07:45' '三、清晨：即产生、即包装、即称重、即打码、即入库' 'Morning in the wards'

at ${today}T06:40
on driver-a23 depart --vehicle "$truck_b" --driver-licence 演示驾证A23 --escort-licence 演示押证B07 --receiver "${party[plant]}"
trip_b=$(answer id)
tell '06:40' "演示驾驶员A23驾 ${truck_b%/*} 从墨脱县城出发，去没有信号的村子（见第七节）" \
    'Driver A23 leaves Mêdog town for villages without a signal; his day is told in section seven.'

at ${today}T07:40
bags statements hospital-wards $today "${today}Z" | submit hospital-wards
pack_of_fc02=$(bag_statement hospital-wards FC-0518-02)
store hospital-store ${today}T07:40:00 "$(bags codes hospital-wards $today "${today}Z")" | submit hospital-store
tell '07:40' "${zh[hospital]}六个病区 $(bags count hospital-wards $today "${today}Z") 件、$(bags kilograms hospital-wards $today "${today}Z") 千克，逐件扫码称重入库" \
    'Six wards pack, weigh, label and store; the five times of every bag are on record.'
wards_table
five_times SS-0518-03

# --- the pick-up ------------------------------------------------------------------------------------------

section '08:00 – 10:05' '四、医院交接' 'The pick-up at two hospitals'

at ${today}T08:00
on driver-a17 depart --vehicle "$truck_a" --driver-licence 演示驾证A17 --escort-licence 演示押证B03 --receiver "${party[plant]}"
trip_a=$(answer id)
at ${today}T08:04
on hospital-wards amend --target "$pack_of_fc02" --generator "${party[hospital]}" \
    --container code=FC-0518-02,mass=1.85kg,mass_source=weighed --reason instrument
tell '08:04' '妇产科复称 FC-0518-02：2.05 改为 1.85 千克，原记录不动，更正另记一条' \
    'A bag is weighed again. The old record stays as it was; the correction is a record of its own.'

at ${today}T08:10
expect 1 hospital-office issue-manifest --receiver "${party[centre]}" --method Y10 \
    --line waste_code=841-001-01,planned_mass=60kg,planned_pieces=25,form=solid,package=bag \
    --leg "carrier=${party[carrier]},vehicle=$truck_a,mode=road"
refused_entry=$(answer entry)
[ "$(answer reason)" = permit_missing ] || fail "the manifest to a receiver without a permit: $(answer outcome) $(answer reason)"
tell '08:10' "医院选错了接受单位（${zh[centre]}没有医疗废物许可证）：不予许可，申请本身记为第 $refused_entry 条账目" \
    "A manifest to a receiver without the permit is refused; the refusal itself stands as entry $refused_entry."

at ${today}T08:12
issue hospital plant carrier "$truck_a" Y10 "$(bags lines hospital-wards 2026-05-16 "${today}Z")" | submit hospital-office
manifest_1=${ids[0]} number_1=$(answer number)
at ${today}T08:25
load "$trip_a" "$manifest_1" hospital ZC-1 "$(bags codes hospital-wards 2026-05-16 "${today}Z")" | submit driver-a17
on hospital-store countersign --statement "$(statement_of driver-a17)"
tell '08:25' "联单 $number_1：演示驾驶员A17装车 $(bags count hospital-wards 2026-05-16 "${today}Z") 件、$(bags kilograms hospital-wards 2026-05-16 "${today}Z") 千克，医院当面签认" \
    'The driver loads, the hospital countersigns: two keys, one hand-over.'

at ${today}T09:30
bags statements mainling-store $today "${today}Z" | submit mainling-store
store mainling-store ${today}T08:40:00 "$(bags codes mainling-store $today "${today}Z")" | submit mainling-store
issue mainling plant carrier "$truck_a" Y10 "$(bags lines mainling-store 2026-05-17 "${today}Z")" | submit mainling-store
manifest_2=${ids[0]} number_2=$(answer number)
for device in bome-store nang-store; do
    bags statements "$device" $today "${today}Z" | submit "$device"
    store "$device" ${today}T09:25:00 "$(bags codes "$device" $today "${today}Z")" | submit "$device"
done
tell '09:30' "${zh[bome]}、${zh[nang]}的早班也已入库" 'The morning shifts of two more units are in storage.'
at ${today}T10:05
load "$trip_a" "$manifest_2" mainling ZC-1 "$(bags codes mainling-store 2026-05-17 "${today}Z")" | submit driver-a17
on mainling-store countersign --statement "$(statement_of driver-a17)"
tell '10:05' "联单 $number_2：${zh[mainling]} $(bags count mainling-store 2026-05-17 "${today}Z") 件、$(bags kilograms mainling-store 2026-05-17 "${today}Z") 千克" \
    'The county hospital of Mainling, on the same truck.'

# --- killed -----------------------------------------------------------------------------------------------

section '10:35' '五、断电' 'The power goes'

at ${today}T10:35
kill_amid gongbo-store zayu-store
tell '10:35' "${zh[gongbo]}、${zh[zayu]}正在上传，账本进程被 kill -9；$restart_ms 毫秒后重新就绪" \
    "While two units are sending, the daemon is killed with -9. It is back after $restart_ms ms."
tell '' "当时在传 $in_flight 条，其中 $in_time 条已经落盘；重启后设备自动补齐，没有人再按一次" \
    "Of $in_flight statements on their way $in_time were on disk; the devices sent the rest by themselves."
tell '' "断电前的 $receipts_before 张回执逐张对过：一条不少，一条不重" \
    "All $receipts_before receipts from before are found again: none is missing, none is counted twice."

# --- at the plant ------------------------------------------------------------------------------------------

section '11:30 – 14:30' '六、到厂' 'At the plant'

at ${today}T11:30
# The gate scans every piece; it tells only of those that are not as they should be, and "the rest: accepted".
receive "$trip_a" "$manifest_1" hospital '[{"code":"NK-0518-04","verdict":"missing"}]' | submit plant-gate
[ "$(answers rule_name)" = missing_at_receipt ] || fail "the missing bag is not told at once: $(answers rule_name)"
tell '11:30' "联单 $number_1：少一件 NK-0518-04，其余接受；回执当场带回提示" \
    'One bag did not arrive. The receipt itself brings the finding back to the gate.'
receive "$trip_a" "$manifest_2" mainling '[{"code":"ML-0518-05","verdict":"accepted","mass":"3.60kg","mass_source":"weighed"}]' |
    submit plant-gate
[ "$(answers rule_name)" = mass_differs ] || fail "the overweight bag is not told at once: $(answers rule_name)"
tell '11:30' "联单 $number_2：ML-0518-05 申报 1.10 千克，过磅 3.60 千克" \
    'One bag weighs 3.60 kg at the gate instead of 1.10 kg.'

at ${today}T14:30
confirm plant-office "$manifest_1" hospital-wards 2026-05-16
confirm plant-office "$manifest_2" mainling-store 2026-05-17
tell '14:30' '处置中心办公室确认两份联单（接受后 5 个工作日内必须确认）' \
    "The plant's office confirms both manifests; the law gives it five working days."

# --- the gorge -----------------------------------------------------------------------------------------------

section '06:40 – 15:10' '七、峡谷里没有信号' 'The gorge without a signal'

# These phones have no network: they keep what they sign, and their clock is their own.
clock=$dir/clock-gorge
offline=yes
put_clock "$clock" ${today}T07:45

visit() { # visit <clinic> <time> <serial> <labels>: the driver draws a manifest and loads; the clinic countersigns
    local clinic=$1
    put_clock "$clock" "${today}T$2"
    bags statements "$clinic" 2026-05-17 "${today}T$2" | submit "$clinic"
    draw "$clinic" "$3"
    load "$trip_b" "$manifest" "$clinic" CD-1 "$(bags codes "$clinic" 2026-05-17 "${today}Z")" | submit driver-a23
    on "$clinic" countersign --statement "$(statement_of driver-a23)"
}

visit clinic1 07:50 0
manifest_3=$manifest number_3=$number
tell '07:50' "村卫生室01：T1、T2 两件，现场开联单 $number，双方手机各存一份" \
    'Clinic 01: labels T1 and T2. The manifest is drawn on the spot; both phones keep the hand-over.'
visit clinic2 08:50 1
manifest_4=$manifest
tell '08:50' "村卫生室02：也是 T1、T2 两件，标签只在本单位内唯一，账上不会混" \
    'Clinic 02 has a T1 and a T2 as well. A label is unique within its unit only; nothing is mixed up.'
put_clock "$clock" ${today}T09:20
load "$trip_b" '' clinic3 CD-1 '[]' | submit driver-a23
on clinic3 countersign --statement "$(statement_of driver-a23)"
tell '09:20' '村卫生室03：没有废物，空跑也是一次收运，留记录' \
    'Clinic 03 has nothing to collect. The visit counts, so it is recorded.'
put_clock "$clock" ${today}T10:00
bags statements medog-store 2026-05-17 "${today}Z" | submit medog-store
store medog-store ${today}T09:55:00 "$(bags codes medog-store 2026-05-17 "${today}Z")" | submit medog-store
put_clock "$clock" ${today}T10:05
on medog-store nest --generator "${party[medog]}" --box ZX-07 --box-owner "${party[carrier]}" \
    --container "$(bags codes medog-store 2026-05-17 "${today}Z" | tr -d '[]"')"
put_clock "$clock" ${today}T10:20
draw medog 2 medog-store
manifest_5=$manifest
load "$trip_b" "$manifest_5" medog ZC-1 '[]' '["ZX-07"]' | submit driver-a23
on medog-store countersign --statement "$(statement_of driver-a23)"
tell '10:20' "${zh[medog]}：三件装进周转箱 ZX-07，扫箱即扫件；联单 $number" \
    'Three bags go into box ZX-07: scanning the box takes what is in it.'
unset clock offline

at ${today}T14:20
on driver-a23 sync
tell '14:20' "司机回到县城，有信号了：$(answer delivered) 条一次补传。诊所的包装记录还没到，账上先提示：" \
    'Back in town the phone sends what it kept. The clinics have not: the ledger notes what it lacks.'
expect_finding loaded_not_packed "${party[clinic1]}/T1"
findings_of loaded_not_packed | while read -r subject; do
    row 34 "$(reader "$subject")" 0 '已装车但无包装记录 loaded, never packed'
done
expect 3 clinic2 sync
tell '14:30' "村卫生室02先上传：担保还没入账，$(answer waiting) 条留在本机等候，不丢" \
    "Clinic 02 sends before its sponsor's word is there: its records wait on the phone; nothing is lost."
at ${today}T14:50
on medog-store sync
on clinic1 sync
at ${today}T15:10
on clinic2 sync
on clinic3 sync
expect_no_finding loaded_not_packed
tell '15:10' '卫生院的担保和诊所的记录都到了：先后顺序不影响结果，上面的提示自行消失' \
    'The order of arrival changes nothing: the missing records came, and the notes ended by themselves.'

# --- to ash ------------------------------------------------------------------------------------------------

section '15:30 – 17:20' '八、化为灰烬' 'To ash'

at ${today}T15:30
batch=LU-0518-1
{
    feed hospital "$(bags codes hospital-wards 2026-05-16 "${today}Z" | sed 's/"NK-0518-04",//')"
    feed mainling "$(bags codes mainling-store 2026-05-17 "${today}Z")"
} | submit plant-furnace
at ${today}T17:20
printf '{"act":"yield","batch":"%s","method":"Y10","line":"L1","finished":true,"outputs":[%s,%s]}\n' "$batch" \
    '{"code":"HZ-0518-1","waste_code":"772-003-18","mass":"11.60kg","mass_source":"weighed","package":"drum"}' \
    '{"code":"FH-0518-1","waste_code":"772-003-18","mass":"2.90kg","mass_source":"weighed","package":"bag"}' | submit plant-furnace
tell '17:20' "批次 $batch：投料 $(($(bags count hospital-wards 2026-05-16 "${today}Z") - 1 + $(bags count mainling-store 2026-05-17 "${today}Z"))) 件，焚烧（Y10），产出炉渣 11.60、飞灰 2.90 千克，代码 772-003-18" \
    'One batch is burnt; bottom ash and fly ash are new containers, with their own code and chain.'

# --- what should not have happened ----------------------------------------------------------------------------

section '17:30 – 19:20' '九、不该发生的事' 'What should not have happened'

at ${today}T17:30
on garage-desk pack --place ZC-1 --container code=FY-01,waste_code=900-214-08,mass=168kg,mass_source=weighed,package=drum \
    --container code=FY-02,waste_code=900-214-08,mass=171kg,mass_source=weighed,package=drum
on garage-desk store --generator "${party[garage]}" --place ZC-1 --container FY-01,FY-02
on garage-desk issue-manifest --receiver "${party[centre]}" --method R9 \
    --line waste_code=900-214-08,planned_mass=339kg,planned_pieces=2,form=liquid,package=drum \
    --leg "carrier=${party[outside]},vehicle=$truck_c,mode=road"
manifest_6=$(answer id) number_6=$(answer number)
at ${today}T17:45
on driver-q88 depart --vehicle "$truck_c" --driver-licence 演示驾证Q88 --escort-licence 演示押证Q89 --receiver "${party[centre]}"
trip_c=$(answer id)
at ${today}T17:50
load "$trip_c" "$manifest_6" garage ZC-1 '["FY-01","FY-02"]' | submit driver-q88
expect_finding vehicle_unregistered "${truck_c%/*}"
tell '17:50' "${truck_c%/*} 未备案，却在波密装走两桶废矿物油（联单 $number_6）：事实照记，违规照提，至今在途" \
    'A truck from another province is not on file, and loads all the same. The fact is recorded; so is the breach.'

at ${today}T18:00
issue bome plant carrier "$truck_a" Y10 "$(bags lines bome-store 2026-05-16 2026-05-17)" | submit bome-store
number_7=$(answer number)
tell '18:00' "${zh[bome]}申领联单 $number_7，没有车来；周六 09:10 的一袋已过 48 小时" \
    'A hospital asks for a pick-up and nobody comes. Its bag of Saturday is past the 48 hours.'

at ${today}T18:30
backdated=$dir/clock-nang
put_clock "$backdated" 2026-05-16T10:10
bags statements nang-store $today ${today}T09:15 | sed "s/$today/2026-05-16/; s/LX-0518/LX-0516/" | clock=$backdated submit nang-store
nang_key=$(key_of nang-store)
expect_finding clock_wrong "${nang_key:0:8}"
tell '18:30' "${zh[nang]}把手机时间拨回周六，补写三条所谓周六的台账：这台手机今早见过账本，签名自证时间不对" \
    'A clerk sets the clock back to Saturday and writes up the register. The phone has seen the ledger of this morning: caught.'

at ${today}T19:10
{
    receive "$trip_b" "$manifest_3" clinic1 '[]'
    receive "$trip_b" "$manifest_4" clinic2 '[]'
    receive "$trip_b" "$manifest_5" medog '[]' "[\"${party[carrier]}/ZX-07\"]"
} | submit plant-gate
[ -z "$(answers rule_name)" ] || fail "findings at the gate: $(answers rule_name)"
at ${today}T19:20
{
    printf '{"act":"unnest","generator":"%s","box":"ZX-07","box_owner":"%s","containers":%s}\n' \
        "${party[medog]}" "${party[carrier]}" "$(bags codes medog-store 2026-05-17 "${today}Z")"
} | submit plant-gate
tell '19:10' "${truck_b%/*} 从墨脱到厂，三份联单全数接受；办公室下班了，还没有确认" \
    'The truck from Mêdog arrives and everything is accepted; the office has gone home and not confirmed.'

# --- in the evening --------------------------------------------------------------------------------------------

section '21:00' '十、晚上九点，主管部门' 'What the bureau reads at nine'

at ${today}T21:00
show_entries
tell '' "账上共 $total_entries 条，逐条取出核对" "The ledger has $total_entries entries. Every one was asked for and its proof checked:"
print_totals

bag="${party[hospital]}/SS-0518-03"
echo
tell '' '一袋病理性废物，从手术室到灰' 'One bag from the operating theatre to ash  (custody trace PARTY/CODE --forward)'
on bureau-desk trace "$bag" --forward
[ "$(answer 'containers[0].state')" = fed ] || fail "the traced bag is $(answer 'containers[0].state'), not fed"
print_trace "$bag"

echo
tell '' '两家村卫生室各有一个 T1' 'Two village clinics, two containers with the label T1'
for id in clinic1 clinic2; do
    on bureau-desk trace "${party[$id]}/T1"
    row 34 "${zh[$id]}" 12 "$(answer 'containers[0].waste_code')" 10 "$(kilograms "$(answer 'containers[0].mass_g')")" \
        24 "联单 $(answer 'containers[0].manifest_number')" 0 "$(in_chinese "$(answer 'containers[0].state')")"
done

echo
tell '' '未办结的联单与期限，最急的在前' 'Unclosed manifests and what is due, the most urgent first  (custody unclosed)'
on bureau-desk unclosed
print_unclosed
table items 'kind subject' | tr '\t' ' ' > "$scratch/unclosed"
for open in "manifest $number_1" "manifest $number_6" "manifest $number_7" "obligation $number_3"; do
    grep -qx "$open" "$scratch/unclosed" || fail "not among the unclosed: $open"
done
if grep -qx "manifest $number_2" "$scratch/unclosed"; then fail "manifest $number_2 was delivered, confirmed and burnt, and is not closed"; fi

echo
tell '' '提示与违规，附条款' 'Findings, with the article of the law  (custody findings)'
on bureau-desk findings
print_findings
answers rule_name > "$scratch/rules"
# Two hospitals with beds were visited on the 18th for what they had packed days before, one not at all.
for rule in missing_at_receipt mass_differs medical_storage vehicle_unregistered clock_wrong collection_interval; do
    grep -qx "$rule" "$scratch/rules" || fail "the findings do not list $rule"
done
if grep -qxvE 'missing_at_receipt|mass_differs|medical_storage|vehicle_unregistered|clock_wrong|collection_interval' "$scratch/rules"; then fail 'there are findings that nobody expected'; fi

# --- what a stranger can check -----------------------------------------------------------------------------------

section '21:20' '十一、不必相信，可以核对' 'Check it, do not trust it'

at ${today}T21:20
on bureau-desk prove "$refused_entry" -o "$dir/entry-$refused_entry.proof"
on bureau-desk audit
tell '' "主管部门自己的设备从第 0 条起重算哈希、核对签名：$(answer size) 条，$(answer signatures) 个签名，根与账本所签一致" 'The bureau pulls every entry and recomputes hashes and signatures on its own device.'
stop_daemon
tell '' '账本进程已停；下面不需要它' 'The daemon is stopped now. What follows does not need it.'
on bureau-desk verify "$dir/entry-$refused_entry.proof"
tell '' "第 $refused_entry 条（被拒的联单申请）的证明离线核对：成立" "The proof of entry $refused_entry, the refusal, verifies offline."
# The third byte of an entry is its outcome: 3 is refused, 2 granted. In base64, AQM and AQI.
sed 's/^extra AQM/extra AQI/' "$dir/entry-$refused_entry.proof" > "$scratch/forged.proof"
expect 5 bureau-desk verify "$scratch/forged.proof"
tell '' '有人把「不予许可」改成「已许可」，再核对：不成立' 'Somebody turns refused into granted in that file. It does not verify.'
"$build/custodyd" audit --config "$dir/custodyd.conf" > "$scratch/audit.txt" 2>&1 || fail "custodyd audit: $(cat "$scratch/audit.txt")"
tell '' 'custodyd audit：从第 0 条起全部重算，并与查询表逐项比较' 'The daemon audits itself, from entry 0, with every look-up compared to a rebuild:'
shown "custodyd audit --config $dir/custodyd.conf" < "$scratch/audit.txt"

farewell
