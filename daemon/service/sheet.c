/* sheet.c: a manifest or a batch with everything that stands on its form.
 * Never decides, never writes. */
#include "daemon/service/sheet.h"

#include "daemon/service/treated.h"

static char *sheet_text(const struct view *view, uint32_t text)
{
    return view_text(view->arena,
                     text != 0 ? book_name(view->book, SUBJECT_TEXT, text) : (struct span){0});
}

static ProtobufCBinaryData sheet_id(const struct view *view, unsigned kind, uint32_t number)
{
    struct span id = number != 0 ? book_name(view->book, kind, number) : (struct span){0};
    return (ProtobufCBinaryData){.len = id.len, .data = (uint8_t *)id.data};
}

/* ---- what it hangs together with ---------------------------------------------------------------- */

uint32_t sheet_child(const struct view *view, uint32_t number, uint32_t index)
{
    const struct manifest *manifest = book_manifest(view->book, number);
    return manifest == NULL || index >= manifest->children
               ? 0
               : (uint32_t)book_member(view->book, BOOK_MEMBERS_CHILDREN, number, index);
}

uint32_t sheet_treated(const struct view *view, uint32_t number, uint32_t index)
{
    const struct batch *batch = book_batch(view->book, number);
    return batch == NULL || index >= batch->manifests
               ? 0
               : (uint32_t)book_member(view->book, BOOK_MEMBERS_TREATED, number, index);
}

static Custody__V1__ManifestLink *sheet_link(const struct view *view, uint32_t number)
{
    const struct manifest *manifest = book_manifest(view->book, number);
    Custody__V1__ManifestLink *link = arena_alloc(view->arena, sizeof *link);
    if (manifest == NULL || link == NULL)
        return NULL;
    custody__v1__manifest_link__init(link);
    link->manifest = sheet_id(view, SUBJECT_MANIFEST, number);
    link->number = view_text(view->arena, span_text(manifest->number));
    link->state = (char *)manifest_state_name(manifest_state_of(manifest));
    return link;
}

/* Only those that the asker may see by themselves: who may see a manifest need not see what its receiver did with the rest. */
static size_t sheet_links(const struct view *view,
                          const struct sight *sight,
                          uint32_t of,
                          uint32_t (*at)(const struct view *, uint32_t, uint32_t),
                          Custody__V1__ManifestLink ***ret)
{
    uint32_t seen[SHEET_LINKS_MAX];
    size_t count = 0;
    *ret = arena_alloc(view->arena, SHEET_LINKS_MAX * sizeof(void *));
    for (uint32_t i = 0; *ret != NULL && count < SHEET_LINKS_MAX && i < 4 * SHEET_LINKS_MAX; i++) {
        uint32_t number = at(view, of, i);
        if (number == 0)
            break;
        bool is_new = true;
        for (size_t k = 0; k < count; k++)
            is_new = is_new && seen[k] != number;
        Custody__V1__ManifestLink *link =
            is_new && sight_sees_manifest(sight, number) ? sheet_link(view, number) : NULL;
        if (link == NULL)
            continue;
        seen[count] = number;
        (*ret)[count++] = link;
    }
    return count;
}

/* ---- legs ------------------------------------------------------------------------------------------ */

/* One carrier on one trip. */
struct driven {
    uint32_t trip, carrier;
    int64_t loaded_us, handed_us;
    bool is_shown;
};

enum { DRIVEN_MAX = 32, SHEET_BATCHES_MAX = 256 };

struct journey {
    const struct manifest *manifest;
    uint32_t count;
    struct driven driven[DRIVEN_MAX];
};

static struct driven *find_driven(struct journey *journey, uint32_t trip)
{
    for (uint32_t i = 0; i < journey->count; i++)
        if (journey->driven[i].trip == trip)
            return &journey->driven[i];
    return NULL;
}

