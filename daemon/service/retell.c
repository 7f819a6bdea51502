/* retell.c: statements about statements.
 * Never decides an outcome. */
#include "daemon/service/retell.h"

#include <string.h>

#include "proto/body.h"
#include "proto/entry.h"
#include "daemon/domain/chain.h"
#include "daemon/service/act.h"
#include "daemon/service/clocks.h"
#include "daemon/service/consign.h"
#include "daemon/service/tallying.h"
#include "daemon/service/voice.h"

/* A statement that is on the ledger, read again. */
struct retold {
    int64_t recorded_us;
    uint8_t outcome;
    struct statement statement;
    uint32_t author;
    const struct key *key;
    const ProtobufCMessage *body;
};

static bool retell_parse(struct book *book, uint64_t number, struct retold *ret)
{
    struct span bytes = {0};
    struct entry entry;
    const char *field = NULL;
    if (!book_read_entry(book, number, &bytes) || !entry_parse(bytes, &entry) ||
        statement_parse(entry.statement, &ret->statement, &field) != STATEMENT_OK) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    ret->recorded_us = entry.recorded_at_us;
    ret->outcome = entry.outcome;
    ret->body = NULL;
    return true;
}

/* False for one that made no facts, and when the book failed. */
static bool retell_read(struct apply *apply, uint64_t number, struct retold *ret)
{
    struct book *book = apply->book;
    if (apply->arrived != NULL && apply->arrived->number == number) {
        ret->recorded_us = apply->arrived->recorded_us;
        ret->outcome = apply->arrived->outcome;
        ret->statement = *apply->arrived->statement;
        ret->body = apply->arrived->body;
    } else if (!retell_parse(book, number, ret)) {
        return false;
    }
    uint32_t act = ret->statement.header.act;
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
    if (ret->outcome == CUSTODY_OUTCOME_refused || descriptor == NULL || !body_act_is_fact(act) ||
        act == CUSTODY__V1__ACT__ACT_COUNTERSIGN)
        return false;
    if (ret->body == NULL)
        ret->body = body_unpack(descriptor, ret->statement.body, arena_protobuf(book_arena(book)));
    ret->author = book_find(book, SUBJECT_KEY, span_of(ret->statement.header.key, PUBLIC_KEY_SIZE));
    ret->key = book_key(book, ret->author);
    if (ret->body == NULL || ret->key == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return false;
    }
    return true;
}

static bool retell_stands_beside(uint32_t act)
{
    return act == CUSTODY__V1__ACT__ACT_WITHDRAW || act == CUSTODY__V1__ACT__ACT_DISPUTE;
}

static bool retell_waits_for_another(uint32_t act)
{
    return retell_stands_beside(act) || act == CUSTODY__V1__ACT__ACT_AMEND;
}

/* What apply holds of the statement at hand, while another one takes its place. */
struct own {
    const struct apply_entry *entry;
    struct fact base;
    bool is_unsaid, is_countersigning;
    enum moment_tell tell;
};

static struct own retell_enter(struct apply *apply,
                               const struct apply_entry *entry,
                               const struct retold *retold,
                               const struct book_slot *slot)
{
    const struct own own = {.entry = apply->entry,
                            .base = apply->base,
                            .is_unsaid = apply->is_unsaid,
                            .is_countersigning = apply->is_countersigning,
                            .tell = apply->tell};
    apply->entry = entry;
    apply->base = apply_fact(apply->book, entry, retold->author, retold->key, slot);
    clocks_correct(apply->book, &apply->base);
    voice_weigh(apply, slot, retold->statement.header.act, retold->body);
    return own;
}

static void retell_leave(struct apply *apply, const struct own *own)
{
    apply->entry = own->entry;
    apply->base = own->base;
    apply->is_unsaid = own->is_unsaid;
    apply->is_countersigning = own->is_countersigning;
    apply->tell = own->tell;
}

