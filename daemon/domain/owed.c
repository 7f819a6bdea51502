/* owed.c: what is owed and what was broken, as the whole history shows it at its end.
 * Never changes state.
 *
 * Storage has a limit where it stands: at the generator from when the waste arose, in a ward store from when it came there
 * (or arose), in a collection centre and at a plant from when they took it in. Moving it about inside restarts nothing; for a
 * plant the place where it lies now decides, and a temperature of 5 C or more that was told of it there: a store says how
 * cold it can be, a thermometer how cold it was. A lower one makes no cold store of a place that is not registered as one,
 * by the word of who profits from it. A place that is registered as remote and below 5 C stands for "remote, below 5 C
 * and disinfected" of GB 39707: whether it is disinfected is told by clean, which is summed up by place and not here.
 *
 * An obligation stands while it is not met; met too late it is a finding since it was due, which stays. */
#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/fold.h"

/* ---- one limit --------------------------------------------------------------------------------- */

struct limit {
    uint16_t rule;
    const struct fact *anchor; /* that began it */
    const struct fact *end;    /* that met it, in time or not; NULL: still runs */
    int64_t from_us;
    int64_t limit_us;  /* 0: none */
    int64_t notice_us; /* after from_us; 0: at three quarters of the limit */
    uint32_t debtor;   /* who owes it now */
    uint32_t breaker;  /* who broke it, when it was met too late */
};

static void add_limit(struct fold *fold, const struct limit *limit)
{
    int64_t due_us;
    int64_t notice_us = limit->notice_us != 0 ? limit->notice_us : limit->limit_us / 4 * 3;
    if (limit->limit_us == 0 || limit->anchor == NULL ||
        __builtin_add_overflow(limit->from_us, limit->limit_us, &due_us) ||
        __builtin_add_overflow(limit->from_us, notice_us, &notice_us))
        return;
    bool is_late = limit->end != NULL && limit->end->effective_us > due_us;
    if (limit->end != NULL && !is_late)
        return;
    struct work spare;
    struct work *row = fold_add_row(fold, is_late ? WORK_FINDING : WORK_OBLIGATION, limit->rule,
                                    limit->anchor, due_us, &spare);
    row->party = is_late ? limit->breaker : limit->debtor;
    row->notice_us = is_late ? 0 : notice_us;
    row->met_us = is_late ? limit->end->effective_us : 0;
    fold_show_entry(row, limit->anchor);
    fold_show_entry(row, limit->end);
}

/* ---- storage ----------------------------------------------------------------------------------- */

static const struct place *place_of(const struct fold *fold, uint32_t place)
{
    const struct law *law = fold->context->law;
    return place == 0 ? NULL : law->place(law->context, place);
}

static bool is_place_of_kind(const struct fold *fold, uint32_t number, unsigned kind)
{
    const struct place *place = place_of(fold, number);
    return place != NULL && place->kind == kind;
}

static bool is_applied(const struct container_step *step, uint32_t fill)
{
    return step->fill == fill && step->effect == EFFECT_APPLIED;
}

/* Solid Waste Law art. 81: not more than a year, where the profile knows no shorter limit. Of what nobody said what it is
 * nothing is owed. */
static void
set_stock_limit(const struct container_fill *fill, const struct profile *profile, struct limit *ret)
{
    ret->rule = RULE_stock_age;
    ret->limit_us = fill->code == 0 ? 0 : profile->stock_us;
    ret->notice_us = profile->stock_notice_us;
}