/* The facts come in order, so the trips do as well. */
static void
note_taken_over(const struct view *view, struct journey *journey, const struct fact *fact)
{
    if (fact->trip == 0 || find_driven(journey, fact->trip) != NULL || journey->count == DRIVEN_MAX)
        return;
    const struct trip *trip = book_trip(view->book, fact->trip);
    /* A transfer ends the leg before it. */
    if (fact->act == CUSTODY__V1__ACT__ACT_TRANSFER && journey->count > 0 &&
        journey->driven[journey->count - 1].handed_us == 0)
        journey->driven[journey->count - 1].handed_us = fact->effective_us;
    journey->driven[journey->count++] = (struct driven){
        .trip = fact->trip,
        .carrier = trip != NULL && trip_has_departed(trip) ? trip->depart.party : fact->party,
        .loaded_us = fact->effective_us,
    };
}

static void note_received(struct journey *journey, const struct fact *fact)
{
    struct driven *driven = find_driven(journey, fact->trip);
    if (driven == NULL && fact->trip == 0 && journey->count > 0)
        driven = &journey->driven[journey->count - 1];
    if (driven != NULL && driven->handed_us == 0)
        driven->handed_us = fact->effective_us;
}

static void
walk_journey(const struct view *view, const struct manifest *manifest, struct journey *ret)
{
    ret->manifest = manifest;
    ret->count = 0;
    for (uint32_t i = 0; i < manifest->facts.count; i++) {
        const struct fact *fact = &manifest->facts.all[i];
        if (!manifest_fact_counts(manifest, fact))
            continue;
        if (manifest_is_taking_over(fact))
            note_taken_over(view, ret, fact);
        else if (fact->act == CUSTODY__V1__ACT__ACT_RECEIVE)
            note_received(ret, fact);
    }
}

/* `planned` -1: nobody had planned it. `driven` NULL: nobody has driven it yet. */
static Custody__V1__ManifestLegView *sheet_leg(const struct view *view,
                                               const struct manifest *manifest,
                                               int32_t planned,
                                               const struct driven *driven)
{
    Custody__V1__ManifestLegView *leg = arena_alloc(view->arena, sizeof *leg);
    if (leg == NULL)
        return NULL;
    custody__v1__manifest_leg_view__init(leg);
    uint32_t carrier = 0;
    if (driven != NULL)
        carrier = driven->carrier;
    else if (planned >= 0)
        carrier = manifest->carriers[planned];
    leg->carrier = view_party(view, carrier);
    leg->carrier_name = view_party_name(view, carrier);
    if (planned >= 0) {
        const struct manifest_leg *plan = &manifest->legs[planned];
        leg->mode = (Custody__V1__TransportMode)plan->mode;
        leg->from_division = view_division_code(view, plan->from_division);
        leg->to_division = view_division_code(view, plan->to_division);
        leg->planned_vehicle = view_vehicle(view, plan->vehicle);
    }
    if (driven != NULL) {
        const struct trip *trip = book_trip(view->book, driven->trip);
        leg->trip = sheet_id(view, SUBJECT_TRIP, driven->trip);
        leg->vehicle = trip == NULL ? leg->vehicle : view_vehicle(view, trip_vehicle(trip));
        leg->loaded_at = driven->loaded_us;
        leg->handed_at = driven->handed_us;
    }
    return leg;
}

static void add_leg(const struct view *view,
                    Custody__V1__ManifestView *message,
                    const struct manifest *manifest,
                    int32_t planned,
                    const struct driven *driven)
{
    Custody__V1__ManifestLegView *leg = sheet_leg(view, manifest, planned, driven);
    if (leg != NULL)
        message->legs[message->n_legs++] = leg;
}

/* In the order of the plan, each with the trips that its carrier drove; then what nobody had planned. */
static void sheet_legs(const struct view *view,
                       const struct manifest *manifest,
                       Custody__V1__ManifestView *message)
{
    struct journey *journey = arena_alloc(view->arena, sizeof *journey);
    message->legs =
        arena_alloc(view->arena, (MANIFEST_LEGS_MAX + DRIVEN_MAX) * sizeof *message->legs);
    if (journey == NULL || message->legs == NULL)
        return;
    walk_journey(view, manifest, journey);
    for (uint32_t i = 0; i < manifest->leg_count; i++) {
        bool is_driven = false;
        for (uint32_t k = 0; k < journey->count; k++) {
            struct driven *driven = &journey->driven[k];
            if (driven->is_shown || driven->carrier != manifest->carriers[i])
                continue;
            driven->is_shown = true;
            is_driven = true;
            add_leg(view, message, manifest, (int32_t)i, driven);
        }
        if (!is_driven)
            add_leg(view, message, manifest, (int32_t)i, NULL);
    }
    for (uint32_t k = 0; k < journey->count; k++)
        if (!journey->driven[k].is_shown)
            add_leg(view, message, manifest, -1, &journey->driven[k]);
}

