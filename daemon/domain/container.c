/* container.c: folds the facts about one container into its custody, sums and open work.
 * Never refuses a fact, never reads anything but its arguments.
 *
 * Three passes over the facts in order: who held it and where it went (no mass is looked at); which amendments are in force;
 * what it weighed. Then the rows that hang on how it ended. */
#include "daemon/domain/container.h"

#include "proto/custody.pb-c.h"
#include "proto/rule.h"

enum { FOLD_FACTS_MAX = 2 * FACTS_MAX };

/* The longest time before its packing that waste is said to have arisen; bounds.c lets no more through. */
#define GENERATED_BEFORE_MAX_US (366 * CALENDAR_DAY_US)

enum leg_state {
    LEG_GONE, /* lawfully elsewhere, or nothing said yet */
    LEG_IN_TRANSIT,
    LEG_RECEIVED,
    LEG_REJECTED,
    LEG_MISSING,
    LEG_FED,
};

/* What the fold remembers of a leg besides what it tells. */
struct leg_note {
    enum leg_state state;
    bool is_loaded;
    bool is_extra;
    bool is_accepted;
    const struct fact *load;
    const struct fact *receipt;
    const struct fact *missing;
    const struct fact *feed;
    uint64_t loaded_g, received_g, fed_g; /* FACT_NO_MASS: not known */
};

struct fill_note {
    const struct fact *birth; /* that says when its age began */
    const struct fact *load;  /* the first one */
    const struct fact *leaving;
    int32_t leg; /* the one it travels or travelled by last; -1: none */
    uint64_t packed_g;
    bool is_provisional; /* custody rests on nobody having held it */
};

struct fold {
    const struct container_context *context;
    struct container_history *history;
    size_t count;
    const struct fact *facts[FOLD_FACTS_MAX];
    uint32_t holders[FOLD_FACTS_MAX]; /* by step: who held it then */
    struct leg_note legs[CONTAINER_LEGS_MAX];
    struct fill_note fills[CONTAINER_FILLS_MAX];
    const struct fact *feedings[CONTAINER_FILLS_MAX];
};

static const struct profile *profile_of(const struct fold *fold, const struct container_fill *fill)
{
    const struct law *law = fold->context->law;
    return law->profile(law->context, fill->profile);
}

/* ---- the facts in order ------------------------------------------------------------------------ */

static void sort_facts(struct fold *fold, const struct fact *const *facts, size_t count)
{
    for (size_t i = 0; i < count && fold->count < FOLD_FACTS_MAX; i++) {
        size_t at = fold->count++;
        for (; at > 0 && fact_compare(facts[i], fold->facts[at - 1]) < 0; at--)
            fold->facts[at] = fold->facts[at - 1];
        fold->facts[at] = facts[i];
    }
}

static bool is_of_group(const struct fact *fact)
{
    return (fact->bits & FACT_OF_GROUP) != 0;
}

/* What a statement says of the container itself goes before what it says of a box or a remainder. */
static bool is_said_of_itself(const struct fold *fold, const struct fact *group)
{
    for (size_t i = 0; i < fold->count; i++) {
        const struct fact *own = fold->facts[i];
        if (!is_of_group(own) && own->key == group->key &&
            own->key_sequence == group->key_sequence && own->entry == group->entry &&
            own->act == group->act)
            return true;
    }
    return false;
}

static bool is_over(const struct container_fill *fill)
{
    return fill->state == CONTAINER_FED || fill->state == CONTAINER_ENDED ||
           fill->state == CONTAINER_LOST;
}

/* What was taken while nobody held it may be on any truck: a remainder does not speak of it. */
static bool applies_to(const struct fold *fold, const struct fact *group)
{
    uint32_t present = fold->history->fill_count - 1;
    const struct container_fill *fill = &fold->history->fills[present];
    if (group->box != 0)
        return fill->box == group->box && !is_over(fill);
    return group->manifest != 0 && group->verdict != 0 && fill->state == CONTAINER_IN_TRANSIT &&
           fill->manifest == group->manifest && !fold->fills[present].is_provisional;
}

/* TRANSITION_ACTS for an act that is not in the table. */
static enum transition_act act_of(const struct fact *fact)
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
    default:
        return TRANSITION_ACTS;
    }
}

/* ---- rows -------------------------------------------------------------------------------------- */

