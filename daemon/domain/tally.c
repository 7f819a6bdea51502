/* tally.c: what a container's history adds to sums.
 * Never looks at another container. */
#include "daemon/domain/tally.h"

#include "proto/custody.pb-c.h"

/* ---- periods ----------------------------------------------------------------------------------- */

uint64_t tally_number(uint32_t of, int32_t period)
{
    return (uint64_t)of << 32 | (uint32_t)period;
}

void tally_split(uint64_t number, uint32_t *ret_of, int32_t *ret_period)
{
    *ret_of = (uint32_t)(number >> 32);
    *ret_period = (int32_t)(uint32_t)number;
}

int32_t tally_month(const struct calendar *calendar, int64_t at_us)
{
    int32_t year;
    uint32_t month, day;
    calendar_civil(calendar_day(calendar, at_us), &year, &month, &day);
    return (year - 1970) * 12 + (int32_t)month - 1;
}

int32_t tally_month_start(int32_t month)
{
    int32_t years = month >= 0 ? month / 12 : -((11 - month) / 12);
    return calendar_from_civil(1970 + years, (uint32_t)(month - years * 12) + 1, 1);
}

int32_t tally_year(const struct calendar *calendar, int64_t at_us)
{
    int32_t year;
    uint32_t month, day;
    calendar_civil(calendar_day(calendar, at_us), &year, &month, &day);
    return year;
}

/* ---- parts ------------------------------------------------------------------------------------- */

static bool is_of_one(const struct tally_part *a, const struct tally_part *b)
{
    return a->kind == b->kind && a->party == b->party && a->place == b->place &&
           a->profile == b->profile && a->at_us == b->at_us && a->entry == b->entry;
}

static void add_part(struct tally_parts *parts, const struct tally_part *part, int sign)
{
    for (uint32_t i = 0; i <= parts->count && i < TALLY_PARTS_MAX; i++) {
        struct tally_part *at = &parts->all[i];
        if (i == parts->count) {
            parts->count++;
            *at = *part;
            at->pieces = at->grams = at->marks = 0;
        } else if (!is_of_one(at, part)) {
            continue;
        }
        at->pieces += sign * part->pieces;
        at->grams += sign * part->grams;
        at->marks += sign * part->marks;
        return;
    }
}

static int64_t grams_of(uint64_t mass_g)
{
    return mass_g == FACT_NO_MASS || mass_g > INT64_MAX ? 0 : (int64_t)mass_g;
}

static bool is_pack(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_PACK || fact->act == CUSTODY__V1__ACT__ACT_YIELD;
}

static bool is_hand_over(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_LOAD || fact->act == CUSTODY__V1__ACT__ACT_RECEIVE;
}

int64_t tally_marks(const struct fact *fact, const struct profile *profile)
{
    int64_t marks = 0, late_us;
    if (profile_has_rule(profile, RULE_typed_weight) && (is_pack(fact) || is_hand_over(fact)) &&
        fact->mass_g != FACT_NO_MASS && fact->mass_source == CUSTODY__V1__MASS_SOURCE__MASS_TYPED)
        marks++;
    if (profile_has_rule(profile, RULE_recorded_late_in_limit) && profile->late_mark_us > 0 &&
        !__builtin_sub_overflow(fact->recorded_us, fact->effective_us, &late_us) &&
        late_us > profile->late_mark_us && (profile->late_us == 0 || late_us <= profile->late_us))
        marks++;
    if (profile_has_rule(profile, RULE_five_gap) && is_pack(fact) && profile->five_gap_us > 0 &&
        fact->five_gap_us > (uint64_t)profile->five_gap_us)
        marks++;
    return marks;
}

/* A hand-over that the one who had it has not signed. */
static int64_t single_marks(const struct container_context *context,
                            const struct container_history *history,
                            uint32_t at,
                            const struct profile *profile)
{
    const struct fact *fact = history->steps[at].fact;
    uint32_t fill = history->steps[at].fill;
    uint32_t counterpart =
        at > 0 && history->steps[at - 1].fill == fill ? history->steps[at - 1].holder : 0;
    if (counterpart == 0)
        counterpart = context->generator;
    return profile_has_rule(profile, RULE_single_signature) && is_hand_over(fact) &&
                   counterpart != fact->party && !fact_is_countersigned_by(fact, counterpart)
               ? 1
               : 0;
}

/* How it left its generator: the act of the fact that says so; 0: it did not. */
static uint8_t left_by(const struct container_history *history, uint32_t fill)
{
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (step->fill == fill && step->effect == EFFECT_APPLIED &&
            step->fact->act != CUSTODY__V1__ACT__ACT_PACK &&
            step->fact->act != CUSTODY__V1__ACT__ACT_STORE &&
            step->fact->effective_us == history->fills[fill].left_us)
            return step->fact->act;
    }
    return 0;
}

