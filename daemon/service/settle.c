/* settle.c: what one statement touches, and the difference it makes.
 * Never decides what a fact means: the pure core folds. */
#include "daemon/service/settle.h"

#include <string.h>

#include "daemon/base/logger.h"
#include "daemon/domain/division.h"
#include "daemon/service/consign.h"
#include "daemon/service/declare.h"
#include "daemon/service/retell.h"
#include "daemon/service/roads.h"
#include "daemon/service/tallying.h"

static const struct work_set SETTLE_NO_WORK;

void *settle_alloc(struct apply *apply, size_t len)
{
    void *memory = arena_alloc(book_arena(apply->book), len);
    if (memory == NULL)
        book_fail(apply->book, CUSTODY_ERR_MEMORY);
    return memory;
}

void *settle_copy(struct apply *apply, const void *data, size_t len)
{
    void *memory = arena_copy(book_arena(apply->book), data, len);
    if (memory == NULL)
        book_fail(apply->book, CUSTODY_ERR_MEMORY);
    return memory;
}

bool settle_is_well(const struct apply *apply)
{
    return book_status(apply->book) == CUSTODY_OK;
}

/* Only the rows in use are copied; readers of a work_set look at `count` rows. */
const struct work_set *settle_copy_work(struct apply *apply, const struct work_set *work)
{
    return settle_copy(apply, work,
                       offsetof(struct work_set, rows) + work->count * sizeof work->rows[0]);
}

void settle_put_work(struct apply *apply,
                     const struct work_set *before,
                     const struct work_set *after)
{
    book_put_work(apply->book, before == NULL ? &SETTLE_NO_WORK : before, after, apply->findings);
}

/* Where a party is, for the rows that a division's regulator reads. What the registry does not know, and what lies
 * outside, belongs to the ledger's own division: it must not fall between two chairs. */
uint32_t settle_division(struct book *book, uint32_t party_number, int64_t at_us)
{
    uint32_t home = book_ledger(book)->division;
    const struct party *party = book_party(book, party_number);
    const struct party_version *version = party == NULL ? NULL : party_at(party, at_us);
    if (version == NULL && party != NULL && party->count > 0)
        version = &party->versions[0];
    if (version == NULL || !division_covers(home, version->division))
        return home;
    return version->division;
}

/* ---- records that sums go into ----------------------------------------------------------------- */

static void *load_manifest(struct apply *apply, uint64_t number)
{
    return book_manifest(apply->book, (uint32_t)number);
}

static void
work_manifest(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    manifest_work(record, number, book_law(apply->book), set);
}

static size_t write_manifest(const void *record, uint8_t *ret, size_t cap)
{
    return manifest_write(record, ret, cap);
}

static void *load_trip(struct apply *apply, uint64_t number)
{
    return book_trip(apply->book, (uint32_t)number);
}

static void
work_trip(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    trip_work(record, number, book_law(apply->book), set);
}

static size_t write_trip(const void *record, uint8_t *ret, size_t cap)
{
    return trip_write(record, ret, cap);
}

static void *load_batch(struct apply *apply, uint64_t number)
{
    return book_batch(apply->book, (uint32_t)number);
}

static void
work_batch(struct apply *apply, const void *record, uint64_t number, struct work_set *set)
{
    uint32_t first = set->count;
    batch_work(record, number, book_law(apply->book), set);
    tallying_place(apply, set, first);
}

static size_t write_batch(const void *record, uint8_t *ret, size_t cap)
{
    return batch_write(record, ret, cap);
}

static void
finish_trip(struct apply *apply, const void *record, const void *before, uint64_t number)
{
    consign_trip_settled(apply, record, before, number);
    roads_finish_trip(apply, record, before, (uint32_t)number);
}

