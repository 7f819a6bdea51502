/* weigh.c: what a container weighed at each of its steps, and what it adds to legs and batches.
 * Never moves anything. */
#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/fold.h"

/* The fact that says what this one weighed: itself, or the amendment in force; NULL when nothing does. */
static const struct fact *find_mass(const struct fold *fold, const struct fact *fact)
{
    enum transition_act act = fold_act(fact);
    if (fold_is_of_group(fact) ||
        (act != TRANSITION_PACK && act != TRANSITION_LOAD && act != TRANSITION_RECEIVE_ACCEPTED &&
         act != TRANSITION_RECEIVE_REJECTED))
        return NULL;
    const struct fact *amend = correct_find(fold, fact, CORRECT_MASS);
    if (amend != NULL)
        return amend;
    return fact->mass_g == FACT_NO_MASS ? NULL : fact;
}

/* Transfer Measures art. 13 at the load (label and manifest must agree), art. 18 at the receipt. */
static void compare_masses(struct fold *fold,
                           uint32_t fill,
                           const struct fact *declared,
                           const struct fact *declared_by,
                           const struct fact *receipt,
                           const struct fact *weighed_by)
{
    const struct profile *profile = fold_profile(fold, &fold->history->fills[fill]);
    uint16_t rule =
        receipt->act == CUSTODY__V1__ACT__ACT_LOAD ? RULE_load_mass_differs : RULE_mass_differs;
    if (weighed_by->mass_source != CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED ||
        !waste_mass_differs(declared_by->mass_g, weighed_by->mass_g,
                            (uint32_t)profile->mass_tolerance_per_mille,
                            (uint64_t)profile->mass_tolerance_g))
        return;
    struct work spare = {0};
    fold_speak_of(fold, fill);
    struct work *row =
        fold_add_row(fold, WORK_FINDING, rule, receipt, receipt->effective_us, &spare);
    row->party = declared->party;
    fold_show_entry(row, declared);
    fold_show_entry(row, declared_by);
    fold_show_entry(row, receipt);
    fold_show_entry(row, weighed_by);
}

static void note_mass(struct fold *fold, const struct fact *fact, uint64_t mass_g)
{
    for (uint32_t i = 0; i < fold->history->leg_count; i++) {
        struct leg_note *leg = &fold->legs[i];
        if (leg->load == fact)
            leg->loaded_g = mass_g;
        if (leg->receipt == fact)
            leg->received_g = mass_g;
        if (leg->feed == fact)
            leg->fed_g = mass_g;
    }
    for (uint32_t i = 0; i < fold->history->feeding_count; i++)
        if (fold->feedings[i] == fact)
            fold->history->feedings[i].mass_g = mass_g;
}

void weigh_masses(struct fold *fold)
{
    const struct fact *declared = NULL;
    const struct fact *declared_by = NULL;
    uint32_t present = 0;
    for (uint32_t i = 0; i < fold->history->step_count; i++) {
        const struct container_step *step = &fold->history->steps[i];
        if (step->effect != EFFECT_APPLIED || correct_is_amend(step->fact))
            continue;
        if (step->fill != present) {
            present = step->fill;
            declared = NULL;
            declared_by = NULL;
        }
        struct container_fill *fill = &fold->history->fills[present];
        const struct fact *weighed_by = find_mass(fold, step->fact);
        if (weighed_by != NULL) {
            if (declared != NULL && (step->fact->act == CUSTODY__V1__ACT__ACT_RECEIVE ||
                                     step->fact->act == CUSTODY__V1__ACT__ACT_LOAD))
                compare_masses(fold, present, declared, declared_by, step->fact, weighed_by);
            declared = step->fact;
            declared_by = weighed_by;
            fill->mass_g = weighed_by->mass_g;
            if (fold_act(step->fact) == TRANSITION_PACK)
                fold->fills[present].packed_g = fill->mass_g;
        }
        note_mass(fold, step->fact, fill->mass_g);
    }
}