static void add_fill(const struct container_context *context,
                     const struct container_history *history,
                     uint32_t at,
                     struct tally_parts *ret)
{
    const struct container_fill *fill = &history->fills[at];
    const struct profile *profile = context->law->profile(context->law->context, fill->profile);
    if (fill->born_us != 0 && fill->is_packed &&
        (profile->bedded_us > 0 || profile->other_us > 0) &&
        (fill->left_us == 0 || left_by(history, at) == CUSTODY__V1__ACT__ACT_LOAD)) {
        const struct tally_part waiting = {.kind = TALLY_WAITING,
                                           .party = context->generator,
                                           .profile = fill->profile,
                                           .at_us = fill->born_us,
                                           .pieces = 1};
        add_part(ret, &waiting, 1);
    }
    bool is_in_stock = fill->state == CONTAINER_PACKED || fill->state == CONTAINER_STORED ||
                       fill->state == CONTAINER_RECEIVED;
    if (is_in_stock && fill->holder != 0) {
        const struct tally_part stock = {.kind = TALLY_STOCK,
                                         .party = fill->holder,
                                         .place = fill->place,
                                         .profile = fill->profile,
                                         .at_us = fill->since_us,
                                         .pieces = 1,
                                         .grams = grams_of(fill->mass_g)};
        add_part(ret, &stock, 1);
    }
}

static void add_step(const struct container_context *context,
                     const struct container_history *history,
                     uint32_t at,
                     struct tally_parts *ret)
{
    const struct container_step *step = &history->steps[at];
    const struct fact *fact = step->fact;
    const struct container_fill *fill = &history->fills[step->fill];
    const struct profile *profile = context->law->profile(context->law->context, fill->profile);
    if (step->effect != EFFECT_APPLIED || (fact->bits & FACT_OF_GROUP) != 0 || fact->party == 0)
        return;
    const struct tally_part made = {
        .kind = TALLY_MADE,
        .party = fact->party,
        .profile = fill->profile,
        .at_us = calendar_day_start_us(
            &profile->calendar,
            tally_month_start(tally_month(&profile->calendar, fact->effective_us))),
        .pieces = 1,
        .marks = tally_marks(fact, profile) + single_marks(context, history, at, profile)};
    add_part(ret, &made, 1);
}

static void add_on_hold(uint32_t party, struct tally_parts *ret)
{
    const struct tally_part held = {.kind = TALLY_ON_HOLD, .party = party, .pieces = 1};
    if (party != 0)
        add_part(ret, &held, 1);
}

/* Whoever generated or moved what a regulator holds has a part in the case. */
static void add_holds(const struct container_context *context,
                      const struct container_history *history,
                      struct tally_parts *ret)
{
    for (uint32_t i = 0; i < history->fill_count; i++)
        if (history->fills[i].is_on_hold)
            add_on_hold(context->generator, ret);
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (history->fills[step->fill].is_on_hold && step->effect == EFFECT_APPLIED &&
            step->fact->act != CUSTODY__V1__ACT__ACT_HOLD &&
            step->fact->act != CUSTODY__V1__ACT__ACT_RELEASE)
            add_on_hold(step->fact->party, ret);
    }
}

static bool is_withdrawn_by(const struct fact *withdrawal, const struct fact *fact)
{
    return withdrawal->act == CUSTODY__V1__ACT__ACT_WITHDRAW && fact_counts(withdrawal) &&
           withdrawal->party != 0 && withdrawal->party == fact->party &&
           withdrawal->target_key == fact->key && withdrawal->target_sequence == fact->key_sequence;
}

/* Withdrawn by its party, and stands here all the same. */
static void add_kept(const struct container_history *history, uint32_t at, struct tally_parts *ret)
{
    const struct container_step *step = &history->steps[at];
    const struct tally_part kept = {.kind = TALLY_KEPT,
                                    .pieces = 1,
                                    .key = step->fact->key,
                                    .key_sequence = step->fact->key_sequence,
                                    .entry = step->fact->entry};
    if (step->effect == EFFECT_WITHDRAWN || step->fact->act == CUSTODY__V1__ACT__ACT_WITHDRAW)
        return;
    for (uint32_t i = 0; i < history->step_count; i++)
        if (is_withdrawn_by(history->steps[i].fact, step->fact)) {
            add_part(ret, &kept, 1);
            return;
        }
}

