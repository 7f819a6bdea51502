/* clocks.c: corrections of devices' clocks.
 * Never decides an outcome. */
#include "daemon/service/clocks.h"

#include "daemon/domain/retime.h"
#include "daemon/service/retell.h"

static bool clocks_read(struct book *book, uint32_t key, struct retimes *ret)
{
    struct span bytes = book_record(book, SUBJECT_CLOCK, key);
    ret->count = 0;
    if (bytes.data == NULL)
        return false;
    if (!retime_parse(bytes, ret)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    return true;
}

void clocks_correct(struct book *book, struct fact *fact)
{
    struct retimes retimes;
    if (!clocks_read(book, fact->key, &retimes))
        return;
    int64_t corrected_us = retime_at(&retimes, fact->key_sequence, fact->claimed_us,
                                     fact->recorded_us, fact->effective_us);
    if (corrected_us == fact->effective_us)
        return;
    fact->effective_us = corrected_us;
    const struct party *party = book_party(book, fact->party);
    fact->kinds = party == NULL ? 0 : party_kinds_at(party, corrected_us);
}

static bool clocks_is_signed(const struct apply *apply)
{
    const struct fact *base = &apply->base;
    if (apply->countersigner != 0 && apply->countersigner != base->party)
        return true;
    for (uint32_t i = 0; i < base->countersigner_count; i++)
        if (base->countersigners[i] != base->party)
            return true;
    return false;
}

void clocks_take(struct apply *apply, const Custody__V1__CorrectClockBody *body)
{
    struct book *book = apply->book;
    uint32_t key = apply->base.key;
    uint64_t entry = apply->entry->number;
    uint8_t bytes[RETIME_RECORD_MAX];
    struct retimes retimes;
    if (apply->about != NULL || apply->is_retiming || !fact_counts(&apply->base) ||
        body->last_sequence - body->first_sequence >= RETIME_RANGE_MAX)
        return;
    clocks_read(book, key, &retimes);
    /* One that was held is not there yet when it is confirmed. */
    const struct retime fresh = {.sequence = apply->base.key_sequence,
                                 .entry = entry,
                                 .first = body->first_sequence,
                                 .last = body->last_sequence,
                                 .offset_us = body->offset_us};
    retime_add(&retimes, &fresh);
    struct retime *retime = retime_find(&retimes, entry);
    if (retime == NULL)
        return;
    bool comes_into_effect = !retime->is_signed && clocks_is_signed(apply);
    if (comes_into_effect)
        retell_times(apply, key, body->first_sequence, body->last_sequence, true);
    retime->is_signed |= comes_into_effect;
    size_t len = retime_write(&retimes, bytes, sizeof bytes);
    book_put_record(book, SUBJECT_CLOCK, key, span_of(bytes, len));
    if (comes_into_effect)
        retell_times(apply, key, body->first_sequence, body->last_sequence, false);
}
