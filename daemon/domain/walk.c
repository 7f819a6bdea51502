/* walk.c: the first pass of the fold: who held it and where it went.
 * Never looks at a mass. */
#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/fold.h"

/* The longest time before its packing that waste is said to have arisen; bounds.c lets no more through. */
#define GENERATED_BEFORE_MAX_US (366 * CALENDAR_DAY_US)

/* What a statement says of the container itself goes before what it says of a box, a manifest or a trip. */
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

/* Is what it is about one of the steps so far? */
static bool is_about_a_step(const struct fold *fold, const struct fact *group)
{
    for (uint32_t i = 0; i < fold->history->step_count; i++)
        if (correct_is_about(group, fold->history->steps[i].fact))
            return true;
    return false;
}

/* What was taken while nobody held it may be on any truck: what is said of a whole manifest does not speak of it. */
static bool is_of_manifest(const struct fold *fold, const struct fact *group)
{
    uint32_t present = fold->history->fill_count - 1;
    return group->manifest != 0 && fold->history->fills[present].manifest == group->manifest &&
           !fold->fills[present].is_provisional;
}

static bool applies_to(const struct fold *fold, const struct fact *group)
{
    uint32_t present = fold->history->fill_count - 1;
    const struct container_fill *fill = &fold->history->fills[present];
    int32_t leg = fold->fills[present].leg;
    switch (group->act) {
    case CUSTODY__V1__ACT__ACT_WITHDRAW:
    case CUSTODY__V1__ACT__ACT_DISPUTE:
        return is_about_a_step(fold, group);
    case CUSTODY__V1__ACT__ACT_HOLD:
    case CUSTODY__V1__ACT__ACT_RELEASE:
        return true;
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER:
        return is_of_manifest(fold, group) && leg >= 0 && fold->legs[leg].state != LEG_GONE;
    default:
        break;
    }
    if (group->box != 0)
        return fill->box == group->box && !fold_is_over(fill);
    if (group->from_trip != 0)
        return fill->trip == group->from_trip &&
               (fill->state == CONTAINER_IN_TRANSIT || fill->state == CONTAINER_REJECTED);
    return group->verdict != 0 && fill->state == CONTAINER_IN_TRANSIT &&
           is_of_manifest(fold, group);
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
    if (fact->act == CUSTODY__V1__ACT__ACT_YIELD)
        fold_note(fold)->is_yielded = true;
    if ((fact->bits & FACT_CODE_UNKNOWN) != 0)
        fold_add_finding(fold, RULE_code_unknown, fact, fact->party, NULL);
    if ((fact->bits & FACT_FIVE_DISORDER) != 0)
        fold_add_finding(fold, RULE_five_order, fact, fact->party, NULL);
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

/* Rejected waste has its next destination. */
static void send_on(struct fold *fold, const struct fact *fact)
{
    struct fill_note *note = fold_note(fold);
    if (note->rejected != NULL && note->sent_on == NULL)
        note->sent_on = fact;
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
    if (is_home)
        send_on(fold, fact);
}

/* Under which a load may move it: its generator's, its holder's, the one that it travels by, one that follows on from that. */
static bool is_lawful_under(const struct fold *fold,
                            const struct container_fill *fill,
                            const struct manifest *manifest,
                            uint32_t number)
{
    return manifest != NULL && (manifest->generator == fold->context->generator ||
                                (fill->holder != 0 && manifest->generator == fill->holder) ||
                                fill->manifest == number ||
                                (manifest->parent != 0 && manifest->parent == fill->manifest));
}

/* Transfer Measures art. 11: no load without a manifest. */
static void
add_unlawful(struct fold *fold, const struct fact *fact, const struct manifest *manifest)
{
    bool is_refused =
        manifest != NULL && manifest->is_known && (manifest->is_refused || manifest->is_cancelled);
    fold_add_finding(fold, is_refused ? RULE_moved_under_refused : RULE_moved_without_manifest,
                     fact, fact->party, NULL);
}

static void take_load(struct fold *fold, const struct fact *fact, uint32_t taker)
{
    struct container_fill *fill = fold_present(fold);
    struct fill_note *note = fold_note(fold);
    uint32_t number = fold_manifest(fold, fact);
    const struct manifest *manifest = fold_find_in_force(fold, number);
    bool is_lawful = manifest != NULL && manifest_is_in_force_at(manifest, fact->effective_us) &&
                     is_lawful_under(fold, fill, manifest, number);
    if (is_lawful && fill->manifest != number)
        send_on(fold, fact);
    leg_end_missing(fold);
    note->leg = leg_give(fold, number, fact->trip);
    leg_end_others(fold, note->leg, number, is_lawful);
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
    fill->holder = taker;
    fill->manifest = number;
    fill->trip = fact->trip;
    fill->place = 0;
    if (!is_lawful)
        add_unlawful(fold, fact, fold_find_manifest(fold, number));
}

/* On to another trip. What was never loaded is loaded by it. */
static void take_transfer(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    if (fill->state != CONTAINER_IN_TRANSIT && fill->state != CONTAINER_REJECTED) {
        take_load(fold, fact, standing_taker(fold, fact));
        return;
    }
    leg_change_trip(fold, fact->trip);
    fill->holder = standing_taker(fold, fact);
    if (fact->trip != 0)
        fill->trip = fact->trip;
}

static void take_accepted(struct fold *fold, const struct fact *fact, uint32_t taker)
{
    struct container_fill *fill = fold_present(fold);
    struct fill_note *note = fold_note(fold);
    int32_t at = leg_find_receipt(fold, fact);
    bool is_loaded = at >= 0 && fold->legs[at].is_loaded;
    uint32_t said = fold_manifest(fold, fact);
    uint32_t manifest = at >= 0 ? fold->history->legs[at].manifest : said;
    if (!is_loaded)
        fold_add_finding(fold, RULE_extra_at_receipt, fact, fact->party, NULL);
    /* Taken in where its manifest does not send it: that manifest stays open. */
    bool is_carried_out = leg_carries_out(fold, manifest, taker, fact->effective_us);
    if (is_carried_out && at < 0)
        at = leg_give(fold, said, fact->trip);
    leg_end_missing(fold);
    if (is_carried_out && at >= 0) {
        struct leg_note *leg = &fold->legs[at];
        /* A return that came home is carried out: nobody has to treat it there. */
        leg->state = taker == fold->context->generator ? LEG_GONE : LEG_RECEIVED;
        leg->is_extra |= !is_loaded;
        leg->is_accepted = true;
        leg->receipt = fact;
        note->leg = at;
        leg_end_others(fold, at, manifest, fold_find_in_force(fold, manifest) != NULL);
    }
    send_on(fold, fact);
    note_leaving(fold, fact);
    note_code(fill, fact);
    fill->holder = taker;
    fill->place = fact->place;
    if (said != 0)
        fill->manifest = said;
    if (fact->trip != 0)
        fill->trip = fact->trip;
}

/* Rejected or missing: the leg is told, custody stays. False when nothing new is said. */
static bool take_refusal(struct fold *fold, const struct fact *fact, enum leg_state state)
{
    int32_t at = leg_find_receipt(fold, fact);
    if (at < 0)
        at = leg_give(fold, fold_manifest(fold, fact), fact->trip);
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
    struct fill_note *note = fold_note(fold);
    leg_end_missing(fold);
    take_refusal(fold, fact, LEG_REJECTED);
    if (note->rejected == NULL || note->sent_on != NULL) {
        note->rejected = fact;
        note->sent_on = NULL;
    }
    note_leaving(fold, fact);
    note_code(fill, fact);
    if (fill->manifest == 0)
        fill->manifest = fold_manifest(fold, fact);
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
        leg_carries_out(fold, history->legs[at].manifest, fact->party, fact->effective_us)) {
        fold->legs[at].state = LEG_FED;
        fold->legs[at].feed = fact;
    }
    if (fact->batch != 0 && history->feeding_count < CONTAINER_FILLS_MAX) {
        fold->feedings[history->feeding_count] = fact;
        history->feedings[history->feeding_count++] =
            (struct container_feeding){.batch = fact->batch, .fill = history->fill_count - 1};
    }
    send_on(fold, fact);
    note_leaving(fold, fact);
    fold_note(fold)->feed = fact;
    fill->holder = fact->party;
    fill->batch = fact->batch;
    fill->box = 0;
}

