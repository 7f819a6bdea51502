/* test_container_model.c: random histories of one container, folded in every order of arrival.
 *
 * What must hold of every history: the order in which facts were added changes nothing, by one bit, of state, sums, findings and
 * obligations; nor does writing the facts and reading them back; what a container contributes is counted once; and
 * whoever has no standing moves nothing. The seed is printed; SEED=n repeats it. */
#include <string.h>

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/container.h"
#include "daemon/domain/movement.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum {
    FACTS_IN_HISTORY = 24,
    ALL_ORDERS_UP_TO = 6,
    HISTORIES = 1200,
    ORDERS = 40,
    RENDERED_MAX = 64 * 1024,
};

enum {
    CLINIC = 1,
    CARRIER = 2,
    PLANT = 3,
    OTHER_CARRIER = 4,
    CENTRE = 5,
    BUREAU = 6,
    STRANGERS = 20
};
enum { MANIFESTS = 4, BOXES = 2, TRIPS = 3, LABEL = 88 };

#define START_US INT64_C(1777593600000000)

/* A history: what was said of the container, of boxes and of manifests. */
struct story {
    size_t count;
    struct fact facts[FACTS_IN_HISTORY];
    struct manifest manifests[MANIFESTS];
    struct container_manifest known[MANIFESTS];
    struct container_trip trips[TRIPS];
    bool label_is_free;
    struct container_context context;
};

/* In this model a fact of the other label is told by its item. */
enum { SAID_OF_LABEL = 5000 };

static bool is_own(const struct fact *fact)
{
    return (fact->bits & FACT_OF_GROUP) == 0;
}

static bool is_of_label(const struct fact *fact)
{
    return is_own(fact) && fact->item >= SAID_OF_LABEL;
}

static const int acts[] = {
    CUSTODY__V1__ACT__ACT_PACK,     CUSTODY__V1__ACT__ACT_STORE,
    CUSTODY__V1__ACT__ACT_LOAD,     CUSTODY__V1__ACT__ACT_LOAD,
    CUSTODY__V1__ACT__ACT_RECEIVE,  CUSTODY__V1__ACT__ACT_RECEIVE,
    CUSTODY__V1__ACT__ACT_FEED,     CUSTODY__V1__ACT__ACT_NEST,
    CUSTODY__V1__ACT__ACT_UNNEST,   CUSTODY__V1__ACT__ACT_AMEND,
    CUSTODY__V1__ACT__ACT_YIELD,    CUSTODY__V1__ACT__ACT_MEASURE,
    CUSTODY__V1__ACT__ACT_TRANSFER, CUSTODY__V1__ACT__ACT_TRANSFER,
    CUSTODY__V1__ACT__ACT_RELABEL,  CUSTODY__V1__ACT__ACT_WITHDRAW,
    CUSTODY__V1__ACT__ACT_WITHDRAW, CUSTODY__V1__ACT__ACT_DISPUTE,
    CUSTODY__V1__ACT__ACT_HOLD,     CUSTODY__V1__ACT__ACT_RELEASE,
    CUSTODY__V1__ACT__ACT_INCIDENT, CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER,
};

static party_bits kinds_of(uint32_t party)
{
    switch (party) {
    case CLINIC:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    case CARRIER:
    case OTHER_CARRIER:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    case PLANT:
    case CENTRE:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_FACILITY |
               1 << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    case BUREAU:
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    default:
        return 0;
    }
}

/* Who usually does this; sometimes anybody. */
static uint32_t throw_party(struct dice *dice, int act)
{
    if (dice_chance(dice, 15)) {
        return (uint32_t)dice_between(dice, CLINIC, CENTRE);
    }
    switch (act) {
    case CUSTODY__V1__ACT__ACT_LOAD:
        return dice_chance(dice, 70) ? CARRIER : OTHER_CARRIER;
    case CUSTODY__V1__ACT__ACT_RECEIVE:
    case CUSTODY__V1__ACT__ACT_FEED:
        return dice_chance(dice, 70) ? PLANT : CENTRE;
    case CUSTODY__V1__ACT__ACT_TRANSFER:
    case CUSTODY__V1__ACT__ACT_RELABEL:
    case CUSTODY__V1__ACT__ACT_INCIDENT:
        return dice_chance(dice, 70) ? CARRIER : (uint32_t)dice_between(dice, CLINIC, CENTRE);
    case CUSTODY__V1__ACT__ACT_HOLD:
    case CUSTODY__V1__ACT__ACT_RELEASE:
    case CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER:
        return BUREAU;
    default:
        return CLINIC;
    }
}

static void throw_manifests(struct dice *dice, struct story *story)
{
    static const uint32_t generators[MANIFESTS] = {CLINIC, CLINIC, CENTRE, CLINIC};
    static const uint32_t receivers[MANIFESTS] = {PLANT, CENTRE, PLANT, PLANT};
    for (uint32_t i = 0; i < MANIFESTS; i++) {
        struct manifest *manifest = &story->manifests[i];
        memset(manifest, 0, sizeof *manifest);
        manifest->is_known = dice_chance(dice, 85);
        manifest->is_refused = dice_chance(dice, 10);
        manifest->is_held = dice_chance(dice, 10);
        manifest->generator = generators[i];
        manifest->receiver = receivers[i];
        manifest->leg_count = 2;
        manifest->carriers[0] = CARRIER;
        manifest->carriers[1] = OTHER_CARRIER;
        story->known[i] = (struct container_manifest){.number = i + 1, .manifest = manifest};
    }
}