static struct apply_entry retell_entry(uint64_t number, const struct retold *retold)
{
    return (struct apply_entry){.number = number,
                                .recorded_us = retold->recorded_us,
                                .outcome = retold->outcome,
                                .statement = &retold->statement};
}

/* Sums follow when the statement came to count as a whole or ceased to, or when it stands at another time now. */
static void retell_sums(struct apply *apply, const struct retold *retold)
{
    uint64_t sequence = retold->statement.header.key_sequence;
    bool is_void = voice_is_void(apply);
    struct book_slot slot;
    book_slot(apply->book, retold->author, sequence, &slot);
    uint32_t at = voice_find(&slot, apply->entry->number);
    bool is_changed = at < slot.count && slot.statements[at].is_void != is_void;
    if (is_changed) {
        slot.statements[at].is_void = is_void;
        book_put_slot(apply->book, retold->author, sequence, &slot);
    }
    apply->tell = apply->is_retiming ? MOMENT_FIRST : MOMENT_AGAIN;
    if ((is_changed || apply->is_retiming) && settle_is_well(apply))
        tallying_statement(apply, retold->statement.header.act, retold->body);
}

/* Goes through a statement once more; what is done to its facts stands in `apply`. */
static void retell_again(struct apply *apply, uint64_t number, const struct retold *retold)
{
    struct apply_entry again = retell_entry(number, retold);
    struct book_slot slot;
    book_slot(apply->book, retold->author, retold->statement.header.key_sequence, &slot);
    struct own own = retell_enter(apply, &again, retold, &slot);
    apply->is_countersigning = true;
    act_apply(apply, retold->statement.header.act, retold->body);
    retell_sums(apply, retold);
    retell_leave(apply, &own);
}

void retell_first(struct apply *apply, struct book_slot *slot)
{
    const struct statement_header *header = &apply->entry->statement->header;
    voice_weigh(apply, slot, header->act, apply->entry->body);
    uint32_t at = voice_find(slot, apply->entry->number);
    if (voice_is_void(apply) && at < slot->count) {
        slot->statements[at].is_void = true;
        book_put_slot(apply->book, apply->author, header->key_sequence, slot);
    }
    act_apply(apply, header->act, apply->entry->body);
    apply->tell = MOMENT_FIRST;
    if (settle_is_well(apply))
        tallying_statement(apply, header->act, apply->entry->body);
}

void retell_review(struct apply *apply, uint64_t entry)
{
    const struct apply_entry *arrived = apply->arrived;
    const struct fact *about = apply->about;
    uint32_t countersigner = apply->countersigner;
    bool confirms = apply->confirms, about_again = apply->about_again;
    bool is_retiming = apply->is_retiming, is_reviewing = apply->is_reviewing;
    struct retold retold;
    if (arrived == NULL)
        apply->arrived = apply->entry;
    apply->about = NULL;
    apply->about_again = false;
    apply->countersigner = 0;
    apply->confirms = false;
    apply->is_retiming = false;
    apply->is_reviewing = true;
    if (retell_read(apply, entry, &retold))
        retell_again(apply, entry, &retold);
    apply->is_reviewing = is_reviewing;
    apply->is_retiming = is_retiming;
    apply->confirms = confirms;
    apply->countersigner = countersigner;
    apply->about_again = about_again;
    apply->about = about;
    apply->arrived = arrived;
}

static bool retell_is_admin(const struct apply *apply)
{
    return chain_may(book_key(apply->book, apply->author), 1 << CUSTODY__V1__ROLE__ROLE_ADMIN,
                     apply->entry->recorded_us);
}

/* ---- what named a statement -------------------------------------------------------------------- */

