/* rule.h: every rule that facts can break, as one table.
 * Columns: number, name, edition, weight, row of the national table, article, sentence in Chinese, sentence in English.
 * Numbers are never reused; a corrected rule gets a new edition under the same number, which a profile turns on.
 *
 * A mark is a property of a record: counted, never listed. A finding's id is its rule, its subject and its anchor: the
 * statement that it hangs on. */
#ifndef CUSTODY_PROTO_RULE_H
#define CUSTODY_PROTO_RULE_H

#include <stdint.h>

enum rule_weight { RULE_MARK = 1, RULE_NOTICE = 2, RULE_BREACH = 3 };
enum { RULE_NUMBER_MAX = 127 };

/* clang-format off */
/* Where no law stands behind a rule, it says so. */
#define RULE_OF_THE_HOUSE "本系统规则 house rule"

#define RULES(X) \
    X(1, medical_storage, 1, RULE_BREACH, "N10", "医疗废物管理条例 第十七条", "废物暂存超过规定时间", \
      "waste was in temporary storage for longer than the limit") \
    X(2, receipt_unconfirmed, 1, RULE_BREACH, "N16", "危险废物转移管理办法 第十八条", "接受后未在规定工作日内确认", \
      "the receipt was not confirmed within the working days that the rule gives") \
    X(3, loaded_not_packed, 1, RULE_BREACH, "N08", "危险废物转移管理办法 第十三条", "已装车但无包装记录", \
      "loaded, but no record of it being packed") \
    X(4, missing_at_receipt, 1, RULE_BREACH, "N15", "危险废物转移管理办法 第十八条", "接收时缺少该包装", \
      "loaded, but missing at the receiver's gate") \
    X(5, extra_at_receipt, 1, RULE_BREACH, "N15", "危险废物转移管理办法 第十八条", "接收了未装车的包装", \
      "received, but no record of it being loaded") \
    X(6, mass_differs, 1, RULE_BREACH, "N15", "危险废物转移管理办法 第十八条", "接收重量与移出重量差异超过允许范围", \
      "the mass received differs from the mass loaded by more than the tolerance") \
    X(7, vehicle_unregistered, 1, RULE_BREACH, "N07", "危险废物转移管理办法 第十三条", "车辆未备案", \
      "the vehicle was not on file") \
    X(8, vehicle_expired, 1, RULE_BREACH, "N07", "危险废物转移管理办法 第十三条", "车辆备案已过期或被暂停", \
      "the vehicle's filing had expired or was suspended") \
    X(9, receiver_not_permitted, 1, RULE_BREACH, "N05", "固体废物污染环境防治法 第八十条", "接受单位的许可证不包括该废物", \
      "the receiver holds no permit that covers this waste") \
    X(10, contested, 1, RULE_NOTICE, "", RULE_OF_THE_HOUSE, "记录方无权移动该包装，对方未签认", \
      "the author had no standing to move this and the holder has not countersigned") \
    X(11, chain_gap, 1, RULE_NOTICE, "", RULE_OF_THE_HOUSE, "该密钥的记录链有缺口", \
      "statements of this key's chain have not arrived") \
    X(12, chain_fork, 1, RULE_BREACH, "", RULE_OF_THE_HOUSE, "该密钥的记录链分叉", \
      "two different statements stand in one slot of this key's chain") \
    X(13, clock_wrong, 1, RULE_NOTICE, "", RULE_OF_THE_HOUSE, "设备时间被证明有误（签名时间早于其所见检查点）", \
      "the device's clock was proved wrong: signed before the checkpoint that it had seen") \
    X(14, code_unknown, 1, RULE_NOTICE, "N04", "国家危险废物名录 第五条", "废物代码不在当时有效的名录中", \
      "the waste code is not in the catalogue in force at that time") \
    X(15, drawn_outside_block, 1, RULE_BREACH, "N01", "危险废物转移管理办法 第十五条", "联单号码不在有效号段内", \
      "the manifest's number is not from a live block of its generator") \
    X(16, moved_without_manifest, 1, RULE_BREACH, "", "危险废物转移管理办法 第十一条", "无联单转移", \
      "loaded without a manifest that is in force") \
    X(17, key_doubted, 1, RULE_NOTICE, "", RULE_OF_THE_HOUSE, "该密钥自某时起可疑", \
      "the key was revoked with doubt over its earlier statements") \
    X(18, plant_storage, 1, RULE_BREACH, "N11", "GB 39707-2020 5.4.6", "处置单位贮存超过规定时间", \
      "stored at the treatment plant for longer than its temperature and remoteness allow") \
    X(19, collection_interval, 1, RULE_BREACH, "N12", "医疗废物管理条例 第二十五条", "未按规定频次收运", \
      "no pickup within the interval that the rule gives") \
    X(20, stock_age, 1, RULE_BREACH, "N20", "固体废物污染环境防治法 第八十一条", "贮存超过规定期限", \
      "in stock for longer than the limit") \
    X(21, plan_missing, 1, RULE_NOTICE, "N02", "危险废物转移管理办法 第十四条", "无备案的管理计划", \
      "no management plan on file covers this transfer") \
    X(22, plan_exceeded, 1, RULE_NOTICE, "N02", "危险废物转移管理办法 第十条", "转移量超过管理计划", \
      "more was moved than the management plan holds") \
    X(23, approval_missing, 1, RULE_BREACH, "N06", "危险废物转移管理办法 第二十七条、第二十八条", "跨省转移无有效批准或超出批准量", \
      "no approval in force covers this transfer across provinces, or its quantity is used up") \
    X(24, contract_missing, 1, RULE_NOTICE, "", "危险废物转移管理办法 第十条", "移出人与接受人之间无有效合同", \
      "no contract in force between generator and receiver is on file") \
    X(25, carrier_not_permitted, 1, RULE_BREACH, "N07", "危险废物转移管理办法 第十三条", "承运单位无运输资质", \
      "the carrier holds no permit to transport this waste") \
    X(26, crew_uncertified, 1, RULE_BREACH, "N07", "危险货物道路运输安全管理办法 第四十四条", "驾驶员或押运员证件不在有效备案中", \
      "no certificate in force is on file for the driver or the escort") \
    X(27, vehicle_not_medical, 1, RULE_BREACH, "N09", "医疗废物管理条例 第二十六条", "未使用医疗废物专用车辆", \
      "medical waste on a vehicle that is not filed for medical waste") \
    X(28, mode_forbidden, 1, RULE_BREACH, "N09", "医疗废物管理条例 第十五条", "医疗废物不得铁路、航空运输", \
      "medical waste may not travel by rail or by air") \
    X(29, mixed_cargo, 1, RULE_BREACH, "N09", "医疗废物管理条例 第二十六条", "医疗废物与其他物品同车运输", \
      "medical waste travelled with other cargo") \
    X(30, load_mass_differs, 1, RULE_NOTICE, "N08", "危险废物转移管理办法 第十三条", "装车重量与标签重量不符", \
      "the mass at loading differs from the label by more than the tolerance") \
    X(31, two_places, 1, RULE_BREACH, "", RULE_OF_THE_HOUSE, "同一包装同时出现在两处", \
      "the same container was in two hands at once") \
    X(32, material_difference, 1, RULE_BREACH, "N15", "危险废物转移管理办法 第十八条", "接受人确认存在重大差异", \
      "the receiver's office confirmed a material difference") \
    X(33, vehicle_too_fast, 1, RULE_BREACH, "N13", RULE_OF_THE_HOUSE, "同一车辆在两地出现，快于可能的行驶速度", \
      "one vehicle in two places faster than it can drive") \
    X(34, plant_hourly, 1, RULE_BREACH, "", "固体废物污染环境防治法 第八十条", "小时处置量超过许可", \
      "the plant treated more in an hour than it is permitted") \
    X(35, plant_daily, 1, RULE_BREACH, "", "固体废物污染环境防治法 第八十条", "日处置量超过许可", \
      "the plant treated more in a day than it is permitted") \
    X(36, plant_yearly, 1, RULE_BREACH, "N05", "固体废物污染环境防治法 第八十条", "年处置量超过许可", \
      "the plant treated more in the year than it is permitted") \
    X(37, treated_while_off, 1, RULE_BREACH, "", RULE_OF_THE_HOUSE, "设施停运期间记录了处置", \
      "treatment was recorded while the line was off") \
    X(38, self_receipt, 1, RULE_BREACH, "", RULE_OF_THE_HOUSE, "移出人与接受人相同", \
      "generator and receiver are the same party") \
    X(39, treatment_not_permitted, 1, RULE_BREACH, "N05", "固体废物污染环境防治法 第八十条", "处置单位的许可证不包括该废物", \
      "treated by a party whose permit does not cover this waste") \
    X(40, five_order, 1, RULE_NOTICE, "N19", "HJ 1259-2022 6.3", "“五即”时间顺序有误", \
      "the five times of at-once handling are out of order") \
    X(41, five_gap, 1, RULE_MARK, "N19", "HJ 1259-2022 6.3", "“五即”间隔超过规定", \
      "the five times of at-once handling are too far apart") \
    X(42, late_recorded, 1, RULE_NOTICE, "N19", RULE_OF_THE_HOUSE, "记录远迟于所述时间", \
      "recorded long after the time that it speaks of") \
    X(43, late_cluster, 1, RULE_BREACH, "", RULE_OF_THE_HOUSE, "短时间内集中补录多日记录", \
      "records of many days were entered within one sitting") \
    X(44, batch_exceeds_feed, 1, RULE_BREACH, "N19", "HJ 1259-2022 6.3", "批次产出大于投入与添加之和", \
      "more came out of the batch than was fed and added") \
    X(45, declared_differs, 1, RULE_NOTICE, "N19", "HJ 1259-2022 7.2", "申报数与台账不符", \
      "the declared figures differ from the ledger's") \
    X(46, moved_under_refused, 1, RULE_BREACH, "", "危险废物转移管理办法 第十一条", "凭未获准的联单转移", \
      "moved under a manifest that was refused or cancelled") \
    X(47, numbers_unused, 1, RULE_NOTICE, "N01", RULE_OF_THE_HOUSE, "号段到期仍有未用号码", \
      "the block lapsed with numbers that nobody used") \
    X(48, uncleaned, 1, RULE_NOTICE, "N24", "GB 39707-2020 5.5.2", "车辆或周转箱使用后未按时清洗消毒", \
      "a vehicle or box was not cleaned in time after use") \
    X(49, reused_uncleaned, 1, RULE_BREACH, "N24", "GB 39707-2020 5.5.2", "未清洗消毒即再次使用", \
      "a vehicle or box was used again before it was cleaned") \
    X(50, report_late, 1, RULE_BREACH, "N21", "HJ 1259-2022 7.2", "未按期申报", \
      "the periodic declaration was not made in time") \
    X(51, back_entry_late, 1, RULE_BREACH, "N18", "危险废物转移管理办法 第二十条", "补录超过规定工作日", \
      "the back-entry was made later than the working days that the rule gives") \
    X(52, leg_unsigned, 1, RULE_NOTICE, "N14", "危险废物转移管理办法 第十七条", "联运交接未经下一承运人签认", \
      "a hand-over between carriers that the next carrier has not signed") \
    X(53, typed_weight, 1, RULE_MARK, "N19", "HJ 1259-2022 4.3.3", "重量为手工录入", \
      "the weight was typed, not read from a scale") \
    X(54, single_signature, 1, RULE_MARK, "", RULE_OF_THE_HOUSE, "交接只有一方签名", \
      "a hand-over that only one side signed") \
    X(55, recorded_late_in_limit, 1, RULE_MARK, "", RULE_OF_THE_HOUSE, "记录迟于当日但在允许范围内", \
      "recorded late, within what is allowed") \
    X(56, mark_pattern, 1, RULE_NOTICE, "", RULE_OF_THE_HOUSE, "同一单位的提示过多", \
      "too many marks at one party") \
    X(57, place_overfull, 1, RULE_NOTICE, "", "GB 18597-2023", "贮存点超过核定容量", \
      "more is stored at the place than it may hold") \
    X(58, stock_over_permit, 1, RULE_BREACH, "N05", "固体废物污染环境防治法 第八十条", "贮存量超过许可", \
      "more is in stock than the permit allows") \
    X(59, rejected_waiting, 1, RULE_BREACH, "N15", "危险废物转移管理办法 第十八条", "拒收废物的去向未落实", \
      "rejected waste has no next destination") \
    X(60, container_lost, 1, RULE_BREACH, "", "医疗废物管理条例 第十三条", "废物流失", \
      "waste was lost") \
    X(61, swap_unsigned, 1, RULE_NOTICE, "N25", RULE_OF_THE_HOUSE, "两联单间调换的包装未经双方签认", \
      "containers were swapped between two manifests and both sides have not signed") \
    X(62, disputed, 1, RULE_NOTICE, "N25", RULE_OF_THE_HOUSE, "对方对该记录有异议", \
      "the counterpart disputes this record") \
    X(63, hold_broken, 1, RULE_BREACH, "", RULE_OF_THE_HOUSE, "主管部门扣留期间被移动", \
      "moved while a regulator's hold was on it") \
    X(64, document_expired, 1, RULE_NOTICE, "", RULE_OF_THE_HOUSE, "备案文件已过期", \
      "a document on file has expired") \
    X(65, number_unreported, 1, RULE_NOTICE, "N17", "危险废物转移管理办法 第七条", "联单未上报国家系统", \
      "the manifest was not reported to the national system") \
    X(66, party_code_check, 1, RULE_MARK, "N26", "GB 32100-2015", "统一社会信用代码校验位不符", \
      "the check digit of the social credit code does not fit") \
    X(67, outage_hours, 1, RULE_NOTICE, "", "GB 39707-2020 7.3.3", "设施全年停运超过规定小时", \
      "the line was off for more hours in the year than the standard allows") \
    X(68, hazard_untreated, 1, RULE_BREACH, "", "医疗废物管理条例 第十九条", "高危废物未经灭菌即交出", \
      "high-hazard laboratory waste left before it was sterilised") \
    X(69, number_malformed, 1, RULE_NOTICE, "N01", "危险废物转移管理办法 第十五条", "联单编号不符合编号规则或与移出地不符", \
      "the manifest's number is not of the national form, or not of the prefecture that it left") \
    X(70, number_shared, 1, RULE_BREACH, "N01", "危险废物转移管理办法 第十五条", "同一联单编号用于不同联单", \
      "the same national number was given to different manifests") \
    X(71, load_rejected, 1, RULE_NOTICE, "N15", "危险废物转移管理办法 第十八条", "接受人拒收，须报告两地主管部门", \
      "rejected at the receiver's gate: both regulators are told") \
    X(72, difference_here, 1, RULE_NOTICE, "N15", "危险废物转移管理办法 第十八条", "本地接受单位报告的差异或拒收", \
      "a difference or a rejection that a receiver here found on waste from elsewhere") \
    X(73, copy_missing, 1, RULE_BREACH, "N17", "40 CFR 262.42", "未收到接受人签收的联单", \
      "no signed copy came back from the receiver in time") \
    X(74, plan_late, 1, RULE_BREACH, "N21", "HJ 1259-2022 5.2", "未按期备案年度管理计划", \
      "the management plan of the year was not filed in time") \
    X(75, vehicle_out_of_scope, 1, RULE_BREACH, "N07", "危险废物转移管理办法 第十三条", "车辆道路运输证的经营范围不包括所运废物", \
      "the vehicle's licence does not cover this class of dangerous goods") \
    X(76, vehicle_overloaded, 1, RULE_NOTICE, "N07", RULE_OF_THE_HOUSE, "装车重量超过车辆备案的载质量", \
      "more was loaded on the trip than the vehicle is filed to carry")

