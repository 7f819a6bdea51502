/* walk.c: the first pass of the fold: who held it and where it went.
 * Never looks at a mass. */
#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/fold.h"

/* The longest time before its packing that waste is said to have arisen; bounds.c lets no more through. */
#define GENERATED_BEFORE_MAX_US (366 * CALENDAR_DAY_US)

/* What a statement says of the container itself goes before what it says of a box or a remainder. */
static bool is_said_of_itself(const struct fold *fold, const struct fact *group)
{
    for (size_t i = 0; i < fold->count; i++) {
        const struct fact *own = fold->facts[i];
        if (!fold_is_of_group(own) && own->key == group->key &&
            own->key_sequence == group->key_sequence && own->entry == group->entry &&
            own->act == group->act)
            return true;
    }
    return false;
}

/* What was taken while nobody held it may be on any truck: a remainder does not speak of it. */
static bool applies_to(const struct fold *fold, const struct fact *group)
{
    uint32_t present = fold->history->fill_count - 1;
    const struct container_fill *fill = &fold->history->fills[present];
    if (group->box != 0)
        return fill->box == group->box && !fold_is_over(fill);
    return group->manifest != 0 && group->verdict != 0 && fill->state == CONTAINER_IN_TRANSIT &&
           fill->manifest == group->manifest && !fold->fills[present].is_provisional;
}

static void note_code(struct container_fill *fill, const struct fact *fact)
{
    if (fill->code == 0)
        fill->code = fact->code;
    if (fill->profile == 0)
        fill->profile = fact->profile;
    if ((fact->bits & FACT_MEDICAL) != 0)
        fill->is_medical = true;
    if ((fact->bits & FACT_EPIDEMIC) != 0)
        fill->is_epidemic = true;
}

/* Age runs from the earliest of generated, packed and stored. */
static void note_birth(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    struct fill_note *note = fold_note(fold);
    int64_t before_us = fact->generated_before_us < GENERATED_BEFORE_MAX_US
                            ? (int64_t)fact->generated_before_us
                            : GENERATED_BEFORE_MAX_US;
    int64_t born_us;
    if (__builtin_sub_overflow(fact->effective_us, before_us, &born_us))
        born_us = fact->effective_us;
    if (note->birth != NULL && fill->born_us <= born_us)
        return;
    note->birth = fact;
    fill->born_us = born_us;
}

static void note_leaving(struct fold *fold, const struct fact *fact)
{
    struct fill_note *note = fold_note(fold);
    if (note->leaving != NULL)
        return;
    note->leaving = fact;
    fold_present(fold)->left_us = fact->effective_us;
}

static void move_to(struct fold *fold, const struct fact *fact, enum container_state next)
{
    struct container_fill *fill = fold_present(fold);
    if (fill->state != next)
        fill->since_us = fact->effective_us;
    fill->state = next;
}

/* What a pack says of the waste; a pack that stands after custody began says no more than that. */
static void take_pack(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    fill->is_packed = true;
    note_code(fill, fact);
    note_birth(fold, fact);
    if ((fact->bits & FACT_CODE_UNKNOWN) != 0)
        fold_add_finding(fold, RULE_code_unknown, fact, fact->party, NULL);
}

static void begin_custody(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    fill->holder = fact->party;
    fill->place = fact->place;
}

static void take_store(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    struct fill_note *note = fold_note(fold);
    if (note->leaving == NULL)
        note_birth(fold, fact);
    fill->place = fact->place;
    if (fill->holder == 0)
        fill->holder = fact->party;
}

/* A store of rejected waste that its holder countersigned takes it over; by the generator it is the return. */
static void take_return(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    int32_t leg = fold_note(fold)->leg;
    const struct manifest *manifest = fold_find_in_force(fold, fill->manifest);
    begin_custody(fold, fact);
    bool is_home = fact->party == fold->context->generator ||
                   (manifest != NULL && manifest->generator == fact->party);
    if (leg >= 0 && is_home)
        fold->legs[leg].state = LEG_GONE;
}