/* Medical Waste Regulation art. 17: not more than two days in temporary storage; a village point has its own limit. */
static void add_generators_storage(struct fold *fold, uint32_t at)
{
    const struct container_history *history = fold->history;
    const struct container_fill *fill = &history->fills[at];
    const struct fill_note *note = &fold->fills[at];
    const struct profile *profile = fold_profile(fold, fill);
    uint32_t place = 0;
    for (uint32_t i = 0; i < history->step_count && history->steps[i].fact != note->leaving; i++)
        if (is_applied(&history->steps[i], at) && history->steps[i].place != 0)
            place = history->steps[i].place;
    struct limit limit = {
        .rule = RULE_medical_storage,
        .anchor = note->birth,
        .end = note->leaving,
        .from_us = fill->born_us,
        .limit_us = profile->storage_us,
        .notice_us = profile->storage_notice_us,
        .debtor = fill->holder,
        .breaker = fold->context->generator,
    };
    if (is_place_of_kind(fold, place, CUSTODY__V1__PLACE_KIND__PLACE_VILLAGE_POINT) &&
        profile->village_us != 0) {
        limit.notice_us = profile->village_us == profile->storage_us ? limit.notice_us : 0;
        limit.limit_us = profile->village_us;
    }
    if (limit.limit_us == 0)
        set_stock_limit(fill, profile, &limit);
    add_limit(fold, &limit);
}

/* Order 36 art. 16: inside a hospital it is collected from the wards every day. */
static void add_ward_storage(struct fold *fold, uint32_t at)
{
    const struct container_history *history = fold->history;
    const struct container_fill *fill = &history->fills[at];
    struct limit limit = {
        .rule = RULE_medical_storage,
        .limit_us = fold_profile(fold, fill)->ward_us,
        .debtor = fold->context->generator,
        .breaker = fold->context->generator,
    };
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (!is_applied(step, at) || fold_act(step->fact) == TRANSITION_ACTS)
            continue;
        bool is_in_ward =
            (step->state == CONTAINER_PACKED || step->state == CONTAINER_STORED) &&
            is_place_of_kind(fold, step->place, CUSTODY__V1__PLACE_KIND__PLACE_WARD_STORE);
        if (is_in_ward && limit.anchor == NULL) {
            limit.anchor = step->fact;
            limit.from_us =
                step->fact == fold->fills[at].birth ? fill->born_us : step->fact->effective_us;
        } else if (!is_in_ward && limit.anchor != NULL && limit.end == NULL) {
            limit.end = step->fact;
        }
    }
    add_limit(fold, &limit);
}

static bool is_centre(const struct fold *fold, const struct container_step *step)
{
    const struct law *law = fold->context->law;
    const struct place *place = place_of(fold, step->place);
    const struct party_version *holder =
        law->party(law->context, step->holder, step->fact->effective_us);
    if (place != NULL && place->kind != CUSTODY__V1__PLACE_KIND__PLACE_KIND_UNSPECIFIED)
        return place->kind == CUSTODY__V1__PLACE_KIND__PLACE_COLLECTION_CENTRE;
    return holder != NULL && holder->site == CUSTODY__V1__SITE_KIND__SITE_COLLECTION_CENTRE;
}

static void
set_facility_limit(const struct fold *fold, const struct container_step *last, struct limit *limit)
{
    const struct profile *profile = fold_profile(fold, &fold->history->fills[last->fill]);
    if (is_centre(fold, last)) {
        limit->rule = RULE_medical_storage;
        limit->limit_us = profile->centre_us;
    } else {
        limit->rule = RULE_plant_storage;
        limit->limit_us =
            law_plant_limit_us(fold->context->law, profile, last->place, last->temperature_mk);
    }
    if (limit->limit_us == 0)
        set_stock_limit(&fold->history->fills[last->fill], profile, limit);
}

/* What came back to its generator is in temporary storage again. */
static bool is_stayed(const struct fold *fold, const struct container_step *step, bool has_left)
{
    return step->state == CONTAINER_RECEIVED || (has_left && step->state == CONTAINER_STORED &&
                                                 step->holder == fold->context->generator);
}

static void end_stay(struct fold *fold, const struct container_step *last, struct limit *stay)
{
    if (stay->anchor == NULL)
        return;
    if (last->state == CONTAINER_RECEIVED) {
        set_facility_limit(fold, last, stay);
    } else {
        const struct profile *profile = fold_profile(fold, &fold->history->fills[last->fill]);
        stay->rule = RULE_medical_storage;
        stay->limit_us = profile->storage_us;
        stay->notice_us = profile->storage_notice_us;
    }
    stay->debtor = last->holder;
    stay->breaker = last->holder;
    add_limit(fold, stay);
    *stay = (struct limit){0};
}

