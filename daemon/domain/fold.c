/* fold.c: what all passes over one container's facts share.
 * Never decides what a fact does. */
#include "daemon/domain/fold.h"

#include "proto/custody.pb-c.h"

const struct profile *fold_profile(const struct fold *fold, const struct container_fill *fill)
{
    const struct law *law = fold->context->law;
    return law->profile(law->context, fill->profile);
}

void fold_sort(struct fold *fold, const struct fact *const *facts, size_t count)
{
    for (size_t i = 0; i < count && fold->count < FOLD_FACTS_MAX; i++) {
        size_t at = fold->count++;
        for (; at > 0 && fact_compare(facts[i], fold->facts[at - 1]) < 0; at--)
            fold->facts[at] = fold->facts[at - 1];
        fold->facts[at] = facts[i];
    }
}

bool fold_is_of_group(const struct fact *fact)
{
    return (fact->bits & FACT_OF_GROUP) != 0;
}

bool fold_is_over(const struct container_fill *fill)
{
    return fill->state == CONTAINER_FED || fill->state == CONTAINER_ENDED ||
           fill->state == CONTAINER_LOST;
}

/* TRANSITION_ACTS for an act that is not in the table. */
enum transition_act fold_act(const struct fact *fact)
{
    switch (fact->act) {
    case CUSTODY__V1__ACT__ACT_PACK:
    case CUSTODY__V1__ACT__ACT_YIELD:
        return TRANSITION_PACK;
    case CUSTODY__V1__ACT__ACT_STORE:
        return TRANSITION_STORE;
    case CUSTODY__V1__ACT__ACT_LOAD:
        return TRANSITION_LOAD;
    case CUSTODY__V1__ACT__ACT_RECEIVE:
        if (fact->verdict == CUSTODY__V1__VERDICT__VERDICT_REJECTED)
            return TRANSITION_RECEIVE_REJECTED;
        if (fact->verdict == CUSTODY__V1__VERDICT__VERDICT_MISSING)
            return TRANSITION_RECEIVE_MISSING;
        return TRANSITION_RECEIVE_ACCEPTED;
    case CUSTODY__V1__ACT__ACT_FEED:
        return TRANSITION_FEED;
    case CUSTODY__V1__ACT__ACT_NEST:
        return TRANSITION_NEST;
    case CUSTODY__V1__ACT__ACT_UNNEST:
        return TRANSITION_UNNEST;
    case CUSTODY__V1__ACT__ACT_TRANSFER:
        return fact->kind == CUSTODY__V1__TRANSFER_KIND__TRANSFER_COLLECTION_CENTRE
                   ? TRANSITION_DEPOSIT
                   : TRANSITION_TRANSFER;
    case CUSTODY__V1__ACT__ACT_RELABEL:
        return (fact->bits & FACT_NEW_LABEL) == 0 ? TRANSITION_RELABEL : TRANSITION_ACTS;
    case CUSTODY__V1__ACT__ACT_INCIDENT:
        return fact->kind == CUSTODY__V1__INCIDENT_KIND__INCIDENT_LOSS ? TRANSITION_LOSE
                                                                       : TRANSITION_ACTS;
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER:
        return TRANSITION_CLOSE;
    default:
        return TRANSITION_ACTS;
    }
}

/* The row of that rule, anchor and time, made if it is not there. Never NULL: what the full set drops goes to `spare`. */
struct work *fold_add_row(struct fold *fold,
                          enum work_kind kind,
                          uint16_t rule,
                          const struct fact *anchor,
                          int64_t due_us,
                          struct work *spare)
{
    struct work_set *set = &fold->history->work;
    for (uint32_t i = 0; i < set->count; i++) {
        struct work *row = &set->rows[i];
        if (row->kind == kind && row->rule == rule && row->anchor_key == anchor->key &&
            row->anchor_sequence == anchor->key_sequence && row->due_us == due_us)
            return row;
    }
    struct work *row = work_add(set);
    if (row == NULL) {
        *spare = (struct work){0};
        row = spare;
    } else {
        fold->row_fills[set->count - 1] = (uint8_t)fold->spoken_of;
    }
    row->kind = (uint8_t)kind;
    row->rule = rule;
    row->subject_kind = SUBJECT_CONTAINER;
    row->subject = fold->context->number;
    row->division = fold->context->division;
    row->generator = fold->context->generator;
    row->due_us = due_us;
    row->anchor_key = anchor->key;
    row->anchor_sequence = anchor->key_sequence;
    return row;
}

void fold_show_entry(struct work *row, const struct fact *fact)
{
    if (fact == NULL || row->entry_count == WORK_ENTRIES_MAX)
        return;
    for (uint32_t i = 0; i < row->entry_count; i++)
        if (row->entries[i] == fact->entry)
            return;
    row->entries[row->entry_count++] = fact->entry;
}

void fold_add_finding(struct fold *fold,
                      uint16_t rule,
                      const struct fact *anchor,
                      uint32_t party,
                      const struct fact *other)
{
    struct work spare = {0};
    struct work *row = fold_add_row(fold, WORK_FINDING, rule, anchor, anchor->effective_us, &spare);
    row->party = party;
    fold_show_entry(row, other);
    fold_show_entry(row, anchor);
}

const struct manifest *fold_find_manifest(const struct fold *fold, uint32_t number)
{
    const struct container_context *context = fold->context;
    for (uint32_t i = 0; number != 0 && i < context->manifest_count; i++)
        if (context->manifests[i].number == number)
            return context->manifests[i].manifest;
    return NULL;
}