/* What is said of a whole trip, or of a whole manifest by others than its receiver. */
static bool throw_whole(struct dice *dice, struct fact *fact)
{
    bool is_of_manifest = fact->act == CUSTODY__V1__ACT__ACT_HOLD ||
                          fact->act == CUSTODY__V1__ACT__ACT_RELEASE ||
                          fact->act == CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER;
    bool is_of_trip = fact->act == CUSTODY__V1__ACT__ACT_TRANSFER && fact->from_trip != 0;
    if (!is_of_manifest && !is_of_trip)
        return false;
    if (dice_chance(dice, 40))
        fact->bits |= FACT_OF_GROUP;
    if (is_of_manifest && (fact->bits & FACT_OF_GROUP) != 0)
        fact->manifest = (uint32_t)dice_between(dice, 1, MANIFESTS);
    return true;
}

static void throw_group(struct dice *dice, struct fact *fact)
{
    if (throw_whole(dice, fact))
        return;
    bool moves =
        fact->act == CUSTODY__V1__ACT__ACT_STORE || fact->act == CUSTODY__V1__ACT__ACT_LOAD ||
        fact->act == CUSTODY__V1__ACT__ACT_RECEIVE || fact->act == CUSTODY__V1__ACT__ACT_FEED;
    if (!moves || !dice_chance(dice, 30)) {
        return;
    }
    fact->bits |= FACT_OF_GROUP;
    if (fact->act != CUSTODY__V1__ACT__ACT_RECEIVE || dice_chance(dice, 50)) {
        fact->box = (uint32_t)dice_between(dice, 1, BOXES);
        fact->item = (uint16_t)(1000 + fact->item);
    }
}

static void throw_fact(struct dice *dice, struct story *story, struct fact *ret)
{
    static const int masses[] = {1000, 1000, 5000, 5200, 9000};
    int act = acts[dice_below(dice, sizeof acts / sizeof acts[0])];
    /* Orders are rare; they would end every story. */
    if (act == CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER && dice_chance(dice, 80))
        act = CUSTODY__V1__ACT__ACT_LOAD;
    uint32_t party = throw_party(dice, act);
    size_t at = (size_t)(ret - story->facts);
    *ret = (struct fact){
        /* Few different times, so that many tie. */
        .effective_us = START_US + (int64_t)dice_below(dice, 14) * 8 * CALENDAR_HOUR_US,
        .key_prefix = UINT64_C(0x8000000000000000) * dice_below(dice, 2) + party,
        .key = party * 2 + (uint32_t)dice_below(dice, 2),
        .key_sequence = at + 1,
        .item = (uint16_t)dice_below(dice, 3),
        .entry = 1000 + at,
        .act = (uint8_t)act,
        .party = party,
        .kinds = kinds_of(party),
        .mass_g = FACT_NO_MASS,
        .place = (uint32_t)dice_below(dice, 3),
        .code = act == CUSTODY__V1__ACT__ACT_PACK ? 8 : 0,
    };
    ret->claimed_us = ret->effective_us;
    ret->recorded_us = ret->effective_us + (int64_t)dice_below(dice, 1000000);
    if (act == CUSTODY__V1__ACT__ACT_PACK || act == CUSTODY__V1__ACT__ACT_YIELD) {
        ret->bits |= dice_chance(dice, 80) ? FACT_MEDICAL : 0;
        ret->profile = (ret->bits & FACT_MEDICAL) != 0 ? LAW_PROFILE_MEDICAL : LAW_PROFILE_GENERAL;
        ret->bits |= dice_chance(dice, 10) ? FACT_CODE_UNKNOWN : 0;
        ret->generated_before_us = dice_chance(dice, 20) ? dice_below(dice, 90000000000) : 0;
        ret->package = (uint8_t)dice_below(dice, 3);
        ret->ward = (uint32_t)dice_below(dice, 3);
    }
    if (dice_chance(dice, 60)) {
        ret->mass_g = (uint64_t)masses[dice_below(dice, 5)];
        ret->mass_source = (uint8_t)dice_between(dice, 1, 3);
    }
    if (act == CUSTODY__V1__ACT__ACT_LOAD || act == CUSTODY__V1__ACT__ACT_RECEIVE) {
        /* Mostly one manifest and trip, so that histories get somewhere. */
        ret->manifest = dice_chance(dice, 60) ? 1 : (uint32_t)dice_below(dice, MANIFESTS + 2);
        ret->trip = dice_chance(dice, 60) ? 1 : (uint32_t)dice_below(dice, TRIPS + 1);
    }
    if (act == CUSTODY__V1__ACT__ACT_RECEIVE) {
        ret->verdict = dice_chance(dice, 60) ? CUSTODY__V1__VERDICT__VERDICT_ACCEPTED
                                             : (uint8_t)dice_below(dice, 4);
    }
    if (act == CUSTODY__V1__ACT__ACT_FEED) {
        ret->batch = (uint32_t)dice_below(dice, 3);
    }
    if (act == CUSTODY__V1__ACT__ACT_NEST || act == CUSTODY__V1__ACT__ACT_UNNEST) {
        ret->box = (uint32_t)dice_between(dice, 1, BOXES);
    }
    if (act == CUSTODY__V1__ACT__ACT_TRANSFER) {
        ret->kind = (uint8_t)dice_between(dice, 1, 3);
        ret->from_trip = dice_chance(dice, 70) ? 1 : (uint32_t)dice_below(dice, TRIPS + 1);
        ret->trip = (uint32_t)dice_below(dice, TRIPS + 1);
        ret->receiver = dice_chance(dice, 70) ? CENTRE : 0;
    }
    if (act == CUSTODY__V1__ACT__ACT_INCIDENT)
        ret->kind = (uint8_t)dice_between(dice, 1, 2);
    if (act == CUSTODY__V1__ACT__ACT_RELABEL)
        ret->other = LABEL;
    if (act == CUSTODY__V1__ACT__ACT_AMEND || act == CUSTODY__V1__ACT__ACT_WITHDRAW ||
        act == CUSTODY__V1__ACT__ACT_DISPUTE) {
        const struct fact *target =
            &story->facts[dice_below(dice, story->count + at + 1) % (at + 1)];
        ret->target_key = target == ret ? 99 : target->key;
        ret->target_sequence = target->key_sequence;
        if (act == CUSTODY__V1__ACT__ACT_AMEND) {
            ret->bits |= ret->mass_g != FACT_NO_MASS ? FACT_AMENDS_MASS : 0;
            ret->temperature_mk = dice_chance(dice, 30)
                                      ? FACT_ZERO_CELSIUS_MK + (uint32_t)dice_below(dice, 2) * 5000
                                      : 0;
            ret->ward = (uint32_t)dice_below(dice, 3);
            ret->manifest = dice_chance(dice, 30) ? (uint32_t)dice_between(dice, 1, MANIFESTS) : 0;
        }
        if (dice_chance(dice, 70) && target != ret && act != CUSTODY__V1__ACT__ACT_DISPUTE) {
            ret->party = target->party;
        }
    }
    if (dice_chance(dice, 10)) {
        ret->bits |= FACT_HELD;
        ret->bits |= dice_chance(dice, 50) ? FACT_CONFIRMED : 0;
    }
    while (dice_chance(dice, act == CUSTODY__V1__ACT__ACT_TRANSFER ? 50 : 20)) {
        fact_countersign(ret, (uint32_t)dice_between(dice, CLINIC, CENTRE));
    }
    throw_group(dice, ret);
    /* Said of the label that a relabelling may have given it. */
    if (is_own(ret) && act != CUSTODY__V1__ACT__ACT_RELABEL && dice_chance(dice, 10))
        ret->item = (uint16_t)(SAID_OF_LABEL + ret->item);
}

