/* cases.c: what explain, settle and inspect do to a finding's case.
 * Never asks whether the finding stands. */
#include "daemon/service/cases.h"

#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/service/closures.h"
#include "daemon/service/docket.h"

#define KIND_BIT(name) (1u << CUSTODY__V1__PARTY_KIND__PARTY_##name)

static bool
cases_open(struct apply *apply, const Custody__V1__FindingName *finding, struct casefile *ret)
{
    const Custody__V1__StatementName *anchor = finding->anchor;
    struct span subject = span_of(finding->subject.data, finding->subject.len);
    struct span key =
        anchor != NULL ? span_of(anchor->key.data, anchor->key.len) : (struct span){0};
    struct docket_name name;
    struct digest digest;
    if (finding->rule > UINT16_MAX || !bytes_is_printable(subject) ||
        !casefile_digest((uint16_t)finding->rule, subject, key,
                         anchor == NULL ? 0 : anchor->sequence, &digest))
        return false;
    if (docket_find(apply->book, &digest, &name) && docket_case(apply->book, name.number, ret))
        return true;
    memset(ret, 0, sizeof *ret);
    ret->rule = (uint16_t)finding->rule;
    memcpy(ret->subject, subject.data, subject.len);
    ret->anchor_key = key.len == 0 ? 0 : book_give(apply->book, SUBJECT_KEY, key);
    ret->anchor_sequence = key.len == 0 ? 0 : anchor->sequence;
    ret->digest = digest;
    return settle_is_well(apply);
}

static void cases_say(struct apply *apply,
                      const Custody__V1__FindingName *finding,
                      uint32_t act,
                      uint32_t reason,
                      const char *order)
{
    static const struct casefile_saying nothing;
    struct casefile file;
    struct casefile_saying saying = nothing;
    if (finding == NULL || !cases_open(apply, finding, &file))
        return;
    /* One that found no room was counted when it arrived. */
    if (apply->is_countersigning &&
        casefile_find(&file, apply->base.key, apply->base.key_sequence) == NULL)
        return;
    saying.entry = apply->base.entry;
    saying.effective_us = apply->base.effective_us;
    saying.key = apply->base.key;
    saying.key_sequence = apply->base.key_sequence;
    saying.party = apply->base.party;
    saying.division = settle_division(apply->book, apply->base.party, apply->base.effective_us);
    saying.act = (uint8_t)act;
    saying.reason = reason > UINT8_MAX ? UINT8_MAX : (uint8_t)reason;
    saying.is_regulator = (apply->base.kinds & KIND_BIT(REGULATOR)) != 0;
    saying.is_held = !fact_counts(&apply->base);
    saying.is_withdrawn = apply->is_unsaid;
    size_t len = order == NULL ? 0 : strlen(order);
    memcpy(saying.order, order == NULL ? "" : order,
           len > CASEFILE_ORDER_MAX ? CASEFILE_ORDER_MAX : len);
    if (casefile_add(&file, &saying))
        docket_put_case(apply->book, &file);
}

/* The findings that a statement speaks of: their array and how many. */
static size_t
cases_findings(uint32_t act, const ProtobufCMessage *body, Custody__V1__FindingName *const **ret)
{
    const void *any = body;
    switch (act) {
    case CUSTODY__V1__ACT__ACT_EXPLAIN:
        *ret = &((const Custody__V1__ExplainBody *)any)->finding;
        return 1;
    case CUSTODY__V1__ACT__ACT_SETTLE:
        *ret = &((const Custody__V1__SettleBody *)any)->finding;
        return 1;
    case CUSTODY__V1__ACT__ACT_INSPECT:
        *ret = ((const Custody__V1__InspectBody *)any)->findings;
        return ((const Custody__V1__InspectBody *)any)->n_findings;
    default:
        return 0;
    }
}

void cases_apply(struct apply *apply, uint32_t act, const ProtobufCMessage *body)
{
    const void *any = body;
    Custody__V1__FindingName *const *findings;
    size_t count = cases_findings(act, body, &findings);
    if (act == CUSTODY__V1__ACT__ACT_EXPLAIN) {
        cases_say(apply, findings[0], act,
                  (uint32_t)((const Custody__V1__ExplainBody *)any)->reason, NULL);
    } else if (act == CUSTODY__V1__ACT__ACT_SETTLE) {
        cases_say(apply, findings[0], act, 0, ((const Custody__V1__SettleBody *)any)->order);
    } else if (act == CUSTODY__V1__ACT__ACT_INSPECT) {
        for (size_t i = 0; i < count && settle_is_well(apply); i++)
            cases_say(apply, findings[i], act, ((const Custody__V1__InspectBody *)any)->outcome,
                      NULL);
    } else if (act == CUSTODY__V1__ACT__ACT_INCIDENT) {
        closures_apply(apply, any);
    }
}