/* The row of that rule, anchor and time, made if it is not there. Never NULL: what the full set drops goes to `spare`. */
static struct work *add_row(struct fold *fold,
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
    if (row == NULL)
        row = spare;
    row->kind = (uint8_t)kind;
    row->rule = rule;
    row->subject_kind = SUBJECT_CONTAINER;
    row->subject = fold->context->number;
    row->division = fold->context->division;
    row->due_us = due_us;
    row->anchor_key = anchor->key;
    row->anchor_sequence = anchor->key_sequence;
    return row;
}

static void show_entry(struct work *row, const struct fact *fact)
{
    if (fact == NULL || row->entry_count == WORK_ENTRIES_MAX)
        return;
    for (uint32_t i = 0; i < row->entry_count; i++)
        if (row->entries[i] == fact->entry)
            return;
    row->entries[row->entry_count++] = fact->entry;
}

static void add_finding(struct fold *fold,
                        uint16_t rule,
                        const struct fact *anchor,
                        uint32_t party,
                        const struct fact *other)
{
    struct work spare = {0};
    struct work *row = add_row(fold, WORK_FINDING, rule, anchor, anchor->effective_us, &spare);
    row->party = party;
    show_entry(row, other);
    show_entry(row, anchor);
}

/* ---- manifests and legs ------------------------------------------------------------------------ */

static const struct manifest *find_manifest(const struct fold *fold, uint32_t number)
{
    const struct container_context *context = fold->context;
    for (uint32_t i = 0; number != 0 && i < context->manifest_count; i++)
        if (context->manifests[i].number == number)
            return context->manifests[i].manifest;
    return NULL;
}

static const struct manifest *find_in_force(const struct fold *fold, uint32_t number)
{
    const struct manifest *manifest = find_manifest(fold, number);
    return manifest != NULL && manifest_is_in_force(manifest) ? manifest : NULL;
}

static struct container_fill *present_fill(struct fold *fold)
{
    return &fold->history->fills[fold->history->fill_count - 1];
}

static struct fill_note *present_note(struct fold *fold)
{
    return &fold->fills[fold->history->fill_count - 1];
}

static bool is_of_present_fill(const struct fold *fold, uint32_t leg)
{
    return fold->history->legs[leg].fill == fold->history->fill_count - 1;
}

/* -1 when there is none; a leg by which the container was loaded goes before one by which it only came in. */
static int32_t find_leg_of(const struct fold *fold, uint32_t manifest)
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
static int32_t give_leg(struct fold *fold, uint32_t manifest, uint32_t trip)
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
static int32_t find_receipt_leg(struct fold *fold, const struct fact *fact)
{
    int32_t leg = present_note(fold)->leg;
    if (leg >= 0 && fold->legs[leg].state != LEG_GONE &&
        (fact->manifest == 0 || fold->history->legs[leg].manifest == fact->manifest))
        return leg;
    return find_leg_of(fold, fact->manifest);
}

/* Does taking it in here carry out what the manifest says? Also when the manifest is not known yet. */
static bool carries_out(const struct fold *fold, uint32_t manifest_number, uint32_t party)
{
    const struct manifest *manifest = find_in_force(fold, manifest_number);
    return manifest == NULL || manifest_names_receiver(manifest, party);
}

/* The container is now on leg `kept`. A leg of the same manifest is the same journey, and only one may count it; what was open
 * under another manifest ends when it moved on under one in force. */
static void end_other_legs(struct fold *fold, int32_t kept, uint32_t manifest, bool is_lawful)
{
    for (uint32_t i = 0; i < fold->history->leg_count; i++) {
        struct leg_note *note = &fold->legs[i];
        if ((int32_t)i == kept || !is_of_present_fill(fold, i))
            continue;
        if (fold->history->legs[i].manifest == manifest) {
            note->is_loaded = false;
            note->is_accepted = false;
            note->state = LEG_GONE;
        } else if (is_lawful) {
            note->state = LEG_GONE;
        }
    }
}

/* It turned up: nowhere is it missing any more. */
static void end_missing(struct fold *fold)
{
    for (uint32_t i = 0; i < fold->history->leg_count; i++)
        if (is_of_present_fill(fold, i) && fold->legs[i].state == LEG_MISSING)
            fold->legs[i].state = LEG_GONE;
}

/* ---- standing ---------------------------------------------------------------------------------- */

static bool has_kind(const struct fact *fact, unsigned kind)
{
    return (fact->kinds >> kind & 1) != 0;
}