/* ---- how it was treated -------------------------------------------------------------------------- */

static void sheet_treatment(const struct view *view,
                            uint32_t number,
                            const struct manifest *manifest,
                            Custody__V1__ManifestView *message)
{
    const struct fact *confirm =
        manifest_find(manifest, CUSTODY__V1__ACT__ACT_CONFIRM_RECEIPT, true);
    uint32_t method = manifest_method(manifest);
    struct manifest_batch pair;
    uint32_t batch;
    message->batches = arena_alloc(view->arena, SHEET_BATCHES_MAX * sizeof(char *));
    for (uint32_t i = 0; message->batches != NULL && message->n_batches < SHEET_BATCHES_MAX &&
                         (batch = treated_at(view->book, manifest, number, i, &pair)) != 0;
         i++) {
        if (pair.fed == 0)
            continue;
        message->batches[message->n_batches++] = view_subject(view, SUBJECT_BATCH, batch);
        if (method == 0)
            method = pair.method;
    }
    message->method = sheet_text(view, method);
    message->planned_method = sheet_text(view, manifest->method);
    message->fed_g = manifest->sums.fed_g < 0 ? 0 : (uint64_t)manifest->sums.fed_g;
    message->extra = manifest->sums.extra < 0 ? 0 : (uint32_t)manifest->sums.extra;
    if (confirm != NULL) {
        message->accepted_g = confirm->mass_g == FACT_NO_MASS ? 0 : confirm->mass_g;
        message->material_difference = (confirm->bits & FACT_DIFFERENCE) != 0;
    }
    unsigned lacks = manifest_lacks(manifest);
    message->lacks = arena_alloc(view->arena, MANIFEST_LACKS_KINDS * sizeof(char *));
    for (unsigned i = 0; message->lacks != NULL && i < MANIFEST_LACKS_KINDS; i++)
        if ((lacks >> i & 1) != 0)
            message->lacks[message->n_lacks++] = (char *)manifest_lack_name(i);
}

Custody__V1__ManifestView *
sheet_manifest(const struct view *view, const struct sight *sight, uint32_t number)
{
    const struct manifest *manifest = book_manifest(view->book, number);
    Custody__V1__ManifestView *message = view_manifest(view, number);
    if (manifest == NULL || message == NULL)
        return NULL;
    message->type = (Custody__V1__ManifestType)manifest->type;
    message->plan = sheet_text(view, manifest->plan);
    message->approval = sheet_text(view, manifest->approval);
    message->national_number = view_text(view->arena, span_text(manifest->national));
    message->provincial_number = view_text(view->arena, span_text(manifest->provincial));
    message->reported = manifest_is_reported(manifest);
    message->completed_at = manifest->completed_us;
    message->ended_at = manifest->ended_us;
    message->ended_by_entry = manifest->ended_entry;
    message->parent = sheet_id(view, SUBJECT_MANIFEST, manifest->parent);
    message->parent_number = manifest->parent == 0
                                 ? message->parent_number
                                 : view_subject(view, SUBJECT_MANIFEST, manifest->parent);
    message->continued_by_count = manifest->children;
    message->n_continued_by = sheet_links(view, sight, number, sheet_child, &message->continued_by);
    sheet_legs(view, manifest, message);
    sheet_treatment(view, number, manifest, message);
    return message;
}

Custody__V1__BatchView *
sheet_batch(const struct view *view, const struct sight *sight, uint32_t number)
{
    Custody__V1__BatchView *message = view_batch(view, number);
    if (message != NULL)
        message->n_manifests = sheet_links(view, sight, number, sheet_treated, &message->manifests);
    return message;
}
