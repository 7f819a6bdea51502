/* gather.c: every fact that the fold of one container looks at.
 * Never folds, never writes. */
#include "daemon/service/gather.h"

#include "proto/custody.pb-c.h"

static bool gather_add(struct gathered_facts *gathered, const struct fact *fact)
{
    if (gathered->fact_count == 2 * FACTS_MAX) {
        gathered->not_kept++;
        return false;
    }
    gathered->facts[gathered->fact_count++] = fact;
    return true;
}

uint64_t gather_box_day_number(uint32_t box, int32_t day)
{
    return (uint64_t)box << 32 | (uint32_t)day;
}

struct book_box_day *gather_box_day(struct book *book, uint64_t number)
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

static bool gather_has(const struct gathered_facts *gathered, const struct fact *fact)
{
    for (uint32_t i = 0; i < gathered->fact_count; i++)
        if (fact_is_same(gathered->facts[i], fact) && gathered->facts[i]->box == fact->box)
            return true;
    return false;
}

/* What was said of the boxes that the container was nested in, from that day on. */
static void gather_boxes(struct book *book, const struct facts *own, struct gathered_facts *ret)
{
    const struct calendar *calendar = &book_profile(book)->calendar;
    for (uint32_t i = 0; i < own->count; i++) {
        const struct fact *nest = &own->all[i];
        if (nest->act != CUSTODY__V1__ACT__ACT_NEST || nest->box == 0)
            continue;
        int32_t first = calendar_day(calendar, nest->effective_us);
        for (int32_t day = first; day < first + BOOK_BOX_DAYS && book_status(book) == CUSTODY_OK;
             day++) {
            if (book_record(book, SUBJECT_BOX_DAY, gather_box_day_number(nest->box, day)).data ==
                NULL)
                continue;
            const struct book_box_day *box_day =
                gather_box_day(book, gather_box_day_number(nest->box, day));
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
                              struct gathered_facts *ret)
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

bool gather_facts(struct book *book,
                  uint32_t container,
                  const struct container *record,
                  struct gathered_facts *ret)
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
        .law = book_law(book),
        .number = container,
        .generator = record->generator,
        .division = record->division,
        .is_bulk = record->is_bulk,
        .manifest_count = ret->manifest_count,
        .manifests = ret->manifests,
    };
    return book_status(book) == CUSTODY_OK;
}