static bool is_named(const struct fold *fold,
                     const struct container_fill *fill,
                     const struct fact *fact,
                     enum transition_act act)
{
    const struct manifest *manifest = find_in_force(fold, fact->manifest);
    if (manifest == NULL)
        return false;
    /* Whose waste the manifest moves: the holder's, or its generator's while nobody holds it. */
    bool is_theirs =
        manifest->generator == (fill->holder != 0 ? fill->holder : fold->context->generator);
    if (act == TRANSITION_LOAD)
        return is_theirs && manifest_names_carrier(manifest, fact->party);
    if (act != TRANSITION_RECEIVE_ACCEPTED && act != TRANSITION_RECEIVE_REJECTED &&
        act != TRANSITION_RECEIVE_MISSING)
        return false;
    bool came_by_it = (fill->state == CONTAINER_IN_TRANSIT || fill->state == CONTAINER_REJECTED) &&
                      fill->manifest == fact->manifest;
    return (is_theirs || came_by_it) && manifest_names_receiver(manifest, fact->party);
}

/* While nobody holds it. Where a manifest in force sends it with and to others, nobody else is free to take it. */
static bool is_free_to(const struct fold *fold, const struct fact *fact, enum transition_act act)
{
    const struct manifest *manifest = find_in_force(fold, fact->manifest);
    if (fact_is_countersigned_by(fact, fold->context->generator))
        return true;
    switch (act) {
    case TRANSITION_PACK:
    case TRANSITION_STORE:
    case TRANSITION_NEST:
    case TRANSITION_UNNEST:
        return fact->party == fold->context->generator;
    case TRANSITION_LOAD:
        return has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_CARRIER) &&
               (manifest == NULL || manifest_names_carrier(manifest, fact->party));
    case TRANSITION_RECEIVE_ACCEPTED:
    case TRANSITION_RECEIVE_REJECTED:
    case TRANSITION_RECEIVE_MISSING:
        return has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY) &&
               (manifest == NULL || manifest_names_receiver(manifest, fact->party));
    case TRANSITION_FEED:
        return has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY);
    case TRANSITION_ACTS:
        break;
    }
    return false;
}

static enum standing standing_of(const struct fold *fold,
                                 const struct container_fill *fill,
                                 const struct fact *fact,
                                 enum transition_act act)
{
    uint32_t holder = fill->holder;
    if (fact->party == 0)
        return STANDING_NONE;
    if (act == TRANSITION_FEED && !has_kind(fact, CUSTODY__V1__PARTY_KIND__PARTY_FACILITY))
        return STANDING_NONE;
    /* Only the generator says what it packed, and it may say so whoever holds it since. */
    if (act == TRANSITION_PACK && fact->party == fold->context->generator)
        return holder == fact->party ? STANDING_HOLDER : STANDING_FREE;
    if (act != TRANSITION_PACK && holder == fact->party)
        return STANDING_HOLDER;
    if (is_named(fold, fill, fact, act))
        return STANDING_NAMED;
    if (holder != 0 && holder != fact->party && fact_is_countersigned_by(fact, holder))
        return STANDING_COUNTERSIGNED;
    if (holder == 0 && act != TRANSITION_PACK && is_free_to(fold, fact, act))
        return STANDING_FREE;
    return STANDING_NONE;
}

/* Custody that rests on nobody having held it gives way to the generator and to whom its manifest names: what they took is
 * another fill than the one that was taken so. Without this a back-dated load by any carrier would take every bag whose code
 * it can guess. */
static bool displaces(const struct fold *fold, const struct fact *fact, enum transition_act act)
{
    static const struct container_fill unheld = {.state = CONTAINER_NONE};
    uint32_t present = fold->history->fill_count - 1;
    const struct container_fill *fill = &fold->history->fills[present];
    /* Not by way of a box: whoever took it so may have put it there. */
    if (!fold->fills[present].is_provisional || is_of_group(fact) ||
        present + 1 == CONTAINER_FILLS_MAX)
        return false;
    if (act == TRANSITION_PACK || act == TRANSITION_STORE)
        return fact->party == fold->context->generator;
    if (act != TRANSITION_LOAD && act != TRANSITION_RECEIVE_ACCEPTED)
        return false;
    return standing_of(fold, fill, fact, act) == STANDING_NONE &&
           is_named(fold, &unheld, fact, act);
}

/* ---- what each act does ------------------------------------------------------------------------ */

