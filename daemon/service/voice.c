/* voice.c: whether a statement counts as a whole.
 * Never asks what it says. */
#include "daemon/service/voice.h"

#include <string.h>

#include "proto/custody.pb-c.h"

/* Who may confirm a held statement by signing it. */
struct counterparts {
    const char *generator, *receiver;
    ProtobufCBinaryData manifest;
};

static struct counterparts find_counterparts(uint32_t act, const ProtobufCMessage *body)
{
    const void *any = body;
    switch (act) {
    case CUSTODY__V1__ACT__ACT_PACK:
        return (struct counterparts){.generator = ((const Custody__V1__PackBody *)any)->generator};
    case CUSTODY__V1__ACT__ACT_STORE:
        return (struct counterparts){.generator = ((const Custody__V1__StoreBody *)any)->generator};
    case CUSTODY__V1__ACT__ACT_FEED:
        return (struct counterparts){.generator = ((const Custody__V1__FeedBody *)any)->generator};
    case CUSTODY__V1__ACT__ACT_DEPART:
        return (struct counterparts){.receiver = ((const Custody__V1__DepartBody *)any)->receiver};
    case CUSTODY__V1__ACT__ACT_LOAD: {
        const Custody__V1__LoadBody *load = any;
        return (struct counterparts){.generator = load->generator, .manifest = load->manifest};
    }
    case CUSTODY__V1__ACT__ACT_RECEIVE: {
        const Custody__V1__ReceiveBody *receive = any;
        return (struct counterparts){.generator = receive->generator,
                                     .manifest = receive->manifest};
    }
    case CUSTODY__V1__ACT__ACT_TRANSFER: {
        const Custody__V1__TransferBody *transfer = any;
        return (struct counterparts){.generator = transfer->generator,
                                     .manifest = transfer->manifest};
    }
    case CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT:
        return (struct counterparts){.manifest =
                                         ((const Custody__V1__ConfirmReceiptBody *)any)->manifest};
    default:
        return (struct counterparts){0};
    }
}

static uint32_t find_party(struct apply *apply, const char *name)
{
    return name == NULL || name[0] == 0 ? 0
                                        : book_find(apply->book, SUBJECT_PARTY, span_text(name));
}

static bool
is_confirmed(struct apply *apply, const struct fact *base, const struct counterparts *counterparts)
{
    uint32_t generator = find_party(apply, counterparts->generator);
    uint32_t receiver = find_party(apply, counterparts->receiver);
    ProtobufCBinaryData id = counterparts->manifest;
    uint32_t number =
        id.len == 0 ? 0 : book_find(apply->book, SUBJECT_MANIFEST, span_of(id.data, id.len));
    const struct manifest *manifest = number == 0 ? NULL : book_manifest(apply->book, number);
    for (uint32_t i = 0; i < base->countersigner_count; i++) {
        uint32_t party = base->countersigners[i];
        if (party != base->party && (party == generator || party == receiver ||
                                     (manifest != NULL && manifest_has_party(manifest, party))))
            return true;
    }
    return false;
}

static bool is_signed_by_another(const struct fact *base)
{
    for (uint32_t i = 0; i < base->countersigner_count; i++)
        if (base->countersigners[i] != base->party)
            return true;
    return false;
}

static bool is_taken_back(const struct book_slot *slot, uint32_t at, uint32_t party)
{
    const unsigned bits = BOOK_NAMED_WITHDRAWS | BOOK_NAMED_COUNTS;
    for (uint32_t i = 0; i < slot->named_count; i++)
        if ((slot->named[i].bits & bits) == bits && slot->named[i].party == party && party != 0 &&
            memcmp(slot->named[i].id, slot->statements[at].id, sizeof slot->named[i].id) == 0)
            return true;
    return false;
}

static bool is_received_of(struct apply *apply)
{
    uint32_t number = book_find(apply->book, SUBJECT_TRIP,
                                span_of(apply->entry->statement->id.bytes, DIGEST_SIZE));
    const struct trip *trip = settle_trip(apply, number);
    return trip != NULL && trip_is_built_on(trip, apply->base.party);
}

uint32_t voice_find(const struct book_slot *slot, uint64_t entry)
{
    uint32_t at = 0;
    while (at < slot->count && slot->statements[at].entry != entry)
        at++;
    return at;
}

void voice_weigh(struct apply *apply,
                 const struct book_slot *slot,
                 uint32_t act,
                 const ProtobufCMessage *body)
{
    uint32_t at = voice_find(slot, apply->entry->number);
    apply->is_unsaid = false;
    if (!fact_counts(&apply->base) && apply->base.countersigner_count > 0) {
        struct counterparts counterparts = find_counterparts(act, body);
        if (is_confirmed(apply, &apply->base, &counterparts))
            apply->base.bits |= FACT_CONFIRMED;
    }
    if (at == slot->count || !is_taken_back(slot, at, apply->base.party) ||
        slot->statements[at].kept > 0 || is_signed_by_another(&apply->base))
        return;
    apply->is_unsaid = act != CUSTODY__V1__ACT__ACT_DEPART || !is_received_of(apply);
}

bool voice_is_void(const struct apply *apply)
{
    return apply->is_unsaid || !fact_counts(&apply->base);
}

bool voice_name(
    struct book_slot *slot, struct span id, uint32_t party, unsigned bits, uint64_t entry)
{
    uint32_t at = 0;
    while (at < slot->named_count &&
           (slot->named[at].party != party || slot->named[at].entry != entry ||
            memcmp(slot->named[at].id, id.data, sizeof slot->named[at].id) != 0))
        at++;
    if (at == BOOK_SLOT_NAMED_MAX)
        return false;
    if (at == slot->named_count) {
        memcpy(slot->named[at].id, id.data, sizeof slot->named[at].id);
        slot->named[at].party = party;
        slot->named[at].bits = 0;
        slot->named[at].entry = entry;
        slot->named_count++;
    }
    slot->named[at].bits = (uint8_t)(slot->named[at].bits | bits);
    return true;
}

void voice_keep(struct apply *apply, const struct tally_part *part)
{
    struct book_slot slot;
    book_slot(apply->book, part->key, part->key_sequence, &slot);
    uint32_t at = voice_find(&slot, part->entry);
    struct settle_review *review = settle_alloc(apply, sizeof *review);
    if (at == slot.count || review == NULL)
        return;
    slot.statements[at].kept = (uint32_t)((int64_t)slot.statements[at].kept + part->pieces);
    book_put_slot(apply->book, part->key, part->key_sequence, &slot);
    *review = (struct settle_review){.next = apply->reviews, .entry = part->entry};
    apply->reviews = review;
}
