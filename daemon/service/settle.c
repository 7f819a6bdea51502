/* settle.c: what one statement touches, and the difference it makes.
 * Never decides what a fact means: the pure core folds. */
#include "daemon/service/settle.h"

#include <string.h>

#include "daemon/base/logger.h"
#include "daemon/domain/division.h"

enum { SETTLE_MANIFEST_MEMBERS_MAX = 8192 };

static const struct work_set SETTLE_NO_WORK;

void *settle_alloc(struct apply *apply, size_t len)
{
    void *memory = arena_alloc(book_arena(apply->book), len);
    if (memory == NULL)
        book_fail(apply->book, CUSTODY_ERR_MEMORY);
    return memory;
}

static void *settle_copy(struct apply *apply, const void *data, size_t len)
{
    void *memory = settle_alloc(apply, len);
    if (memory != NULL && len > 0)
        memcpy(memory, data, len);
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

static bool settle_fold(struct apply *apply, const struct settle_touched *touched)
{
    memset(&apply->container, 0, offsetof(struct container, facts.all));
    if (touched->record.data == NULL || !container_parse(touched->record, &apply->container)) {
        book_fail(apply->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    if (!gather_facts(apply->book, touched->number, &apply->container, &apply->gathered))
        return false;
    container_fold(&apply->gathered.context, apply->gathered.facts, apply->gathered.fact_count,
                   &apply->history);
    return true;
}

/* Load a container and keep how it folds now. To be called before anything that its fold looks at is changed. */
static struct settle_touched *
settle_touch(struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk)
{
    struct settle_touched **bucket = &apply->buckets[number % SETTLE_BUCKETS];
    for (struct settle_touched *at = *bucket; at != NULL; at = at->next_hashed)
        if (at->number == number)
            return at;
    struct settle_touched *touched = settle_alloc(apply, sizeof *touched);
    if (touched == NULL)
        return NULL;
    touched->number = number;
    touched->work = &SETTLE_NO_WORK;
    struct span record = book_record(apply->book, SUBJECT_CONTAINER, number);
    if (record.data != NULL) {
        touched->record = span_of(settle_copy(apply, record.data, record.len), record.len);
        if (touched->record.data == NULL || !settle_fold(apply, touched))
            return NULL;
        const struct container_history *history = &apply->history;
        touched->leg_count = history->leg_count;
        touched->legs =
            settle_copy(apply, history->legs, history->leg_count * sizeof history->legs[0]);
        touched->feeding_count = history->feeding_count;
        touched->feedings = settle_copy(apply, history->feedings,
                                        history->feeding_count * sizeof history->feedings[0]);
        touched->work = settle_copy_work(apply, &history->work);
        uint32_t *manifests =
            settle_alloc(apply, apply->gathered.manifest_count * sizeof *manifests);
        for (uint32_t i = 0; manifests != NULL && i < apply->gathered.manifest_count; i++)
            manifests[i] = apply->gathered.manifests[i].number;
        touched->manifests = manifests;
        touched->manifest_count = apply->gathered.manifest_count;
    } else {
        struct container *fresh = &apply->container;
        memset(fresh, 0, offsetof(struct container, facts.all));
        fresh->generator = generator;
        fresh->is_bulk = is_bulk;
        fresh->division = settle_division(apply->book, generator, apply->base.effective_us);
        size_t len = container_write(fresh, apply->bytes, sizeof apply->bytes);
        INVARIANT(len > 0);
        touched->record = span_of(settle_copy(apply, apply->bytes, len), len);
    }
    if (!settle_is_well(apply))
        return NULL;
    touched->next_hashed = *bucket;
    *bucket = touched;
    *apply->touched_end = touched;
    apply->touched_end = &touched->next;
    return touched;
}

static void settle_touch_known(struct apply *apply, uint32_t number)
{
    settle_touch(apply, number, 0, false);
}

void settle_touch_members(struct apply *apply, uint32_t manifest_number)
{
    const struct manifest *manifest = book_manifest(apply->book, manifest_number);
    for (uint32_t i = 0; manifest != NULL && i < manifest->members && settle_is_well(apply); i++)
        settle_touch_known(
            apply, (uint32_t)book_member(apply->book, SUBJECT_MANIFEST, manifest_number, i));
}

/* Containers that may be in the box on that day: nested on it or up to BOOK_BOX_DAYS before. */
void settle_touch_box(struct apply *apply, uint32_t box, int32_t day)
{
    for (int32_t back = 0; back < BOOK_BOX_DAYS && settle_is_well(apply); back++) {
        uint64_t number = gather_box_day_number(box, day - back);
        if (book_record(apply->book, SUBJECT_BOX_DAY, number).data == NULL)
            continue;
        const struct book_box_day *box_day = gather_box_day(apply->book, number);
        for (uint32_t i = 0; box_day != NULL && i < box_day->members; i++)
            settle_touch_known(apply,
                               (uint32_t)book_member(apply->book, SUBJECT_BOX_DAY, number, i));
    }
}

static struct settle_sums *settle_sum(struct apply *apply, uint8_t kind, uint32_t number)
{
    for (struct settle_sums *at = apply->summed; at != NULL; at = at->next)
        if (at->kind == kind && at->number == number)
            return at;
    struct settle_sums *summed = settle_alloc(apply, sizeof *summed);
    if (summed == NULL)
        return NULL;
    summed->kind = kind;
    summed->number = number;
    apply->work.count = 0;
    apply->work.dropped = 0;
    if (kind == SUBJECT_MANIFEST) {
        summed->record = book_manifest(apply->book, number);
        if (summed->record != NULL)
            manifest_work(summed->record, number, book_law(apply->book), &apply->work);
    } else if (kind == SUBJECT_TRIP) {
        summed->record = book_trip(apply->book, number);
        if (summed->record != NULL)
            trip_work(summed->record, number, book_law(apply->book), &apply->work);
    } else {
        summed->record = book_batch(apply->book, number);
        if (summed->record != NULL)
            batch_work(summed->record, number, book_law(apply->book), &apply->work);
    }
    summed->work = settle_copy_work(apply, &apply->work);
    if (summed->record == NULL || summed->work == NULL)
        return NULL;
    summed->next = apply->summed;
    apply->summed = summed;
    return summed;
}

struct manifest *settle_manifest(struct apply *apply, uint32_t number)
{
    struct settle_sums *summed = number == 0 ? NULL : settle_sum(apply, SUBJECT_MANIFEST, number);
    return summed == NULL ? NULL : summed->record;
}

struct trip *settle_trip(struct apply *apply, uint32_t number)
{
    struct settle_sums *summed = number == 0 ? NULL : settle_sum(apply, SUBJECT_TRIP, number);
    return summed == NULL ? NULL : summed->record;
}

struct batch *settle_batch(struct apply *apply, uint32_t number)
{
    struct settle_sums *summed = number == 0 ? NULL : settle_sum(apply, SUBJECT_BATCH, number);
    return summed == NULL ? NULL : summed->record;
}

/* Add the fact, or, when a countersignature is applied, mark the one that is there. True when something changed. */
bool settle_into(struct apply *apply, struct facts *facts, const struct fact *fact)
{
    if (!apply->is_countersigning)
        return facts_add(facts, fact);
    struct fact *there = facts_find_entry(facts, fact->entry, fact->item);
    if (there == NULL)
        return false;
    if (apply->confirms)
        there->bits |= FACT_CONFIRMED;
    if (apply->countersigner != there->party)
        fact_countersign(there, apply->countersigner);
    return true;
}

void settle_into_container(
    struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk, const struct fact *fact)
{
    struct settle_touched *touched = settle_touch(apply, number, generator, is_bulk);
    if (touched == NULL)
        return;
    memset(&apply->container, 0, offsetof(struct container, facts.all));
    if (!container_parse(touched->record, &apply->container)) {
        book_fail(apply->book, CUSTODY_ERR_CORRUPT);
        return;
    }
    uint32_t not_kept = apply->container.facts.not_kept;
    if (!settle_into(apply, &apply->container.facts, fact) &&
        apply->container.facts.not_kept == not_kept)
        return;
    size_t len = container_write(&apply->container, apply->bytes, sizeof apply->bytes);
    INVARIANT(len > 0);
    touched->record = span_of(settle_copy(apply, apply->bytes, len), len);
}

void settle_put_box_day(struct apply *apply, uint64_t number, const struct book_box_day *box_day)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, apply->bytes, sizeof apply->bytes);
    bytes_write_u32(&writer, box_day->members);
    size_t len =
        facts_write(&box_day->facts, apply->bytes + writer.len, sizeof apply->bytes - writer.len);
    INVARIANT(len > 0);
    book_put_record(apply->book, SUBJECT_BOX_DAY, number, span_of(apply->bytes, writer.len + len));
}

static void settle_leg(struct apply *apply, const struct container_leg *leg, int sign)
{
    struct manifest *manifest = settle_manifest(apply, leg->manifest);
    if (manifest != NULL)
        manifest_sums_add(&manifest->sums, &leg->sums, sign);
    struct trip *trip = settle_trip(apply, leg->trip);
    if (trip != NULL)
        manifest_sums_add(&trip->sums, &leg->sums, sign);
}

static void settle_feeding(struct apply *apply, const struct container_feeding *feeding, int sign)
{
    struct batch *batch = settle_batch(apply, feeding->batch);
    if (batch == NULL)
        return;
    batch->sums.fed += sign;
    batch->sums.fed_g += sign * (int64_t)feeding->mass_g;
}

static void settle_membership(struct apply *apply,
                              const struct settle_touched *touched,
                              uint32_t manifest_number)
{
    for (uint32_t i = 0; i < touched->manifest_count; i++)
        if (touched->manifests[i] == manifest_number)
            return;
    struct manifest *manifest = settle_manifest(apply, manifest_number);
    if (manifest == NULL || manifest->members >= SETTLE_MANIFEST_MEMBERS_MAX)
        return;
    book_put_member(apply->book, SUBJECT_MANIFEST, manifest_number, manifest->members++,
                    touched->number);
}

static void settle_container(struct apply *apply, const struct settle_touched *touched)
{
    if (!settle_fold(apply, touched))
        return;
    const struct container_history *after = &apply->history;
    for (uint32_t i = 0; i < apply->gathered.manifest_count; i++)
        settle_membership(apply, touched, apply->gathered.manifests[i].number);
    for (uint32_t i = 0; i < touched->leg_count; i++)
        settle_leg(apply, &touched->legs[i], -1);
    for (uint32_t i = 0; i < after->leg_count; i++)
        settle_leg(apply, &after->legs[i], 1);
    for (uint32_t i = 0; i < touched->feeding_count; i++)
        settle_feeding(apply, &touched->feedings[i], -1);
    for (uint32_t i = 0; i < after->feeding_count; i++)
        settle_feeding(apply, &after->feedings[i], 1);
    settle_put_work(apply, touched->work, &after->work);
    book_put_record(apply->book, SUBJECT_CONTAINER, touched->number, touched->record);
}

static void settle_summed(struct apply *apply, const struct settle_sums *summed)
{
    apply->work.count = 0;
    apply->work.dropped = 0;
    size_t len;
    switch (summed->kind) {
    case SUBJECT_MANIFEST:
        manifest_work(summed->record, summed->number, book_law(apply->book), &apply->work);
        len = manifest_write(summed->record, apply->bytes, sizeof apply->bytes);
        break;
    case SUBJECT_TRIP:
        trip_work(summed->record, summed->number, book_law(apply->book), &apply->work);
        len = trip_write(summed->record, apply->bytes, sizeof apply->bytes);
        break;
    default:
        batch_work(summed->record, summed->number, book_law(apply->book), &apply->work);
        len = batch_write(summed->record, apply->bytes, sizeof apply->bytes);
        break;
    }
    INVARIANT(len > 0);
    book_put_record(apply->book, summed->kind, summed->number, span_of(apply->bytes, len));
    settle_put_work(apply, summed->work, &apply->work);
}

void settle_differences(struct apply *apply)
{
    for (struct settle_touched *at = apply->touched; at != NULL && settle_is_well(apply);
         at = at->next)
        settle_container(apply, at);
    for (struct settle_sums *at = apply->summed; at != NULL && settle_is_well(apply); at = at->next)
        settle_summed(apply, at);
}