static void take_load(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    struct fill_note *note = fold_note(fold);
    const struct manifest *manifest = fold_find_in_force(fold, fact->manifest);
    bool is_lawful =
        manifest != NULL && (manifest->generator == fold->context->generator ||
                             (fill->holder != 0 && manifest->generator == fill->holder) ||
                             fill->manifest == fact->manifest);
    note->leg = leg_give(fold, fact->manifest, fact->trip);
    leg_end_others(fold, note->leg, fact->manifest, is_lawful);
    if (note->leg >= 0) {
        struct leg_note *leg = &fold->legs[note->leg];
        leg->state = LEG_IN_TRANSIT;
        leg->is_loaded = true;
        leg->is_accepted = false;
        leg->load = fact;
    }
    if (note->load == NULL)
        note->load = fact;
    note_leaving(fold, fact);
    note_code(fill, fact);
    fill->holder = fact->party;
    fill->manifest = fact->manifest;
    fill->trip = fact->trip;
    fill->place = 0;
    if (!is_lawful)
        fold_add_finding(fold, RULE_moved_without_manifest, fact, fact->party, NULL);
}

static void take_accepted(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    struct fill_note *note = fold_note(fold);
    int32_t at = leg_find_receipt(fold, fact);
    bool is_loaded = at >= 0 && fold->legs[at].is_loaded;
    uint32_t manifest = at >= 0 ? fold->history->legs[at].manifest : fact->manifest;
    if (!is_loaded)
        fold_add_finding(fold, RULE_extra_at_receipt, fact, fact->party, NULL);
    /* Taken in where its manifest does not send it: that manifest stays open. */
    bool is_carried_out = leg_carries_out(fold, manifest, fact->party);
    if (is_carried_out && at < 0)
        at = leg_give(fold, fact->manifest, fact->trip);
    leg_end_missing(fold);
    if (is_carried_out && at >= 0) {
        struct leg_note *leg = &fold->legs[at];
        leg->state = LEG_RECEIVED;
        leg->is_extra |= !is_loaded;
        leg->is_accepted = true;
        leg->receipt = fact;
        note->leg = at;
        leg_end_others(fold, at, manifest, fold_find_in_force(fold, manifest) != NULL);
    }
    note_leaving(fold, fact);
    note_code(fill, fact);
    fill->holder = fact->party;
    fill->place = fact->place;
    if (fact->manifest != 0)
        fill->manifest = fact->manifest;
    if (fact->trip != 0)
        fill->trip = fact->trip;
}

/* Rejected or missing: the leg is told, custody stays. False when nothing new is said. */
static bool take_refusal(struct fold *fold, const struct fact *fact, enum leg_state state)
{
    int32_t at = leg_find_receipt(fold, fact);
    if (at < 0)
        at = leg_give(fold, fact->manifest, fact->trip);
    if (at < 0)
        return true;
    struct leg_note *leg = &fold->legs[at];
    if (leg->state == state && state == LEG_MISSING)
        return false;
    leg->state = state;
    leg->is_accepted = false;
    if (state == LEG_MISSING)
        leg->missing = fact;
    else
        leg->receipt = fact;
    if (fold_note(fold)->leg < 0)
        fold_note(fold)->leg = at;
    return true;
}

static void take_rejected(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    take_refusal(fold, fact, LEG_REJECTED);
    note_leaving(fold, fact);
    note_code(fill, fact);
    if (fill->manifest == 0)
        fill->manifest = fact->manifest;
    if (fill->trip == 0)
        fill->trip = fact->trip;
}

static void take_feed(struct fold *fold, const struct fact *fact)
{
    struct container_history *history = fold->history;
    struct container_fill *fill = fold_present(fold);
    int32_t at = fold_note(fold)->leg;
    leg_end_missing(fold);
    if (at >= 0 && fold->legs[at].state != LEG_GONE &&
        leg_carries_out(fold, history->legs[at].manifest, fact->party)) {
        fold->legs[at].state = LEG_FED;
        fold->legs[at].feed = fact;
    }
    if (fact->batch != 0 && history->feeding_count < CONTAINER_FILLS_MAX) {
        fold->feedings[history->feeding_count] = fact;
        history->feedings[history->feeding_count++] =
            (struct container_feeding){.batch = fact->batch};
    }
    note_leaving(fold, fact);
    fill->holder = fact->party;
    fill->batch = fact->batch;
    fill->box = 0;
}

