/* words.c: what people read for the words of the protocol.
 * Never invents. */
#include "client/cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
    const char *english;
    const char *chinese;
};

static const struct word acts[] = {
    {"found_ledger", "建账"},
    {"open_ledger", "启用账本"},
    {"register_party", "登记单位"},
    {"change_party", "变更单位"},
    {"register_place", "登记贮存点"},
    {"register_vehicle", "车辆备案"},
    {"grant_permit", "发许可证"},
    {"suspend", "暂停"},
    {"enrol_key", "登记密钥"},
    {"revoke_key", "吊销密钥"},
    {"rotate_ledger_key", "更换账本密钥"},
    {"approve_transfer", "批准转移"},
    {"reserve_numbers", "领号段"},
    {"close_block", "交回号段"},
    {"issue_manifest", "申领联单"},
    {"cancel_manifest", "作废联单"},
    {"set_profile", "规则集"},
    {"set_divisions", "行政区划"},
    {"set_catalogue", "废物名录"},
    {"file_document", "备案文件"},
    {"close_by_order", "依令关闭"},
    {"erase", "删除附录"},
    {"draw_manifest", "开联单"},
    {"pack", "包装"},
    {"store", "入库"},
    {"depart", "发车"},
    {"clean", "消毒"},
    {"load", "装车"},
    {"transfer", "转交"},
    {"receive", "接收"},
    {"confirm_receipt", "确认接收"},
    {"feed", "投料"},
    {"yield", "产出"},
    {"relabel", "换签"},
    {"nest", "装箱"},
    {"unnest", "出箱"},
    {"measure", "计量"},
    {"number", "编号"},
    {"amend", "更正"},
    {"withdraw", "撤回"},
    {"countersign", "签认"},
    {"dispute", "异议"},
    {"explain", "说明"},
    {"settle", "处理"},
    {"declare", "申报"},
    {"incident", "事件"},
    {"inspect", "检查"},
    {"hold", "扣留"},
    {"release", "解除扣留"},
    {"correct_clock", "校时"},
    {"anchor_access_log", "访问日志"},
};

static const struct word states[] = {
    {"packed", "已包装"},    {"stored", "已贮存"},    {"in transit", "运输中"},
    {"received", "已接收"},  {"rejected", "拒收"},    {"fed", "已处置"},
    {"ended", "已终结"},     {"lost", "遗失"},        {"unknown", "未知"},
    {"issued", "已开具"},    {"loading", "装车中"},   {"delivered", "已送达"},
    {"confirmed", "已确认"}, {"closed", "已办结"},    {"closed by order", "依令办结"},
    {"cancelled", "已作废"}, {"returning", "退回中"}, {"refused", "不予许可"},
    {"held", "待确认"},
};

/* What the law calls a refusal (DESIGN 3); "recorded" is what people call "on the ledger". */
static const struct word outcomes[] = {
    {"granted", "已许可"},   {"refused", "不予许可"}, {"held", "已入账待确认"},
    {"turned_away", "未收"}, {"busy", "稍后再试"},    {"unavailable", "暂不可用"},
    {"unknown", "结果不明"},
};

static const struct word effects[] = {
    {"contested", "存疑"},      {"no_change", "无变化"}, {"held", "待确认"},
    {"superseded", "已被取代"}, {"withdrawn", "已撤回"}, {"other", "旁记"},
    {"awaited", "待对方签认"},  {"disputed", "有异议"},  {"corrected", "更正"},
};

static const struct word weights[] = {
    {"mark", "标记"},
    {"notice", "提示"},
    {"breach", "违规"},
};

static const struct word roles[] = {
    {"generator", "产生"}, {"driver", "司机"},  {"facility", "处置"},
    {"regulator", "监管"}, {"auditor", "审计"}, {"witness", "见证"},
    {"admin", "管理"},     {"root", "根"},      {"invited", "受邀"},
};

static const struct word manifest_types[] = {
    {"normal", "普通"},
    {"back_entry", "补录"},
    {"emergency", "应急"},
    {"cross_province", "跨省"},
};

/* What keeps a manifest open. */
static const struct word lacks[] = {
    {"loading", "尚未装车"},      {"arrival", "在途"},
    {"treatment", "已收未处置"},  {"next_place", "拒收去向未落实"},
    {"missing", "缺少"},          {"confirmation", "接受人未确认"},
    {"method", "未注明处置方式"}, {"quantity", "未注明处置量"},
};

