/* apply.c: what an entry does to the look-ups.
 * Never decides an outcome, never reads a clock. */
#include "daemon/service/apply.h"

#include <stdlib.h>
#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "daemon/base/logger.h"
#include "daemon/domain/division.h"
#include "daemon/domain/rule.h"
#include "daemon/service/enact.h"

enum {
    /* Items of one statement, told apart in records that several of its parts reach. */
    APPLY_ITEM_BOXES = 1000,
    APPLY_ITEM_BULK = 2000,
    APPLY_MANIFEST_MEMBERS_MAX = 8192,
    APPLY_BOX_MEMBERS_MAX = 512,
    APPLY_BUCKETS = 1024,
};

/* A container as it was before the statement, as much as the difference needs. */
struct apply_touched {
    struct apply_touched *next; /* in the order of touching */
    struct apply_touched *next_hashed;
    uint32_t number;
    struct span record; /* as it stands now, in the book's arena */
    uint32_t leg_count;
    const struct container_leg *legs;
    uint32_t feeding_count;
    const struct container_feeding *feedings;
    uint32_t manifest_count;
    const uint32_t *manifests; /* that its facts mention: it is their member already */
    const struct work_set *work;
};

struct apply_summed {
    struct apply_summed *next;
    uint8_t kind; /* SUBJECT_MANIFEST, SUBJECT_TRIP, SUBJECT_BATCH */
    uint32_t number;
    void *record;
    const struct work_set *work;
};

struct apply {
    struct book *book;
    const struct apply_entry *entry;
    struct work_set *findings;
    struct fact base; /* what every fact of this statement shares */
    uint32_t author;
    uint32_t author_party;
    /* When a countersignature is applied, the target's facts are found again instead of added. */
    bool is_countersigning;
    uint32_t countersigner;
    bool confirms;
    struct apply_touched *touched, **touched_end;
    struct apply_touched *buckets[APPLY_BUCKETS];
    struct apply_summed *summed;
    struct container container;       /* scratch */
    struct container_history history; /* scratch */
    struct apply_gathered gathered;   /* scratch */
    struct work_set work;             /* scratch */
    uint8_t bytes[CONTAINER_RECORD_MAX];
};

struct apply *apply_create(void)
{
    return calloc(1, sizeof(struct apply));
}

void apply_destroy(struct apply *apply)
{
    free(apply);
}

static void *apply_alloc(struct apply *apply, size_t len)
{
    void *memory = arena_alloc(book_arena(apply->book), len);
    if (memory == NULL)
        book_fail(apply->book, CUSTODY_ERR_MEMORY);
    return memory;
}

static void *apply_copy(struct apply *apply, const void *data, size_t len)
{
    void *memory = apply_alloc(apply, len);
    if (memory != NULL && len > 0)
        memcpy(memory, data, len);
    return memory;
}

static bool apply_is_well(const struct apply *apply)
{
    return book_status(apply->book) == CUSTODY_OK;
}

/* Only the rows in use are copied; readers of a work_set look at `count` rows. */
static const struct work_set *apply_copy_work(struct apply *apply, const struct work_set *work)
{
    return apply_copy(apply, work,
                      offsetof(struct work_set, rows) + work->count * sizeof work->rows[0]);
}

static const struct work_set APPLY_NO_WORK;

static void
apply_put_work(struct apply *apply, const struct work_set *before, const struct work_set *after)
{
    book_put_work(apply->book, before, after, apply->findings);
}

/* ---- time ------------------------------------------------------------------------------------- */

int64_t apply_effective_us(struct book *book,
                           const struct statement_header *header,
                           uint64_t entry,
                           int64_t recorded_us,
                           bool *ret_clock_is_wrong)
{
    int64_t seen_us = header->seen_size > 0 && header->seen_size <= entry
                          ? book_recorded_us(book, header->seen_size - 1)
                          : 0;
    bool is_wrong = header->clock_quality == CLOCK_UNSET ||
                    header->signed_at_us < seen_us - book_profile(book)->clock_tolerance_us;
    *ret_clock_is_wrong = is_wrong;
    if (is_wrong)
        return seen_us != 0 ? seen_us : recorded_us;
    return header->occurred_at_us < recorded_us ? header->occurred_at_us : recorded_us;
}

/* Where a party is, for the rows that a division's regulator reads. What the registry does not know, and what lies
 * outside, belongs to the ledger's own division: it must not fall between two chairs. */
static uint32_t apply_division(struct book *book, uint32_t party_number, int64_t at_us)
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

/* ---- gathering -------------------------------------------------------------------------------- */

static bool gather_add(struct apply_gathered *gathered, const struct fact *fact)
{
    if (gathered->fact_count == 2 * FACTS_MAX) {
        gathered->not_kept++;
        return false;
    }
    gathered->facts[gathered->fact_count++] = fact;
    return true;
}

static uint64_t box_day_number(uint32_t box, int32_t day)
{
    return (uint64_t)box << 32 | (uint32_t)day;
}

static struct book_box_day *box_day_load(struct book *book, uint64_t number)
{
    struct book_box_day *box_day = arena_alloc(book_arena(book), sizeof *box_day);
    if (box_day == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    struct span bytes = book_record(book, SUBJECT_BOX_DAY, number);
    if (bytes.data == NULL)
        return box_day;
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    box_day->members = bytes_read_u32(&reader);
    if (reader.failed || !facts_parse(span_of(reader.at, reader.left), &box_day->facts)) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return NULL;
    }
    return box_day;
}

static bool gather_has(const struct apply_gathered *gathered, const struct fact *fact)
{
    for (uint32_t i = 0; i < gathered->fact_count; i++)
        if (fact_is_same(gathered->facts[i], fact) && gathered->facts[i]->box == fact->box)
            return true;
    return false;
}

/* What was said of the boxes that the container was nested in, from that day on. */
static void gather_boxes(struct book *book, const struct facts *own, struct apply_gathered *ret)
{
    const struct calendar *calendar = &book_profile(book)->calendar;
    for (uint32_t i = 0; i < own->count; i++) {
        const struct fact *nest = &own->all[i];
        if (nest->act != CUSTODY__V1__ACT__ACT_NEST || nest->box == 0)
            continue;
        int32_t first = calendar_day(calendar, nest->effective_us);
        for (int32_t day = first; day < first + BOOK_BOX_DAYS && book_status(book) == CUSTODY_OK;
             day++) {
            if (book_record(book, SUBJECT_BOX_DAY, box_day_number(nest->box, day)).data == NULL)
                continue;
            const struct book_box_day *box_day = box_day_load(book, box_day_number(nest->box, day));
            for (uint32_t k = 0; box_day != NULL && k < box_day->facts.count; k++)
                if (!gather_has(ret, &box_day->facts.all[k]))
                    gather_add(ret, &box_day->facts.all[k]);
        }
    }
}