static void throw_story(struct dice *dice, struct story *ret, size_t count)
{
    memset(ret, 0, sizeof *ret);
    throw_manifests(dice, ret);
    for (uint32_t i = 0; i < TRIPS; i++)
        ret->trips[i] = (struct container_trip){.number = i + 1,
                                                .carrier = dice_chance(dice, 70)   ? CARRIER
                                                           : dice_chance(dice, 80) ? OTHER_CARRIER
                                                                                   : 0,
                                                .vehicle = 80 + i};
    ret->label_is_free = dice_chance(dice, 80);
    ret->count = count;
    for (size_t i = 0; i < count; i++) {
        throw_fact(dice, ret, &ret->facts[i]);
        /* Sometimes the same statement also speaks of a box, or another one stands in the same slot. */
        if (i > 0 && dice_chance(dice, 15)) {
            ret->facts[i].key = ret->facts[i - 1].key;
            ret->facts[i].key_prefix = ret->facts[i - 1].key_prefix;
            ret->facts[i].party = ret->facts[i - 1].party;
            ret->facts[i].key_sequence = ret->facts[i - 1].key_sequence;
            ret->facts[i].item = (uint16_t)(ret->facts[i - 1].item + 1);
            if (dice_chance(dice, 50)) {
                ret->facts[i].entry = ret->facts[i - 1].entry;
                ret->facts[i].effective_us = ret->facts[i - 1].effective_us;
            }
        }
    }
    /* A usual beginning, so that not every history is one of contested facts. */
    if (dice_chance(dice, 70)) {
        ret->facts[0].act = CUSTODY__V1__ACT__ACT_PACK;
        ret->facts[0].party = CLINIC;
        ret->facts[0].effective_us = START_US;
        ret->facts[0].bits = FACT_MEDICAL;
        ret->facts[0].profile = LAW_PROFILE_MEDICAL;
        ret->facts[0].box = 0;
    }
    ret->context = (struct container_context){
        .law = law_default(),
        .number = 77,
        .generator = CLINIC,
        .division = 540421,
        .is_bulk = dice_chance(dice, 5),
        .manifest_count = MANIFESTS,
        .manifests = ret->known,
        .trip_count = TRIPS,
        .trips = ret->trips,
    };
}

/* ---- folding in an order ----------------------------------------------------------------------- */

/* Add the facts one by one in the order given, as the records of the container and of its groups would get them, write and read
 * the records back, and fold. */
static void
fold_in_order(const struct story *story, const size_t *order, struct container_history *ret)
{
    static struct facts own;
    static struct facts group;
    static struct facts label;
    static struct facts own_back;
    static struct facts group_back;
    static struct facts label_back;
    static struct container_label labels[CONTAINER_LABELS_MAX];
    struct container_context context = story->context;
    static uint8_t bytes[FACTS_BYTES_MAX];
    const struct fact *pointers[2 * FACTS_MAX];
    size_t count = 0;
    own.count = own.not_kept = group.count = group.not_kept = label.count = label.not_kept = 0;
    for (size_t i = 0; i < story->count; i++) {
        const struct fact *fact = &story->facts[order[i]];
        facts_add(is_of_label(fact) ? &label : is_own(fact) ? &own : &group, fact);
    }
    assert_true(facts_parse(span_of(bytes, facts_write(&own, bytes, sizeof bytes)), &own_back));
    assert_true(facts_parse(span_of(bytes, facts_write(&group, bytes, sizeof bytes)), &group_back));
    assert_true(facts_parse(span_of(bytes, facts_write(&label, bytes, sizeof bytes)), &label_back));
    for (uint32_t i = 0; i < label_back.count; i++)
        label_back.all[i].label = LABEL;
    context.labels = labels;
    for (uint32_t i = 0; i < own_back.count && context.label_count < CONTAINER_LABELS_MAX; i++)
        if (own_back.all[i].act == CUSTODY__V1__ACT__ACT_RELABEL)
            labels[context.label_count++] =
                (struct container_label){LABEL, story->label_is_free, &own_back.all[i]};
    /* Groups first or last: the fold is told nothing by the order of its arguments. */
    const struct facts *sets[] = {&own_back, &group_back, &label_back};
    for (size_t k = 0; k < 3; k++) {
        const struct facts *set = sets[(order[0] + k) % 3];
        for (uint32_t i = 0; i < set->count; i++) {
            pointers[count++] = &set->all[i];
        }
    }
    container_fold(&context, pointers, count, ret);
}