/* Lost while it travelled or lay somewhere: its manifest misses it. */
static void take_loss(struct fold *fold, const struct fact *fact)
{
    struct fill_note *note = fold_note(fold);
    note_leaving(fold, fact);
    if (fold_present(fold)->holder == 0)
        begin_custody(fold, fact);
    note->lost = fact;
    if (note->leg >= 0 && fold->legs[note->leg].state != LEG_GONE)
        fold->legs[note->leg].state = LEG_LOST;
}

static void take_order(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = fold_present(fold);
    send_on(fold, fact);
    note_leaving(fold, fact);
    leg_end_all(fold);
    fill->is_by_order = true;
    fill->box = 0;
}

/* The label is in use from here on. False when it names something else, or this already; and whoever holds it provisionally
 * gives no label: it would draw in what the generator packed under that one. */
static bool take_label(struct fold *fold, const struct fact *fact)
{
    uint32_t generator = fold->context->generator;
    if (fold_note(fold)->is_provisional && fact->party != generator &&
        !fact_is_countersigned_by(fact, generator))
        return false;
    for (uint32_t i = 0; i < fold->label_count; i++)
        if (fold->labels[i] == fact->other)
            return false;
    for (uint32_t i = 0; i < fold->context->label_count; i++) {
        const struct container_label *label = &fold->context->labels[i];
        if (label->relabel != fact || !label->is_free || fold->label_count == CONTAINER_LABELS_MAX)
            continue;
        fold->labels[fold->label_count++] = fact->other;
        return true;
    }
    return false;
}

