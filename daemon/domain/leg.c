/* leg.c: the legs by which a container travels, and which of them counts it.
 * Never decides who may move it. */
#include "daemon/domain/fold.h"

static bool is_of_present_fill(const struct fold *fold, uint32_t leg)
{
    return fold->history->legs[leg].fill == fold->history->fill_count - 1;
}

/* -1 when there is none; a leg by which the container was loaded goes before one by which it only came in. */
int32_t leg_find(const struct fold *fold, uint32_t manifest)
{
    int32_t found = -1;
    for (uint32_t i = 0; i < fold->history->leg_count; i++) {
        if (!is_of_present_fill(fold, i) || fold->history->legs[i].manifest != manifest)
            continue;
        if (found < 0 || fold->legs[i].is_loaded)
            found = (int32_t)i;
    }
    return found;
}

/* -1 when there is no room. */
int32_t leg_give(struct fold *fold, uint32_t manifest, uint32_t trip)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->leg_count; i++)
        if (is_of_present_fill(fold, i) && history->legs[i].manifest == manifest &&
            history->legs[i].trip == trip)
            return (int32_t)i;
    if (history->leg_count == CONTAINER_LEGS_MAX)
        return -1;
    uint32_t at = history->leg_count++;
    history->legs[at] =
        (struct container_leg){.manifest = manifest, .trip = trip, .fill = history->fill_count - 1};
    fold->legs[at] = (struct leg_note){
        .loaded_g = FACT_NO_MASS, .received_g = FACT_NO_MASS, .fed_g = FACT_NO_MASS};
    return (int32_t)at;
}

/* The leg that a receipt speaks of: the one it travels by, unless the receipt names another manifest. */
int32_t leg_find_receipt(struct fold *fold, const struct fact *fact)
{
    int32_t leg = fold_note(fold)->leg;
    uint32_t manifest = fold_manifest(fold, fact);
    if (leg >= 0 && fold->legs[leg].state != LEG_GONE &&
        (manifest == 0 || fold->history->legs[leg].manifest == manifest))
        return leg;
    return leg_find(fold, manifest);
}

/* Does taking it in here carry out what the manifest says? Also when the manifest is not known yet. */
bool leg_carries_out(const struct fold *fold,
                     uint32_t manifest_number,
                     uint32_t party,
                     int64_t at_us)
{
    const struct manifest *manifest = fold_find_in_force(fold, manifest_number);
    return manifest == NULL || manifest_is_received_by(manifest, fold->context->law, party, at_us);
}

/* Does the next manifest carry on what the leg's began? It names it as its parent; or it is its receiver's own, as what leaves a
 * collection centre travels. Otherwise the leg's manifest stays visibly open. */
static bool is_continued(const struct fold *fold, uint32_t leg, uint32_t next_number)
{
    uint32_t number = fold->history->legs[leg].manifest;
    const struct manifest *manifest = fold_find_in_force(fold, number);
    const struct manifest *next = fold_find_manifest(fold, next_number);
    if (manifest == NULL || next == NULL)
        return true;
    return next->parent == number ||
           (fold->legs[leg].is_accepted && next->generator == manifest->receiver) ||
           (fold->legs[leg].centre != 0 && next->generator == fold->legs[leg].centre);
}

/* The container is now on leg `kept`. A leg of the same manifest is the same journey, and only one may count it; what was open
 * under another manifest ends when it moved on under one in force that carries it on. */
void leg_end_others(struct fold *fold, int32_t kept, uint32_t manifest, bool is_lawful)
{
    for (uint32_t i = 0; i < fold->history->leg_count; i++) {
        struct leg_note *note = &fold->legs[i];
        if ((int32_t)i == kept || !is_of_present_fill(fold, i))
            continue;
        if (fold->history->legs[i].manifest == manifest) {
            note->is_loaded = false;
            note->is_accepted = false;
            note->state = LEG_GONE;
        } else if (is_lawful && is_continued(fold, i, manifest)) {
            note->state = LEG_GONE;
        }
    }
}

/* On to another trip: the same journey under the same manifest, and from now on that trip counts it. */
void leg_change_trip(struct fold *fold, uint32_t trip)
{
    int32_t was = fold_note(fold)->leg;
    if (was < 0 || trip == 0 || fold->history->legs[was].trip == trip)
        return;
    uint32_t manifest = fold->history->legs[was].manifest;
    int32_t at = leg_give(fold, manifest, trip);
    if (at < 0)
        return;
    fold->legs[at] = fold->legs[was];
    leg_end_others(fold, at, manifest, false);
    fold_note(fold)->leg = at;
}

/* Ended otherwise: no manifest counts it any more. */
void leg_end_all(struct fold *fold)
{
    for (uint32_t i = 0; i < fold->history->leg_count; i++)
        if (is_of_present_fill(fold, i))
            fold->legs[i].state = LEG_GONE;
}

/* It turned up: nowhere is it missing any more. */
void leg_end_missing(struct fold *fold)
{
    for (uint32_t i = 0; i < fold->history->leg_count; i++)
        if (is_of_present_fill(fold, i) &&
            (fold->legs[i].state == LEG_MISSING || fold->legs[i].state == LEG_LOST))
            fold->legs[i].state = LEG_GONE;
}