static void render_sums(struct bytes_writer *writer, const struct manifest_sums *sums)
{
    manifest_sums_write(sums, writer);
}

static void render_work(struct bytes_writer *writer, const struct work *row)
{
    uint8_t bytes[WORK_KEY_BYTES + WORK_VALUE_MAX];
    work_write_key(row, bytes);
    size_t len = work_write_value(row, bytes + WORK_KEY_BYTES);
    bytes_write_counted(writer, span_of(bytes, WORK_KEY_BYTES + len));
}

static void render_fill(struct bytes_writer *writer, const struct container_fill *fill)
{
    bytes_write_u8(writer, (uint8_t)fill->state);
    bytes_write_u32(writer, fill->holder);
    bytes_write_u32(writer, fill->place);
    bytes_write_u32(writer, fill->box);
    bytes_write_u32(writer, fill->manifest);
    bytes_write_u32(writer, fill->trip);
    bytes_write_u32(writer, fill->batch);
    bytes_write_u32(writer, fill->code);
    bytes_write_u8(writer, fill->is_medical);
    bytes_write_u8(writer, fill->is_packed);
    bytes_write_u64(writer, fill->mass_g);
    bytes_write_u8(writer, fill->package);
    bytes_write_u32(writer, fill->ward);
    bytes_write_u32(writer, fill->temperature_mk);
    bytes_write_u64(writer, (uint64_t)fill->born_us);
    bytes_write_u64(writer, (uint64_t)fill->left_us);
    bytes_write_u64(writer, (uint64_t)fill->since_us);
}

/* What is found of those who speak without standing. */
static bool is_of_contest(const struct work *row)
{
    return row->rule == RULE_contested || row->rule == RULE_two_places;
}

/* Where custody is and what it adds up to, without what was said on the way. */
static void render_custody(struct bytes_writer *writer, const struct container_history *history)
{
    bytes_write_u32(writer, history->fill_count);
    for (uint32_t i = 0; i < history->fill_count; i++) {
        render_fill(writer, &history->fills[i]);
    }
    bytes_write_u32(writer, history->leg_count);
    for (uint32_t i = 0; i < history->leg_count; i++) {
        const struct container_leg *leg = &history->legs[i];
        bytes_write_u32(writer, leg->manifest);
        bytes_write_u32(writer, leg->trip);
        bytes_write_u32(writer, leg->fill);
        render_sums(writer, &leg->sums);
    }
    bytes_write_u32(writer, history->feeding_count);
    for (uint32_t i = 0; i < history->feeding_count; i++) {
        bytes_write_u32(writer, history->feedings[i].batch);
        bytes_write_u64(writer, history->feedings[i].mass_g);
    }
    for (uint32_t i = 0; i < history->work.count; i++) {
        if (!is_of_contest(&history->work.rows[i])) {
            render_work(writer, &history->work.rows[i]);
        }
    }
}

static size_t render(const struct container_history *history, bool all, uint8_t *ret)
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, RENDERED_MAX);
    render_custody(&writer, history);
    if (all) {
        bytes_write_u32(&writer, history->work.dropped);
        for (uint32_t i = 0; i < history->work.count; i++) {
            render_work(&writer, &history->work.rows[i]);
        }
        for (uint32_t i = 0; i < history->step_count; i++) {
            const struct container_step *step = &history->steps[i];
            bytes_write_u64(&writer, step->fact->entry);
            bytes_write_u16(&writer, step->fact->item);
            bytes_write_u8(&writer, (uint8_t)step->effect);
            bytes_write_u8(&writer, (uint8_t)step->state);
            bytes_write_u32(&writer, step->fill);
        }
    }
    assert_false(writer.failed);
    return writer.len;
}

/* ---- what must hold of one history ------------------------------------------------------------- */