static const struct word escalations[] = {
    {"remind", "提醒"},
    {"urge", "催办"},
    {"supervise", "督办"},
};

static const struct word finding_states[] = {
    {"open", "未处理"},      {"explained", "已说明"}, {"settled", "已处理"},
    {"excused", "依令免责"}, {"absent", "已不存在"},
};

static const struct word families[] = {
    {"medical", "医疗废物"}, {"epidemic", "疫情医废"},     {"hazardous", "危险废物"},
    {"soil", "污染土壤"},    {"construction", "建筑垃圾"}, {"battery", "废电池"},
    {"general", "其他废物"},
};

enum { PICKED = 16, PICKED_MAX = 512 };

static void
look_up(const struct word *words, size_t count, const char *text, char ret[static WORDS_MAX])
{
    char english[WORDS_MAX / 2];
    snprintf(english, sizeof(english), "%s", text);
    for (char *c = english; *c != '\0'; c++)
        *c = *c == '_' ? ' ' : *c;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].english, text) == 0) {
            snprintf(ret, WORDS_MAX, "%s", words_pick(words[i].chinese, english));
            return;
        }
    }
    snprintf(ret, WORDS_MAX, "%s", english);
}

#define LOOK_UP(words, text, ret) look_up(words, sizeof(words) / sizeof((words)[0]), text, ret)

void words_act(const char *act, char ret[static WORDS_MAX])
{
    LOOK_UP(acts, act, ret);
}

const char *words_find_act(const char *text)
{
    static char name[WORDS_MAX];
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (strcmp(acts[i].chinese, text) == 0)
            return acts[i].english;
    snprintf(name, sizeof(name), "%s", text);
    for (char *c = name; *c != '\0'; c++)
        *c = *c == '-' ? '_' : *c;
    return name;
}

void words_state(const char *state, char ret[static WORDS_MAX])
{
    LOOK_UP(states, state, ret);
}

void words_outcome(const char *outcome, char ret[static WORDS_MAX])
{
    if (strcmp(outcome, "recorded") == 0)
        snprintf(ret, WORDS_MAX, "%s", words_pick("已入账", "on the ledger"));
    else
        LOOK_UP(outcomes, outcome, ret);
}

void words_effect(const char *effect, char ret[static WORDS_MAX])
{
    ret[0] = '\0';
    if (effect[0] != '\0' && strcmp(effect, "applied") != 0)
        LOOK_UP(effects, effect, ret);
}

void words_weight(const char *weight, char ret[static WORDS_MAX])
{
    LOOK_UP(weights, weight, ret);
}

void words_role(const char *role, char ret[static WORDS_MAX])
{
    LOOK_UP(roles, role, ret);
}

void words_manifest_type(const char *type, char ret[static WORDS_MAX])
{
    LOOK_UP(manifest_types, type, ret);
}

void words_lack(const char *lack, char ret[static WORDS_MAX])
{
    LOOK_UP(lacks, lack, ret);
}

void words_escalation(const char *escalation, char ret[static WORDS_MAX])
{
    ret[0] = '\0';
    if (escalation[0] != '\0' && strcmp(escalation, "unspecified") != 0)
        LOOK_UP(escalations, escalation, ret);
}

void words_finding_state(const char *state, char ret[static WORDS_MAX])
{
    LOOK_UP(finding_states, state, ret);
}

void words_family(const char *family, char ret[static WORDS_MAX])
{
    LOOK_UP(families, family, ret);
}

const char *words_pick(const char *chinese, const char *english)
{
    static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    static char texts[PICKED][PICKED_MAX];
    static size_t next;
    const char *locale = "";
    for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]) && locale[0] == '\0'; i++) {
        const char *value = getenv(variables[i]);
        locale = value == NULL ? "" : value;
    }
    if (strncmp(locale, "zh", 2) == 0)
        return chinese;
    if (strncmp(locale, "en", 2) == 0)
        return english;
    next = (next + 1) % PICKED;
    snprintf(texts[next], PICKED_MAX, "%s %s", chinese, english);
    return texts[next];
}