/* A receive that speaks of every container of the manifest it does not list. */
static void gather_remainders(struct book *book,
                              uint32_t number,
                              const struct manifest *manifest,
                              struct apply_gathered *ret)
{
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *whole = &manifest->facts.all[i];
        if (whole->act != CUSTODY__V1__ACT__ACT_RECEIVE || whole->verdict == 0)
            continue;
        struct fact *fact = arena_copy(book_arena(book), whole, sizeof *whole);
        if (fact == NULL) {
            book_fail(book, CUSTODY_ERR_MEMORY);
            return;
        }
        fact->bits |= FACT_OF_GROUP;
        fact->manifest = number;
        fact->mass_g = FACT_NO_MASS; /* the weighbridge weighed them all together */
        gather_add(ret, fact);
    }
}

static bool manifest_has_party(const struct manifest *manifest, uint32_t party)
{
    if (!manifest->is_known || manifest->is_refused)
        return false;
    if (manifest->generator == party || manifest->receiver == party)
        return true;
    for (uint32_t i = 0; i < manifest->leg_count; i++)
        if (manifest->carriers[i] == party)
            return true;
    return false;
}

/* A held fact counts once its counterpart countersigned it: the generator, or a party of its manifest. */
static const struct fact *
gather_confirmed(struct book *book, uint32_t generator, const struct fact *fact)
{
    if ((fact->bits & FACT_HELD) == 0 || (fact->bits & FACT_CONFIRMED) != 0)
        return fact;
    const struct manifest *manifest =
        fact->manifest == 0 ? NULL : book_manifest(book, fact->manifest);
    for (uint32_t i = 0; i < fact->countersigner_count; i++) {
        uint32_t party = fact->countersigners[i];
        if (party == fact->party)
            continue;
        if (party == generator || (manifest != NULL && manifest_has_party(manifest, party))) {
            struct fact *confirmed = arena_copy(book_arena(book), fact, sizeof *fact);
            if (confirmed == NULL) {
                book_fail(book, CUSTODY_ERR_MEMORY);
                return fact;
            }
            confirmed->bits |= FACT_CONFIRMED;
            return confirmed;
        }
    }
    return fact;
}

bool apply_gather(struct book *book,
                  uint32_t container,
                  const struct container *record,
                  struct apply_gathered *ret)
{
    ret->fact_count = 0;
    ret->manifest_count = 0;
    ret->not_kept = record->facts.not_kept;
    for (uint32_t i = 0; i < record->facts.count; i++)
        gather_add(ret, &record->facts.all[i]);
    gather_boxes(book, &record->facts, ret);
    uint32_t direct = ret->fact_count;
    for (uint32_t i = 0; i < direct; i++) {
        uint32_t number = ret->facts[i]->manifest;
        bool is_new = number != 0;
        for (uint32_t k = 0; k < ret->manifest_count && is_new; k++)
            is_new = ret->manifests[k].number != number;
        if (!is_new || ret->manifest_count == sizeof ret->manifests / sizeof ret->manifests[0])
            continue;
        const struct manifest *manifest = book_manifest(book, number);
        if (manifest == NULL)
            return false;
        ret->manifests[ret->manifest_count++] =
            (struct container_manifest){.number = number, .manifest = manifest};
        gather_remainders(book, number, manifest, ret);
    }
    for (uint32_t i = 0; i < ret->fact_count; i++)
        ret->facts[i] = gather_confirmed(book, record->generator, ret->facts[i]);
    ret->context = (struct container_context){
        .profile = book_profile(book),
        .number = container,
        .generator = record->generator,
        .division = record->division,
        .is_bulk = record->is_bulk,
        .manifest_count = ret->manifest_count,
        .manifests = ret->manifests,
    };
    return book_status(book) == CUSTODY_OK;
}

/* ---- touching --------------------------------------------------------------------------------- */

static bool apply_fold(struct apply *apply, const struct apply_touched *touched)
{
    memset(&apply->container, 0, offsetof(struct container, facts.all));
    if (touched->record.data == NULL || !container_parse(touched->record, &apply->container)) {
        book_fail(apply->book, CUSTODY_ERR_CORRUPT);
        return false;
    }
    if (!apply_gather(apply->book, touched->number, &apply->container, &apply->gathered))
        return false;
    container_fold(&apply->gathered.context, apply->gathered.facts, apply->gathered.fact_count,
                   &apply->history);
    return true;
}

/* Load a container and keep how it folds now. To be called before anything that its fold looks at is changed. */
static struct apply_touched *
apply_touch(struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk)
{
    struct apply_touched **bucket = &apply->buckets[number % APPLY_BUCKETS];
    for (struct apply_touched *at = *bucket; at != NULL; at = at->next_hashed)
        if (at->number == number)
            return at;
    struct apply_touched *touched = apply_alloc(apply, sizeof *touched);
    if (touched == NULL)
        return NULL;
    touched->number = number;
    touched->work = &APPLY_NO_WORK;
    struct span record = book_record(apply->book, SUBJECT_CONTAINER, number);
    if (record.data != NULL) {
        touched->record = span_of(apply_copy(apply, record.data, record.len), record.len);
        if (touched->record.data == NULL || !apply_fold(apply, touched))
            return NULL;
        const struct container_history *history = &apply->history;
        touched->leg_count = history->leg_count;
        touched->legs =
            apply_copy(apply, history->legs, history->leg_count * sizeof history->legs[0]);
        touched->feeding_count = history->feeding_count;
        touched->feedings = apply_copy(apply, history->feedings,
                                       history->feeding_count * sizeof history->feedings[0]);
        touched->work = apply_copy_work(apply, &history->work);
        uint32_t *manifests =
            apply_alloc(apply, apply->gathered.manifest_count * sizeof *manifests);
        for (uint32_t i = 0; manifests != NULL && i < apply->gathered.manifest_count; i++)
            manifests[i] = apply->gathered.manifests[i].number;
        touched->manifests = manifests;
        touched->manifest_count = apply->gathered.manifest_count;
    } else {
        struct container *fresh = &apply->container;
        memset(fresh, 0, offsetof(struct container, facts.all));
        fresh->generator = generator;
        fresh->is_bulk = is_bulk;
        fresh->division = apply_division(apply->book, generator, apply->base.effective_us);
        size_t len = container_write(fresh, apply->bytes, sizeof apply->bytes);
        INVARIANT(len > 0);
        touched->record = span_of(apply_copy(apply, apply->bytes, len), len);
    }
    if (!apply_is_well(apply))
        return NULL;
    touched->next_hashed = *bucket;
    *bucket = touched;
    *apply->touched_end = touched;
    apply->touched_end = &touched->next;
    return touched;
}

