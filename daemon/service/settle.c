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

enum { SETTLE_MANIFEST_MEMBERS_MAX = 8192, SETTLE_LABELS_DEEP = 4, SETTLE_LINKS_MAX = 16 };

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

static struct settle_touched *settle_touch_at(
    struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk, unsigned depth);

/* Numbers of the manifests and trips that the facts of what was just folded name. */
static void settle_note_mentions(struct apply *apply, struct settle_touched *touched)
{
    const struct gathered_facts *gathered = &apply->gathered;
    uint32_t *manifests = settle_alloc(apply, gathered->manifest_count * sizeof *manifests);
    uint32_t *trips = settle_alloc(apply, gathered->trip_count * sizeof *trips);
    if (manifests == NULL || trips == NULL)
        return;
    for (uint32_t i = 0; i < gathered->manifest_count; i++)
        manifests[i] = gathered->manifests[i].number;
    for (uint32_t i = 0; i < gathered->trip_count; i++)
        trips[i] = gathered->trips[i].number;
    touched->manifests = manifests;
    touched->manifest_count = gathered->manifest_count;
    touched->trips = trips;
    touched->trip_count = gathered->trip_count;
}

/* Containers that share a label by a relabelling come out differently together. `apply->container` is the one at hand. */
static uint32_t settle_find_links(const struct apply *apply, uint32_t ret[static SETTLE_LINKS_MAX])
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < apply->container.facts.count && count < SETTLE_LINKS_MAX; i++) {
        uint32_t other = apply->container.facts.all[i].other;
        bool is_new = other != 0;
        for (uint32_t k = 0; k < count; k++)
            is_new &= ret[k] != other;
        if (is_new)
            ret[count++] = other;
    }
    return count;
}

static void settle_touch_links(
    struct apply *apply, uint32_t count, const uint32_t *links, uint32_t generator, unsigned depth)
{
    for (uint32_t i = 0; i < count && depth < SETTLE_LABELS_DEEP && settle_is_well(apply); i++)
        settle_touch_at(apply, links[i], generator, false, depth + 1);
}

/* Load a container and keep how it folds now. To be called before anything that its fold looks at is changed. */
static struct settle_touched *
settle_touch(struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk)
{
    return settle_touch_at(apply, number, generator, is_bulk, 0);
}

static struct settle_touched *settle_touch_at(
    struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk, unsigned depth)
{
    uint32_t links[SETTLE_LINKS_MAX];
    uint32_t link_count = 0;
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
        contribution_take(apply, &apply->gathered.context, history, &touched->before);
        touched->work = settle_copy_work(apply, &history->work);
        posting_history(&apply->posting, apply->book, history, &apply->gathered.context, -1);
        settle_note_mentions(apply, touched);
        generator = apply->container.generator;
        link_count = settle_find_links(apply, links);
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
    settle_touch_links(apply, link_count, links, generator, depth);
    return touched;
}

static void settle_touch_known(struct apply *apply, uint32_t number)
{
    settle_touch(apply, number, 0, false);
}

void settle_touch_members(struct apply *apply, uint32_t manifest_number)
{
    const struct manifest *manifest =
        apply->is_reviewing ? NULL : book_manifest(apply->book, manifest_number);
    for (uint32_t i = 0; manifest != NULL && i < manifest->members && settle_is_well(apply); i++)
        settle_touch_known(
            apply, (uint32_t)book_member(apply->book, SUBJECT_MANIFEST, manifest_number, i));
}

/* Containers that may be in the box on that day: nested on it or up to BOOK_BOX_DAYS before. */
void settle_touch_box(struct apply *apply, uint32_t box, int32_t day)
{
    for (int32_t back = 0; !apply->is_reviewing && back < BOOK_BOX_DAYS && settle_is_well(apply);
         back++) {
        uint64_t number = gather_box_day_number(box, day - back);
        if (book_record(apply->book, SUBJECT_BOX_DAY, number).data == NULL)
            continue;
        const struct book_box_day *box_day = gather_box_day(apply->book, number);
        for (uint32_t i = 0; box_day != NULL && i < box_day->members; i++)
            settle_touch_known(apply,
                               (uint32_t)book_member(apply->book, SUBJECT_BOX_DAY, number, i));
    }
}

void settle_touch_riders(struct apply *apply, uint32_t trip)
{
    if (trip == 0 || book_record(apply->book, SUBJECT_RIDE, trip).data == NULL)
        return;
    const struct book_box_day *ride = gather_ride(apply->book, trip);
    for (uint32_t i = 0; ride != NULL && i < ride->members && settle_is_well(apply); i++)
        settle_touch_known(apply, (uint32_t)book_member(apply->book, SUBJECT_RIDE, trip, i));
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
    if (apply->is_reviewing)
        return;
    struct settle_touched *touched = settle_touch(apply, number, generator, is_bulk);
    if (touched == NULL)
        return;
    tallying_fact(apply, fact);
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

static void settle_riding(struct apply *apply, const struct settle_touched *touched, uint32_t trip)
{
    for (uint32_t i = 0; i < touched->trip_count; i++)
        if (touched->trips[i] == trip)
            return;
    struct book_box_day *ride = gather_ride(apply->book, trip);
    if (ride == NULL || ride->members >= SETTLE_MANIFEST_MEMBERS_MAX)
        return;
    book_put_member(apply->book, SUBJECT_RIDE, trip, ride->members++, touched->number);
    settle_put_ride(apply, trip, ride);
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
    for (uint32_t i = 0; i < apply->gathered.trip_count; i++)
        settle_riding(apply, touched, apply->gathered.trips[i].number);
    struct contribution now = {0};
    contribution_take(apply, &apply->gathered.context, after, &now);
    if (!settle_is_well(apply))
        return;
    contribution_settle(apply, touched->number, &touched->before, &now);
    settle_put_work(apply, touched->work, &after->work);
    posting_history(&apply->posting, apply->book, after, &apply->gathered.context, 1);
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
    /* All of them first: what shares a label is folded together, and looks at its trips as they are now. */
    for (struct settle_touched *at = apply->touched; at != NULL && settle_is_well(apply);
         at = at->next)
        book_put_record(apply->book, SUBJECT_CONTAINER, at->number, at->record);
    for (struct settle_sums *at = apply->summed; at != NULL && settle_is_well(apply); at = at->next)
        if (at->kind == &trip_kind)
            settle_put(apply, at);
    for (struct settle_touched *at = apply->touched; at != NULL && settle_is_well(apply);
         at = at->next)
        settle_container(apply, at);
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
