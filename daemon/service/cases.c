/* cases.c: what explain, settle, inspect and withdraw do to a finding's case.
 * Never asks whether the finding stands. */
#include "daemon/service/cases.h"

#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "daemon/service/closures.h"
#include "daemon/service/docket.h"

#define KIND_BIT(name) (1u << CUSTODY__V1__PARTY_KIND__PARTY_##name)

enum { CASES_WITHDRAWERS_MAX = 4 };

/* ---- statements that were withdrawn ------------------------------------------------------------- */

/* Kept as a name of SUBJECT_CASE, which no finding's digest can be: the text before it is another. */
static struct digest cases_withdrawn_name(struct span key, uint64_t sequence, struct span id)
{
    uint8_t number[8];
    bytes_put_u64(number, sequence);
    const struct span parts[] = {span_text("custody-withdrawn\n"), key,
                                 span_of(number, sizeof number), id};
    return digest_sha256_of(parts, sizeof parts / sizeof parts[0]);
}

static bool cases_has_withdrawer(struct span record, uint32_t party)
{
    for (size_t at = 0; at + 4 <= record.len; at += 4)
        if (bytes_get_u32(record.data + at) == party)
            return true;
    return false;
}

static void cases_note_withdrawal(struct apply *apply, const Custody__V1__StatementName *target)
{
    struct digest name =
        cases_withdrawn_name(span_of(target->key.data, target->key.len), target->sequence,
                             span_of(target->id.data, target->id.len));
    uint32_t number = book_give(apply->book, SUBJECT_CASE, span_of(name.bytes, sizeof name.bytes));
    struct span record = book_record(apply->book, SUBJECT_CASE, number);
    uint8_t bytes[4 * CASES_WITHDRAWERS_MAX];
    if (cases_has_withdrawer(record, apply->base.party) || record.len + 4 > sizeof bytes)
        return;
    if (record.len > 0)
        memcpy(bytes, record.data, record.len);
    bytes_put_u32(bytes + record.len, apply->base.party);
    book_put_record(apply->book, SUBJECT_CASE, number, span_of(bytes, record.len + 4));
}

bool cases_is_withdrawn(struct apply *apply)
{
    const struct statement *statement = apply->entry->statement;
    struct digest name = cases_withdrawn_name(
        span_of(statement->header.key, PUBLIC_KEY_SIZE), statement->header.key_sequence,
        span_of(statement->id.bytes, sizeof statement->id.bytes));
    uint32_t number = book_find(apply->book, SUBJECT_CASE, span_of(name.bytes, sizeof name.bytes));
    return number != 0 &&
           cases_has_withdrawer(book_record(apply->book, SUBJECT_CASE, number), apply->base.party);
}

/* ---- what is said of a finding ------------------------------------------------------------------ */

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
    if (apply->is_countersigning) {
        struct casefile_saying *there =
            casefile_find(&file, apply->base.key, apply->base.key_sequence);
        if (there == NULL || !there->is_held || !apply->confirms)
            return;
        there->is_held = false;
        docket_put_case(apply->book, &file);
        return;
    }
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
    saying.is_withdrawn = cases_is_withdrawn(apply);
    size_t len = order == NULL ? 0 : strlen(order);
    memcpy(saying.order, order == NULL ? "" : order,
           len > CASEFILE_ORDER_MAX ? CASEFILE_ORDER_MAX : len);
    if (casefile_add(&file, &saying))
        docket_put_case(apply->book, &file);
}

/* ---- withdrawing -------------------------------------------------------------------------------- */

static void cases_unsay(struct apply *apply,
                        const Custody__V1__FindingName *finding,
                        uint32_t key,
                        uint64_t sequence)
{
    struct casefile file;
    if (finding == NULL || !cases_open(apply, finding, &file))
        return;
    struct casefile_saying *said = casefile_find(&file, key, sequence);
    if (said == NULL || said->party != apply->base.party || said->is_withdrawn)
        return;
    said->is_withdrawn = true;
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

static uint64_t cases_entry_of(struct apply *apply, const Custody__V1__StatementName *target)
{
    uint32_t key = book_find(apply->book, SUBJECT_KEY, span_of(target->key.data, target->key.len));
    struct book_slot slot;
    if (key == 0 || !book_slot(apply->book, key, target->sequence, &slot))
        return UINT64_MAX;
    for (uint32_t i = 0; i < slot.count; i++)
        if (memcmp(slot.statements[i].id, target->id.data, sizeof slot.statements[i].id) == 0)
            return slot.statements[i].entry;
    return UINT64_MAX;
}

static void cases_withdraw(struct apply *apply, const Custody__V1__WithdrawBody *body)
{
    struct span bytes = {0};
    struct entry entry;
    struct statement statement;
    const char *field = NULL;
    if (body->target == NULL || body->target->id.len != DIGEST_SIZE || apply->is_countersigning ||
        !fact_counts(&apply->base))
        return;
    uint64_t number = cases_entry_of(apply, body->target);
    if (number == UINT64_MAX) {
        cases_note_withdrawal(apply, body->target);
        return;
    }
    if (!book_read_entry(apply->book, number, &bytes) || !entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &statement, &field) != STATEMENT_OK) {
        book_fail(apply->book, CUSTODY_ERR_CORRUPT);
        return;
    }
    uint32_t act = statement.header.act;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    Custody__V1__FindingName *const *findings;
    if (entry.outcome == CUSTODY_OUTCOME_refused || descriptor == NULL)
        return;
    if (act == CUSTODY__V1__ACT__ACT_INCIDENT) {
        closures_withdraw(apply, &statement.id);
        return;
    }
    if (act != CUSTODY__V1__ACT__ACT_EXPLAIN && act != CUSTODY__V1__ACT__ACT_SETTLE &&
        act != CUSTODY__V1__ACT__ACT_INSPECT)
        return;
    uint32_t key =
        book_find(apply->book, SUBJECT_KEY, span_of(statement.header.key, PUBLIC_KEY_SIZE));
    uint64_t sequence = statement.header.key_sequence;
    const ProtobufCMessage *said =
        body_unpack(descriptor, statement.body, arena_protobuf(book_arena(apply->book)));
    size_t count = said == NULL ? 0 : cases_findings(act, said, &findings);
    for (size_t i = 0; i < count; i++)
        cases_unsay(apply, findings[i], key, sequence);
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
    } else if (act == CUSTODY__V1__ACT__ACT_WITHDRAW) {
        cases_withdraw(apply, any);
    }
}