static void apply_touch_known(struct apply *apply, uint32_t number)
{
    apply_touch(apply, number, 0, false);
}

static void apply_touch_members(struct apply *apply, uint32_t manifest_number)
{
    const struct manifest *manifest = book_manifest(apply->book, manifest_number);
    for (uint32_t i = 0; manifest != NULL && i < manifest->members && apply_is_well(apply); i++)
        apply_touch_known(apply,
                          (uint32_t)book_member(apply->book, SUBJECT_MANIFEST, manifest_number, i));
}

/* Containers that may be in the box on that day: nested on it or up to BOOK_BOX_DAYS before. */
static void apply_touch_box(struct apply *apply, uint32_t box, int32_t day)
{
    for (int32_t back = 0; back < BOOK_BOX_DAYS && apply_is_well(apply); back++) {
        uint64_t number = box_day_number(box, day - back);
        if (book_record(apply->book, SUBJECT_BOX_DAY, number).data == NULL)
            continue;
        const struct book_box_day *box_day = box_day_load(apply->book, number);
        for (uint32_t i = 0; box_day != NULL && i < box_day->members; i++)
            apply_touch_known(apply,
                              (uint32_t)book_member(apply->book, SUBJECT_BOX_DAY, number, i));
    }
}

static struct apply_summed *apply_sum(struct apply *apply, uint8_t kind, uint32_t number)
{
    for (struct apply_summed *at = apply->summed; at != NULL; at = at->next)
        if (at->kind == kind && at->number == number)
            return at;
    struct apply_summed *summed = apply_alloc(apply, sizeof *summed);
    if (summed == NULL)
        return NULL;
    summed->kind = kind;
    summed->number = number;
    apply->work.count = 0;
    apply->work.dropped = 0;
    if (kind == SUBJECT_MANIFEST) {
        summed->record = book_manifest(apply->book, number);
        if (summed->record != NULL)
            manifest_work(summed->record, number, book_profile(apply->book), &apply->work);
    } else if (kind == SUBJECT_TRIP) {
        summed->record = book_trip(apply->book, number);
        if (summed->record != NULL)
            trip_work(summed->record, number, &apply->work);
    } else {
        summed->record = book_batch(apply->book, number);
    }
    summed->work = apply_copy_work(apply, &apply->work);
    if (summed->record == NULL || summed->work == NULL)
        return NULL;
    summed->next = apply->summed;
    apply->summed = summed;
    return summed;
}

static struct manifest *apply_manifest(struct apply *apply, uint32_t number)
{
    struct apply_summed *summed = number == 0 ? NULL : apply_sum(apply, SUBJECT_MANIFEST, number);
    return summed == NULL ? NULL : summed->record;
}

static struct trip *apply_trip(struct apply *apply, uint32_t number)
{
    struct apply_summed *summed = number == 0 ? NULL : apply_sum(apply, SUBJECT_TRIP, number);
    return summed == NULL ? NULL : summed->record;
}

static struct batch *apply_batch(struct apply *apply, uint32_t number)
{
    struct apply_summed *summed = number == 0 ? NULL : apply_sum(apply, SUBJECT_BATCH, number);
    return summed == NULL ? NULL : summed->record;
}

/* ---- facts into records ------------------------------------------------------------------------ */

/* Add the fact, or, when a countersignature is applied, mark the one that is there. True when something changed. */
static bool apply_into(struct apply *apply, struct facts *facts, const struct fact *fact)
{
    if (!apply->is_countersigning)
        return facts_add(facts, fact);
    struct fact *there = facts_find(facts, fact->key, fact->key_sequence, fact->item);
    if (there == NULL)
        return false;
    if (apply->confirms)
        there->bits |= FACT_CONFIRMED;
    if (apply->countersigner != there->party)
        fact_countersign(there, apply->countersigner);
    return true;
}

static void apply_to_container(
    struct apply *apply, uint32_t number, uint32_t generator, bool is_bulk, const struct fact *fact)
{
    struct apply_touched *touched = apply_touch(apply, number, generator, is_bulk);
    if (touched == NULL)
        return;
    memset(&apply->container, 0, offsetof(struct container, facts.all));
    if (!container_parse(touched->record, &apply->container)) {
        book_fail(apply->book, CUSTODY_ERR_CORRUPT);
        return;
    }
    uint32_t not_kept = apply->container.facts.not_kept;
    if (!apply_into(apply, &apply->container.facts, fact) &&
        apply->container.facts.not_kept == not_kept)
        return;
    size_t len = container_write(&apply->container, apply->bytes, sizeof apply->bytes);
    INVARIANT(len > 0);
    touched->record = span_of(apply_copy(apply, apply->bytes, len), len);
}

static uint32_t apply_container_number(struct apply *apply, uint32_t generator, const char *code)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(generator, span_text(code), name);
    return book_give(apply->book, SUBJECT_CONTAINER, span_of(name, len));
}

static void
apply_to_code(struct apply *apply, uint32_t generator, const char *code, const struct fact *fact)
{
    apply_to_container(apply, apply_container_number(apply, generator, code), generator, false,
                       fact);
}

static void apply_to_bulk(struct apply *apply,
                          uint32_t generator,
                          struct span manifest,
                          uint32_t line,
                          const struct fact *fact)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_bulk(generator, manifest, line, name);
    uint32_t number = book_give(apply->book, SUBJECT_CONTAINER, span_of(name, len));
    struct fact bulk = *fact;
    bulk.bits |= FACT_BULK;
    apply_to_container(apply, number, generator, true, &bulk);
}

static void
apply_put_box_day(struct apply *apply, uint64_t number, const struct book_box_day *box_day)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, apply->bytes, sizeof apply->bytes);
    bytes_write_u32(&writer, box_day->members);
    size_t len =
        facts_write(&box_day->facts, apply->bytes + writer.len, sizeof apply->bytes - writer.len);
    INVARIANT(len > 0);
    book_put_record(apply->book, SUBJECT_BOX_DAY, number, span_of(apply->bytes, writer.len + len));
}