/* Kept with the statement that is named, whether it has arrived or not. */
static void retell_note(struct apply *apply,
                        const Custody__V1__StatementName *target,
                        struct book_slot *slot,
                        uint32_t key,
                        uint64_t entry)
{
    unsigned bits = retell_is_admin(apply) ? BOOK_NAMED_BY_ADMIN : 0;
    if (apply->entry->statement->header.act == CUSTODY__V1__ACT__ACT_WITHDRAW)
        bits |= BOOK_NAMED_WITHDRAWS;
    if (fact_counts(&apply->base))
        bits |= BOOK_NAMED_COUNTS;
    if (voice_name(slot, span_of(target->id.data, target->id.len), apply->base.party, bits, entry))
        book_put_slot(apply->book, key, target->sequence, slot);
}

/* True when it is on the ledger. */
static bool retell_find(struct apply *apply,
                        const Custody__V1__StatementName *target,
                        uint32_t *ret_key,
                        struct book_slot *ret_slot,
                        uint64_t *ret_entry)
{
    *ret_key = book_give(apply->book, SUBJECT_KEY, span_of(target->key.data, target->key.len));
    book_slot(apply->book, *ret_key, target->sequence, ret_slot);
    for (uint32_t i = 0; i < ret_slot->count; i++)
        if (memcmp(ret_slot->statements[i].id, target->id.data,
                   sizeof ret_slot->statements[i].id) == 0) {
            *ret_entry = ret_slot->statements[i].entry;
            return true;
        }
    return false;
}

/* ---- countersign ------------------------------------------------------------------------------- */

/* The party's admin confirms by name a countersignature that came after its key was revoked: it counts from here on. True when
 * the entry is a countersignature: it made no facts that could be marked. */
static bool retell_confirm(struct apply *apply, uint64_t number)
{
    struct book *book = apply->book;
    struct retold held;
    if (!retell_parse(book, number, &held) ||
        held.statement.header.act != CUSTODY__V1__ACT__ACT_COUNTERSIGN)
        return false;
    held.author = book_find(book, SUBJECT_KEY, span_of(held.statement.header.key, PUBLIC_KEY_SIZE));
    held.key = book_key(book, held.author);
    held.body = body_unpack(body_descriptor(held.statement.header.act), held.statement.body,
                            arena_protobuf(book_arena(book)));
    if (held.outcome != CUSTODY_OUTCOME_held || held.key == NULL || held.body == NULL ||
        held.key->party != apply->base.party || !retell_is_admin(apply))
        return true;
    struct book_slot slot;
    struct fact own = apply->base;
    uint32_t own_author = apply->author;
    const struct apply_entry *own_entry = apply->entry;
    struct apply_entry again = retell_entry(number, &held);
    book_slot(book, held.author, held.statement.header.key_sequence, &slot);
    /* Put back below, before `again` ends. */
    /* cppcheck-suppress autoVariables */
    apply->entry = &again;
    apply->author = held.author;
    apply->base = apply_fact(book, &again, held.author, held.key, &slot);
    apply->base.bits |= FACT_CONFIRMED;
    retell_countersign(apply, (const Custody__V1__CountersignBody *)held.body);
    apply->entry = own_entry;
    apply->author = own_author;
    apply->base = own;
    return true;
}

void retell_countersign(struct apply *apply, const Custody__V1__CountersignBody *body)
{
    uint32_t key;
    uint64_t number = 0;
    struct book_slot slot;
    struct retold retold;
    if (body->target == NULL || apply->is_countersigning)
        return;
    /* Of a key that was revoked before it came: who has the device could sign for its party otherwise. */
    if (!fact_counts(&apply->base))
        return;
    bool is_there = retell_find(apply, body->target, &key, &slot, &number);
    retell_note(apply, body->target, &slot, key, 0);
    if (!is_there)
        return;
    /* A confirmed one has said its part here: it confirms none itself. */
    if ((apply->base.bits & FACT_CONFIRMED) == 0 && retell_confirm(apply, number))
        return;
    if (!retell_read(apply, number, &retold))
        return;
    apply->countersigner = apply->base.party;
    apply->confirms = apply->base.party == retold.key->party && retell_is_admin(apply);
    retell_again(apply, number, &retold);
    apply->countersigner = 0;
    apply->confirms = false;
}