/* Every stay at one who took it in: at a centre, a plant, and at the generator after a return. */
static void add_stays(struct fold *fold, uint32_t at)
{
    const struct container_history *history = fold->history;
    const struct container_step *last = NULL;
    struct limit stay = {0};
    bool has_left = false;
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (!is_applied(step, at) || fold_act(step->fact) == TRANSITION_ACTS)
            continue;
        if (stay.anchor != NULL && (step->state != last->state || step->holder != last->holder)) {
            stay.end = step->fact;
            end_stay(fold, last, &stay);
        }
        has_left |= step->fact == fold->fills[at].leaving;
        if (stay.anchor == NULL && is_stayed(fold, step, has_left)) {
            stay.anchor = step->fact;
            stay.from_us = step->fact->effective_us;
        }
        last = step;
    }
    end_stay(fold, last, &stay);
}

/* ---- rejected, lost, unsigned ------------------------------------------------------------------ */

/* Transfer Measures art. 18. Whoever has it on its hands must find the next destination. */
static void add_rejected(struct fold *fold, uint32_t at)
{
    const struct container_fill *fill = &fold->history->fills[at];
    const struct fill_note *note = &fold->fills[at];
    if (note->rejected == NULL)
        return;
    uint32_t debtor = fill->holder != 0 ? fill->holder : note->rejected->party;
    add_limit(fold, &(struct limit){
                        .rule = RULE_rejected_waiting,
                        .anchor = note->rejected,
                        .end = note->sent_on,
                        .from_us = note->rejected->effective_us,
                        .limit_us = fold_profile(fold, fill)->rejected_us,
                        .debtor = debtor,
                        .breaker = debtor,
                    });
}

/* Medical Waste Regulation art. 13. It ends when the container turns up. */
static void add_lost(struct fold *fold, uint32_t at)
{
    const struct container_fill *fill = &fold->history->fills[at];
    if (fill->state == CONTAINER_LOST)
        fold_add_finding(fold, RULE_container_lost, fold->fills[at].lost, fill->holder,
                         fold->fills[at].load);
}

static void add_missing(struct fold *fold, uint32_t at)
{
    const struct leg_note *note = &fold->legs[at];
    uint32_t fill = fold->history->legs[at].fill;
    if (note->state != LEG_MISSING)
        return;
    uint32_t party = note->load != NULL ? note->load->party : fold->history->fills[fill].holder;
    fold_speak_of(fold, fill);
    fold_add_finding(fold, RULE_missing_at_receipt, note->missing, party, note->load);
}

/* The first step after that one at which the container moved without its author. */
static const struct fact *
find_moved_on(const struct fold *fold, uint32_t step, uint32_t author, bool by_others_only)
{
    const struct container_history *history = fold->history;
    for (uint32_t i = step + 1; i < history->step_count; i++) {
        const struct container_step *later = &history->steps[i];
        if (is_applied(later, history->steps[step].fill) && later->fact->party != author &&
            (by_others_only || later->holder != author) &&
            (later->holder != later->from || later->state == CONTAINER_FED ||
             later->state == CONTAINER_STORED))
            return later->fact;
    }
    return NULL;
}

/* Transfer Measures art. 17: the next carrier verifies what it takes over. Owed while the container is still with the first;
 * once it moved on otherwise nobody will sign any more. */