static void begin_fill(struct fold *fold)
{
    uint32_t at = fold->history->fill_count++;
    fold->history->fills[at] = (struct container_fill){.mass_g = FACT_NO_MASS};
    fold->fills[at] = (struct fill_note){.leg = -1, .packed_g = FACT_NO_MASS};
}

static void note_code(struct container_fill *fill, const struct fact *fact)
{
    if (fill->code == 0)
        fill->code = fact->code;
    if (fill->profile == 0)
        fill->profile = fact->profile;
    if ((fact->bits & FACT_MEDICAL) != 0)
        fill->is_medical = true;
}

/* Age runs from the earliest of generated, packed and stored. */
static void note_birth(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    struct fill_note *note = present_note(fold);
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
    struct fill_note *note = present_note(fold);
    if (note->leaving != NULL)
        return;
    note->leaving = fact;
    present_fill(fold)->left_us = fact->effective_us;
}

static void move_to(struct fold *fold, const struct fact *fact, enum container_state next)
{
    struct container_fill *fill = present_fill(fold);
    if (fill->state != next)
        fill->since_us = fact->effective_us;
    fill->state = next;
}

/* What a pack says of the waste; a pack that stands after custody began says no more than that. */
static void take_pack(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    fill->is_packed = true;
    note_code(fill, fact);
    note_birth(fold, fact);
    if ((fact->bits & FACT_CODE_UNKNOWN) != 0)
        add_finding(fold, RULE_code_unknown, fact, fact->party, NULL);
}

static void begin_custody(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    fill->holder = fact->party;
    fill->place = fact->place;
}

static void take_store(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    struct fill_note *note = present_note(fold);
    if (note->leaving == NULL)
        note_birth(fold, fact);
    fill->place = fact->place;
    if (fill->holder == 0)
        fill->holder = fact->party;
}

/* A store of rejected waste that its holder countersigned takes it over; by the generator it is the return. */
static void take_return(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    int32_t leg = present_note(fold)->leg;
    const struct manifest *manifest = find_in_force(fold, fill->manifest);
    begin_custody(fold, fact);
    bool is_home = fact->party == fold->context->generator ||
                   (manifest != NULL && manifest->generator == fact->party);
    if (leg >= 0 && is_home)
        fold->legs[leg].state = LEG_GONE;
}

static void take_load(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    struct fill_note *note = present_note(fold);
    const struct manifest *manifest = find_in_force(fold, fact->manifest);
    bool is_lawful =
        manifest != NULL && (manifest->generator == fold->context->generator ||
                             (fill->holder != 0 && manifest->generator == fill->holder) ||
                             fill->manifest == fact->manifest);
    note->leg = give_leg(fold, fact->manifest, fact->trip);
    end_other_legs(fold, note->leg, fact->manifest, is_lawful);
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
        add_finding(fold, RULE_moved_without_manifest, fact, fact->party, NULL);
}