/* "code" for the author's own box, "party/code" for another's. */
static uint32_t apply_box_number(struct apply *apply, const char *text, uint32_t owner)
{
    uint8_t name[BOOK_NAME_MAX];
    const char *slash = strrchr(text, '/');
    if (slash != NULL) {
        owner = book_give(apply->book, SUBJECT_PARTY, span_of(text, (size_t)(slash - text)));
        text = slash + 1;
    }
    size_t len = book_write_owned(owner, span_text(text), name);
    return book_give(apply->book, SUBJECT_BOX, span_of(name, len));
}

static void apply_to_box(struct apply *apply, const char *text, const struct fact *fact)
{
    uint32_t box = apply_box_number(apply, text, apply->base.party);
    int32_t day = calendar_day(&book_profile(apply->book)->calendar, fact->effective_us);
    apply_touch_box(apply, box, day);
    struct book_box_day *box_day = box_day_load(apply->book, box_day_number(box, day));
    if (box_day == NULL)
        return;
    struct fact grouped = *fact;
    grouped.box = box;
    grouped.bits |= FACT_OF_GROUP;
    if (apply_into(apply, &box_day->facts, &grouped))
        apply_put_box_day(apply, box_day_number(box, day), box_day);
}

static uint32_t apply_party_number(struct apply *apply, const char *name)
{
    return name == NULL || name[0] == 0 ? apply->base.party
                                        : book_give(apply->book, SUBJECT_PARTY, span_text(name));
}

static uint32_t apply_place_number(struct apply *apply, uint32_t party, const char *code)
{
    if (code == NULL || code[0] == 0)
        return 0;
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(party, span_text(code), name);
    return book_give(apply->book, SUBJECT_PLACE, span_of(name, len));
}

static uint32_t apply_named_place(struct apply *apply, const Custody__V1__PlaceName *place)
{
    return place == NULL
               ? 0
               : apply_place_number(apply, apply_party_number(apply, place->party), place->code);
}

static uint32_t apply_statement_number(struct apply *apply, unsigned kind, ProtobufCBinaryData id)
{
    return id.len == 0 ? 0 : book_give(apply->book, kind, span_of(id.data, id.len));
}

static uint32_t apply_batch_number(struct apply *apply, const char *code)
{
    uint8_t name[BOOK_NAME_MAX];
    size_t len = book_write_owned(apply->base.party, span_text(code), name);
    return book_give(apply->book, SUBJECT_BATCH, span_of(name, len));
}

/* Waste code of a fact: its number, whether it is medical, whether the catalogue in force lists it. */
static void apply_code(struct apply *apply, const char *code, struct fact *fact)
{
    fact->code = book_give(apply->book, SUBJECT_CODE, span_text(code));
    if (waste_is_medical(span_text(code)))
        fact->bits |= FACT_MEDICAL;
    if (!enact_code_is_listed(apply->book, fact->code, fact->effective_us))
        fact->bits |= FACT_CODE_UNKNOWN;
}

static void apply_mass(struct fact *fact, uint64_t mass_g, uint8_t source)
{
    fact->mass_g = mass_g == 0 ? FACT_NO_MASS : mass_g;
    fact->mass_source = source;
}

/* ---- the acts ---------------------------------------------------------------------------------- */

static void apply_pack(struct apply *apply, const Custody__V1__PackBody *body)
{
    uint32_t generator = apply_party_number(apply, body->generator);
    uint32_t place = apply_place_number(apply, generator, body->place);
    for (size_t i = 0; i < body->n_containers && apply_is_well(apply); i++) {
        const Custody__V1__PackedContainer *packed = body->containers[i];
        struct fact fact = apply->base;
        fact.item = (uint16_t)i;
        fact.place = place;
        apply_mass(&fact, packed->mass_g, (uint8_t)packed->mass_source);
        apply_code(apply, packed->waste_code, &fact);
        apply_to_code(apply, generator, packed->code, &fact);
    }
}

static void apply_store(struct apply *apply, const Custody__V1__StoreBody *body)
{
    uint32_t generator = apply_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.place = apply_named_place(apply, body->place);
    for (size_t i = 0; i < body->n_containers && apply_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        apply_to_code(apply, generator, body->containers[i], &fact);
    }
    for (size_t i = 0; i < body->n_boxes && apply_is_well(apply); i++) {
        fact.item = (uint16_t)(APPLY_ITEM_BOXES + i);
        apply_to_box(apply, body->boxes[i], &fact);
    }
}

static void apply_depart(struct apply *apply, const Custody__V1__DepartBody *body)
{
    struct trip *trip =
        apply_trip(apply, book_give(apply->book, SUBJECT_TRIP,
                                    span_of(apply->entry->statement->id.bytes, DIGEST_SIZE)));
    if (trip == NULL)
        return;
    if (apply->is_countersigning) {
        fact_countersign(&trip->depart, apply->countersigner);
        if (apply->confirms)
            trip->depart.bits |= FACT_CONFIRMED;
        return;
    }
    uint8_t name[BOOK_NAME_MAX];
    size_t len = body->vehicle == NULL ? 0
                                       : book_write_vehicle((uint32_t)body->vehicle->colour,
                                                            span_text(body->vehicle->plate), name);
    trip->vehicle = len == 0 ? 0 : book_give(apply->book, SUBJECT_VEHICLE, span_of(name, len));
    trip->is_known = true;
    trip->depart = apply->base;
    trip->depart.place = apply_named_place(apply, body->start);
    trip->depart.receiver = body->receiver[0] == 0 ? 0 : apply_party_number(apply, body->receiver);
    /* What the registry says of the vehicle now is all it will ever say of this trip. */
    struct vehicle none = {0};
    const struct vehicle *vehicle = book_vehicle(apply->book, trip->vehicle);
    enum vehicle_standing standing =
        vehicle_at(vehicle == NULL ? &none : vehicle, apply->base.effective_us);
    if (standing == VEHICLE_UNREGISTERED)
        trip->depart.bits |= FACT_VEHICLE_UNREGISTERED;
    if (standing == VEHICLE_EXPIRED)
        trip->depart.bits |= FACT_VEHICLE_EXPIRED;
    trip->division = apply_division(apply->book, apply->base.party, apply->base.effective_us);
}

static void apply_to_manifest(struct apply *apply, uint32_t number, const struct fact *fact)
{
    struct manifest *manifest = apply_manifest(apply, number);
    if (manifest != NULL)
        apply_into(apply, &manifest->facts, fact);
}