/* ---- withdraw, dispute ------------------------------------------------------------------------- */

/* Puts `about` beside every fact of the statement, or marks it there when `again`. */
static void retell_beside(struct apply *apply,
                          uint64_t number,
                          const struct retold *retold,
                          const struct fact *about,
                          bool again)
{
    uint32_t countersigner = apply->countersigner;
    bool confirms = apply->confirms;
    if (!again) {
        apply->countersigner = 0;
        apply->confirms = false;
    }
    /* Put back below, before what it points to ends. */
    /* cppcheck-suppress autoVariables */
    apply->about = about;
    apply->about_again = again;
    retell_again(apply, number, retold);
    apply->about = NULL;
    apply->about_again = false;
    apply->countersigner = countersigner;
    apply->confirms = confirms;
}

static void
retell_name(struct apply *apply, const Custody__V1__StatementName *target, uint8_t reason)
{
    uint32_t key;
    uint64_t number = 0;
    struct book_slot slot;
    struct retold retold;
    if (target == NULL)
        return;
    bool is_there = retell_find(apply, target, &key, &slot, &number);
    bool has_facts = is_there && retell_read(apply, number, &retold);
    uint32_t act = has_facts ? retold.statement.header.act : 0;
    if (apply->about != NULL) {
        /* A dispute is withdrawn: where it stands beside something. */
        if (has_facts && !retell_stands_beside(act))
            retell_again(apply, number, &retold);
        return;
    }
    struct fact said = apply->base;
    said.target_key = key;
    said.target_sequence = target->sequence;
    said.reason = reason;
    /* What it is about may wait for its own target; this comes after it then. */
    if (!is_there || said.act == CUSTODY__V1__ACT__ACT_WITHDRAW || retell_waits_for_another(act))
        retell_note(apply, target, &slot, key, apply->entry->number);
    if (has_facts && act != CUSTODY__V1__ACT__ACT_WITHDRAW)
        retell_beside(apply, number, &retold, &said, apply->is_countersigning);
}

void retell_withdraw(struct apply *apply, const Custody__V1__WithdrawBody *body)
{
    retell_name(apply, body->target, (uint8_t)body->reason);
}

void retell_dispute(struct apply *apply, const Custody__V1__DisputeBody *body)
{
    retell_name(apply, body->target, (uint8_t)body->reason);
}

/* ---- amend ------------------------------------------------------------------------------------- */

/* The statement that is named, as what a fact of its author's has. False while it is not on the ledger: the one at hand
 * waits for it. */
static bool
retell_place(struct apply *apply, const Custody__V1__StatementName *target, struct fact *ret)
{
    uint32_t key;
    uint64_t number = 0;
    struct book_slot slot;
    struct retold retold;
    if (!retell_find(apply, target, &key, &slot, &number)) {
        retell_note(apply, target, &slot, key, apply->entry->number);
        return false;
    }
    *ret = apply->base;
    if (!retell_read(apply, number, &retold))
        return settle_is_well(apply);
    struct apply_entry entry = retell_entry(number, &retold);
    *ret = apply_fact(apply->book, &entry, retold.author, retold.key, &slot);
    clocks_correct(apply->book, ret);
    return true;
}

void retell_amend(struct apply *apply, const Custody__V1__AmendBody *body)
{
    struct fact own = apply->beside;
    if (body->target == NULL || !retell_place(apply, body->target, &apply->beside))
        return;
    uint32_t generator = act_party_number(apply, body->generator);
    for (size_t i = 0; i < body->n_containers && settle_is_well(apply); i++) {
        const Custody__V1__AmendedContainer *amended = body->containers[i];
        struct fact fact = apply->base;
        fact.item = (uint16_t)i;
        fact.target_key = book_give(apply->book, SUBJECT_KEY,
                                    span_of(body->target->key.data, body->target->key.len));
        fact.target_sequence = body->target->sequence;
        fact.reason = (uint8_t)body->reason;
        act_mass(&fact, amended->mass_g, (uint8_t)amended->mass_source);
        if (fact.mass_g != FACT_NO_MASS)
            fact.bits |= FACT_AMENDS_MASS;
        fact.package = (uint8_t)amended->package;
        fact.ward = consign_text(apply, amended->ward);
        if (amended->temperature_case == CUSTODY__V1__AMENDED_CONTAINER__TEMPERATURE_TEMPERATURE_MC)
            fact.temperature_mk = (uint32_t)(FACT_ZERO_CELSIUS_MK + amended->temperature_mc);
        fact.manifest = act_statement_number(apply, SUBJECT_MANIFEST, amended->moved_to_manifest);
        act_to_code(apply, generator, amended->code, &fact);
    }
    apply->beside = own;
}