static void assert_sound(const struct container_history *history)
{
    for (uint32_t i = 0; i < history->fill_count; i++) {
        const struct container_fill *fill = &history->fills[i];
        bool is_held = fill->state != CONTAINER_NONE && fill->state != CONTAINER_REJECTED &&
                       fill->state != CONTAINER_ENDED;
        assert_true(!is_held || fill->holder != 0);
        /* Only the last fill is open, and what was taken while nobody held it and nobody packed it. */
        assert_true(i + 1 == history->fill_count || fill->state == CONTAINER_FED ||
                    fill->state == CONTAINER_ENDED || fill->state == CONTAINER_LOST ||
                    !fill->is_packed);
    }
    for (uint32_t i = 0; i < history->leg_count; i++) {
        const struct container_leg *leg = &history->legs[i];
        const struct manifest_sums *sums = &leg->sums;
        int64_t present =
            sums->in_transit + sums->received + sums->rejected + sums->missing + sums->fed;
        assert_true(present == 0 || present == 1);
        assert_true(sums->loaded >= 0 && sums->loaded <= 1 && sums->extra >= 0 && sums->extra <= 1);
        assert_true(sums->loaded_g >= 0 && sums->received_g >= 0 && sums->fed_g >= 0);
        int64_t loaded = 0;
        for (uint32_t k = 0; k < history->leg_count; k++) {
            const struct container_leg *other = &history->legs[k];
            assert_true(k == i || leg->manifest != other->manifest || leg->trip != other->trip ||
                        leg->fill != other->fill);
            if (leg->manifest == other->manifest && leg->fill == other->fill) {
                loaded += other->sums.loaded;
            }
        }
        assert_true(loaded <= 1);
    }
    for (uint32_t i = 0; i < history->work.count; i++) {
        const struct work *row = &history->work.rows[i];
        assert_non_null(rule_find(row->rule));
        assert_int_equal(row->subject, 77);
        assert_true(row->entry_count >= 1 && row->entry_count <= WORK_ENTRIES_MAX);
        for (uint32_t k = 0; k < i; k++) {
            uint8_t a[WORK_KEY_BYTES];
            uint8_t b[WORK_KEY_BYTES];
            work_write_key(row, a);
            work_write_key(&history->work.rows[k], b);
            assert_memory_not_equal(a, b, sizeof a);
        }
    }
}

static void
assert_same(const struct story *story, const size_t *order, const uint8_t *expected, size_t len)
{
    static struct container_history history;
    static uint8_t rendered[RENDERED_MAX];
    fold_in_order(story, order, &history);
    assert_int_equal(render(&history, true, rendered), len);
    assert_memory_equal(rendered, expected, len);
}

/* The next order in the dictionary; false after the last. */
static bool next_order(size_t *order, size_t count)
{
    if (count < 2) {
        return false;
    }
    size_t i = count - 1;
    while (i > 0 && order[i - 1] >= order[i]) {
        i--;
    }
    if (i == 0) {
        return false;
    }
    size_t k = count - 1;
    while (order[k] <= order[i - 1]) {
        k--;
    }
    size_t kept = order[k];
    order[k] = order[i - 1];
    order[i - 1] = kept;
    for (size_t a = i, b = count - 1; a < b; a++, b--) {
        kept = order[a];
        order[a] = order[b];
        order[b] = kept;
    }
    return true;
}

/* How far the histories got; a test that never leaves the ward shows little. */
static uint32_t reached[CONTAINER_STATES];
static uint32_t found[RULE_NUMBER_MAX + 1];

static void test_every_order_of_arrival_folds_to_the_same(void **state)
{
    (void)state;
    static struct story story;
    static struct container_history history;
    static uint8_t expected[RENDERED_MAX];
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (uint32_t round = 0; round < HISTORIES; round++) {
        bool is_short = round % 2 == 0;
        size_t count = is_short ? (size_t)dice_between(&dice, 1, ALL_ORDERS_UP_TO)
                                : (size_t)dice_between(&dice, 7, FACTS_IN_HISTORY);
        size_t order[FACTS_IN_HISTORY];
        throw_story(&dice, &story, count);
        for (size_t i = 0; i < count; i++) {
            order[i] = i;
        }
        fold_in_order(&story, order, &history);
        size_t len = render(&history, true, expected);
        assert_sound(&history);
        reached[history.fills[history.fill_count - 1].state]++;
        for (uint32_t i = 0; i < history.work.count; i++) {
            found[history.work.rows[i].rule]++;
        }
        if (is_short) {
            while (next_order(order, count)) {
                assert_same(&story, order, expected, len);
            }
        } else {
            for (int i = 0; i < ORDERS; i++) {
                dice_shuffle(&dice, order, count, sizeof order[0]);
                assert_same(&story, order, expected, len);
            }
        }
    }
}

static void test_the_histories_went_far(void **state)
{
    (void)state;
    static const enum container_state states[] = {
        CONTAINER_NONE,       CONTAINER_PACKED,   CONTAINER_STORED,
        CONTAINER_IN_TRANSIT, CONTAINER_RECEIVED, CONTAINER_REJECTED,
        CONTAINER_FED,        CONTAINER_ENDED,    CONTAINER_LOST};
    static const uint16_t rules[] = {RULE_medical_storage,    RULE_loaded_not_packed,
                                     RULE_missing_at_receipt, RULE_extra_at_receipt,
                                     RULE_mass_differs,       RULE_contested,
                                     RULE_code_unknown,       RULE_moved_without_manifest,
                                     RULE_plant_storage,      RULE_load_mass_differs,
                                     RULE_two_places,         RULE_leg_unsigned,
                                     RULE_rejected_waiting,   RULE_container_lost,
                                     RULE_disputed,           RULE_hold_broken};
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        print_message("%s: %u\n", transition_state_name(states[i]), reached[states[i]]);
        assert_true(reached[states[i]] > 0);
    }
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        print_message("%s: %u\n", rule_find(rules[i])->name, found[rules[i]]);
        assert_true(found[rules[i]] > 0);
    }
}

/* ---- without standing -------------------------------------------------------------------------- */

/* When somebody first holds it; nobody of the right kind is free to take it from then on. Never where something is withdrawn:
 * that stands while another party's fact builds on it, and with it there may be nobody who holds what is held without it. */
static int64_t first_held_us(const struct container_history *history)
{
    for (uint32_t i = 0; i < history->step_count; i++) {
        if (history->steps[i].effect == EFFECT_WITHDRAWN) {
            return INT64_MAX;
        }
    }
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (step->effect == EFFECT_APPLIED && step->state != CONTAINER_NONE &&
            step->state != CONTAINER_REJECTED) {
            return step->fact->effective_us;
        }
    }
    return INT64_MAX;
}