static void apply_load(struct apply *apply, const Custody__V1__LoadBody *body)
{
    uint32_t generator = apply_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.trip = apply_statement_number(apply, SUBJECT_TRIP, body->trip);
    fact.manifest = apply_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    fact.place = apply_named_place(apply, body->stop);
    for (size_t i = 0; i < body->n_containers && apply_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)i;
        apply_mass(&one, body->containers[i]->mass_g, (uint8_t)body->containers[i]->mass_source);
        apply_to_code(apply, generator, body->containers[i]->code, &one);
    }
    for (size_t i = 0; i < body->n_boxes && apply_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)(APPLY_ITEM_BOXES + i);
        apply_to_box(apply, body->boxes[i], &one);
    }
    for (size_t i = 0; i < body->n_bulk && apply_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)(APPLY_ITEM_BULK + i);
        apply_mass(&one, body->bulk[i]->mass_g, (uint8_t)body->bulk[i]->mass_source);
        apply_to_bulk(apply, generator, span_of(body->manifest.data, body->manifest.len),
                      body->bulk[i]->line, &one);
    }
    apply_to_manifest(apply, fact.manifest, &fact);
    struct trip *trip = apply_trip(apply, fact.trip);
    if (trip != NULL && !apply->is_countersigning)
        trip->stops++;
}

static uint8_t apply_remainder_verdict(Custody__V1__Remainder remainder)
{
    switch (remainder) {
    case CUSTODY__V1__REMAINDER__REMAINDER_ACCEPTED:
        return CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    case CUSTODY__V1__REMAINDER__REMAINDER_MISSING:
        return CUSTODY__V1__VERDICT__VERDICT_MISSING;
    case CUSTODY__V1__REMAINDER__REMAINDER_REJECTED:
        return CUSTODY__V1__VERDICT__VERDICT_REJECTED;
    case CUSTODY__V1__REMAINDER__REMAINDER_UNSPECIFIED:
    case _CUSTODY__V1__REMAINDER_IS_INT_SIZE:
        return 0;
    }
    return 0;
}

static void apply_receive(struct apply *apply, const Custody__V1__ReceiveBody *body)
{
    uint32_t generator = apply_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.trip = apply_statement_number(apply, SUBJECT_TRIP, body->trip);
    fact.manifest = apply_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    fact.place = apply_named_place(apply, body->place);
    for (size_t i = 0; i < body->n_containers && apply_is_well(apply); i++) {
        const Custody__V1__ReceivedContainer *received = body->containers[i];
        struct fact one = fact;
        one.item = (uint16_t)i;
        one.verdict = (uint8_t)received->verdict;
        one.reason = (uint8_t)received->reason;
        apply_mass(&one, received->mass_g, (uint8_t)received->mass_source);
        apply_to_code(apply, generator, received->code, &one);
    }
    for (size_t i = 0; i < body->n_boxes && apply_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)(APPLY_ITEM_BOXES + i);
        one.verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
        apply_to_box(apply, body->boxes[i], &one);
    }
    for (size_t i = 0; i < body->n_bulk && apply_is_well(apply); i++) {
        const Custody__V1__ReceivedBulk *received = body->bulk[i];
        struct fact one = fact;
        one.item = (uint16_t)(APPLY_ITEM_BULK + i);
        one.verdict = (uint8_t)received->verdict;
        one.reason = (uint8_t)received->reason;
        apply_mass(&one, received->mass_g, (uint8_t)received->mass_source);
        apply_to_bulk(apply, generator, span_of(body->manifest.data, body->manifest.len),
                      received->line, &one);
    }
    if (fact.manifest == 0)
        return;
    fact.verdict = apply_remainder_verdict(body->remainder);
    apply_mass(&fact, body->total_mass_g, CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED);
    if (fact.verdict != 0)
        apply_touch_members(apply, fact.manifest);
    apply_to_manifest(apply, fact.manifest, &fact);
}

static void apply_confirm_receipt(struct apply *apply, const Custody__V1__ConfirmReceiptBody *body)
{
    struct fact fact = apply->base;
    fact.manifest = apply_statement_number(apply, SUBJECT_MANIFEST, body->manifest);
    uint64_t accepted_g = 0;
    for (size_t i = 0; i < body->n_lines; i++)
        accepted_g += body->lines[i]->accepted_mass_g;
    apply_mass(&fact, accepted_g, 0);
    apply_to_manifest(apply, fact.manifest, &fact);
}

static void apply_feed(struct apply *apply, const Custody__V1__FeedBody *body)
{
    uint32_t generator = apply_party_number(apply, body->generator);
    struct fact fact = apply->base;
    fact.batch = apply_batch_number(apply, body->batch);
    for (size_t i = 0; i < body->n_containers && apply_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        apply_to_code(apply, generator, body->containers[i], &fact);
    }
    for (size_t i = 0; i < body->n_boxes && apply_is_well(apply); i++) {
        fact.item = (uint16_t)(APPLY_ITEM_BOXES + i);
        apply_to_box(apply, body->boxes[i], &fact);
    }
    for (size_t i = 0; i < body->n_bulk && apply_is_well(apply); i++) {
        fact.item = (uint16_t)(APPLY_ITEM_BULK + i);
        apply_to_bulk(apply, generator,
                      span_of(body->bulk[i]->manifest.data, body->bulk[i]->manifest.len),
                      body->bulk[i]->line, &fact);
    }
    struct batch *batch = apply_batch(apply, fact.batch);
    if (batch == NULL)
        return;
    batch->facility = apply->base.party;
    fact.item = 0;
    apply_into(apply, &batch->facts, &fact);
}

static void apply_yield(struct apply *apply, const Custody__V1__YieldBody *body)
{
    struct fact fact = apply->base;
    fact.batch = apply_batch_number(apply, body->batch);
    struct batch *batch = apply_batch(apply, fact.batch);
    if (batch == NULL)
        return;
    batch->facility = apply->base.party;
    uint64_t yielded_g = 0;
    for (size_t i = 0; i < body->n_outputs && apply_is_well(apply); i++) {
        const Custody__V1__PackedContainer *output = body->outputs[i];
        struct fact one = fact;
        one.item = (uint16_t)i;
        apply_mass(&one, output->mass_g, (uint8_t)output->mass_source);
        apply_code(apply, output->waste_code, &one);
        uint32_t number = apply_container_number(apply, apply->base.party, output->code);
        apply_to_container(apply, number, apply->base.party, false, &one);
        yielded_g += output->mass_g;
        if (!apply->is_countersigning)
            book_put_member(apply->book, SUBJECT_BATCH, fact.batch, batch->outputs++, number);
    }
    if (body->finished)
        fact.bits |= FACT_FINISHED;
    apply_mass(&fact, yielded_g, 0);
    if (apply_into(apply, &batch->facts, &fact) && !apply->is_countersigning) {
        batch->additives_g += body->additives_g;
        batch->yielded_g += yielded_g;
        batch->is_finished |= body->finished;
    }
}

