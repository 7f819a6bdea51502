/* standing.c: why a party may move a container, or why not.
 * Never moves anything. */
#include "proto/custody.pb-c.h"
#include "daemon/domain/fold.h"

static bool has_kind(const struct fact *fact, unsigned kind)
{
    return (fact->kinds >> kind & 1) != 0;
}

static bool is_named(const struct fold *fold,
                     const struct container_fill *fill,
                     const struct fact *fact,
                     enum transition_act act)
{
    uint32_t number = fold_manifest(fold, fact);
    if (act == TRANSITION_DEPOSIT && number == 0)
        number = fill->manifest;
    const struct manifest *manifest = fold_find_in_force(fold, number);
    if (manifest == NULL)
        return false;
    /* Whose waste the manifest moves: the holder's, or its generator's while nobody holds it. */
    bool is_theirs =
        manifest->generator == (fill->holder != 0 ? fill->holder : fold->context->generator);
    if (act == TRANSITION_LOAD)
        return is_theirs && manifest_is_in_force_at(manifest, fact->effective_us) &&
               manifest_is_carried_by(manifest, fold->context->law, fact->party,
                                      fact->effective_us);
    if (act != TRANSITION_RECEIVE_ACCEPTED && act != TRANSITION_RECEIVE_REJECTED &&
        act != TRANSITION_RECEIVE_MISSING && act != TRANSITION_DEPOSIT)
        return false;
    bool came_by_it = (fill->state == CONTAINER_IN_TRANSIT || fill->state == CONTAINER_REJECTED ||
                       fill->state == CONTAINER_LOST) &&
                      fill->manifest == number;
    /* What began to move while it was in force may arrive after it was cancelled. */
    return (came_by_it || (is_theirs && manifest_is_in_force_at(manifest, fact->effective_us))) &&
           manifest_is_received_by(manifest, fold->context->law, fact->party, fact->effective_us);
}

/* While nobody holds it. Where a manifest in force sends it with and to others, nobody else is free to take it. */
static bool is_free_to(const struct fold *fold, const struct fact *fact, enum transition_act act)
{
    const struct manifest *manifest = fold_find_in_force(fold, fold_manifest(fold, fact));
    if (fact_is_countersigned_by(fact, fold->context->generator))
        return true;
    switch (act) {
    case TRANSITION_PACK:
    case TRANSITION_STORE:
    case TRANSITION_NEST:
    case TRANSITION_UNNEST:
    case TRANSITION_RELABEL:
    case TRANSITION_LOSE:
        return fact->party == fold->context->generator;
    case TRANSITION_LOAD:
    case TRANSITION_TRANSFER:
        return has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_CARRIER) &&
               (manifest == NULL || manifest_is_carried_by(manifest, fold->context->law,
                                                           fact->party, fact->effective_us));
    case TRANSITION_RECEIVE_ACCEPTED:
    case TRANSITION_RECEIVE_REJECTED:
    case TRANSITION_RECEIVE_MISSING:
    case TRANSITION_DEPOSIT:
        return has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY) &&
               (manifest == NULL || manifest_is_received_by(manifest, fold->context->law,
                                                            fact->party, fact->effective_us));
    case TRANSITION_FEED:
        return true; /* asked before: a facility, or its generator where its profile allows */
    case TRANSITION_CLOSE:
    case TRANSITION_ACTS:
        break;
    }
    return false;
}

uint32_t standing_taker(const struct fold *fold, const struct fact *fact)
{
    if (fold_act(fact) == TRANSITION_DEPOSIT)
        return fact->receiver;
    const struct container_trip *trip = fold_find_trip(fold, fact->trip);
    if (trip != NULL && trip->carrier != 0)
        return trip->carrier;
    /* Another vehicle of the same carrier, as far as is known. */
    return fact->kind == CUSTODY__V1__TRANSFER_KIND__TRANSFER_VEHICLE ? fact->party : 0;
}

/* Medical Waste Regulation art. 19 (on the spot, before it is handed over) and art. 21 (where nobody collects). */
bool standing_is_own_treatment(const struct fold *fold,
                               const struct container_fill *fill,
                               const struct fact *fact)
{
    const struct profile *profile = fold_profile(fold, fill);
    return fact->party == fold->context->generator &&
           (fill->holder == 0 || fill->holder == fact->party) &&
           (profile->self_disposal != 0 || profile->sterilise_on_site != 0);
}

enum standing standing_of(const struct fold *fold,
                          const struct container_fill *fill,
                          const struct fact *fact,
                          enum transition_act act)
{
    uint32_t holder = fill->holder;
    if (fact->party == 0)
        return STANDING_NONE;
    if (act == TRANSITION_FEED && !has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY) &&
        !standing_is_own_treatment(fold, fill, fact))
        return STANDING_NONE;
    /* Only the generator says what it packed, and it may say so whoever holds it since. */
    if (act == TRANSITION_PACK && fact->party == fold->context->generator)
        return holder == fact->party ? STANDING_HOLDER : STANDING_FREE;
    if (act != TRANSITION_PACK && holder == fact->party)
        return STANDING_HOLDER;
    if (is_named(fold, fill, fact, act))
        return STANDING_NAMED;
    bool is_hand_over = act == TRANSITION_TRANSFER || act == TRANSITION_DEPOSIT;
    if (holder != 0 && holder != fact->party && fact_is_countersigned_by(fact, holder) &&
        (!is_hand_over || standing_taker(fold, fact) == fact->party))
        return STANDING_COUNTERSIGNED;
    if (holder == 0 && act != TRANSITION_PACK && is_free_to(fold, fact, act))
        return STANDING_FREE;
    return STANDING_NONE;
}

/* Custody that rests on nobody having held it gives way to the generator and to whom its manifest names: what they took is
 * another fill than the one that was taken so. Without this a back-dated load by any carrier would take every bag whose code
 * it can guess. */
bool standing_displaces(const struct fold *fold, const struct fact *fact, enum transition_act act)
{
    static const struct container_fill unheld = {.state = CONTAINER_NONE};
    uint32_t present = fold->history->fill_count - 1;
    const struct container_fill *fill = &fold->history->fills[present];
    /* Not by way of a box: whoever took it so may have put it there. */
    if (!fold->fills[present].is_provisional || fold_is_of_group(fact) ||
        present + 1 == CONTAINER_FILLS_MAX)
        return false;
    if (act == TRANSITION_PACK || act == TRANSITION_STORE)
        return fact->party == fold->context->generator;
    if (act != TRANSITION_LOAD && act != TRANSITION_RECEIVE_ACCEPTED && act != TRANSITION_DEPOSIT)
        return false;
    return standing_of(fold, fill, fact, act) == STANDING_NONE &&
           is_named(fold, &unheld, fact, act);
}
