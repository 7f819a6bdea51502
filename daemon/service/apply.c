/* apply.c: what an entry does to the look-ups.
 * Never decides an outcome, never reads a clock. */
#include "daemon/service/apply.h"

#include <stdlib.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/service/annexed.h"
#include "daemon/service/clocks.h"
#include "daemon/service/consign.h"
#include "daemon/service/declare.h"
#include "daemon/service/enact.h"
#include "daemon/service/restraint.h"
#include "daemon/service/retell.h"
#include "daemon/service/settle.h"

struct apply *apply_create(void)
{
    return calloc(1, sizeof(struct apply));
}

void apply_destroy(struct apply *apply)
{
    free(apply);
}

/* Entries of this ledger that the device had seen: of a predecessor it may have seen some that were lost with it. */
static uint64_t apply_seen_size(struct book *book, const struct statement_header *header)
{
    const struct book_ledger *ledger = book_ledger(book);
    for (uint32_t i = 0; i < ledger->predecessors; i++) {
        const struct book_predecessor *predecessor = &ledger->predecessor[i];
        if (digest_is_equal(&predecessor->origin, &header->origin) &&
            header->seen_size > predecessor->restored_size)
            return predecessor->restored_size;
    }
    return header->seen_size;
}

int64_t apply_effective_us(struct book *book,
                           const struct statement_header *header,
                           uint64_t entry,
                           int64_t recorded_us,
                           bool *ret_clock_is_wrong)
{
    uint64_t seen_size = apply_seen_size(book, header);
    int64_t seen_us =
        seen_size > 0 && seen_size <= entry ? book_recorded_us(book, seen_size - 1) : 0;
    bool is_wrong =
        header->clock_quality == CLOCK_UNSET ||
        header->signed_at_us < seen_us - book_profile_at(book, recorded_us)->clock_tolerance_us;
    *ret_clock_is_wrong = is_wrong;
    if (is_wrong)
        return seen_us != 0 ? seen_us : recorded_us;
    return header->occurred_at_us < recorded_us ? header->occurred_at_us : recorded_us;
}

static void apply_chain_gaps(const struct apply *apply,
                             const struct key *key,
                             uint32_t division,
                             struct work_set *set)
{
    set->count = 0;
    set->dropped = 0;
    for (uint32_t i = 0; i < key->gap_count; i++) {
        struct work *row = work_add(set);
        if (row == NULL)
            return;
        row->kind = WORK_OBLIGATION;
        row->subject_kind = SUBJECT_KEY;
        row->subject = apply->author;
        row->rule = RULE_chain_gap;
        row->division = division;
        row->due_us = key->gaps[i].since_us +
                      book_profile_at(apply->book, key->gaps[i].since_us)->chain_gap_us;
        row->anchor_key = apply->author;
        row->anchor_sequence = key->gaps[i].first;
        row->party = key->party;
    }
}

/* A finding that stands once it is made. */
static void apply_key_finding(struct apply *apply,
                              uint16_t rule,
                              uint32_t key,
                              uint32_t party,
                              uint32_t division,
                              uint64_t sequence,
                              int64_t since_us)
{
    apply->work.count = 0;
    apply->work.dropped = 0;
    struct work *row = work_add(&apply->work);
    row->kind = WORK_FINDING;
    row->subject_kind = SUBJECT_KEY;
    row->subject = key;
    row->rule = rule;
    row->division = division;
    row->due_us = since_us;
    row->anchor_key = key;
    row->anchor_sequence = sequence;
    row->party = party;
    row->entries[row->entry_count++] = apply->entry->number;
    settle_put_work(apply, NULL, &apply->work);
}

/* Slot and chain. `ret_slot` has who countersigned this statement before it arrived. */
static bool apply_chain(struct apply *apply, struct key *key, struct book_slot *ret_slot)
{
    const struct apply_entry *entry = apply->entry;
    const struct statement_header *header = &entry->statement->header;
    struct book *book = apply->book;
    uint32_t division = settle_division(book, key->party, entry->recorded_us);
    book_slot(book, apply->author, header->key_sequence, ret_slot);
    if (ret_slot->count < BOOK_SLOT_MAX) {
        memcpy(ret_slot->statements[ret_slot->count].id, entry->statement->id.bytes,
               sizeof ret_slot->statements[0].id);
        ret_slot->statements[ret_slot->count].entry = entry->number;
        ret_slot->count++;
        book_put_slot(book, apply->author, header->key_sequence, ret_slot);
    }
    apply_chain_gaps(apply, key, division, &apply->work);
    const struct work_set *before = settle_copy_work(apply, &apply->work);
    if (before == NULL)
        return false;
    bool changed = false;
    enum chain_verdict verdict =
        chain_take(key, header->key_sequence, &entry->statement->id, entry->recorded_us, &changed);
    if (changed) {
        apply_chain_gaps(apply, key, division, &apply->work);
        settle_put_work(apply, before, &apply->work);
    }
    if (verdict == CHAIN_SECOND)
        apply_key_finding(apply, RULE_chain_fork, apply->author, key->party, division,
                          header->key_sequence, entry->recorded_us);
    book_put_key(book, apply->author, key);
    return settle_is_well(apply);
}