static const struct settle_kind manifest_kind = {
    .record = SUBJECT_MANIFEST,
    .load = load_manifest,
    .work = work_manifest,
    .write = write_manifest,
    .finish = consign_settle,
    .size = offsetof(struct manifest, facts),
};
static const struct settle_kind trip_kind = {
    .record = SUBJECT_TRIP,
    .load = load_trip,
    .work = work_trip,
    .write = write_trip,
    .finish = finish_trip,
    .size = sizeof(struct trip),
};
static const struct settle_kind batch_kind = {
    .record = SUBJECT_BATCH,
    .load = load_batch,
    .work = work_batch,
    .write = write_batch,
    .finish = consign_batch_settled,
    .size = offsetof(struct batch, facts),
};

static const struct work_set *settle_work(struct apply *apply,
                                          const struct settle_kind *kind,
                                          const void *record,
                                          uint64_t number)
{
    apply->work.count = 0;
    apply->work.dropped = 0;
    kind->work(apply, record, number, &apply->work);
    return &apply->work;
}

void *settle_record(struct apply *apply, const struct settle_kind *kind, uint64_t number)
{
    for (struct settle_sums *at = apply->summed; at != NULL; at = at->next)
        if (at->kind == kind && at->number == number)
            return at->record;
    struct settle_sums *summed = settle_alloc(apply, sizeof *summed);
    void *record = kind->load(apply, number);
    if (summed == NULL || record == NULL)
        return NULL;
    *summed = (struct settle_sums){.kind = kind, .number = number, .record = record};
    if (kind->finish != NULL)
        summed->before = settle_copy(apply, record, kind->size);
    summed->work = settle_copy_work(apply, settle_work(apply, kind, record, number));
    if (!settle_is_well(apply))
        return NULL;
    *apply->summed_end = summed;
    apply->summed_end = &summed->next;
    return record;
}

bool settle_has(struct apply *apply, const struct settle_kind *kind, uint64_t number)
{
    for (const struct settle_sums *at = apply->summed; at != NULL; at = at->next)
        if (at->kind == kind && at->number == number)
            return true;
    return book_record(apply->book, kind->record, number).data != NULL;
}

struct manifest *settle_manifest(struct apply *apply, uint32_t number)
{
    return number == 0 ? NULL : settle_record(apply, &manifest_kind, number);
}

struct trip *settle_trip(struct apply *apply, uint32_t number)
{
    return number == 0 ? NULL : settle_record(apply, &trip_kind, number);
}

struct batch *settle_batch(struct apply *apply, uint32_t number)
{
    return number == 0 ? NULL : settle_record(apply, &batch_kind, number);
}

static bool settle_mark(const struct apply *apply, struct facts *facts, const struct fact *fact)
{
    struct fact *there = facts_find_entry(facts, fact->entry, fact->item);
    if (there == NULL)
        return false;
    if (apply->confirms)
        there->bits |= FACT_CONFIRMED;
    if (apply->countersigner != there->party)
        fact_countersign(there, apply->countersigner);
    return true;
}

/* The fact as it reads at its corrected time, with the signatures that it has. */
static bool settle_retime(struct facts *facts, const struct fact *fact)
{
    struct fact *there = facts_find_entry(facts, fact->entry, fact->item);
    if (there == NULL)
        return false;
    struct fact moved = *fact;
    moved.bits |= there->bits & FACT_CONFIRMED;
    moved.countersigner_count = there->countersigner_count;
    memcpy(moved.countersigners, there->countersigners, sizeof moved.countersigners);
    facts_move(facts, there, &moved);
    return true;
}

/* Of a statement that is gone through again: its facts are there already. */
static bool settle_again(const struct apply *apply, struct facts *facts, const struct fact *fact)
{
    return apply->is_retiming ? settle_retime(facts, fact) : settle_mark(apply, facts, fact);
}

/* What is said of a statement stands where that says something: of the container itself, its box, its manifest, its trip. */
static struct fact settle_about(const struct fact *about, const struct fact *fact)
{
    struct fact said = *about;
    said.item = fact->item;
    said.box = fact->box;
    said.manifest = fact->manifest;
    said.trip = fact->trip;
    said.from_trip = fact->from_trip;
    said.bits |= fact->bits & (FACT_OF_GROUP | FACT_BULK);
    return said;
}