/* ---- a regulator's hold ------------------------------------------------------------------------ */

static const struct fact *find_hold(const struct fold *fold, const struct fact *fact)
{
    const struct container_fill *fill = &fold->history->fills[fold->history->fill_count - 1];
    const struct fill_note *note = &fold->fills[fold->history->fill_count - 1];
    if (note->own_hold != NULL)
        return note->own_hold;
    for (uint32_t i = 0; i < fold->hold_count; i++)
        if (fold->holds[i].manifest == fill->manifest ||
            fold->holds[i].manifest == fold_manifest(fold, fact))
            return fold->holds[i].fact;
    return NULL;
}

/* It is moved all the same: a fact is never refused. */
static void note_hold_broken(struct fold *fold, const struct fact *fact, enum transition_act act)
{
    switch (act) {
    case TRANSITION_LOAD:
    case TRANSITION_TRANSFER:
    case TRANSITION_DEPOSIT:
    case TRANSITION_RECEIVE_ACCEPTED:
    case TRANSITION_FEED:
    case TRANSITION_STORE: {
        const struct fact *hold = find_hold(fold, fact);
        if (hold != NULL)
            fold_add_finding(fold, RULE_hold_broken, fact, fact->party, hold);
        break;
    }
    case TRANSITION_PACK:
    case TRANSITION_RECEIVE_REJECTED:
    case TRANSITION_RECEIVE_MISSING:
    case TRANSITION_NEST:
    case TRANSITION_UNNEST:
    case TRANSITION_RELABEL:
    case TRANSITION_LOSE:
    case TRANSITION_CLOSE:
    case TRANSITION_ACTS:
        break;
    }
}

static void end_holds_of(struct fold *fold, uint32_t manifest)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < fold->hold_count; i++)
        if (fold->holds[i].manifest != manifest)
            fold->holds[kept++] = fold->holds[i];
    fold->hold_count = kept;
}

/* A release of the container ends every hold on it; one of a manifest that manifest's. */
static enum fact_effect take_restraint(struct fold *fold, const struct fact *fact)
{
    bool is_hold = fact->act == CUSTODY__V1__ACT__ACT_HOLD;
    struct fill_note *note = fold_note(fold);
    if ((!is_hold && fact->act != CUSTODY__V1__ACT__ACT_RELEASE) ||
        (fact->kinds >> CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR & 1) == 0)
        return EFFECT_OTHER;
    if (fold_is_of_group(fact)) {
        end_holds_of(fold, fact->manifest);
        if (is_hold && fold->hold_count < FOLD_HOLDS_MAX)
            fold->holds[fold->hold_count++] = (struct fold_hold){fact->manifest, fact};
    } else if (is_hold) {
        note->own_hold = fact;
    } else {
        note->own_hold = NULL;
        fold->hold_count = 0;
    }
    return EFFECT_APPLIED;
}

/* ---- one fact ---------------------------------------------------------------------------------- */