/* A party that nobody named and nobody countersigned says anything at all. */
static void throw_stranger(struct dice *dice, struct story *story, int64_t held_us)
{
    struct fact *fact = &story->facts[story->count];
    throw_fact(dice, story, fact);
    /* An order is granted to a regulator, never said. */
    if (fact->act == CUSTODY__V1__ACT__ACT_CLOSE_BY_ORDER)
        fact->act = CUSTODY__V1__ACT__ACT_MEASURE;
    fact->party = STRANGERS + (uint32_t)dice_below(dice, 4);
    fact->key = 100 + fact->party;
    fact->countersigner_count = 0;
    if (dice_chance(dice, 50)) {
        fact_countersign(fact, STRANGERS + (uint32_t)dice_below(dice, 4));
    }
    /* Of the right kind only once somebody holds it: before that anyone of the right kind is free to (DESIGN 5). */
    if (held_us != INT64_MAX) {
        if (fact->effective_us <= held_us) {
            fact->effective_us = held_us + 1;
        }
        fact->kinds =
            (party_bits)(dice_below(dice, 64) & ~(1U << CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR));
    } else {
        fact->kinds = 0;
    }
    story->count++;
}

static void test_whoever_has_no_standing_moves_nothing(void **state)
{
    (void)state;
    static struct story story;
    static struct container_history history;
    static uint8_t expected[RENDERED_MAX];
    static uint8_t rendered[RENDERED_MAX];
    struct dice dice;
    dice_init(&dice, dice_seed() + 1);
    uint32_t contested = 0;
    for (uint32_t round = 0; round < 4 * HISTORIES; round++) {
        size_t order[FACTS_IN_HISTORY];
        throw_story(&dice, &story, (size_t)dice_between(&dice, 1, FACTS_IN_HISTORY - 8));
        for (size_t i = 0; i < FACTS_IN_HISTORY; i++) {
            order[i] = i;
        }
        fold_in_order(&story, order, &history);
        size_t len = render(&history, false, expected);
        int64_t held_us = first_held_us(&history);
        uint64_t strangers = dice_between(&dice, 1, 8);
        for (uint64_t i = 0; i < strangers; i++) {
            throw_stranger(&dice, &story, held_us);
        }
        dice_shuffle(&dice, order, story.count, sizeof order[0]);
        fold_in_order(&story, order, &history);
        assert_int_equal(render(&history, false, rendered), len);
        assert_memory_equal(rendered, expected, len);
        for (uint32_t i = 0; i < history.step_count; i++) {
            const struct container_step *step = &history.steps[i];
            /* They may amend and withdraw what they said themselves; it stays without effect. */
            if (step->fact->party >= STRANGERS && step->fact->act != CUSTODY__V1__ACT__ACT_AMEND &&
                step->fact->act != CUSTODY__V1__ACT__ACT_WITHDRAW &&
                step->effect != EFFECT_WITHDRAWN) {
                assert_true(step->effect == EFFECT_CONTESTED || step->effect == EFFECT_HELD ||
                            step->effect == EFFECT_OTHER);
                contested += step->effect == EFFECT_CONTESTED ? 1 : 0;
            }
        }
    }
    assert_true(contested > 1000);
}

/* Its custody began with what its generator packed or stored. */
static bool begins_at_home(const struct container_history *history)
{
    for (uint32_t i = 0; i < history->step_count; i++) {
        const struct container_step *step = &history->steps[i];
        if (step->effect == EFFECT_APPLIED) {
            return step->fact->party == CLINIC &&
                   (step->state == CONTAINER_PACKED || step->state == CONTAINER_STORED);
        }
    }
    return false;
}

static int64_t begins_us(const struct container_history *history)
{
    for (uint32_t i = 0; i < history->step_count; i++) {
        if (history->steps[i].effect == EFFECT_APPLIED) {
            return history->steps[i].fact->effective_us;
        }
    }
    return INT64_MIN;
}

/* A dispute may be about something contested that was said before custody began, and so may a swap that waits and was said
 * then itself: such a row is told with the fill of that time, whosever that is. */
static bool is_of_words(const struct work *row, int64_t custody_us)
{
    return row->rule == RULE_disputed ||
           (row->rule == RULE_swap_unsigned && row->due_us < custody_us);
}

static void render_of_fills(const struct container_history *history,
                            uint32_t shift,
                            int64_t custody_us,
                            struct bytes_writer *writer)
{
    for (uint32_t i = shift; i < history->fill_count; i++) {
        render_fill(writer, &history->fills[i]);
    }
    for (uint32_t i = 0; i < history->leg_count; i++) {
        const struct container_leg *leg = &history->legs[i];
        if (leg->fill >= shift) {
            bytes_write_u32(writer, leg->manifest);
            bytes_write_u32(writer, leg->trip);
            bytes_write_u32(writer, leg->fill - shift);
            render_sums(writer, &leg->sums);
        }
    }
    for (uint32_t i = 0; i < history->work.count; i++) {
        const struct work *row = &history->work.rows[i];
        if (!is_of_contest(row) && !is_of_words(row, custody_us) && row->anchor_key < 100) {
            render_work(writer, row);
        }
    }
}

static enum fact_effect effect_of(const struct container_history *history, const struct fact *fact)
{
    for (uint32_t i = 0; i < history->step_count; i++) {
        if (fact_is_same(history->steps[i].fact, fact)) {
            return history->steps[i].effect;
        }
    }
    return 0;
}

static bool is_of_statement(const struct fact *fact)
{
    return fact->act == CUSTODY__V1__ACT__ACT_AMEND ||
           fact->act == CUSTODY__V1__ACT__ACT_WITHDRAW ||
           fact->act == CUSTODY__V1__ACT__ACT_DISPUTE;
}