static void take_accepted(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
    struct fill_note *note = present_note(fold);
    int32_t at = find_receipt_leg(fold, fact);
    bool is_loaded = at >= 0 && fold->legs[at].is_loaded;
    uint32_t manifest = at >= 0 ? fold->history->legs[at].manifest : fact->manifest;
    if (!is_loaded)
        add_finding(fold, RULE_extra_at_receipt, fact, fact->party, NULL);
    /* Taken in where its manifest does not send it: that manifest stays open. */
    bool is_carried_out = carries_out(fold, manifest, fact->party);
    if (is_carried_out && at < 0)
        at = give_leg(fold, fact->manifest, fact->trip);
    end_missing(fold);
    if (is_carried_out && at >= 0) {
        struct leg_note *leg = &fold->legs[at];
        leg->state = LEG_RECEIVED;
        leg->is_extra |= !is_loaded;
        leg->is_accepted = true;
        leg->receipt = fact;
        note->leg = at;
        end_other_legs(fold, at, manifest, find_in_force(fold, manifest) != NULL);
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
    int32_t at = find_receipt_leg(fold, fact);
    if (at < 0)
        at = give_leg(fold, fact->manifest, fact->trip);
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
    if (present_note(fold)->leg < 0)
        present_note(fold)->leg = at;
    return true;
}

static void take_rejected(struct fold *fold, const struct fact *fact)
{
    struct container_fill *fill = present_fill(fold);
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
    struct container_fill *fill = present_fill(fold);
    int32_t at = present_note(fold)->leg;
    end_missing(fold);
    if (at >= 0 && fold->legs[at].state != LEG_GONE &&
        carries_out(fold, history->legs[at].manifest, fact->party)) {
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
    enum container_state before = present_fill(fold)->state;
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
        if (present_fill(fold)->box == fact->box)
            return EFFECT_NO_CHANGE;
        present_fill(fold)->box = fact->box;
        break;
    case TRANSITION_UNNEST:
        if (fact->box == 0 || present_fill(fold)->box != fact->box)
            return EFFECT_NO_CHANGE;
        present_fill(fold)->box = 0;
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
    struct container_fill *fill = present_fill(fold);
    if (act == TRANSITION_PACK && !fill->is_packed && fact->party == fold->context->generator) {
        if (fill->holder == 0)
            fill->holder = fact->party;
        take_pack(fold, fact);
        return EFFECT_APPLIED;
    }
    if (act == TRANSITION_RECEIVE_ACCEPTED && fill->state == CONTAINER_RECEIVED) {
        int32_t at = find_receipt_leg(fold, fact);
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
    struct fill_note *note = present_note(fold);
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
    enum transition_act act = act_of(fact);
    if (act == TRANSITION_ACTS)
        return EFFECT_OTHER;
    if (displaces(fold, fact, act))
        begin_fill(fold);
    const struct container_fill *fill = present_fill(fold);
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
        begin_fill(fold);
        return take_move(fold, fact, act, found.next);
    case TRANSITION_MOVES:
    case TRANSITION_STAYS:
        return take_move(fold, fact, act, found.next);
    }
    return EFFECT_OTHER;
}

static void walk_custody(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (size_t i = 0; i < fold->count; i++) {
        const struct fact *fact = fold->facts[i];
        if (is_of_group(fact) && (!applies_to(fold, fact) || is_said_of_itself(fold, fact)))
            continue;
        fold->holders[history->step_count] = present_fill(fold)->holder;
        enum fact_effect effect = take(fold, fact);
        history->steps[history->step_count++] = (struct container_step){
            .fact = fact,
            .effect = effect,
            .state = present_fill(fold)->state,
            .fill = history->fill_count - 1,
            .holder = present_fill(fold)->holder,
            .place = present_fill(fold)->place,
            .mass_g = FACT_NO_MASS,
        };
    }
}

/* ---- amendments -------------------------------------------------------------------------------- */

static bool is_amend(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_AMEND;
}

static bool is_target(const struct fact *fact, const struct fact *amend)
{
    return !is_of_group(fact) && !is_amend(fact) && fact_counts(fact) &&
           fact->key == amend->target_key && fact->key_sequence == amend->target_sequence;
}

/* What a counterpart signed may change only once that counterpart, or who holds it now, signed the change. */
static bool may_amend(const struct fact *amend, const struct fact *target, uint32_t holder)
{
    if (amend->party == 0 || amend->party != target->party)
        return false;
    bool has_counterpart = false;
    for (uint32_t i = 0; i < target->countersigner_count; i++) {
        uint32_t party = target->countersigners[i];
        if (party == target->party)
            continue;
        if (fact_is_countersigned_by(amend, party))
            return true;
        has_counterpart = true;
    }
    return !has_counterpart || (holder != amend->party && fact_is_countersigned_by(amend, holder));
}

static void judge_amends(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        if (!is_amend(step->fact) || step->effect == EFFECT_HELD)
            continue;
        for (uint32_t k = 0; k < history->step_count; k++)
            if (is_target(history->steps[k].fact, step->fact)) {
                step->effect = may_amend(step->fact, history->steps[k].fact, fold->holders[i])
                                   ? EFFECT_APPLIED
                                   : EFFECT_CONTESTED;
                break;
            }
        if (step->effect != EFFECT_APPLIED || (step->fact->bits & FACT_AMENDS_MASS) == 0)
            continue;
        for (uint32_t k = 0; k < i; k++) {
            struct container_step *earlier = &history->steps[k];
            if (is_amend(earlier->fact) && earlier->effect == EFFECT_APPLIED &&
                (earlier->fact->bits & FACT_AMENDS_MASS) != 0 &&
                earlier->fact->target_key == step->fact->target_key &&
                earlier->fact->target_sequence == step->fact->target_sequence)
                earlier->effect = EFFECT_SUPERSEDED;
        }
    }
}

/* ---- masses ------------------------------------------------------------------------------------ */

/* The fact that says what this one weighed: itself, or the amendment in force; NULL when nothing does. */
static const struct fact *find_mass(const struct fold *fold, const struct fact *fact)
{
    const struct container_history *history = fold->history;
    enum transition_act act = act_of(fact);
    if (is_of_group(fact) ||
        (act != TRANSITION_PACK && act != TRANSITION_LOAD && act != TRANSITION_RECEIVE_ACCEPTED &&
         act != TRANSITION_RECEIVE_REJECTED))
        return NULL;
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (is_amend(step->fact) && step->effect == EFFECT_APPLIED &&
            (step->fact->bits & FACT_AMENDS_MASS) != 0 && is_target(fact, step->fact))
            return step->fact;
    }
    return fact->mass_g == FACT_NO_MASS ? NULL : fact;
}

