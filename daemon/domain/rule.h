/* rule.h: every rule that facts can break, as one table.
 * Columns: number, name, edition, weight, article, sentence in Chinese, sentence in English.
 * Numbers are never reused; a corrected rule gets a new edition under the same number. */
#ifndef CUSTODY_DOMAIN_RULE_H
#define CUSTODY_DOMAIN_RULE_H

#include <stdint.h>

enum rule_weight { RULE_MARK = 1, RULE_NOTICE = 2, RULE_BREACH = 3 };

/* clang-format off */
/* Where a rule of the national table (RULES.md 9) exists its number is in the comment. */
/* Where no law stands behind a rule, it says so. */
#define RULE_OF_THE_HOUSE "本系统规则 house rule"

#define RULES(X)                                                                                                       \
    X(1, medical_storage, 1, RULE_BREACH, "医疗废物管理条例 第十七条", "医疗废物暂存超过48小时",                          \
      "medical waste was in temporary storage for more than 48 hours") /* N10 */                                        \
    X(2, receipt_unconfirmed, 1, RULE_BREACH, "危险废物转移管理办法 第十八条", "接受后5个工作日内未确认",                 \
      "the receipt was not confirmed within 5 working days") /* N16 */                                                  \
    X(3, loaded_not_packed, 1, RULE_BREACH, "危险废物转移管理办法 第十三条", "已装车但无包装记录",                        \
      "loaded, but no record of it being packed") /* N08 */                                                             \
    X(4, missing_at_receipt, 1, RULE_BREACH, "危险废物转移管理办法 第十八条", "接收时缺少该包装",                         \
      "loaded, but missing at the receiver's gate") /* N15 */                                                           \
    X(5, extra_at_receipt, 1, RULE_BREACH, "危险废物转移管理办法 第十八条", "接收了未装车的包装",                         \
      "received, but no record of it being loaded") /* N15 */                                                           \
    X(6, mass_differs, 1, RULE_BREACH, "危险废物转移管理办法 第十八条", "重量差异超过允许范围",                           \
      "the mass differs by more than the tolerance") /* N15 */                                                          \
    X(7, vehicle_unregistered, 1, RULE_BREACH, "危险废物转移管理办法 第十三条", "车辆未备案",                             \
      "the vehicle was not on file") /* N07 */                                                                          \
    X(8, vehicle_expired, 1, RULE_BREACH, "危险废物转移管理办法 第十三条", "车辆备案已过期",                             \
      "the vehicle's filing had expired") /* N07 */                                                                     \
    X(9, receiver_not_permitted, 1, RULE_BREACH, "固体废物污染环境防治法 第八十条", "接受单位的许可证不包括该废物",       \
      "the receiver holds no permit that covers this waste") /* N05 */                                                  \
    X(10, contested, 1, RULE_NOTICE, RULE_OF_THE_HOUSE, "记录方无权移动该包装，对方未签认",                                             \
      "the author had no standing to move this and the holder has not countersigned")                                   \
    X(11, chain_gap, 1, RULE_NOTICE, RULE_OF_THE_HOUSE, "该密钥的记录链有缺口", "statements of this key's chain have not arrived")     \
    X(12, chain_fork, 1, RULE_BREACH, RULE_OF_THE_HOUSE, "该密钥的记录链分叉", "two different statements stand in one slot of this key's chain") \
    X(13, clock_wrong, 1, RULE_NOTICE, RULE_OF_THE_HOUSE, "设备时间被证明有误（签名时间早于其所见检查点）",                             \
      "the device's clock was proved wrong: signed before the checkpoint that it had seen")                             \
    X(14, code_unknown, 1, RULE_NOTICE, "国家危险废物名录 第五条", "废物代码不在现行名录中",                              \
      "the waste code is not in the catalogue in force") /* N04 */                                                      \
    X(15, drawn_outside_block, 1, RULE_BREACH, "危险废物转移管理办法 第十五条", "联单号码不在有效号段内",                 \
      "the manifest's number is not from a live block of its generator") /* N01 */                                      \
    X(16, moved_without_manifest, 1, RULE_BREACH, "危险废物转移管理办法 第六条", "无联单转移",                           \
      "loaded without a manifest that is in force") /* 11(1) */                                                         \
    X(17, key_doubted, 1, RULE_NOTICE, RULE_OF_THE_HOUSE, "该密钥自某时起可疑", "the key was revoked with doubt over its earlier statements")

/* What an obligation under a rule asks for, before it is broken: number, Chinese, English. */
#define RULE_DUTIES(X)                                                                                                  \
    X(medical_storage, "医疗废物暂存不得超过48小时，须在此前运出",                                                       \
      "medical waste must leave temporary storage before 48 hours are over")                                            \
    X(receipt_unconfirmed, "须在5个工作日内确认接受", "the receipt must be confirmed within 5 working days")            \
    X(chain_gap, "缺失的记录须在72小时内上传", "the missing statements must arrive within 72 hours")
/* clang-format on */

enum rule {
#define RULE_X(number, name, edition, weight, article, zh, en) RULE_##name = number,
    RULES(RULE_X)
#undef RULE_X
};

struct rule_row {
    uint16_t number;
    const char *name;
    uint16_t edition;
    enum rule_weight weight;
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
/* NULL when nothing is owed under the rule: it is only kept or broken. */
const struct rule_duty *rule_find_duty(uint16_t number);

#endif