static void test_a_back_dated_stranger_of_any_kind_takes_nothing_from_its_generator(void **state)
{
    (void)state;
    static struct story story;
    static struct container_history before;
    static struct container_history after;
    static struct facts own;
    static uint8_t expected[RENDERED_MAX];
    static uint8_t rendered[RENDERED_MAX];
    struct bytes_writer writer;
    struct dice dice;
    dice_init(&dice, dice_seed() + 4);
    uint32_t taken = 0;
    for (uint32_t round = 0; round < 4 * HISTORIES; round++) {
        size_t order[FACTS_IN_HISTORY];
        for (size_t i = 0; i < FACTS_IN_HISTORY; i++) {
            order[i] = i;
        }
        throw_story(&dice, &story, (size_t)dice_between(&dice, 1, FACTS_IN_HISTORY - 8));
        fold_in_order(&story, order, &before);
        if (!begins_at_home(&before)) {
            continue;
        }
        /* What fold_in_order lends is gone with the next fold. */
        own.count = 0;
        for (uint32_t i = 0; i < before.step_count; i++) {
            own.all[own.count] = *before.steps[i].fact;
            before.steps[i].fact = &own.all[own.count++];
        }
        bytes_writer_init(&writer, expected, sizeof expected);
        int64_t custody_us = begins_us(&before);
        render_of_fills(&before, 0, custody_us, &writer);
        size_t len = writer.len;
        uint64_t strangers = dice_between(&dice, 1, 8);
        for (uint64_t i = 0; i < strangers; i++) {
            throw_stranger(&dice, &story, INT64_MIN);
            struct fact *stranger = &story.facts[story.count - 1];
            stranger->effective_us -= dice_chance(&dice, 70) ? 30 * CALENDAR_DAY_US : 0;
        }
        fold_in_order(&story, order, &after);
        assert_sound(&after);
        assert_true(after.fill_count - before.fill_count <= 1);
        taken += after.fill_count - before.fill_count;
        bytes_writer_init(&writer, rendered, sizeof rendered);
        render_of_fills(&after, after.fill_count - before.fill_count, custody_us, &writer);
        assert_int_equal(writer.len, len);
        assert_memory_equal(rendered, expected, len);
        bool has_begun = false;
        for (uint32_t i = 0; i < before.step_count; i++) {
            has_begun |= before.steps[i].effect == EFFECT_APPLIED;
            /* What is said of statements follows those, also where they are a stranger's fill's. */
            if (has_begun && !is_of_statement(before.steps[i].fact)) {
                assert_int_equal(effect_of(&after, before.steps[i].fact), before.steps[i].effect);
            }
        }
    }
    print_message("taken by a stranger before it was packed: %u\n", taken);
    assert_true(taken > 100);
}

/* ---- sums -------------------------------------------------------------------------------------- */

static void test_subtracting_the_old_and_adding_the_new_is_exact(void **state)
{
    (void)state;
    static struct story story;
    static struct container_history history;
    struct dice dice;
    dice_init(&dice, dice_seed() + 2);
    for (uint32_t round = 0; round < HISTORIES; round++) {
        struct manifest_sums running[MANIFESTS + 3] = {0};
        struct manifest_sums whole[MANIFESTS + 3] = {0};
        size_t order[FACTS_IN_HISTORY];
        throw_story(&dice, &story, (size_t)dice_between(&dice, 1, FACTS_IN_HISTORY));
        size_t count = story.count;
        for (size_t i = 0; i < count; i++) {
            order[i] = i;
        }
        dice_shuffle(&dice, order, count, sizeof order[0]);
        /* One more fact at a time, as entries arrive. */
        for (story.count = 0; story.count <= count; story.count++) {
            if (story.count > 0) {
                for (uint32_t i = 0; i < history.leg_count; i++) {
                    manifest_sums_add(&running[history.legs[i].manifest], &history.legs[i].sums,
                                      -1);
                }
            }
            fold_in_order(&story, order, &history);
            for (uint32_t i = 0; i < history.leg_count; i++) {
                manifest_sums_add(&running[history.legs[i].manifest], &history.legs[i].sums, 1);
            }
        }
        for (uint32_t i = 0; i < history.leg_count; i++) {
            manifest_sums_add(&whole[history.legs[i].manifest], &history.legs[i].sums, 1);
        }
        assert_memory_equal(running, whole, sizeof whole);
    }
}

/* ---- double entry ------------------------------------------------------------------------------ */

static int64_t sum_of(const struct movement_set *set, enum movement_account account, bool pieces)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < set->count; i++) {
        if (set->rows[i].account == account) {
            sum += pieces ? set->rows[i].pieces : set->rows[i].grams;
        }
    }
    return sum;
}

/* What goes out of one account goes into another, and what was generated is somewhere. */
static void assert_double_entry(const struct movement_set *set)
{
    for (int pieces = 0; pieces < 2; pieces++) {
        int64_t out = sum_of(set, MOVEMENT_sent, pieces) + sum_of(set, MOVEMENT_handed_on, pieces) +
                      sum_of(set, MOVEMENT_sent_back, pieces) +
                      sum_of(set, MOVEMENT_unpacked, pieces);
        int64_t in = sum_of(set, MOVEMENT_taken, pieces) + sum_of(set, MOVEMENT_received, pieces) +
                     sum_of(set, MOVEMENT_returned, pieces);
        assert_int_equal(out, in);
        int64_t became = 0;
        for (int account = MOVEMENT_of_disposed; account <= MOVEMENT_of_open; account++) {
            became += sum_of(set, (enum movement_account)account, pieces);
        }
        assert_int_equal(became, sum_of(set, MOVEMENT_generated, pieces));
        assert_int_equal(sum_of(set, MOVEMENT_in_time, pieces) + sum_of(set, MOVEMENT_late, pieces),
                         sum_of(set, MOVEMENT_age_1, pieces) + sum_of(set, MOVEMENT_age_2, pieces) +
                             sum_of(set, MOVEMENT_age_3, pieces) +
                             sum_of(set, MOVEMENT_age_4, pieces));
    }
}