/* What an obligation under a rule asks for, before it is broken: name, Chinese, English. */
#define RULE_DUTIES(X) \
    X(medical_storage, "须在规定时间前运出暂存点", "must leave temporary storage before the limit") \
    X(receipt_unconfirmed, "须在规定工作日内确认接受", "the receipt must be confirmed within the working days that the rule gives") \
    X(chain_gap, "缺失的记录须在规定时间内上传", "the missing statements must arrive in time") \
    X(plant_storage, "须在规定时间前处置", "must be treated before the limit") \
    X(collection_interval, "须在规定时间前收运", "must be picked up before the limit") \
    X(stock_age, "须在规定期限内转出或处置", "must be moved or treated within the limit") \
    X(rejected_waiting, "须落实拒收废物的去向", "the rejected waste needs a next destination") \
    X(uncleaned, "须在规定时间内清洗消毒", "must be cleaned in time") \
    X(report_late, "须按期申报", "the declaration is due") \
    X(back_entry_late, "须在规定工作日内补录", "the back-entry must be made within the working days that the rule gives") \
    X(numbers_unused, "号段到期前须用完或注销", "the block must be used or closed before it lapses") \
    X(document_expired, "文件到期前须更新", "the document must be renewed before it lapses") \
    X(number_unreported, "须上报国家系统", "must be reported to the national system") \
    X(leg_unsigned, "下一承运人须签认交接", "the next carrier must sign the hand-over") \
    X(plan_late, "须按期备案年度管理计划", "the management plan of the year is due") \
    X(copy_missing, "须追查未签收的联单并报告", "ask where the load is, and report if no signed copy comes")
/* clang-format on */

enum rule {
#define RULE_X(number, name, edition, weight, row, article, zh, en) RULE_##name = number,
    RULES(RULE_X)
#undef RULE_X
};

struct rule_row {
    uint16_t number;
    const char *name;
    uint16_t edition;
    enum rule_weight weight;
    const char *row; /* of the national table, e.g. "N10"; empty: none */
    const char *article;
    const char *zh;
    const char *en;
};

struct rule_duty {
    uint16_t number;
    const char *zh;
    const char *en;
};

/* NULL for an unknown number. */
const struct rule_row *rule_find(uint16_t number);
/* NULL for an unknown name. */
const struct rule_row *rule_find_name(const char *name);
/* NULL when nothing is owed under the rule: it is only kept or broken. */
const struct rule_duty *rule_find_duty(uint16_t number);

#endif