static void compare_masses(struct fold *fold,
                           const struct fact *declared,
                           const struct fact *declared_by,
                           const struct fact *receipt,
                           const struct fact *weighed_by)
{
    const struct profile *profile = profile_of(fold, present_fill(fold));
    if (weighed_by->mass_source != CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED ||
        !waste_mass_differs(declared_by->mass_g, weighed_by->mass_g,
                            (uint32_t)profile->mass_tolerance_per_mille,
                            (uint64_t)profile->mass_tolerance_g))
        return;
    struct work spare = {0};
    struct work *row =
        add_row(fold, WORK_FINDING, RULE_mass_differs, receipt, receipt->effective_us, &spare);
    row->party = declared->party;
    show_entry(row, declared);
    show_entry(row, declared_by);
    show_entry(row, receipt);
    show_entry(row, weighed_by);
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

static void walk_masses(struct fold *fold)
{
    const struct fact *declared = NULL;
    const struct fact *declared_by = NULL;
    uint32_t present = 0;
    for (uint32_t i = 0; i < fold->history->step_count; i++) {
        const struct container_step *step = &fold->history->steps[i];
        if (step->effect != EFFECT_APPLIED || is_amend(step->fact))
            continue;
        if (step->fill != present) {
            present = step->fill;
            declared = NULL;
            declared_by = NULL;
        }
        struct container_fill *fill = &fold->history->fills[present];
        const struct fact *weighed_by = find_mass(fold, step->fact);
        if (weighed_by != NULL) {
            if (declared != NULL && step->fact->act == CUSTODY__V1__ACT__ACT_RECEIVE)
                compare_masses(fold, declared, declared_by, step->fact, weighed_by);
            declared = step->fact;
            declared_by = weighed_by;
            fill->mass_g = weighed_by->mass_g;
            if (act_of(step->fact) == TRANSITION_PACK)
                fold->fills[present].packed_g = fill->mass_g;
        }
        note_mass(fold, step->fact, fill->mass_g);
    }
}

/* What each step leaves behind, told with what the whole history says of the fill: its code, and a mass that its pack
 * said however late. */
static void tell_steps(struct fold *fold)
{
    struct container_history *history = fold->history;
    uint64_t declared_g[CONTAINER_FILLS_MAX];
    for (uint32_t i = 0; i < history->fill_count; i++)
        declared_g[i] = fold->fills[i].packed_g;
    for (uint32_t i = 0; i < history->step_count; i++) {
        struct container_step *step = &history->steps[i];
        const struct fact *weighed_by = step->effect == EFFECT_APPLIED && !is_amend(step->fact)
                                            ? find_mass(fold, step->fact)
                                            : NULL;
        if (weighed_by != NULL)
            declared_g[step->fill] = weighed_by->mass_g;
        step->mass_g = declared_g[step->fill];
        step->code = history->fills[step->fill].code;
    }
}

/* ---- sums -------------------------------------------------------------------------------------- */

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
    leg->sums = (struct manifest_sums){
        .loaded = note->is_loaded ? 1 : 0,
        .in_transit = note->state == LEG_IN_TRANSIT ? 1 : 0,
        .received = note->state == LEG_RECEIVED ? 1 : 0,
        .rejected = note->state == LEG_REJECTED ? 1 : 0,
        .missing = note->state == LEG_MISSING ? 1 : 0,
        .fed = note->state == LEG_FED ? 1 : 0,
        .extra = note->is_extra ? 1 : 0,
        .loaded_g = note->is_loaded ? mass_or_packed(note->loaded_g, packed_g) : 0,
        .received_g = note->is_accepted ? mass_or_packed(note->received_g, packed_g) : 0,
        .fed_g = note->state == LEG_FED ? mass_or_packed(note->fed_g, packed_g) : 0,
    };
}