/* GB 39707-2020 5.5.2: a box is used when waste is put into it, and to be cleaned when it left it for treatment. */
static void add_box(const struct container_context *context,
                    const struct container_history *history,
                    uint32_t at,
                    struct tally_parts *ret)
{
    const struct container_step *step = &history->steps[at];
    const struct fact *fact = step->fact;
    bool is_filled = fact->act == CUSTODY__V1__ACT__ACT_NEST;
    bool is_emptied = fact->act == CUSTODY__V1__ACT__ACT_FEED ||
                      (fact->act == CUSTODY__V1__ACT__ACT_UNNEST &&
                       step->state == CONTAINER_RECEIVED && step->holder != context->generator);
    uint32_t box = is_filled ? fact->box : step->from_box;
    if (step->effect != EFFECT_APPLIED || box == 0 || (!is_filled && !is_emptied))
        return;
    const struct tally_part part = {.kind = is_filled ? TALLY_BOX_FILLED : TALLY_BOX_EMPTIED,
                                    .party = fact->party,
                                    .place = box,
                                    .profile = history->fills[step->fill].profile,
                                    .at_us = fact->effective_us,
                                    .pieces = 1,
                                    .key_prefix = fact->key_prefix,
                                    .key = fact->key,
                                    .key_sequence = fact->key_sequence,
                                    .entry = fact->entry};
    add_part(ret, &part, 1);
}

void tally_of_history(const struct container_context *context,
                      const struct container_history *history,
                      struct tally_parts *ret)
{
    ret->count = 0;
    for (uint32_t i = 0; i < history->fill_count; i++)
        add_fill(context, history, i, ret);
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (step->effect == EFFECT_APPLIED && step->fact->act == CUSTODY__V1__ACT__ACT_FEED) {
            const struct tally_part fed = {.kind = TALLY_FED,
                                           .party = step->fact->party,
                                           .profile = history->fills[step->fill].profile,
                                           .at_us = step->fact->effective_us,
                                           .pieces = 1,
                                           .grams = grams_of(step->mass_g)};
            add_part(ret, &fed, 1);
        }
        add_box(context, history, i, ret);
        add_step(context, history, i, ret);
        add_kept(history, i, ret);
    }
    add_holds(context, history, ret);
}

void tally_difference(const struct tally_parts *before,
                      const struct tally_parts *after,
                      struct tally_parts *ret)
{
    ret->count = 0;
    for (uint32_t i = 0; i < after->count; i++)
        add_part(ret, &after->all[i], 1);
    for (uint32_t i = 0; i < before->count; i++)
        add_part(ret, &before->all[i], -1);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ret->count; i++)
        if (ret->all[i].pieces != 0 || ret->all[i].grams != 0 || ret->all[i].marks != 0)
            ret->all[kept++] = ret->all[i];
    ret->count = kept;
}

/* ---- by profile -------------------------------------------------------------------------------- */

void tally_profiles_add(struct tally_profiles *profiles, uint32_t profile, int64_t pieces)
{
    for (uint32_t i = 0; i < profiles->count; i++) {
        if (profiles->all[i].profile != profile)
            continue;
        profiles->all[i].pieces += pieces;
        if (profiles->all[i].pieces == 0) {
            profiles->count--;
            profiles->all[i] = profiles->all[profiles->count];
        }
        return;
    }
    if (pieces == 0 || profiles->count == TALLY_PROFILES_MAX)
        return;
    profiles->all[profiles->count].profile = profile;
    profiles->all[profiles->count++].pieces = pieces;
}

uint32_t
tally_profiles_for(const struct tally_profiles *profiles, const struct law *law, uint16_t rule)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < profiles->count; i++) {
        uint32_t profile = profiles->all[i].profile;
        if (profiles->all[i].pieces > 0 && profile != 0 && (found == 0 || profile < found) &&
            profile_has_rule(law->profile(law->context, profile), rule))
            found = profile;
    }
    return found;
}

/* By number, so that the bytes follow from the sums alone. */
void tally_profiles_write(const struct tally_profiles *profiles, struct bytes_writer *writer)
{
    bytes_write_u8(writer, (uint8_t)profiles->count);
    uint64_t next = 0;
    for (uint32_t written = 0; written < profiles->count; written++) {
        uint32_t least = profiles->count;
        for (uint32_t i = 0; i < profiles->count; i++)
            if (profiles->all[i].profile >= next &&
                (least == profiles->count ||
                 profiles->all[i].profile < profiles->all[least].profile))
                least = i;
        if (least == profiles->count)
            return;
        bytes_write_varint(writer, profiles->all[least].profile);
        bytes_write_zigzag(writer, profiles->all[least].pieces);
        next = (uint64_t)profiles->all[least].profile + 1;
    }
}

bool tally_profiles_read(struct bytes_reader *reader, struct tally_profiles *ret)
{
    uint8_t count = bytes_read_u8(reader);
    if (reader->failed || count > TALLY_PROFILES_MAX)
        return false;
    ret->count = count;
    uint64_t next = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t profile = bytes_read_varint(reader);
        ret->all[i].pieces = bytes_read_zigzag(reader);
        if (reader->failed || profile > UINT32_MAX || profile < next || ret->all[i].pieces == 0)
            return false;
        ret->all[i].profile = (uint32_t)profile;
        next = profile + 1;
    }
    return true;
}