static void apply_nest(struct apply *apply,
                       const char *generator_name,
                       const char *box_name,
                       const char *owner,
                       size_t count,
                       char *const *containers,
                       bool is_nest)
{
    uint32_t generator = apply_party_number(apply, generator_name);
    struct fact fact = apply->base;
    fact.box = apply_box_number(apply, box_name, apply_party_number(apply, owner));
    int32_t day = calendar_day(&book_profile(apply->book)->calendar, fact.effective_us);
    struct book_box_day *box_day = is_nest && !apply->is_countersigning
                                       ? box_day_load(apply->book, box_day_number(fact.box, day))
                                       : NULL;
    for (size_t i = 0; i < count && apply_is_well(apply); i++) {
        fact.item = (uint16_t)i;
        uint32_t number = apply_container_number(apply, generator, containers[i]);
        apply_to_container(apply, number, generator, false, &fact);
        if (box_day != NULL && box_day->members < APPLY_BOX_MEMBERS_MAX)
            book_put_member(apply->book, SUBJECT_BOX_DAY, box_day_number(fact.box, day),
                            box_day->members++, number);
    }
    if (box_day != NULL && apply_is_well(apply))
        apply_put_box_day(apply, box_day_number(fact.box, day), box_day);
}

static void apply_amend(struct apply *apply, const Custody__V1__AmendBody *body)
{
    uint32_t generator = apply_party_number(apply, body->generator);
    struct fact fact = apply->base;
    if (body->target == NULL)
        return;
    fact.target_key =
        book_give(apply->book, SUBJECT_KEY, span_of(body->target->key.data, body->target->key.len));
    fact.target_sequence = body->target->sequence;
    for (size_t i = 0; i < body->n_containers && apply_is_well(apply); i++) {
        struct fact one = fact;
        one.item = (uint16_t)i;
        one.reason = (uint8_t)body->reason;
        apply_mass(&one, body->containers[i]->mass_g, (uint8_t)body->containers[i]->mass_source);
        if (one.mass_g != FACT_NO_MASS)
            one.bits |= FACT_AMENDS_MASS;
        apply_to_code(apply, generator, body->containers[i]->code, &one);
    }
}

/* ---- manifests --------------------------------------------------------------------------------- */

static void
apply_plan(struct apply *apply, struct manifest *manifest, const Custody__V1__ManifestPlan *plan)
{
    manifest->type = (uint8_t)plan->type;
    manifest->generator = apply_party_number(apply, plan->generator);
    manifest->receiver = apply_party_number(apply, plan->receiver);
    manifest->division = apply_division(apply->book, manifest->generator, apply->base.effective_us);
    for (size_t i = 0; i < plan->n_legs && manifest->leg_count < MANIFEST_LEGS_MAX; i++)
        manifest->carriers[manifest->leg_count++] =
            apply_party_number(apply, plan->legs[i]->carrier);
    for (size_t i = 0; i < plan->n_lines && manifest->line_count < MANIFEST_LINES_MAX; i++) {
        const Custody__V1__ManifestLine *line = plan->lines[i];
        struct fact judged = {.effective_us = apply->base.effective_us};
        apply_code(apply, line->waste_code, &judged);
        manifest->bits |= judged.bits;
        manifest->lines[manifest->line_count++] = (struct manifest_line){
            .code = judged.code,
            .planned_g = line->planned_mass_g,
            .planned_pieces = line->planned_pieces,
            .form = (uint8_t)line->form,
            .package = (uint8_t)line->package,
        };
    }
}

/* A manifest's own statement: asked for (granted or refused) or drawn. */
static void apply_new_manifest(struct apply *apply,
                               const Custody__V1__ManifestPlan *plan,
                               const char *number,
                               size_t number_len,
                               uint16_t bits)
{
    const struct apply_entry *entry = apply->entry;
    uint32_t own =
        book_give(apply->book, SUBJECT_MANIFEST, span_of(entry->statement->id.bytes, DIGEST_SIZE));
    apply_touch_members(apply, own);
    struct manifest *manifest = apply_manifest(apply, own);
    if (manifest == NULL)
        return;
    if (apply->is_countersigning) {
        if (apply->confirms || manifest->receiver == apply->countersigner)
            manifest->is_held = false;
        return;
    }
    manifest->is_known = true;
    manifest->is_refused = entry->outcome == CUSTODY_OUTCOME_refused;
    manifest->is_held = entry->outcome == CUSTODY_OUTCOME_held;
    manifest->is_drawn = entry->statement->header.act == CUSTODY__V1__ACT__ACT_DRAW_MANIFEST;
    manifest->entry = entry->number;
    manifest->key = apply->author;
    manifest->key_sequence = entry->statement->header.key_sequence;
    manifest->issued_us = apply->base.effective_us;
    manifest->author = apply->base.party;
    manifest->bits |= bits;
    if (plan != NULL)
        apply_plan(apply, manifest, plan);
    if (number_len > 0 && number_len < sizeof manifest->number && !manifest->is_refused) {
        memcpy(manifest->number, number, number_len);
        manifest->number[number_len] = 0;
        if (book_find(apply->book, BOOK_NAME_NUMBER, span_of(number, number_len)) == 0)
            book_bind(apply->book, BOOK_NAME_NUMBER, span_of(number, number_len), own);
    }
}

static void apply_draw_manifest(struct apply *apply, const Custody__V1__DrawManifestBody *body)
{
    uint16_t bits = 0;
    if (!apply->is_countersigning) {
        struct registry registry = enact_registry(apply->book);
        bits = permission_judge_drawn(body, apply->base.party, apply->base.effective_us, &registry);
        enact_draw(apply->book, body, apply->base.effective_us);
    }
    apply_new_manifest(apply, body->plan, body->number, strlen(body->number), bits);
}

/* ---- one entry --------------------------------------------------------------------------------- */

static void apply_countersign(struct apply *apply, const Custody__V1__CountersignBody *body);