/* ---- better times ------------------------------------------------------------------------------ */

static void retell_untell(struct apply *apply, uint64_t number, const struct retold *retold)
{
    struct apply_entry again = retell_entry(number, retold);
    struct book_slot slot;
    book_slot(apply->book, retold->author, retold->statement.header.key_sequence, &slot);
    struct own own = retell_enter(apply, &again, retold, &slot);
    apply->tell = MOMENT_AWAY;
    tallying_statement(apply, retold->statement.header.act, retold->body);
    retell_leave(apply, &own);
}

void retell_times(struct apply *apply, uint32_t key, uint64_t first, uint64_t last, bool is_before)
{
    uint32_t countersigner = apply->countersigner;
    bool confirms = apply->confirms;
    apply->countersigner = 0;
    apply->confirms = false;
    for (uint64_t sequence = first; sequence <= last && settle_is_well(apply); sequence++) {
        struct book_slot slot;
        book_slot(apply->book, key, sequence, &slot);
        for (uint32_t i = 0; i < slot.count && settle_is_well(apply); i++) {
            struct retold retold;
            uint64_t entry = slot.statements[i].entry;
            if (entry == apply->entry->number || !retell_read(apply, entry, &retold))
                continue;
            if (is_before) {
                retell_untell(apply, entry, &retold);
                continue;
            }
            apply->is_retiming = true;
            retell_again(apply, entry, &retold);
            apply->is_retiming = false;
        }
    }
    apply->countersigner = countersigner;
    apply->confirms = confirms;
}

/* ---- what waited ------------------------------------------------------------------------------- */

static void retell_waiting(struct apply *apply, uint64_t waiting)
{
    struct retold retold;
    struct book_slot slot;
    if (!retell_read(apply, waiting, &retold))
        return;
    struct apply_entry entry = retell_entry(waiting, &retold);
    book_slot(apply->book, retold.author, retold.statement.header.key_sequence, &slot);
    struct own own = retell_enter(apply, &entry, &retold, &slot);
    /* Not act_apply: the rest of what it does was done when it arrived itself. */
    const void *body = retold.body;
    if (retold.statement.header.act == CUSTODY__V1__ACT__ACT_DISPUTE) {
        retell_dispute(apply, body);
        retell_arrived(apply, &slot);
    } else if (retold.statement.header.act == CUSTODY__V1__ACT__ACT_WITHDRAW) {
        retell_withdraw(apply, body);
    } else if (retold.statement.header.act == CUSTODY__V1__ACT__ACT_AMEND) {
        retell_amend(apply, body);
        retell_arrived(apply, &slot);
    }
    retell_leave(apply, &own);
}

void retell_arrived(struct apply *apply, const struct book_slot *slot)
{
    const struct apply_entry *before = apply->arrived;
    if (before == NULL)
        apply->arrived = apply->entry;
    for (uint32_t i = 0; i < slot->named_count && settle_is_well(apply); i++)
        if (slot->named[i].entry != 0 &&
            memcmp(slot->named[i].id, apply->entry->statement->id.bytes,
                   sizeof slot->named[i].id) == 0)
            retell_waiting(apply, slot->named[i].entry);
    apply->arrived = before;
}