static void add_unsigned(struct fold *fold, uint32_t at)
{
    const struct container_step *step = &fold->history->steps[at];
    const struct fact *moved_on = find_moved_on(fold, at, step->fact->party, false);
    uint32_t taker = standing_taker(fold, step->fact);
    fold_speak_of(fold, step->fill);
    if (moved_on != NULL) {
        fold_add_finding(fold, RULE_leg_unsigned, step->fact,
                         taker != 0 ? taker : step->fact->party, moved_on);
        return;
    }
    add_limit(fold,
              &(struct limit){
                  .rule = RULE_leg_unsigned,
                  .anchor = step->fact,
                  .from_us = step->fact->effective_us,
                  .limit_us = fold_profile(fold, &fold->history->fills[step->fill])->late_mark_us,
                  .debtor = taker != 0 ? taker : step->fact->party,
              });
}

/* ---- treatment --------------------------------------------------------------------------------- */

/* Solid Waste Law art. 80. Its own generator needs no permit where the profile lets it treat. */
static void add_treatment(struct fold *fold, uint32_t at)
{
    const struct law *law = fold->context->law;
    const struct container_fill *fill = &fold->history->fills[at];
    const struct fact *feed = fold->fills[at].feed;
    if (feed == NULL ||
        (feed->party == fold->context->generator && standing_is_own_treatment(fold, fill, feed)))
        return;
    if (!law->is_permitted(law->context, feed->party, CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT,
                           fill->code, feed->effective_us))
        fold_add_finding(fold, RULE_treatment_not_permitted, feed, feed->party, NULL);
}

/* Medical Waste Regulation art. 19: what a laboratory leaves is sterilised on the spot before it is handed over; then it comes
 * out of a batch. */
static void add_untreated(struct fold *fold, uint32_t at)
{
    const struct law *law = fold->context->law;
    const struct container_fill *fill = &fold->history->fills[at];
    const struct fill_note *note = &fold->fills[at];
    if (note->load == NULL || !fill->is_medical || note->is_yielded ||
        fold_profile(fold, fill)->sterilise_on_site == 0)
        return;
    const struct party_version *generator =
        law->party(law->context, fold->context->generator, note->load->effective_us);
    if (generator != NULL && generator->site == CUSTODY__V1__SITE_KIND__SITE_LABORATORY)
        fold_add_finding(fold, RULE_hazard_untreated, note->load, fold->context->generator,
                         note->birth);
}

/* ---- contested --------------------------------------------------------------------------------- */

/* Two say that they have it in hand: one without standing, and afterwards another, with. */
static void add_contested(struct fold *fold, uint32_t at)
{
    const struct fact *fact = fold->history->steps[at].fact;
    fold_speak_of(fold, fold->history->steps[at].fill);
    fold_add_finding(fold, RULE_contested, fact, fact->party, NULL);
    if (fact->act != CUSTODY__V1__ACT__ACT_LOAD && fact->act != CUSTODY__V1__ACT__ACT_FEED &&
        fold_act(fact) != TRANSITION_RECEIVE_ACCEPTED)
        return;
    const struct fact *other = find_moved_on(fold, at, fact->party, true);
    if (other != NULL)
        fold_add_finding(fold, RULE_two_places, fact, fact->party, other);
}

void owed_add(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->fill_count; i++) {
        const struct fact *load = fold->fills[i].load;
        fold_speak_of(fold, i);
        add_generators_storage(fold, i);
        add_ward_storage(fold, i);
        add_stays(fold, i);
        add_rejected(fold, i);
        add_lost(fold, i);
        add_treatment(fold, i);
        add_untreated(fold, i);
        if (load != NULL && !history->fills[i].is_packed && !fold->context->is_bulk)
            fold_add_finding(fold, RULE_loaded_not_packed, load, load->party, NULL);
    }
    for (uint32_t i = 0; i < history->leg_count; i++)
        add_missing(fold, i);
    for (uint32_t i = 0; i < history->step_count; i++)
        if (history->steps[i].effect == EFFECT_AWAITED && !correct_is_amend(history->steps[i].fact))
            add_unsigned(fold, i);
    /* Last, so that a stranger who says much cannot crowd the others out. */
    for (uint32_t i = 0; i < history->step_count; i++)
        if (history->steps[i].effect == EFFECT_CONTESTED)
            add_contested(fold, i);
}