static enum fact_effect take_move(struct fold *fold,
                                  const struct fact *fact,
                                  enum transition_act act,
                                  enum container_state next)
{
    enum container_state before = fold_present(fold)->state;
    switch (act) {
    case TRANSITION_PACK:
        begin_custody(fold, fact);
        take_pack(fold, fact);
        break;
    case TRANSITION_STORE:
        if (before == CONTAINER_REJECTED && next == CONTAINER_STORED)
            take_return(fold, fact);
        else
            take_store(fold, fact);
        break;
    case TRANSITION_LOAD:
        take_load(fold, fact);
        break;
    case TRANSITION_RECEIVE_ACCEPTED:
        take_accepted(fold, fact);
        break;
    case TRANSITION_RECEIVE_REJECTED:
        take_rejected(fold, fact);
        break;
    case TRANSITION_RECEIVE_MISSING:
        if (!take_refusal(fold, fact, LEG_MISSING))
            return EFFECT_NO_CHANGE;
        break;
    case TRANSITION_FEED:
        take_feed(fold, fact);
        break;
    case TRANSITION_NEST:
        if (fold_present(fold)->box == fact->box)
            return EFFECT_NO_CHANGE;
        fold_present(fold)->box = fact->box;
        break;
    case TRANSITION_UNNEST:
        if (fact->box == 0 || fold_present(fold)->box != fact->box)
            return EFFECT_NO_CHANGE;
        fold_present(fold)->box = 0;
        break;
    case TRANSITION_ACTS:
        return EFFECT_OTHER;
    }
    move_to(fold, fact, next);
    return EFFECT_APPLIED;
}

/* Says again what is so, but for two: the first pack of what moved before it was packed, and the acceptance of what the same
 * holder had called missing. */
static enum fact_effect
take_again(struct fold *fold, const struct fact *fact, enum transition_act act)
{
    struct container_fill *fill = fold_present(fold);
    if (act == TRANSITION_PACK && !fill->is_packed && fact->party == fold->context->generator) {
        if (fill->holder == 0)
            fill->holder = fact->party;
        take_pack(fold, fact);
        return EFFECT_APPLIED;
    }
    if (act == TRANSITION_RECEIVE_ACCEPTED && fill->state == CONTAINER_RECEIVED) {
        int32_t at = leg_find_receipt(fold, fact);
        if (at >= 0 && fold->legs[at].state == LEG_MISSING) {
            take_accepted(fold, fact);
            return EFFECT_APPLIED;
        }
    }
    return EFFECT_NO_CHANGE;
}

/* On what custody rests from now on; a countersignature of who holds it provisionally makes it no better. */
static void note_standing(struct fold *fold, const struct fact *fact, enum standing standing)
{
    struct fill_note *note = fold_note(fold);
    bool is_agreed = fact->party == fold->context->generator ||
                     fact_is_countersigned_by(fact, fold->context->generator);
    if (standing == STANDING_FREE)
        note->is_provisional = !is_agreed;
    else if (standing == STANDING_NAMED || is_agreed)
        note->is_provisional = false;
}

static enum fact_effect take(struct fold *fold, const struct fact *fact)
{
    if (!fact_counts(fact))
        return EFFECT_HELD;
    enum transition_act act = fold_act(fact);
    if (act == TRANSITION_ACTS)
        return EFFECT_OTHER;
    if (standing_displaces(fold, fact, act))
        fold_begin_fill(fold);
    const struct container_fill *fill = fold_present(fold);
    enum standing standing = standing_of(fold, fill, fact, act);
    struct transition found = transition_find(fill->state, act, standing);
    if (found.effect == TRANSITION_MOVES)
        note_standing(fold, fact, standing);
    switch (found.effect) {
    case TRANSITION_CONTESTED:
        return EFFECT_CONTESTED;
    case TRANSITION_NO_CHANGE:
        return take_again(fold, fact, act);
    case TRANSITION_NEW_FILL:
        if (fold->history->fill_count == CONTAINER_FILLS_MAX)
            return EFFECT_OTHER;
        fold_begin_fill(fold);
        return take_move(fold, fact, act, found.next);
    case TRANSITION_MOVES:
    case TRANSITION_STAYS:
        return take_move(fold, fact, act, found.next);
    }
    return EFFECT_OTHER;
}

void walk_custody(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (size_t i = 0; i < fold->count; i++) {
        const struct fact *fact = fold->facts[i];
        if (fold_is_of_group(fact) && (!applies_to(fold, fact) || is_said_of_itself(fold, fact)))
            continue;
        fold->holders[history->step_count] = fold_present(fold)->holder;
        enum fact_effect effect = take(fold, fact);
        history->steps[history->step_count++] = (struct container_step){
            .fact = fact,
            .effect = effect,
            .state = fold_present(fold)->state,
            .fill = history->fill_count - 1,
            .holder = fold_present(fold)->holder,
            .place = fold_present(fold)->place,
            .mass_g = FACT_NO_MASS,
        };
    }
}