static void sum_up(struct fold *fold)
{
    struct container_history *history = fold->history;
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

/* ---- what is open at the end ------------------------------------------------------------------- */

/* Medical Waste Regulation article 17: not more than two days in temporary storage. */
static void add_storage(struct fold *fold, uint32_t at)
{
    const struct container_fill *fill = &fold->history->fills[at];
    const struct fill_note *note = &fold->fills[at];
    const struct profile *profile = profile_of(fold, fill);
    int64_t due_us;
    int64_t notice_us;
    if (profile->storage_us == 0 || note->birth == NULL ||
        __builtin_add_overflow(fill->born_us, profile->storage_us, &due_us) ||
        __builtin_add_overflow(fill->born_us, profile->storage_notice_us, &notice_us))
        return;
    bool is_late = note->leaving != NULL && note->leaving->effective_us > due_us;
    if (note->leaving != NULL && !is_late)
        return;
    struct work spare = {0};
    struct work *row = add_row(fold, is_late ? WORK_FINDING : WORK_OBLIGATION, RULE_medical_storage,
                               note->birth, due_us, &spare);
    row->party = is_late ? fold->context->generator : fill->holder;
    row->notice_us = is_late ? 0 : notice_us;
    show_entry(row, note->birth);
    show_entry(row, note->leaving);
}

static void add_missing(struct fold *fold, uint32_t at)
{
    const struct leg_note *note = &fold->legs[at];
    if (note->state != LEG_MISSING)
        return;
    uint32_t party = note->load != NULL ? note->load->party
                                        : fold->history->fills[fold->history->legs[at].fill].holder;
    add_finding(fold, RULE_missing_at_receipt, note->missing, party, note->load);
}

static void add_open(struct fold *fold)
{
    struct container_history *history = fold->history;
    for (uint32_t i = 0; i < history->fill_count; i++) {
        const struct fact *load = fold->fills[i].load;
        add_storage(fold, i);
        if (load != NULL && !history->fills[i].is_packed && !fold->context->is_bulk)
            add_finding(fold, RULE_loaded_not_packed, load, load->party, NULL);
    }
    for (uint32_t i = 0; i < history->leg_count; i++)
        add_missing(fold, i);
    /* Last, so that a stranger who says much cannot crowd the others out. */
    for (uint32_t i = 0; i < history->step_count; i++)
        if (history->steps[i].effect == EFFECT_CONTESTED)
            add_finding(fold, RULE_contested, history->steps[i].fact, history->steps[i].fact->party,
                        NULL);
}

void container_fold(const struct container_context *context,
                    const struct fact *const *facts,
                    size_t count,
                    struct container_history *ret)
{
    struct fold fold = {.context = context, .history = ret};
    ret->fill_count = 0;
    ret->step_count = 0;
    ret->leg_count = 0;
    ret->feeding_count = 0;
    ret->work.count = 0;
    ret->work.dropped = 0;
    begin_fill(&fold);
    sort_facts(&fold, facts, count);
    walk_custody(&fold);
    judge_amends(&fold);
    walk_masses(&fold);
    tell_steps(&fold);
    sum_up(&fold);
    add_open(&fold);
}

/* ---- record ------------------------------------------------------------------------------------ */

size_t container_write(const struct container *container, uint8_t *ret, size_t cap)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, cap);
    bytes_write_u8(&writer, container->is_bulk ? 1 : 0);
    bytes_write_varint(&writer, container->generator);
    bytes_write_varint(&writer, container->division);
    if (writer.failed)
        return 0;
    size_t len = facts_write(&container->facts, ret + writer.len, cap - writer.len);
    return len == 0 ? 0 : writer.len + len;
}

bool container_parse(struct span bytes, struct container *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, bytes);
    uint8_t is_bulk = bytes_read_u8(&reader);
    uint64_t generator = bytes_read_varint(&reader);
    uint64_t division = bytes_read_varint(&reader);
    if (reader.failed || is_bulk > 1 || generator > UINT32_MAX || division > UINT32_MAX)
        return false;
    ret->is_bulk = is_bulk == 1;
    ret->generator = (uint32_t)generator;
    ret->division = (uint32_t)division;
    return facts_parse(span_of(reader.at, reader.left), &ret->facts);
}