static void apply_fact(struct apply *apply, uint32_t act, const ProtobufCMessage *body)
{
    const void *any = body;
    switch (act) {
    case CUSTODY__V1__ACT__ACT_DRAW_MANIFEST:
        apply_draw_manifest(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_PACK:
        apply_pack(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_STORE:
        apply_store(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_DEPART:
        apply_depart(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_LOAD:
        apply_load(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_RECEIVE:
        apply_receive(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT:
        apply_confirm_receipt(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_FEED:
        apply_feed(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_YIELD:
        apply_yield(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_NEST: {
        const Custody__V1__NestBody *nest = any;
        apply_nest(apply, nest->generator, nest->box, nest->box_owner, nest->n_containers,
                   nest->containers, true);
        break;
    }
    case CUSTODY__V1__ACT__ACT_UNNEST: {
        const Custody__V1__UnnestBody *unnest = any;
        apply_nest(apply, unnest->generator, unnest->box, unnest->box_owner, unnest->n_containers,
                   unnest->containers, false);
        break;
    }
    case CUSTODY__V1__ACT__ACT_AMEND:
        apply_amend(apply, any);
        break;
    case CUSTODY__V1__ACT__ACT_COUNTERSIGN:
        apply_countersign(apply, any);
        break;
    default:
        break; /* recorded; it moves nothing in this version */
    }
}

/* The statement that a countersignature names has arrived: find its facts again and mark them. */
static void apply_countersign_entry(struct apply *apply, uint64_t number)
{
    struct book *book = apply->book;
    struct span bytes = {0};
    struct entry target;
    struct statement statement;
    const char *field = NULL;
    if (!book_read_entry(book, number, &bytes) || !entry_parse(bytes, &target) ||
        statement_parse(target.statement, &statement, &field) != STATEMENT_OK) {
        book_fail(book, CUSTODY_ERR_CORRUPT);
        return;
    }
    const ProtobufCMessageDescriptor *descriptor = body_descriptor(statement.header.act);
    if (target.outcome == CUSTODY_OUTCOME_refused || descriptor == NULL ||
        !body_act_is_fact(statement.header.act) ||
        statement.header.act == CUSTODY__V1__ACT__ACT_COUNTERSIGN)
        return;
    ProtobufCMessage *body =
        body_unpack(descriptor, statement.body, arena_protobuf(book_arena(book)));
    uint32_t author = book_find(book, SUBJECT_KEY, span_of(statement.header.key, PUBLIC_KEY_SIZE));
    const struct key *key = book_key(book, author);
    if (body == NULL || key == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return;
    }
    struct fact own = apply->base;
    const struct apply_entry *own_entry = apply->entry;
    struct apply_entry again = {.number = number,
                                .recorded_us = target.recorded_at_us,
                                .outcome = target.outcome,
                                .statement = &statement};
    bool clock_is_wrong;
    apply->is_countersigning = true;
    apply->countersigner = own.party;
    apply->confirms = own.party == key->party &&
                      chain_may(book_key(book, apply->author), 1 << CUSTODY__V1__ROLE__ROLE_ADMIN,
                                own_entry->recorded_us);
    apply->entry = &again;
    apply->base = (struct fact){
        .effective_us = apply_effective_us(book, &statement.header, number, target.recorded_at_us,
                                           &clock_is_wrong),
        .key = author,
        .key_sequence = statement.header.key_sequence,
        .party = key->party,
        .mass_g = FACT_NO_MASS,
    };
    apply_fact(apply, statement.header.act, body);
    apply->is_countersigning = false;
    apply->entry = own_entry;
    apply->base = own;
}

static void apply_countersign(struct apply *apply, const Custody__V1__CountersignBody *body)
{
    struct book *book = apply->book;
    if (body->target == NULL)
        return;
    uint32_t key =
        book_give(book, SUBJECT_KEY, span_of(body->target->key.data, body->target->key.len));
    struct book_slot slot;
    book_slot(book, key, body->target->sequence, &slot);
    for (uint32_t i = 0; i < slot.count; i++)
        if (memcmp(slot.statements[i].id, body->target->id.data, sizeof slot.statements[i].id) ==
            0) {
            apply_countersign_entry(apply, slot.statements[i].entry);
            return;
        }
    if (slot.awaited_count == BOOK_SLOT_MAX)
        return;
    memcpy(slot.awaited[slot.awaited_count].id, body->target->id.data, sizeof slot.awaited[0].id);
    slot.awaited[slot.awaited_count].party = apply->base.party;
    slot.awaited[slot.awaited_count].is_admin =
        chain_may(book_key(book, apply->author), 1 << CUSTODY__V1__ROLE__ROLE_ADMIN,
                  apply->entry->recorded_us);
    slot.awaited_count++;
    book_put_slot(book, key, body->target->sequence, &slot);
}

/* ---- the author's chain ------------------------------------------------------------------------ */

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
        row->due_us = key->gaps[i].since_us + book_profile(apply->book)->chain_gap_us;
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
    apply_put_work(apply, &APPLY_NO_WORK, &apply->work);
}

/* Slot and chain. `ret_slot` has who countersigned this statement before it arrived. */
static bool apply_chain(struct apply *apply, struct key *key, struct book_slot *ret_slot)
{
    const struct apply_entry *entry = apply->entry;
    const struct statement_header *header = &entry->statement->header;
    struct book *book = apply->book;
    uint32_t division = apply_division(book, key->party, entry->recorded_us);
    book_slot(book, apply->author, header->key_sequence, ret_slot);
    if (ret_slot->count < BOOK_SLOT_MAX) {
        memcpy(ret_slot->statements[ret_slot->count].id, entry->statement->id.bytes,
               sizeof ret_slot->statements[0].id);
        ret_slot->statements[ret_slot->count].entry = entry->number;
        ret_slot->count++;
        book_put_slot(book, apply->author, header->key_sequence, ret_slot);
    }
    apply_chain_gaps(apply, key, division, &apply->work);
    const struct work_set *before = apply_copy_work(apply, &apply->work);
    if (before == NULL)
        return false;
    bool changed = false;
    enum chain_verdict verdict =
        chain_take(key, header->key_sequence, &entry->statement->id, entry->recorded_us, &changed);
    if (changed) {
        apply_chain_gaps(apply, key, division, &apply->work);
        apply_put_work(apply, before, &apply->work);
    }
    if (verdict == CHAIN_SECOND)
        apply_key_finding(apply, RULE_chain_fork, apply->author, key->party, division,
                          header->key_sequence, entry->recorded_us);
    book_put_key(book, apply->author, key);
    return apply_is_well(apply);
}

static void apply_base(struct apply *apply, const struct key *key, const struct book_slot *slot)
{
    const struct apply_entry *entry = apply->entry;
    const struct statement_header *header = &entry->statement->header;
    bool clock_is_wrong = false;
    struct fact *base = &apply->base;
    *base = (struct fact){
        .claimed_us = header->occurred_at_us,
        .recorded_us = entry->recorded_us,
        .key_prefix = bytes_get_u64(header->key),
        .key = apply->author,
        .key_sequence = header->key_sequence,
        .entry = entry->number,
        .act = (uint8_t)header->act,
        .party = key->party,
        .mass_g = FACT_NO_MASS,
    };
    base->effective_us =
        apply_effective_us(apply->book, header, entry->number, entry->recorded_us, &clock_is_wrong);
    const struct party *party = book_party(apply->book, key->party);
    base->kinds = party == NULL ? 0 : party_kinds_at(party, base->effective_us);
    if (entry->outcome == CUSTODY_OUTCOME_held)
        base->bits |= FACT_HELD;
    if (clock_is_wrong) {
        base->bits |= FACT_CLOCK_WRONG;
        apply_key_finding(apply, RULE_clock_wrong, apply->author, key->party,
                          apply_division(apply->book, key->party, entry->recorded_us),
                          header->key_sequence, base->effective_us);
    }
    for (uint32_t i = 0; i < slot->awaited_count; i++) {
        if (memcmp(slot->awaited[i].id, entry->statement->id.bytes, sizeof slot->awaited[i].id) !=
            0)
            continue;
        if (slot->awaited[i].party != key->party)
            fact_countersign(base, slot->awaited[i].party);
        else if (slot->awaited[i].is_admin)
            base->bits |= FACT_CONFIRMED;
    }
}

/* ---- the difference ----------------------------------------------------------------------------- */

static void apply_leg(struct apply *apply, const struct container_leg *leg, int sign)
{
    struct manifest *manifest = apply_manifest(apply, leg->manifest);
    if (manifest != NULL)
        manifest_sums_add(&manifest->sums, &leg->sums, sign);
    struct trip *trip = apply_trip(apply, leg->trip);
    if (trip != NULL)
        manifest_sums_add(&trip->sums, &leg->sums, sign);
}

static void apply_feeding(struct apply *apply, const struct container_feeding *feeding, int sign)
{
    struct batch *batch = apply_batch(apply, feeding->batch);
    if (batch == NULL)
        return;
    batch->sums.fed += sign;
    batch->sums.fed_g += sign * (int64_t)feeding->mass_g;
}

static void
apply_membership(struct apply *apply, const struct apply_touched *touched, uint32_t manifest_number)
{
    for (uint32_t i = 0; i < touched->manifest_count; i++)
        if (touched->manifests[i] == manifest_number)
            return;
    struct manifest *manifest = apply_manifest(apply, manifest_number);
    if (manifest == NULL || manifest->members >= APPLY_MANIFEST_MEMBERS_MAX)
        return;
    book_put_member(apply->book, SUBJECT_MANIFEST, manifest_number, manifest->members++,
                    touched->number);
}

static void apply_settle_container(struct apply *apply, const struct apply_touched *touched)
{
    if (!apply_fold(apply, touched))
        return;
    const struct container_history *after = &apply->history;
    for (uint32_t i = 0; i < apply->gathered.manifest_count; i++)
        apply_membership(apply, touched, apply->gathered.manifests[i].number);
    for (uint32_t i = 0; i < touched->leg_count; i++)
        apply_leg(apply, &touched->legs[i], -1);
    for (uint32_t i = 0; i < after->leg_count; i++)
        apply_leg(apply, &after->legs[i], 1);
    for (uint32_t i = 0; i < touched->feeding_count; i++)
        apply_feeding(apply, &touched->feedings[i], -1);
    for (uint32_t i = 0; i < after->feeding_count; i++)
        apply_feeding(apply, &after->feedings[i], 1);
    apply_put_work(apply, touched->work, &after->work);
    book_put_record(apply->book, SUBJECT_CONTAINER, touched->number, touched->record);
}

static void apply_settle_summed(struct apply *apply, const struct apply_summed *summed)
{
    apply->work.count = 0;
    apply->work.dropped = 0;
    size_t len;
    switch (summed->kind) {
    case SUBJECT_MANIFEST:
        manifest_work(summed->record, summed->number, book_profile(apply->book), &apply->work);
        len = manifest_write(summed->record, apply->bytes, sizeof apply->bytes);
        break;
    case SUBJECT_TRIP:
        trip_work(summed->record, summed->number, &apply->work);
        len = trip_write(summed->record, apply->bytes, sizeof apply->bytes);
        break;
    default:
        len = batch_write(summed->record, apply->bytes, sizeof apply->bytes);
        break;
    }
    INVARIANT(len > 0);
    book_put_record(apply->book, summed->kind, summed->number, span_of(apply->bytes, len));
    apply_put_work(apply, summed->work, &apply->work);
}

static void apply_settle(struct apply *apply)
{
    for (struct apply_touched *at = apply->touched; at != NULL && apply_is_well(apply);
         at = at->next)
        apply_settle_container(apply, at);
    for (struct apply_summed *at = apply->summed; at != NULL && apply_is_well(apply); at = at->next)
        apply_settle_summed(apply, at);
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
    apply->touched = NULL;
    apply->touched_end = &apply->touched;
    apply->summed = NULL;
    memset(apply->buckets, 0, sizeof apply->buckets);

    apply->author = book_give(book, SUBJECT_KEY, span_of(header->key, PUBLIC_KEY_SIZE));
    struct key *key = book_key(book, apply->author);
    if (key == NULL && apply_is_well(apply)) {
        key = apply_alloc(apply, sizeof *key);
        if (key != NULL)
            chain_init(key, header->key);
    }
    struct book_slot slot;
    if (key == NULL || !apply_chain(apply, key, &slot))
        return book_status(book);
    apply_base(apply, key, &slot);

    bool is_manifest = header->act == CUSTODY__V1__ACT__ACT_ISSUE_MANIFEST;
    if (entry->outcome == CUSTODY_OUTCOME_granted && !is_manifest)
        enact_permission(book, entry, apply->author, apply->findings);
    else if (entry->body != NULL && is_manifest) {
        enact_serial(book, entry->detail, 1);
        apply_new_manifest(apply, ((const Custody__V1__IssueManifestBody *)entry->body)->plan,
                           (const char *)entry->detail.data, entry->detail.len, 0);
    } else if (entry->outcome != CUSTODY_OUTCOME_refused && entry->body != NULL) {
        apply_fact(apply, header->act, entry->body);
    }
    if (apply_is_well(apply))
        apply_settle(apply);
    return book_status(book);
}