const struct manifest *fold_find_in_force(const struct fold *fold, uint32_t number)
{
    const struct manifest *manifest = fold_find_manifest(fold, number);
    return manifest != NULL && manifest_is_in_force(manifest) ? manifest : NULL;
}

uint32_t fold_manifest(const struct fold *fold, const struct fact *fact)
{
    for (uint32_t i = 0; i < fold->swap_count; i++)
        if (fold->swaps[i].target == fact)
            return fold->swaps[i].amend->manifest;
    return fact->manifest;
}

const struct container_trip *fold_find_trip(const struct fold *fold, uint32_t number)
{
    const struct container_context *context = fold->context;
    for (uint32_t i = 0; number != 0 && i < context->trip_count; i++)
        if (context->trips[i].number == number)
            return &context->trips[i];
    return NULL;
}

struct container_fill *fold_present(struct fold *fold)
{
    return &fold->history->fills[fold->history->fill_count - 1];
}

struct fill_note *fold_note(struct fold *fold)
{
    return &fold->fills[fold->history->fill_count - 1];
}

void fold_begin_fill(struct fold *fold)
{
    fold->spoken_of = fold->history->fill_count;
    uint32_t at = fold->history->fill_count++;
    fold->history->fills[at] = (struct container_fill){.mass_g = FACT_NO_MASS};
    fold->fills[at] = (struct fill_note){.leg = -1, .packed_g = FACT_NO_MASS};
}

void fold_reset(struct fold *fold)
{
    struct container_history *history = fold->history;
    history->fill_count = 0;
    history->step_count = 0;
    history->leg_count = 0;
    history->feeding_count = 0;
    history->yielding_count = 0;
    history->work.count = 0;
    history->work.dropped = 0;
    fold->label_count = 0;
    fold->hold_count = 0;
    fold_begin_fill(fold);
}

void fold_speak_of(struct fold *fold, uint32_t fill)
{
    fold->spoken_of = fill;
}

/* When a fill is first heard of. */
static int64_t heard_us(const struct fold *fold, uint32_t fill)
{
    for (uint32_t i = 0; i < fold->history->step_count; i++)
        if (fold->history->steps[i].fill == fill)
            return fold->history->steps[i].fact->effective_us;
    return 0;
}

/* Of what nobody packed its manifest knows best; without one, whose it is. */
void fold_settle_profiles(struct fold *fold)
{
    const struct law *law = fold->context->law;
    for (uint32_t i = 0; i < fold->history->fill_count; i++) {
        struct container_fill *fill = &fold->history->fills[i];
        const struct manifest *manifest = fold_find_manifest(fold, fill->manifest);
        if (fill->profile == 0 && manifest != NULL)
            fill->profile = manifest->profile;
        if (fill->profile == 0)
            fill->profile =
                law->codeless(law->context, fold->context->generator, heard_us(fold, i));
    }
}

/* The worse the more: what an epidemic or a laboratory left, other medical waste, other waste that has a code. */
static uint8_t hazard_of(const struct fold *fold, const struct container_fill *fill)
{
    const struct law *law = fold->context->law;
    const struct party_version *generator =
        law->party(law->context, fold->context->generator, fill->born_us);
    bool is_laboratory =
        generator != NULL && generator->site == CUSTODY__V1__SITE_KIND__SITE_LABORATORY;
    if (fill->is_epidemic || (fill->is_medical && is_laboratory))
        return 3;
    if (fill->is_medical)
        return 2;
    return fill->code != 0 ? 1 : 0;
}

/* Whom the manifest names by which the fill travels, or travelled last: they took part. */
static void
tell_parties(const struct fold *fold, const struct container_fill *fill, struct work *row)
{
    uint32_t fill_index = (uint32_t)(fill - fold->history->fills);
    uint32_t number = fill->manifest;
    for (uint32_t i = fold->history->leg_count; number == 0 && i > 0; i--)
        if (fold->history->legs[i - 1].fill == fill_index)
            number = fold->history->legs[i - 1].manifest;
    const struct manifest *manifest = fold_find_in_force(fold, number);
    if (manifest == NULL)
        return;
    row->receiver = manifest->receiver;
    for (uint32_t i = 0; i < manifest->leg_count && i < WORK_CARRIERS_MAX; i++)
        row->carriers[i] = manifest->carriers[i];
}

void fold_tell_rows(struct fold *fold)
{
    struct work_set *set = &fold->history->work;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct container_fill *fill = &fold->history->fills[fold->row_fills[i]];
        const struct container_trip *trip =
            fill->state == CONTAINER_IN_TRANSIT ? fold_find_trip(fold, fill->trip) : NULL;
        if (!profile_has_rule(fold_profile(fold, fill), set->rows[i].rule))
            continue;
        struct work *row = &set->rows[kept];
        *row = set->rows[i];
        fold->row_fills[kept++] = fold->row_fills[i];
        row->profile = fill->profile;
        row->vehicle = trip == NULL ? 0 : trip->vehicle;
        row->state = (uint8_t)fill->state;
        row->hazard = hazard_of(fold, fill);
        row->mass_g = fill->mass_g == FACT_NO_MASS ? 0 : fill->mass_g;
        row->since_us = fill->born_us;
        tell_parties(fold, fill, row);
    }
    set->count = kept;
}
