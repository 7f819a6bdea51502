/* gather.c: every fact that the fold of one container looks at.
 * Never writes; folds only to judge whether a relabelling took effect. */
#include "daemon/service/gather.h"

#include <string.h>

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

static struct book_box_day *gather_group(struct book *book, unsigned kind, uint64_t number)
{
    struct book_box_day *box_day = arena_room(book_arena(book), sizeof *box_day);
    if (box_day == NULL) {
        book_fail(book, CUSTODY_ERR_MEMORY);
        return NULL;
    }
    box_day->members = box_day->facts.count = box_day->facts.not_kept = 0;
    struct span bytes = book_record(book, kind, number);
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

struct book_box_day *gather_box_day(struct book *book, uint64_t number)
{
    return gather_group(book, SUBJECT_BOX_DAY, number);
}

struct book_box_day *gather_ride(struct book *book, uint32_t trip)
{
    return gather_group(book, SUBJECT_RIDE, trip);
}

static bool gather_has(const struct gathered_facts *gathered, const struct fact *fact)
{
    for (uint32_t i = 0; i < gathered->fact_count; i++)
        if (fact_is_same(gathered->facts[i], fact) && gathered->facts[i]->box == fact->box)
            return true;
    return false;
}

/* What was said of the boxes that the container was nested in, from that day on. */
static void gather_boxes(struct book *book, struct gathered_facts *ret)
{
    const struct calendar *calendar = &book_profile(book)->calendar;
    uint32_t own = ret->fact_count;
    for (uint32_t i = 0; i < own; i++) {
        const struct fact *nest = ret->facts[i];
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

/* The trip, and what was said of all that rode on it: that may name a further trip. */
static void gather_trip(struct book *book, uint32_t number, struct gathered_facts *ret)
{
    for (uint32_t i = 0; i < ret->trip_count; i++)
        if (ret->trips[i].number == number)
            return;
    if (number == 0 || ret->trip_count == GATHER_TRIPS_MAX)
        return;
    const struct trip *trip = book_trip(book, number);
    if (trip == NULL)
        return;
    ret->trips[ret->trip_count++] = (struct container_trip){
        .number = number,
        .carrier = trip_has_departed(trip) ? trip->depart.party : 0,
        .vehicle = trip_vehicle(trip),
    };
    if (book_record(book, SUBJECT_RIDE, number).data == NULL)
        return;
    const struct book_box_day *ride = gather_ride(book, number);
    for (uint32_t i = 0; ride != NULL && i < ride->facts.count; i++)
        gather_add(ret, &ride->facts.all[i]);
}

static void gather_trips(struct book *book, struct gathered_facts *ret)
{
    /* Grows while it is walked. */
    for (uint32_t i = 0; i < ret->fact_count && book_status(book) == CUSTODY_OK; i++) {
        gather_trip(book, ret->facts[i]->trip, ret);
        gather_trip(book, ret->facts[i]->from_trip, ret);
    }
}

/* What is said of a manifest reaches its containers: a receipt of all that it does not list, a hold, an order, and what was
 * said of such a statement. */
static bool speaks_of_all(const struct fact *whole)
{
    switch (whole->act) {
    case CUSTODY__V1__ACT__ACT_RECEIVE:
        return whole->verdict != 0;
    case CUSTODY__V1__ACT__ACT_HOLD:
    case CUSTODY__V1__ACT__ACT_RELEASE:
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER:
    case CUSTODY__V1__ACT__ACT_WITHDRAW:
    case CUSTODY__V1__ACT__ACT_DISPUTE:
        return true;
    default:
        return false;
    }
}

static void gather_remainders(struct book *book,
                              uint32_t number,
                              const struct manifest *manifest,
                              struct gathered_facts *ret)
{
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *whole = &manifest->facts.all[i];
        if (!speaks_of_all(whole))
            continue;
        struct fact *fact = arena_copy(book_arena(book), whole, sizeof *whole);
        if (fact == NULL) {
            book_fail(book, CUSTODY_ERR_MEMORY);
            return;
        }
        fact->bits |= FACT_OF_GROUP;
        fact->manifest = number;
        fact->mass_g = FACT_NO_MASS; /* the weighbridge weighed them all together */
        /* What was said of a whole trip stands with the trip too. */
        if (!gather_has(ret, fact))
            gather_add(ret, fact);
    }
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

/* ---- other labels ------------------------------------------------------------------------------ */

static bool gather_at(struct book *book,
                      uint32_t container,
                      const struct container *record,
                      const struct fact *before,
                      unsigned depth,
                      struct gathered_facts *ret);

/* Room to fold one label; the depth is bounded, and so is what this takes of the stack. */
struct judged {
    struct container record;
    struct gathered_facts gathered;
    struct container_history history;
};

/* The volume at that place. False when there is no such record or the book failed. */
static bool gather_judged(struct book *book,
                          uint32_t container,
                          const struct fact *at,
                          const struct fact *before,
                          unsigned depth,
                          struct judged *ret)
{
    struct volume_bounds bounds;
    ret->gathered.taken_by = 0;
    if (!volumes_read(book, container, at, &ret->record, &bounds))
        return false;
    if (!gather_at(book, container, &ret->record, before, depth, &ret->gathered))
        return false;
    container_fold(&ret->gathered.context, ret->gathered.facts, ret->gathered.fact_count,
                   &ret->history);
    return true;
}

static bool gather_is_relabel(const struct fact *fact, bool of_new_label)
{
    return fact->act == CUSTODY__V1__ACT__ACT_RELABEL && fact->other != 0 &&
           ((fact->bits & FACT_NEW_LABEL) != 0) == of_new_label;
}

/* Did the relabelling take effect where the old label stands? */
static bool gather_took_effect(struct book *book, const struct fact *relabel, unsigned depth)
{
    struct judged judged;
    uint32_t container = relabel->other;
    for (; container != 0 && depth <= GATHER_DEPTH_MAX; depth++) {
        if (!gather_judged(book, container, relabel, NULL, depth, &judged))
            return false;
        for (uint32_t i = 0; i < judged.history.step_count; i++) {
            const struct container_step *step = &judged.history.steps[i];
            if (step->effect == EFFECT_APPLIED && gather_is_relabel(step->fact, false) &&
                fact_is_same(step->fact, relabel))
                return true;
        }
        /* The old label was itself another container's by then. */
        container = judged.gathered.taken_by;
    }
    return false;
}

/* The first relabelling by which this label became another container's; NULL: none. */
static const struct fact *gather_find_taken(struct book *book,
                                            const struct container *record,
                                            const struct fact *before,
                                            unsigned depth)
{
    const uint32_t tried_max = depth == 0 ? 8 : 2; /* each is a fold */
    uint32_t tried = 0;
    for (uint32_t i = 0; i < record->facts.count && tried < tried_max; i++) {
        const struct fact *fact = &record->facts.all[i];
        if (!gather_is_relabel(fact, true) || !fact_counts(fact))
            continue;
        if ((before != NULL && fact_compare(fact, before) >= 0) || depth == GATHER_DEPTH_MAX)
            break;
        tried++;
        if (gather_took_effect(book, fact, depth + 1))
            return fact;
    }
    return NULL;
}

/* Names nothing that is still about, just before the relabelling. */
static bool gather_is_free(struct book *book, const struct fact *relabel, unsigned depth)
{
    struct judged judged;
    struct fact before = *relabel;
    before.label = 0; /* as the new label's own record has it */
    if (depth == GATHER_DEPTH_MAX ||
        !gather_judged(book, relabel->other, &before, &before, depth, &judged))
        return depth < GATHER_DEPTH_MAX && book_status(book) == CUSTODY_OK;
    enum container_state state = judged.history.fills[judged.history.fill_count - 1].state;
    return judged.gathered.taken_by == 0 &&
           (state == CONTAINER_NONE || state == CONTAINER_FED || state == CONTAINER_ENDED);
}

/* What was said of the new label from then on, as facts of this container. */
static void gather_label(struct book *book,
                         const struct fact *relabel,
                         uint32_t own,
                         unsigned depth,
                         struct gathered_facts *ret)
{
    for (uint32_t i = 0; i < ret->label_count; i++)
        if (ret->labels[i].relabel == relabel)
            return;
    if (ret->label_count == CONTAINER_LABELS_MAX || relabel->other == own)
        return;
    bool is_known = false;
    for (uint32_t i = 0; i < ret->label_count; i++)
        is_known |= ret->labels[i].number == relabel->other;
    ret->labels[ret->label_count++] = (struct container_label){
        .number = relabel->other,
        .is_free = gather_is_free(book, relabel, depth + 1),
        .relabel = relabel,
    };
    struct container record;
    struct volume_bounds bounds;
    struct fact from = *relabel;
    from.label = 0;
    if (is_known || !volumes_read(book, relabel->other, &from, &record, &bounds))
        return;
    for (uint32_t i = 0; i < record.facts.count; i++) {
        const struct fact *said = &record.facts.all[i];
        if (gather_is_relabel(said, true) || fact_compare(said, &from) < 0)
            continue;
        struct fact *fact = arena_copy(book_arena(book), said, sizeof *said);
        if (fact == NULL) {
            book_fail(book, CUSTODY_ERR_MEMORY);
            return;
        }
        fact->label = relabel->other;
        gather_add(ret, fact);
    }
    ret->not_kept += record.facts.not_kept;
}

static void
gather_labels(struct book *book, uint32_t own, unsigned depth, struct gathered_facts *ret)
{
    /* Grows while it is walked. */
    for (uint32_t i = 0; i < ret->fact_count && book_status(book) == CUSTODY_OK; i++)
        if (gather_is_relabel(ret->facts[i], false))
            gather_label(book, ret->facts[i], own, depth, ret);
}

/* ---- all of it --------------------------------------------------------------------------------- */

static bool gather_manifests(struct book *book, struct gathered_facts *ret)
{
    uint32_t direct = ret->fact_count;
    for (uint32_t i = 0; i < direct; i++) {
        uint32_t number = ret->facts[i]->manifest;
        bool is_new = number != 0;
        for (uint32_t k = 0; k < ret->manifest_count && is_new; k++)
            is_new = ret->manifests[k].number != number;
        if (!is_new || ret->manifest_count == GATHER_MANIFESTS_MAX)
            continue;
        const struct manifest *manifest = book_manifest(book, number);
        if (manifest == NULL)
            return false;
        ret->manifests[ret->manifest_count++] =
            (struct container_manifest){.number = number, .manifest = manifest};
        gather_remainders(book, number, manifest, ret);
    }
    return true;
}

static bool gather_at(struct book *book,
                      uint32_t container,
                      const struct container *record,
                      const struct fact *before,
                      unsigned depth,
                      struct gathered_facts *ret)
{
    ret->fact_count = 0;
    ret->manifest_count = 0;
    ret->trip_count = 0;
    ret->label_count = 0;
    ret->not_kept = record->facts.not_kept;
    const struct fact *taken = gather_find_taken(book, record, before, depth);
    ret->taken_by = taken == NULL ? 0 : taken->other;
    for (uint32_t i = 0; i < record->facts.count; i++) {
        const struct fact *fact = &record->facts.all[i];
        if ((taken == NULL || fact_compare(fact, taken) <= 0) &&
            (before == NULL || fact_compare(fact, before) < 0))
            gather_add(ret, fact);
    }
    gather_labels(book, container, depth, ret);
    gather_boxes(book, ret);
    gather_trips(book, ret);
    if (!gather_manifests(book, ret))
        return false;
    for (uint32_t i = 0; i < ret->fact_count; i++) {
        const struct fact *said = ret->facts[i];
        ret->facts[i] = gather_confirmed(book, record->generator, said);
        for (uint32_t k = 0; k < ret->label_count; k++)
            if (ret->labels[k].relabel == said)
                ret->labels[k].relabel = ret->facts[i];
    }
    ret->context = (struct container_context){
        .law = book_law(book),
        .number = container,
        .generator = record->generator,
        .division = record->division,
        .is_bulk = record->is_bulk,
        .manifest_count = ret->manifest_count,
        .manifests = ret->manifests,
        .trip_count = ret->trip_count,
        .trips = ret->trips,
        .label_count = ret->label_count,
        .labels = ret->labels,
    };
    return book_status(book) == CUSTODY_OK;
}

bool gather_facts(struct book *book,
                  uint32_t container,
                  const struct container *record,
                  struct gathered_facts *ret)
{
    return gather_at(book, container, record, NULL, 0, ret);
}

uint32_t gather_container(struct book *book, uint32_t label, struct fact *at)
{
    for (unsigned i = 0; i < GATHER_DEPTH_MAX; i++) {
        struct container record;
        struct volume_bounds bounds;
        if (!volumes_read(book, label, at, &record, &bounds))
            return book_status(book) == CUSTODY_OK ? label : 0;
        const struct fact *taken = gather_find_taken(book, &record, NULL, 0);
        if (book_status(book) != CUSTODY_OK)
            return 0;
        if (taken == NULL)
            return label;
        label = taken->other;
        *at = *taken;
    }
    return label;
}