struct fact apply_fact(struct book *book,
                       const struct apply_entry *entry,
                       uint32_t author,
                       const struct key *key,
                       const struct book_slot *slot)
{
    const struct statement_header *header = &entry->statement->header;
    bool clock_is_wrong = false;
    struct fact fact = {
        .claimed_us = header->occurred_at_us,
        .recorded_us = entry->recorded_us,
        .key_prefix = bytes_get_u64(header->key),
        .key = author,
        .key_sequence = header->key_sequence,
        .entry = entry->number,
        .act = (uint8_t)header->act,
        .party = key->party,
        .mass_g = FACT_NO_MASS,
    };
    fact.effective_us =
        apply_effective_us(book, header, entry->number, entry->recorded_us, &clock_is_wrong);
    const struct party *party = book_party(book, key->party);
    fact.kinds = party == NULL ? 0 : party_kinds_at(party, fact.effective_us);
    if (entry->outcome == CUSTODY_OUTCOME_held)
        fact.bits |= FACT_HELD;
    if (clock_is_wrong)
        fact.bits |= FACT_CLOCK_WRONG;
    for (uint32_t i = 0; i < slot->named_count; i++) {
        if (slot->named[i].entry != 0 ||
            memcmp(slot->named[i].id, entry->statement->id.bytes, sizeof slot->named[i].id) != 0)
            continue;
        if (slot->named[i].party != key->party)
            fact_countersign(&fact, slot->named[i].party);
        else if ((slot->named[i].bits & BOOK_NAMED_BY_ADMIN) != 0)
            fact.bits |= FACT_CONFIRMED;
    }
    return fact;
}

static void apply_base(struct apply *apply, const struct key *key, const struct book_slot *slot)
{
    const struct apply_entry *entry = apply->entry;
    apply->base = apply_fact(apply->book, entry, apply->author, key, slot);
    int64_t told_us = apply->base.effective_us;
    clocks_correct(apply->book, &apply->base);
    if ((apply->base.bits & FACT_CLOCK_WRONG) != 0)
        apply_key_finding(apply, RULE_clock_wrong, apply->author, key->party,
                          settle_division(apply->book, key->party, entry->recorded_us),
                          entry->statement->header.key_sequence, told_us);
}

enum custody_status apply_entry(struct apply *apply,
                                struct book *book,
                                const struct apply_entry *entry,
                                struct work_set *ret_findings)
{
    const struct statement_header *header = &entry->statement->header;
    apply->book = book;
    apply->entry = entry;
    apply->findings = ret_findings;
    apply->is_countersigning = false;
    apply->about = NULL;
    apply->about_again = false;
    apply->is_retiming = false;
    apply->is_reviewing = false;
    apply->is_unsaid = false;
    apply->tell = MOMENT_FIRST;
    apply->reviews = NULL;
    apply->arrived = NULL;
    apply->touched = NULL;
    apply->touched_end = &apply->touched;
    apply->summed = NULL;
    apply->summed_end = &apply->summed;
    memset(apply->buckets, 0, sizeof apply->buckets);
    posting_begin(&apply->posting);

    apply->author = book_give(book, SUBJECT_KEY, span_of(header->key, PUBLIC_KEY_SIZE));
    struct key *key = book_key(book, apply->author);
    if (key == NULL && settle_is_well(apply)) {
        key = settle_alloc(apply, sizeof *key);
        if (key != NULL)
            chain_init(key, header->key);
    }
    struct book_slot slot;
    if (key == NULL || !apply_chain(apply, key, &slot))
        return book_status(book);
    apply_base(apply, key, &slot);

    bool is_manifest = header->act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST;
    if (entry->outcome == CUSTODY_OUTCOME_granted && !is_manifest) {
        enact_permission(book, entry, apply->author, apply->findings);
        restraint_permission(apply, entry->body);
        consign_permission(apply, entry->body);
        declare_permission(apply, entry->body);
    } else if (entry->body != NULL && is_manifest) {
        enact_serial(book, entry->detail, 1);
        if (entry->outcome == CUSTODY_OUTCOME_granted)
            enact_transfer_issue(book, ((const Custody__V1__IssueManifestBody *)entry->body)->plan,
                                 entry->recorded_us);
        consign_new(apply, ((const Custody__V1__IssueManifestBody *)entry->body)->plan,
                    entry->detail, NULL);
    } else if (entry->outcome != CUSTODY_OUTCOME_refused && entry->body != NULL) {
        retell_first(apply, &slot);
        retell_arrived(apply, &slot);
    }
    if (settle_is_well(apply))
        settle_differences(apply);
    if (settle_is_well(apply))
        annexed_note(book, entry, apply->author);
    return book_status(book);
}