/* What each step leaves behind, told with what the whole history says of the fill: its code, and a mass that its pack
 * said however late. */
void weigh_steps(struct fold *fold)
{
    struct container_history *history = fold->history;
    uint64_t declared_g[CONTAINER_FILLS_MAX];
    for (uint32_t i = 0; i < history->fill_count; i++)
        declared_g[i] = fold->fills[i].packed_g;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        const struct fact *weighed_by =
            step->effect == EFFECT_APPLIED && !correct_is_amend(step->fact)
                ? find_mass(fold, step->fact)
                : NULL;
        if (weighed_by != NULL)
            declared_g[step->fill] = weighed_by->mass_g;
        step->mass_g = declared_g[step->fill];
        step->code = history->fills[step->fill].code;
    }
}

/* A mass that was not known yet when the container passed is what its pack said, however late in the order. */
static int64_t mass_or_packed(uint64_t mass_g, uint64_t packed_g)
{
    if (mass_g == FACT_NO_MASS)
        mass_g = packed_g;
    if (mass_g == FACT_NO_MASS)
        return 0;
    return mass_g > INT64_MAX ? INT64_MAX : (int64_t)mass_g;
}

static void sum_leg(struct fold *fold, uint32_t at)
{
    const struct leg_note *note = &fold->legs[at];
    struct container_leg *leg = &fold->history->legs[at];
    uint64_t packed_g = fold->fills[leg->fill].packed_g;
    leg->batch = note->state == LEG_FED && note->feed != NULL ? note->feed->batch : 0;
    leg->sums = (struct manifest_sums){
        .loaded = note->is_loaded ? 1 : 0,
        .in_transit = note->state == LEG_IN_TRANSIT ? 1 : 0,
        .received = note->state == LEG_RECEIVED ? 1 : 0,
        .rejected = note->state == LEG_REJECTED ? 1 : 0,
        .missing = note->state == LEG_MISSING || note->state == LEG_LOST ? 1 : 0,
        .fed = note->state == LEG_FED ? 1 : 0,
        .extra = note->is_extra ? 1 : 0,
        .loaded_g = note->is_loaded ? mass_or_packed(note->loaded_g, packed_g) : 0,
        .received_g = note->is_accepted ? mass_or_packed(note->received_g, packed_g) : 0,
        .fed_g = note->state == LEG_FED ? mass_or_packed(note->fed_g, packed_g) : 0,
        .epidemic = note->is_loaded && fold->history->fills[leg->fill].is_epidemic ? 1 : 0,
    };
}

/* What is declared to have come out of a batch counts there, amended as it is; not while it is held or once it is withdrawn. */
static void sum_yields(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        const struct fact *fact = step->fact;
        if (fact->act != CUSTODY__V1__ACT__ACT_YIELD || fact->batch == 0 ||
            step->effect == EFFECT_WITHDRAWN || step->effect == EFFECT_HELD ||
            history->yielding_count == CONTAINER_FILLS_MAX)
            continue;
        const struct fact *weighed_by = find_mass(fold, fact);
        history->yieldings[history->yielding_count++] = (struct container_yielding){
            .batch = fact->batch, .mass_g = weighed_by == NULL ? 0 : weighed_by->mass_g};
    }
}

void weigh_sums(struct fold *fold)
{
    struct container_history *history = fold->history;
    sum_yields(fold);
    for (uint32_t i = 0; i < history->leg_count; i++)
        sum_leg(fold, i);
    for (uint32_t i = 0; i < history->feeding_count; i++) {
        uint32_t fill = 0;
        for (uint32_t k = 0; k < history->step_count; k++)
            if (history->steps[k].fact == fold->feedings[i])
                fill = history->steps[k].fill;
        history->feedings[i].mass_g =
            (uint64_t)mass_or_packed(history->feedings[i].mass_g, fold->fills[fill].packed_g);
    }
}