static enum fact_effect take_move(struct fold *fold,
                                  const struct fact *fact,
                                  enum transition_act act,
                                  enum container_state next)
{
    enum container_state before = fold_present(fold)->state;
    note_hold_broken(fold, fact, act);
    switch (act) {
    case TRANSITION_PACK:
        begin_custody(fold, fact);
        take_pack(fold, fact);
        break;
    case TRANSITION_STORE:
        if (before == CONTAINER_LOST)
            leg_end_missing(fold);
        if (before == CONTAINER_REJECTED && next == CONTAINER_STORED)
            take_return(fold, fact);
        else
            take_store(fold, fact);
        break;
    case TRANSITION_LOAD:
        take_load(fold, fact, fact->party);
        break;
    case TRANSITION_TRANSFER:
        take_transfer(fold, fact);
        break;
    case TRANSITION_RECEIVE_ACCEPTED:
        take_accepted(fold, fact, fact->party);
        break;
    case TRANSITION_DEPOSIT:
        if (before == CONTAINER_RECEIVED && fold_present(fold)->holder == fact->receiver)
            return EFFECT_NO_CHANGE;
        if (fold_note(fold)->leg >= 0)
            fold->legs[fold_note(fold)->leg].centre = fact->receiver;
        take_accepted(fold, fact, fact->receiver);
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
    case TRANSITION_RELABEL:
        if (!take_label(fold, fact))
            return fact->other == (uint32_t)fold->context->number ? EFFECT_NO_CHANGE
                                                                  : EFFECT_CONTESTED;
        break;
    case TRANSITION_LOSE:
        take_loss(fold, fact);
        break;
    case TRANSITION_CLOSE:
        take_order(fold, fact);
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
            take_accepted(fold, fact, fact->party);
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

/* Between carriers and into a centre custody passes by the signatures of both; what was not counted over stays. */
static bool is_agreed_over(const struct fold *fold, const struct fact *fact)
{
    uint32_t taker = standing_taker(fold, fact);
    return taker != 0 && (taker == fact->party || fact_is_countersigned_by(fact, taker));
}

/* Another fill than the one that was taken freely; labels that were given to that one stay with it. */
static void displace(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->step_count; i++)
        if (history->steps[i].fact->act == CUSTODY__V1__ACT__ACT_RELABEL &&
            history->steps[i].effect == EFFECT_APPLIED)
            history->steps[i].effect = EFFECT_SUPERSEDED;
    fold->label_count = 0;
    fold_begin_fill(fold);
}

static enum fact_effect take(struct fold *fold, const struct fact *fact)
{
    if (!fact_counts(fact))
        return EFFECT_HELD;
    enum transition_act act = fold_act(fact);
    if (act == TRANSITION_ACTS)
        return take_restraint(fold, fact);
    if (standing_displaces(fold, fact, act))
        displace(fold);
    const struct container_fill *fill = fold_present(fold);
    enum standing standing = standing_of(fold, fill, fact, act);
    struct transition found = transition_find(fill->state, act, standing);
    bool is_hand_over = act == TRANSITION_TRANSFER || act == TRANSITION_DEPOSIT;
    if (is_hand_over && found.effect != TRANSITION_CONTESTED && !is_agreed_over(fold, fact))
        return standing == STANDING_HOLDER ? EFFECT_AWAITED : EFFECT_CONTESTED;
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

/* What is said of a label counts from when the label is on this container. */
static bool is_of_a_label_in_use(const struct fold *fold, const struct fact *fact)
{
    for (uint32_t i = 0; i < fold->label_count; i++)
        if (fold->labels[i] == fact->label)
            return true;
    return fact->label == 0;
}

/* Custody changed hands, and only one of the two signed it. */
static bool is_single(const struct fold *fold, const struct container_step *step)
{
    if (step->effect != EFFECT_APPLIED || step->from == step->holder ||
        (step->fact->act != CUSTODY__V1__ACT__ACT_LOAD &&
         step->fact->act != CUSTODY__V1__ACT__ACT_RECEIVE &&
         step->fact->act != CUSTODY__V1__ACT__ACT_TRANSFER))
        return false;
    uint32_t giver = step->from != 0 ? step->from : fold->context->generator;
    uint32_t other = step->fact->party == giver ? step->holder : giver;
    return !fact_is_countersigned_by(step->fact, other);
}

static void add_step(struct fold *fold, const struct fact *fact, bool is_withdrawn)
{
    struct container_history *history = fold->history;
    uint32_t from = fold_present(fold)->holder, from_box = fold_present(fold)->box;
    enum fact_effect effect = is_withdrawn ? EFFECT_WITHDRAWN : take(fold, fact);
    const struct container_fill *fill = fold_present(fold);
    struct container_step *step = &history->steps[history->step_count++];
    *step = (struct container_step){
        .fact = fact,
        .effect = effect,
        .state = fill->state,
        .fill = history->fill_count - 1,
        .from = from,
        .from_box = from_box,
        .holder = fill->holder,
        .place = fill->place,
        .trip = fill->trip,
        .mass_g = FACT_NO_MASS,
    };
    step->is_single = is_single(fold, step);
}

/* What stands when all has been said. */
static void tell_holds(struct fold *fold)
{
    for (uint32_t i = 0; i < fold->history->fill_count; i++) {
        struct container_fill *fill = &fold->history->fills[i];
        fill->is_on_hold = fold->fills[i].own_hold != NULL;
        for (uint32_t k = 0; k < fold->hold_count; k++)
            fill->is_on_hold |= fold->holds[k].manifest == fill->manifest;
    }
}

void walk_custody(struct fold *fold)
{
    fold_reset(fold);
    for (size_t i = 0; i < fold->count; i++) {
        const struct fact *fact = fold->facts[i];
        if (!is_of_a_label_in_use(fold, fact) ||
            (fold_is_of_group(fact) && (!applies_to(fold, fact) || is_said_of_itself(fold, fact))))
            continue;
        add_step(fold, fact, fold->is_withdrawn[i]);
    }
    tell_holds(fold);
}