/* Add the fact, or, when a countersignature is applied, mark the one that is there. True when something changed. */
bool settle_into(struct apply *apply, struct facts *facts, const struct fact *fact)
{
    if (apply->about != NULL) {
        struct fact said = settle_about(apply->about, fact);
        return apply->about_again ? settle_again(apply, facts, &said) : facts_add(facts, &said);
    }
    return apply->is_countersigning ? settle_again(apply, facts, fact) : facts_add(facts, fact);
}

void settle_stamp(const struct apply *apply, struct fact *fact)
{
    fact->bits &= ~(uint32_t)FACT_UNSAID;
    if (apply->is_unsaid)
        fact->bits |= FACT_UNSAID;
    if (fact_counts(&apply->base))
        fact->bits |= apply->base.bits & FACT_CONFIRMED;
}

bool settle_into_whole(struct apply *apply, struct facts *facts, const struct fact *fact)
{
    uint32_t not_kept = facts->not_kept;
    bool is_changed = settle_into(apply, facts, fact);
    struct fact *there = facts_find_entry(facts, fact->entry, fact->item);
    if (there == NULL)
        return is_changed || facts->not_kept != not_kept;
    uint32_t bits = there->bits;
    settle_stamp(apply, there);
    return is_changed || there->bits != bits;
}

void settle_into_container(
    struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk, const struct fact *fact)
{
    /* Of itself each container knows what was withdrawn. */
    if (!apply->is_reviewing)
        settle_touch_with(apply, number, generator, is_bulk, fact);
}

static void settle_put_group(struct apply *apply,
                             unsigned kind,
                             uint64_t number,
                             const struct book_box_day *box_day)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, apply->bytes, sizeof apply->bytes);
    bytes_write_u32(&writer, box_day->members);
    size_t len =
        facts_write(&box_day->facts, apply->bytes + writer.len, sizeof apply->bytes - writer.len);
    INVARIANT(len > 0);
    book_put_record(apply->book, kind, number, span_of(apply->bytes, writer.len + len));
}

void settle_put_box_day(struct apply *apply, uint64_t number, const struct book_box_day *box_day)
{
    settle_put_group(apply, SUBJECT_BOX_DAY, number, box_day);
}

void settle_put_ride(struct apply *apply, uint32_t trip, const struct book_box_day *ride)
{
    settle_put_group(apply, SUBJECT_RIDE, trip, ride);
}

static void settle_put(struct apply *apply, const struct settle_sums *summed)
{
    size_t len = summed->kind->write(summed->record, apply->bytes, sizeof apply->bytes);
    INVARIANT(len > 0);
    book_put_record(apply->book, summed->kind->record, summed->number, span_of(apply->bytes, len));
}

/* What the containers keep of a withdrawn statement decides whether it counts as a whole. */
static void settle_reviews(struct apply *apply)
{
    while (apply->reviews != NULL && settle_is_well(apply)) {
        const struct settle_review *review = apply->reviews;
        apply->reviews = review->next;
        retell_review(apply, review->entry);
    }
}

void settle_differences(struct apply *apply)
{
    /* What is folded looks at its trips as they are now. */
    for (struct settle_sums *at = apply->summed; at != NULL && settle_is_well(apply); at = at->next)
        if (at->kind == &trip_kind)
            settle_put(apply, at);
    settle_touch_settle(apply);
    settle_reviews(apply);
    if (settle_is_well(apply))
        declare_moved(apply);
    /* What is handed on may add records to the end of the list. */
    for (struct settle_sums *at = apply->summed; at != NULL && settle_is_well(apply); at = at->next)
        if (at->kind->finish != NULL)
            at->kind->finish(apply, at->record, at->before, at->number);
    for (struct settle_sums *at = apply->summed; at != NULL && settle_is_well(apply); at = at->next)
        settle_put(apply, at);
    for (struct settle_sums *at = apply->summed; at != NULL && settle_is_well(apply); at = at->next)
        settle_put_work(apply, at->work, settle_work(apply, at->kind, at->record, at->number));
    if (settle_is_well(apply))
        posting_write(&apply->posting, apply->book, apply->entry->number);
}