/* Opening, ins and outs of every party and code are what it holds. */
static void assert_booked_is_held(const struct movement_set *set,
                                  const struct container_history *history)
{
    static const uint32_t parties[] = {CLINIC, CARRIER, PLANT, OTHER_CARRIER, CENTRE};
    for (size_t i = 0; i < sizeof parties / sizeof parties[0]; i++) {
        int64_t grams = 0;
        int64_t pieces = 0;
        int64_t held_g;
        int64_t held;
        for (uint32_t k = 0; k < set->count; k++) {
            int sign = movement_account_sign(set->rows[k].account);
            if (set->rows[k].party == parties[i]) {
                grams += sign * set->rows[k].grams;
                pieces += sign * set->rows[k].pieces;
            }
        }
        movement_stock(history, parties[i], &held_g, &held);
        assert_int_equal(grams, held_g);
        assert_int_equal(pieces, held);
    }
}

static void add_signed(struct movement_set *running, const struct movement_set *part, int sign)
{
    for (uint32_t i = 0; i < part->count; i++) {
        struct movement row = part->rows[i];
        row.grams *= sign;
        row.pieces *= sign;
        movement_add(running, &row);
    }
}

static void test_what_is_booked_is_what_is_held_in_every_order(void **state)
{
    (void)state;
    static struct story story;
    static struct container_history history;
    static struct movement_set before;
    static struct movement_set after;
    static struct movement_set running;
    struct dice dice;
    int64_t seen[MOVEMENT_ACCOUNT_MAX + 1] = {0};
    dice_init(&dice, dice_seed() + 5);
    for (uint32_t round = 0; round < 8 * HISTORIES; round++) {
        size_t order[FACTS_IN_HISTORY];
        throw_story(&dice, &story, (size_t)dice_between(&dice, 1, FACTS_IN_HISTORY));
        size_t count = story.count;
        for (size_t i = 0; i < count; i++) {
            order[i] = i;
        }
        dice_shuffle(&dice, order, count, sizeof order[0]);
        running.count = before.count = 0;
        /* One more fact at a time, as entries arrive: only the difference is written. */
        for (story.count = 1; story.count <= count; story.count++) {
            fold_in_order(&story, order, &history);
            movement_of_history(&history, &story.context, &after);
            assert_int_equal(after.dropped, 0);
            assert_double_entry(&after);
            assert_booked_is_held(&after, &history);
            add_signed(&running, &before, -1);
            add_signed(&running, &after, 1);
            before = after;
        }
        assert_double_entry(&running);
        assert_booked_is_held(&running, &history);
        for (uint32_t i = 0; i < after.count; i++) {
            seen[after.rows[i].account]++;
        }
    }
    for (int account = 1; account <= MOVEMENT_mark_late; account++) {
        const struct movement_account_row *row = movement_account_find((uint8_t)account);
        if (row != NULL) {
            print_message("%s: %lld\n", row->name, (long long)seen[account]);
        }
    }
    assert_true(seen[MOVEMENT_treated] > 50 && seen[MOVEMENT_returned] > 0 &&
                seen[MOVEMENT_reweighed] > 50 && seen[MOVEMENT_of_disposed] > 20 &&
                seen[MOVEMENT_of_strayed] > 0 && seen[MOVEMENT_unpacked] > 20);
}

/* ---- two parties, one code --------------------------------------------------------------------- */

static void test_the_same_code_of_two_parties_is_two_containers(void **state)
{
    (void)state;
    static struct story mine;
    static struct story theirs;
    static struct container_history history;
    static uint8_t expected[RENDERED_MAX];
    static uint8_t rendered[RENDERED_MAX];
    struct dice dice;
    dice_init(&dice, dice_seed() + 3);
    for (uint32_t round = 0; round < HISTORIES; round++) {
        size_t order[FACTS_IN_HISTORY];
        for (size_t i = 0; i < FACTS_IN_HISTORY; i++) {
            order[i] = i;
        }
        throw_story(&dice, &mine, 8);
        throw_story(&dice, &theirs, 8);
        theirs.context.generator = CENTRE;
        theirs.context.number = 78;
        fold_in_order(&mine, order, &history);
        size_t len = render(&history, true, expected);
        /* Records are kept by (generator, code): whatever is said of theirs stays theirs. */
        fold_in_order(&theirs, order, &history);
        for (uint32_t i = 0; i < history.work.count; i++) {
            assert_int_equal(history.work.rows[i].subject, 78);
        }
        assert_same(&mine, order, expected, len);
        assert_int_equal(render(&history, true, rendered) > 0, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order_of_arrival_folds_to_the_same),
        cmocka_unit_test(test_the_histories_went_far),
        cmocka_unit_test(test_whoever_has_no_standing_moves_nothing),
        cmocka_unit_test(test_a_back_dated_stranger_of_any_kind_takes_nothing_from_its_generator),
        cmocka_unit_test(test_subtracting_the_old_and_adding_the_new_is_exact),
        cmocka_unit_test(test_what_is_booked_is_what_is_held_in_every_order),
        cmocka_unit_test(test_the_same_code_of_two_parties_is_two_containers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
