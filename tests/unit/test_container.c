/* test_container.c: shows what a container's facts add up to: custody, age, legs, findings and obligations. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "proto/rule.h"
#include "daemon/domain/container.h"
#include "tests/lib/check.h"

/* Short names for what facts say. */
enum {
    PACK = CUSTODY__V1__ACT__ACT_PACK,
    STORE = CUSTODY__V1__ACT__ACT_STORE,
    LOAD = CUSTODY__V1__ACT__ACT_LOAD,
    RECEIVE = CUSTODY__V1__ACT__ACT_RECEIVE,
    FEED = CUSTODY__V1__ACT__ACT_FEED,
    YIELD = CUSTODY__V1__ACT__ACT_YIELD,
    NEST = CUSTODY__V1__ACT__ACT_NEST,
    UNNEST = CUSTODY__V1__ACT__ACT_UNNEST,
    AMEND = CUSTODY__V1__ACT__ACT_AMEND,
    MEASURE = CUSTODY__V1__ACT__ACT_MEASURE,
    ACCEPTED = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED,
    REJECTED = CUSTODY__V1__VERDICT__VERDICT_REJECTED,
    MISSING = CUSTODY__V1__VERDICT__VERDICT_MISSING,
    WEIGHED = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED,
    TYPED = CUSTODY__V1__MASS_SOURCE__MASS_TYPED,
};

/* A hospital, its carrier and its plant; a second carrier and a centre; somebody who has no business here. */
enum { CLINIC = 1, CARRIER = 2, PLANT = 3, OTHER_CARRIER = 4, CENTRE = 5, STRANGER = 9 };
/* Manifests: the clinic's to the plant, the clinic's to the centre, the centre's to the plant. */
enum { TO_PLANT = 1, TO_CENTRE = 2, FROM_CENTRE = 3, MANIFESTS = 3 };

#define START_US INT64_C(1777593600000000)

static struct manifest manifests[MANIFESTS];
static struct container_manifest known[MANIFESTS];
static struct container_context context;
static struct fact facts[FACTS_MAX * 2];
static const struct fact *pointers[FACTS_MAX * 2];
static size_t count;
static struct container_history history;

static int setup(void **state)
{
    (void)state;
    static const uint32_t generators[] = {CLINIC, CLINIC, CENTRE};
    static const uint32_t receivers[] = {PLANT, CENTRE, PLANT};
    memset(manifests, 0, sizeof manifests);
    for (uint32_t i = 0; i < MANIFESTS; i++) {
        manifests[i].is_known = true;
        manifests[i].generator = generators[i];
        manifests[i].receiver = receivers[i];
        manifests[i].leg_count = 1;
        manifests[i].carriers[0] = CARRIER;
        known[i] = (struct container_manifest){.number = i + 1, .manifest = &manifests[i]};
    }
    context = (struct container_context){
        .law = law_default(),
        .number = 77,
        .generator = CLINIC,
        .division = 540421,
        .manifest_count = MANIFESTS,
        .manifests = known,
    };
    count = 0;
    return 0;
}

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
        return 1 << CUSTODY__V1__PARTY_KIND__PARTY_FACILITY;
    default:
        return 0;
    }
}

static int64_t hour(int64_t hours)
{
    return START_US + hours * CALENDAR_HOUR_US;
}

/* One more fact; the caller adds to it what it says. */
static struct fact *say(int act, uint32_t party, int64_t hours)
{
    struct fact *fact = &facts[count];
    *fact = (struct fact){
        .effective_us = hour(hours),
        .claimed_us = hour(hours),
        .recorded_us = hour(hours) + 1,
        .key_prefix = party,
        .key = party,
        .key_sequence = count + 1,
        .entry = 100 + count,
        .act = (uint8_t)act,
        .party = party,
        .kinds = kinds_of(party),
        .mass_g = FACT_NO_MASS,
    };
    pointers[count++] = fact;
    return fact;
}

static struct fact *pack(int64_t hours, uint64_t mass_g)
{
    struct fact *fact = say(PACK, CLINIC, hours);
    fact->mass_g = mass_g;
    fact->mass_source = TYPED;
    fact->code = 8;
    fact->bits = FACT_MEDICAL;
    fact->profile = LAW_PROFILE_MEDICAL;
    fact->place = 30;
    return fact;
}

static struct fact *load(int64_t hours, uint32_t manifest)
{
    struct fact *fact = say(LOAD, CARRIER, hours);
    fact->manifest = manifest;
    fact->trip = 50;
    return fact;
}

static struct fact *receive(int64_t hours, uint32_t party, uint32_t manifest, int verdict)
{
    struct fact *fact = say(RECEIVE, party, hours);
    fact->manifest = manifest;
    fact->trip = 50;
    fact->verdict = (uint8_t)verdict;
    fact->place = 60;
    return fact;
}

static struct fact *feed(int64_t hours)
{
    struct fact *fact = say(FEED, PLANT, hours);
    fact->batch = 70;
    return fact;
}

static struct fact *amend(int64_t hours, const struct fact *target, uint64_t mass_g)
{
    struct fact *fact = say(AMEND, target->party, hours);
    fact->target_key = target->key;
    fact->target_sequence = target->key_sequence;
    fact->mass_g = mass_g;
    fact->mass_source = TYPED;
    fact->bits = FACT_AMENDS_MASS;
    return fact;
}

static const struct container_fill *fold(void)
{
    container_fold(&context, pointers, count, &history);
    return &history.fills[history.fill_count - 1];
}

static enum container_state folded_state(void)
{
    return fold()->state;
}

static enum fact_effect effect_of(const struct fact *fact)
{
    for (uint32_t i = 0; i < history.step_count; i++) {
        if (history.steps[i].fact == fact) {
            return history.steps[i].effect;
        }
    }
    return 0;
}

static const struct work *find_row(enum work_kind kind, uint16_t rule)
{
    for (uint32_t i = 0; i < history.work.count; i++) {
        if (history.work.rows[i].kind == kind && history.work.rows[i].rule == rule) {
            return &history.work.rows[i];
        }
    }
    return NULL;
}

static const struct work *finding(uint16_t rule)
{
    return find_row(WORK_FINDING, rule);
}

static void assert_no_findings(void)
{
    for (uint32_t i = 0; i < history.work.count; i++) {
        const struct work *row = &history.work.rows[i];
        if (row->kind == WORK_FINDING) {
            fail_msg("there is a finding of %s", rule_find(row->rule)->name);
        }
    }
}

static void assert_anchor(const struct work *row, const struct fact *fact)
{
    assert_non_null(row);
    assert_int_equal(row->anchor_key, fact->key);
    assert_int_equal(row->anchor_sequence, fact->key_sequence);
    assert_int_equal(row->subject_kind, SUBJECT_CONTAINER);
    assert_int_equal(row->subject, 77);
    assert_int_equal(row->division, 540421);
}

static bool shows(const struct work *row, const struct fact *fact)
{
    for (uint32_t i = 0; i < row->entry_count; i++) {
        if (row->entries[i] == fact->entry) {
            return true;
        }
    }
    return false;
}

static struct manifest_sums sums_of(uint32_t manifest)
{
    struct manifest_sums sums = {0};
    for (uint32_t i = 0; i < history.leg_count; i++) {
        if (history.legs[i].manifest == manifest) {
            manifest_sums_add(&sums, &history.legs[i].sums, 1);
        }
    }
    return sums;
}

static void assert_present(uint32_t manifest,
                           int64_t in_transit,
                           int64_t received,
                           int64_t rejected,
                           int64_t missing,
                           int64_t fed)
{
    struct manifest_sums sums = sums_of(manifest);
    assert_int_equal(sums.in_transit, in_transit);
    assert_int_equal(sums.received, received);
    assert_int_equal(sums.rejected, rejected);
    assert_int_equal(sums.missing, missing);
    assert_int_equal(sums.fed, fed);
}

/* ---- the lawful way ---------------------------------------------------------------------------- */

static void test_nothing_said_is_one_fill_of_nothing(void **state)
{
    (void)state;
    const struct container_fill *fill = fold();
    assert_int_equal(history.fill_count, 1);
    assert_int_equal(fill->state, CONTAINER_NONE);
    assert_int_equal(fill->holder, 0);
    assert_true(fill->mass_g == FACT_NO_MASS);
    assert_int_equal(history.work.count + history.leg_count + history.step_count, 0);
}

static void test_a_bag_goes_from_ward_to_ash(void **state)
{
    (void)state;
    const struct container_fill *fill;
    pack(0, 5000);
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_PACKED);
    assert_int_equal(fill->holder, CLINIC);
    assert_int_equal(fill->place, 30);
    assert_int_equal(fill->code, 8);
    assert_true(fill->is_medical && fill->is_packed);
    assert_true(fill->mass_g == 5000);
    assert_true(fill->born_us == hour(0) && fill->left_us == 0);

    say(STORE, CLINIC, 2)->place = 31;
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_STORED);
    assert_int_equal(fill->holder, CLINIC);
    assert_int_equal(fill->place, 31);
    assert_true(fill->since_us == hour(2));

    load(20, TO_PLANT);
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(fill->holder, CARRIER);
    assert_int_equal(fill->manifest, TO_PLANT);
    assert_int_equal(fill->trip, 50);
    assert_int_equal(fill->place, 0);
    assert_true(fill->left_us == hour(20));
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);

    receive(24, PLANT, TO_PLANT, ACCEPTED);
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_RECEIVED);
    assert_int_equal(fill->holder, PLANT);
    assert_int_equal(fill->place, 60);
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);

    feed(30);
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_FED);
    assert_int_equal(fill->holder, PLANT);
    assert_int_equal(fill->batch, 70);
    assert_present(TO_PLANT, 0, 0, 0, 0, 1);
    struct manifest_sums sums = sums_of(TO_PLANT);
    assert_int_equal(sums.loaded, 1);
    assert_int_equal(sums.extra, 0);
    assert_int_equal(sums.loaded_g, 5000);
    assert_int_equal(sums.received_g, 5000);
    assert_int_equal(sums.fed_g, 5000);
    assert_int_equal(history.feeding_count, 1);
    assert_int_equal(history.feedings[0].batch, 70);
    assert_true(history.feedings[0].mass_g == 5000);
    assert_int_equal(history.work.count, 0);
    for (uint32_t i = 0; i < history.step_count; i++) {
        assert_int_equal(history.steps[i].effect, EFFECT_APPLIED);
    }
}

static void test_each_leg_is_of_its_manifest_trip_and_fill(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    fold();
    assert_int_equal(history.leg_count, 1);
    assert_int_equal(history.legs[0].manifest, TO_PLANT);
    assert_int_equal(history.legs[0].trip, 50);
    assert_int_equal(history.legs[0].fill, 0);
}

static void test_the_masses_of_a_leg_are_those_of_their_moment(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    loaded->mass_g = 5100;
    struct fact *received = receive(2, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 5200;
    feed(3);
    assert_true(fold()->mass_g == 5200);
    struct manifest_sums sums = sums_of(TO_PLANT);
    assert_int_equal(sums.loaded_g, 5100);
    assert_int_equal(sums.received_g, 5200);
    assert_int_equal(sums.fed_g, 5200);
    assert_true(history.feedings[0].mass_g == 5200);
}

static void test_acts_outside_the_table_do_nothing(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *measured = say(MEASURE, STRANGER, 1);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(effect_of(measured), EFFECT_OTHER);
    assert_no_findings();
}

static void test_saying_it_again_changes_nothing(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *packed = pack(1, 9000);
    load(2, TO_PLANT);
    struct fact *loaded = load(3, TO_PLANT);
    receive(4, PLANT, TO_PLANT, ACCEPTED);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    feed(6);
    struct fact *fed = feed(7);
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_int_equal(effect_of(packed), EFFECT_NO_CHANGE);
    assert_int_equal(effect_of(loaded), EFFECT_NO_CHANGE);
    assert_int_equal(effect_of(received), EFFECT_NO_CHANGE);
    assert_int_equal(effect_of(fed), EFFECT_NO_CHANGE);
    assert_true(history.fills[0].mass_g == 5000);
    assert_int_equal(history.feeding_count, 1);
    assert_no_findings();
}

/* ---- age --------------------------------------------------------------------------------------- */

static void test_medical_waste_must_leave_within_two_days(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    fold();
    const struct work *row = find_row(WORK_OBLIGATION, RULE_medical_storage);
    assert_anchor(row, packed);
    assert_true(row->due_us == hour(48) && row->notice_us == hour(36));
    assert_int_equal(row->party, CLINIC);
    assert_true(shows(row, packed));
    assert_int_equal(history.work.count, 1);
    load(48, TO_PLANT);
    fold();
    assert_int_equal(history.work.count, 0);
}

static void test_leaving_later_is_a_finding_since_the_moment_it_was_due(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    struct fact *loaded = load(49, TO_PLANT);
    fold();
    const struct work *row = finding(RULE_medical_storage);
    assert_anchor(row, packed);
    assert_true(row->due_us == hour(48));
    assert_int_equal(row->party, CLINIC);
    assert_true(shows(row, packed) && shows(row, loaded));
    assert_null(find_row(WORK_OBLIGATION, RULE_medical_storage));
}

static void test_other_waste_has_no_such_limit(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    packed->bits = 0;
    packed->profile = LAW_PROFILE_GENERAL;
    fold();
    assert_int_equal(history.work.count, 0);
    load(500, TO_PLANT);
    fold();
    assert_no_findings();
}

static void test_storing_boxing_and_moving_do_not_restart_the_age(void **state)
{
    (void)state;
    pack(0, 5000);
    say(STORE, CLINIC, 10);
    say(NEST, CLINIC, 20)->box = 5;
    say(STORE, CLINIC, 40);
    assert_true(fold()->born_us == hour(0));
    assert_true(find_row(WORK_OBLIGATION, RULE_medical_storage)->due_us == hour(48));
    load(41, TO_PLANT);
    receive(42, PLANT, TO_PLANT, ACCEPTED);
    say(STORE, PLANT, 43);
    assert_true(fold()->born_us == hour(0));
}

static void test_age_runs_from_when_the_waste_arose(void **state)
{
    (void)state;
    pack(10, 5000)->generated_before_us = 4 * CALENDAR_HOUR_US;
    assert_true(fold()->born_us == hour(6));
    assert_true(find_row(WORK_OBLIGATION, RULE_medical_storage)->due_us == hour(54));
}

static void test_nobody_makes_it_older_than_a_year(void **state)
{
    (void)state;
    pack(10, 5000)->generated_before_us = UINT64_MAX;
    assert_true(fold()->born_us == hour(10) - 366 * CALENDAR_DAY_US);
}

static void test_stored_before_packed_is_born_when_stored(void **state)
{
    (void)state;
    struct fact *stored = say(STORE, CLINIC, 1);
    assert_int_equal(folded_state(), CONTAINER_STORED);
    assert_int_equal(history.work.count, 0); /* what it is nobody said yet */
    struct fact *packed = pack(3, 5000);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_STORED);
    assert_true(fill->born_us == hour(1) && fill->is_packed);
    assert_int_equal(effect_of(packed), EFFECT_APPLIED);
    assert_anchor(find_row(WORK_OBLIGATION, RULE_medical_storage), stored);
}

/* ---- what has not arrived yet ------------------------------------------------------------------ */

static void test_loaded_but_not_packed_ends_when_the_pack_arrives(void **state)
{
    (void)state;
    struct fact *loaded = load(10, TO_PLANT);
    fold();
    const struct work *row = finding(RULE_loaded_not_packed);
    assert_anchor(row, loaded);
    assert_true(row->due_us == hour(10));
    assert_int_equal(row->party, CARRIER);
    pack(9, 5000);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_no_findings();
}

static void test_a_pack_stamped_after_the_load_is_still_its_pack(void **state)
{
    (void)state;
    load(10, TO_PLANT);
    struct fact *packed = pack(11, 5000);
    const struct container_fill *fill = fold();
    assert_int_equal(history.fill_count, 1);
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(fill->holder, CARRIER);
    assert_int_equal(effect_of(packed), EFFECT_APPLIED);
    assert_true(fill->mass_g == 5000);
    assert_int_equal(sums_of(TO_PLANT).loaded_g, 5000);
    assert_no_findings();
}

static void test_bulk_waste_is_not_packed(void **state)
{
    (void)state;
    context.is_bulk = true;
    struct fact *loaded = load(10, TO_PLANT);
    loaded->bits = FACT_BULK;
    loaded->mass_g = 800000;
    loaded->code = 4;
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(fill->code, 4);
    assert_int_equal(sums_of(TO_PLANT).loaded_g, 800000);
    assert_no_findings();
}

static void test_missing_at_the_gate_ends_when_it_turns_up(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    struct fact *missed = receive(5, PLANT, TO_PLANT, MISSING);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(fill->holder, CARRIER);
    const struct work *row = finding(RULE_missing_at_receipt);
    assert_anchor(row, missed);
    assert_int_equal(row->party, CARRIER);
    assert_true(shows(row, loaded) && shows(row, missed));
    assert_present(TO_PLANT, 0, 0, 0, 1, 0);
    /* Said once more it is the same finding. */
    struct fact *again = receive(6, PLANT, TO_PLANT, MISSING);
    fold();
    assert_int_equal(effect_of(again), EFFECT_NO_CHANGE);
    assert_anchor(finding(RULE_missing_at_receipt), missed);
    receive(29, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);
    assert_no_findings();
}

static void test_what_was_accepted_and_then_called_missing_is_found_again(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, ACCEPTED);
    receive(6, PLANT, TO_PLANT, MISSING);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_present(TO_PLANT, 0, 0, 0, 1, 0);
    assert_non_null(finding(RULE_missing_at_receipt));
    struct fact *again = receive(7, PLANT, TO_PLANT, ACCEPTED);
    fold();
    assert_int_equal(effect_of(again), EFFECT_APPLIED);
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);
    assert_no_findings();
}

static void test_received_but_never_loaded_ends_when_the_load_arrives(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    const struct work *row = finding(RULE_extra_at_receipt);
    assert_anchor(row, received);
    assert_int_equal(row->party, PLANT);
    struct manifest_sums sums = sums_of(TO_PLANT);
    assert_int_equal(sums.extra, 1);
    assert_int_equal(sums.loaded, 0);
    assert_int_equal(sums.received, 1);
    load(4, TO_PLANT);
    fold();
    assert_no_findings();
    sums = sums_of(TO_PLANT);
    assert_int_equal(sums.extra, 0);
    assert_int_equal(sums.loaded, 1);
    assert_int_equal(history.leg_count, 1);
}

static void test_a_receipt_on_another_trip_is_of_the_same_load(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT)->trip = 50;
    receive(5, PLANT, TO_PLANT, ACCEPTED)->trip = 51;
    fold();
    assert_no_findings();
    assert_int_equal(history.leg_count, 1);
    assert_int_equal(history.legs[0].trip, 50);
}

static void test_an_unknown_waste_code_is_noted(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    packed->bits |= FACT_CODE_UNKNOWN;
    fold();
    const struct work *row = finding(RULE_code_unknown);
    assert_anchor(row, packed);
    assert_int_equal(row->party, CLINIC);
}

static void test_moving_without_a_manifest_in_force_is_found_and_ends_with_it(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = say(LOAD, CARRIER, 1);
    /* Nobody holds the clinic's bag but the clinic: without a manifest it must countersign. */
    fact_countersign(loaded, CLINIC);
    fold();
    assert_anchor(finding(RULE_moved_without_manifest), loaded);
    assert_int_equal(finding(RULE_moved_without_manifest)->party, CARRIER);
    loaded->manifest = TO_PLANT;
    fold();
    assert_no_findings();
    manifests[0].is_refused = true;
    fold();
    assert_non_null(finding(RULE_moved_without_manifest));
    manifests[0].is_refused = false;
    manifests[0].is_held = true;
    fold();
    assert_non_null(finding(RULE_moved_without_manifest));
    manifests[0].is_held = false;
    manifests[0].is_known = false;
    fold();
    assert_non_null(finding(RULE_moved_without_manifest));
    /* In force, but somebody else's waste. */
    manifests[0].is_known = true;
    manifests[0].generator = STRANGER;
    fold();
    assert_non_null(finding(RULE_moved_without_manifest));
}

/* ---- masses ------------------------------------------------------------------------------------ */

static void test_a_weighed_receipt_that_differs_is_found(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 6001;
    received->mass_source = WEIGHED;
    fold();
    const struct work *row = finding(RULE_mass_differs);
    assert_anchor(row, received);
    assert_int_equal(row->party, CLINIC);
    assert_true(shows(row, packed) && shows(row, received));
    received->mass_g = 6000;
    fold();
    assert_no_findings();
    received->mass_g = 9000;
    received->mass_source = TYPED;
    fold();
    assert_no_findings();
}

static void test_without_a_declared_mass_nothing_can_differ(void **state)
{
    (void)state;
    pack(0, FACT_NO_MASS);
    load(1, TO_PLANT);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 9000;
    received->mass_source = WEIGHED;
    assert_true(fold()->mass_g == 9000);
    assert_no_findings();
}

static void test_the_newest_declared_mass_is_compared(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT)->mass_g = 9000;
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 9100;
    received->mass_source = WEIGHED;
    fold();
    assert_no_findings();
}

/* ---- amendments -------------------------------------------------------------------------------- */

static void test_an_amended_mass_counts_from_the_beginning(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    load(1, TO_PLANT);
    struct fact *received = receive(5, PLANT, TO_PLANT, ACCEPTED);
    received->mass_g = 5000;
    received->mass_source = WEIGHED;
    fold();
    assert_non_null(finding(RULE_mass_differs));
    struct fact *amended = amend(6, packed, 5000);
    fold();
    assert_no_findings();
    assert_int_equal(effect_of(amended), EFFECT_APPLIED);
    assert_int_equal(effect_of(packed), EFFECT_APPLIED);
    assert_int_equal(sums_of(TO_PLANT).loaded_g, 5000);
}

static void test_the_newest_amendment_stands(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    struct fact *first = amend(1, packed, 600);
    struct fact *second = amend(2, packed, 700);
    assert_true(fold()->mass_g == 700);
    assert_int_equal(effect_of(first), EFFECT_SUPERSEDED);
    assert_int_equal(effect_of(second), EFFECT_APPLIED);
}

static void test_another_party_amends_nothing(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    struct fact *amended = amend(1, packed, 9);
    amended->party = STRANGER;
    amended->key = STRANGER;
    assert_true(fold()->mass_g == 500);
    assert_int_equal(effect_of(amended), EFFECT_CONTESTED);
    assert_anchor(finding(RULE_contested), amended);
}

static void test_what_a_counterpart_signed_is_amended_with_its_signature(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    fact_countersign(packed, CARRIER);
    struct fact *amended = amend(1, packed, 600);
    assert_true(fold()->mass_g == 500);
    assert_int_equal(effect_of(amended), EFFECT_CONTESTED);
    fact_countersign(amended, STRANGER);
    assert_true(fold()->mass_g == 500);
    fact_countersign(amended, CARRIER);
    assert_true(fold()->mass_g == 600);
    assert_no_findings();
}

static void test_who_holds_it_now_may_sign_the_change_instead(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    fact_countersign(packed, CARRIER);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED);
    struct fact *amended = amend(3, packed, 600);
    fact_countersign(amended, PLANT);
    assert_true(fold()->mass_g == 600);
}

static void test_an_own_countersignature_is_no_counterpart(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    fact_countersign(packed, CLINIC);
    amend(1, packed, 600);
    assert_true(fold()->mass_g == 600);
}

static void test_an_amendment_waits_for_its_target(void **state)
{
    (void)state;
    struct fact *stored = say(STORE, CLINIC, 0);
    struct fact *amended = amend(1, stored, 600);
    amended->target_sequence = 55;
    assert_true(fold()->mass_g == FACT_NO_MASS);
    assert_int_equal(effect_of(amended), EFFECT_OTHER);
    assert_no_findings();
    pack(2, 500)->key_sequence = 55;
    assert_true(fold()->mass_g == 600);
    assert_int_equal(effect_of(amended), EFFECT_APPLIED);
}

static void test_amending_the_ward_leaves_the_mass(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    struct fact *mass = amend(1, packed, 600);
    struct fact *ward = amend(2, packed, FACT_NO_MASS);
    ward->bits = 0;
    assert_true(fold()->mass_g == 600);
    assert_int_equal(effect_of(mass), EFFECT_APPLIED);
    assert_int_equal(effect_of(ward), EFFECT_APPLIED);
}

/* ---- standing ---------------------------------------------------------------------------------- */

static void test_a_strangers_load_is_contested_until_the_holder_countersigns(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = say(LOAD, OTHER_CARRIER, 1);
    loaded->manifest = TO_PLANT;
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_PACKED);
    assert_int_equal(fill->holder, CLINIC);
    assert_int_equal(effect_of(loaded), EFFECT_CONTESTED);
    const struct work *row = finding(RULE_contested);
    assert_anchor(row, loaded);
    assert_int_equal(row->party, OTHER_CARRIER);
    assert_true(row->due_us == hour(1));
    fact_countersign(loaded, CLINIC);
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(fill->holder, OTHER_CARRIER);
    assert_no_findings();
}

static void test_a_strangers_countersignature_gives_no_standing(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = say(LOAD, OTHER_CARRIER, 1);
    fact_countersign(loaded, STRANGER);
    fact_countersign(loaded, OTHER_CARRIER);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(effect_of(loaded), EFFECT_CONTESTED);
}

static void test_a_strangers_pack_of_my_bag_is_contested(void **state)
{
    (void)state;
    struct fact *packed = say(PACK, STRANGER, 0);
    assert_int_equal(folded_state(), CONTAINER_NONE);
    assert_int_equal(effect_of(packed), EFFECT_CONTESTED);
}

static void test_a_carrier_without_the_kind_takes_nothing(void **state)
{
    (void)state;
    struct fact *loaded = say(LOAD, STRANGER, 0);
    assert_int_equal(folded_state(), CONTAINER_NONE);
    loaded->kinds = kinds_of(CARRIER);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
}

static void test_a_back_dated_load_takes_nothing_that_the_clinic_packed(void **state)
{
    (void)state;
    pack(0, 5000);
    load(20, TO_PLANT);
    receive(24, PLANT, TO_PLANT, ACCEPTED);
    feed(30);
    struct fact *thief = say(LOAD, OTHER_CARRIER, -10);
    const struct container_fill *fill = fold();
    assert_int_equal(effect_of(thief), EFFECT_APPLIED);
    assert_int_equal(history.fill_count, 2);
    /* What was taken before is another fill, and without manifest and pack. */
    assert_int_equal(history.fills[0].holder, OTHER_CARRIER);
    assert_int_equal(history.fills[0].state, CONTAINER_IN_TRANSIT);
    assert_anchor(finding(RULE_moved_without_manifest), thief);
    assert_anchor(finding(RULE_loaded_not_packed), thief);
    assert_int_equal(fill->state, CONTAINER_FED);
    assert_int_equal(fill->holder, PLANT);
    assert_true(fill->born_us == hour(0));
    assert_present(TO_PLANT, 0, 0, 0, 0, 1);
    assert_null(finding(RULE_contested));
    /* The same when the clinic only stored it, and when only its carrier is heard. */
    facts[0].act = STORE;
    assert_int_equal(folded_state(), CONTAINER_FED);
    facts[0].act = MEASURE;
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_int_equal(history.fills[1].holder, PLANT);
}

static void test_nobody_is_free_to_take_what_a_manifest_sends_with_others(void **state)
{
    (void)state;
    struct fact *loaded = say(LOAD, OTHER_CARRIER, 1);
    struct fact *received = say(RECEIVE, CENTRE, 2);
    loaded->manifest = TO_PLANT;
    received->manifest = TO_PLANT;
    received->verdict = ACCEPTED;
    assert_int_equal(folded_state(), CONTAINER_NONE);
    assert_int_equal(effect_of(loaded), EFFECT_CONTESTED);
    assert_int_equal(effect_of(received), EFFECT_CONTESTED);
    /* Until the manifest is known nobody can say so. */
    manifests[0].is_known = false;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    manifests[0].is_known = true;
    /* The generator's signature lets anybody. */
    fact_countersign(loaded, CLINIC);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(loaded), EFFECT_APPLIED);
    struct fact *packed = pack(3, 5000);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(history.fill_count, 1);
    assert_int_equal(effect_of(packed), EFFECT_APPLIED);
}

static void test_only_the_named_receiver_misses_what_nobody_holds(void **state)
{
    (void)state;
    struct fact *missed = receive(1, CENTRE, 0, MISSING);
    fold();
    assert_int_equal(effect_of(missed), EFFECT_CONTESTED);
    assert_int_equal(history.leg_count, 0);
    missed->manifest = TO_CENTRE;
    fold();
    assert_int_equal(effect_of(missed), EFFECT_APPLIED);
    assert_present(TO_CENTRE, 0, 0, 0, 1, 0);
    assert_non_null(finding(RULE_missing_at_receipt));
    assert_int_equal(history.fills[0].state, CONTAINER_NONE);
}

static void test_a_remainder_does_not_take_in_what_a_stranger_put_on_the_truck(void **state)
{
    (void)state;
    struct fact *loaded = say(LOAD, OTHER_CARRIER, -10);
    struct fact *again = say(LOAD, STRANGER, -9);
    again->manifest = TO_PLANT;
    fact_countersign(again, OTHER_CARRIER);
    struct fact *remainder = receive(-5, PLANT, TO_PLANT, ACCEPTED);
    remainder->bits |= FACT_OF_GROUP;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(loaded), EFFECT_APPLIED);
    assert_int_equal(effect_of(remainder), 0);
    pack(0, 5000);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
}

static void test_a_party_of_number_zero_has_no_standing(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    packed->party = 0;
    context.generator = 0;
    assert_int_equal(folded_state(), CONTAINER_NONE);
    assert_int_equal(effect_of(packed), EFFECT_CONTESTED);
}

static void test_a_manifest_names_its_carrier_and_its_receiver_only(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *received = receive(2, CENTRE, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(received), EFFECT_CONTESTED);
    struct fact *other = receive(3, CENTRE, TO_CENTRE, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(other), EFFECT_CONTESTED);
}

static void test_the_named_receiver_may_take_what_was_never_loaded(void **state)
{
    (void)state;
    pack(0, 5000);
    receive(2, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
}

static void test_a_hand_over_needs_the_holders_signature_and_counts_once(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *second = say(LOAD, OTHER_CARRIER, 2);
    second->manifest = TO_PLANT;
    second->trip = 51;
    assert_int_equal(fold()->holder, CARRIER);
    fact_countersign(second, CARRIER);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->holder, OTHER_CARRIER);
    assert_int_equal(fill->trip, 51);
    assert_true(fill->left_us == hour(1));
    struct manifest_sums sums = sums_of(TO_PLANT);
    assert_int_equal(sums.loaded, 1);
    assert_int_equal(sums.in_transit, 1);
    assert_int_equal(sums.loaded_g, 5000);
    assert_int_equal(history.leg_count, 2);
    assert_no_findings();
    receive(5, PLANT, TO_PLANT, ACCEPTED)->trip = 0;
    fold();
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);
    assert_int_equal(history.legs[1].sums.received, 1);
    assert_no_findings();
}

static void test_only_a_facility_that_holds_it_feeds_it(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *early = feed(2);
    struct fact *by_carrier = say(FEED, CARRIER, 3);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(early), EFFECT_CONTESTED);
    assert_int_equal(effect_of(by_carrier), EFFECT_CONTESTED);
    /* A carrier that is a facility too must still receive it first. */
    by_carrier->kinds |= kinds_of(PLANT);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    fact_countersign(early, CARRIER);
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_present(TO_PLANT, 0, 0, 0, 0, 1);
}

static void test_a_yields_output_is_the_facilitys_own_container(void **state)
{
    (void)state;
    context.generator = PLANT;
    struct fact *yielded = say(YIELD, PLANT, 0);
    yielded->mass_g = 700;
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_PACKED);
    assert_int_equal(fill->holder, PLANT);
    assert_true(fill->is_packed && fill->mass_g == 700);
    feed(1);
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_no_findings();
}

/* ---- rejection, centres, wrong destinations ---------------------------------------------------- */

static void test_a_rejected_part_keeps_its_age_and_holder(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, REJECTED);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_REJECTED);
    assert_int_equal(fill->holder, CARRIER);
    assert_true(fill->born_us == hour(0));
    assert_present(TO_PLANT, 0, 0, 1, 0, 0);
    assert_int_equal(sums_of(TO_PLANT).received_g, 0);
    /* The receiver may think better of it. */
    receive(6, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);
    assert_no_findings();
}

static void test_a_return_the_carrier_signs_closes_the_leg(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, REJECTED);
    struct fact *stored = say(STORE, CLINIC, 30);
    stored->place = 31;
    assert_int_equal(folded_state(), CONTAINER_REJECTED);
    fact_countersign(stored, CARRIER);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_STORED);
    assert_int_equal(fill->holder, CLINIC);
    assert_int_equal(fill->place, 31);
    assert_true(fill->born_us == hour(0) && fill->left_us == hour(1));
    assert_present(TO_PLANT, 0, 0, 0, 0, 0);
    assert_int_equal(sums_of(TO_PLANT).loaded, 1);
    assert_no_findings();
}

static void test_rejected_waste_that_moves_on_lawfully_leaves_its_manifest(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, REJECTED);
    struct fact *loaded = load(6, TO_CENTRE);
    loaded->trip = 51;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_present(TO_PLANT, 0, 0, 0, 0, 0);
    assert_present(TO_CENTRE, 1, 0, 0, 0, 0);
    /* Without a manifest in force it stays open where it was. */
    loaded->manifest = 0;
    fold();
    assert_present(TO_PLANT, 0, 0, 1, 0, 0);
    assert_non_null(finding(RULE_moved_without_manifest));
}

static void test_a_second_try_under_the_same_manifest_counts_once(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, REJECTED);
    load(6, TO_PLANT)->trip = 51;
    fold();
    struct manifest_sums sums = sums_of(TO_PLANT);
    assert_int_equal(sums.loaded, 1);
    assert_int_equal(sums.loaded_g, 5000);
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);
}

static void test_a_centre_sends_on_under_its_own_manifest(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_CENTRE);
    receive(5, CENTRE, TO_CENTRE, ACCEPTED);
    fold();
    assert_present(TO_CENTRE, 0, 1, 0, 0, 0);
    load(10, FROM_CENTRE)->trip = 51;
    assert_int_equal(fold()->holder, CARRIER);
    assert_present(TO_CENTRE, 0, 0, 0, 0, 0);
    assert_int_equal(sums_of(TO_CENTRE).received_g, 5000);
    receive(12, PLANT, FROM_CENTRE, ACCEPTED)->trip = 51;
    feed(13);
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_present(FROM_CENTRE, 0, 0, 0, 0, 1);
    assert_no_findings();
}

static void test_taken_in_elsewhere_its_manifest_stays_open(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *received = receive(5, CENTRE, TO_PLANT, ACCEPTED);
    fact_countersign(received, CARRIER);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_RECEIVED);
    assert_int_equal(fill->holder, CENTRE);
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);
    struct fact *fed = say(FEED, CENTRE, 6);
    fed->batch = 71;
    fold();
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);
}

/* ---- boxes and remainders ---------------------------------------------------------------------- */

static struct fact *of_box(struct fact *fact, uint32_t box)
{
    fact->bits |= FACT_OF_GROUP;
    fact->box = box;
    return fact;
}

static void test_scanning_a_box_takes_what_is_in_it(void **state)
{
    (void)state;
    pack(0, 5000);
    say(NEST, CLINIC, 1)->box = 5;
    of_box(say(STORE, CLINIC, 2), 5);
    of_box(load(3, TO_PLANT), 5);
    of_box(receive(4, PLANT, TO_PLANT, ACCEPTED), 5);
    assert_int_equal(fold()->box, 5);
    of_box(feed(5), 5);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_FED);
    assert_int_equal(fill->box, 0);
    assert_int_equal(sums_of(TO_PLANT).fed_g, 5000);
    assert_no_findings();
}

static void test_a_box_takes_nothing_that_is_not_in_it(void **state)
{
    (void)state;
    pack(0, 5000);
    of_box(load(1, TO_PLANT), 5);
    say(NEST, CLINIC, 2)->box = 5;
    of_box(load(3, TO_PLANT), 6);
    say(UNNEST, CLINIC, 4)->box = 5;
    of_box(load(5, TO_PLANT), 5);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(history.step_count, 3);
}

static void test_only_the_holder_nests(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *nested = say(NEST, STRANGER, 1);
    nested->box = 5;
    assert_int_equal(fold()->box, 0);
    assert_int_equal(effect_of(nested), EFFECT_CONTESTED);
    say(NEST, CLINIC, 2)->box = 5;
    struct fact *again = say(NEST, CLINIC, 3);
    again->box = 5;
    struct fact *elsewhere = say(UNNEST, CLINIC, 4);
    elsewhere->box = 6;
    assert_int_equal(fold()->box, 5);
    assert_int_equal(effect_of(again), EFFECT_NO_CHANGE);
    assert_int_equal(effect_of(elsewhere), EFFECT_NO_CHANGE);
}

static void test_moved_by_its_own_code_it_stays_in_the_box(void **state)
{
    (void)state;
    pack(0, 5000);
    say(NEST, CLINIC, 1)->box = 5;
    load(2, TO_PLANT);
    assert_int_equal(fold()->box, 5);
    of_box(receive(4, PLANT, TO_PLANT, ACCEPTED), 5);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
}

static void test_what_is_said_of_the_bag_goes_before_what_is_said_of_its_box(void **state)
{
    (void)state;
    pack(0, 5000);
    say(NEST, CLINIC, 1)->box = 5;
    load(2, TO_PLANT);
    struct fact *own = receive(4, PLANT, TO_PLANT, MISSING);
    struct fact *box = of_box(receive(4, PLANT, TO_PLANT, ACCEPTED), 5);
    box->key_sequence = own->key_sequence;
    box->entry = own->entry;
    box->item = 1000;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(box), 0);
    assert_non_null(finding(RULE_missing_at_receipt));
    /* Another statement about the box counts. */
    box->key_sequence++;
    box->entry++;
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
}

static struct fact *remainder_of(int64_t hours, uint32_t party, int verdict)
{
    struct fact *fact = receive(hours, party, TO_PLANT, verdict);
    fact->bits |= FACT_OF_GROUP;
    return fact;
}

static void test_a_remainder_speaks_of_what_is_in_transit_under_the_manifest(void **state)
{
    (void)state;
    pack(0, 5000);
    remainder_of(1, PLANT, ACCEPTED); /* it is not on the way yet */
    load(2, TO_PLANT);
    struct fact *remainder = remainder_of(5, PLANT, MISSING);
    remainder->mass_g = 123456; /* of the whole truck */
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_true(fill->mass_g == 5000);
    assert_present(TO_PLANT, 0, 0, 0, 1, 0);
    remainder->verdict = ACCEPTED;
    fill = fold();
    assert_int_equal(fill->state, CONTAINER_RECEIVED);
    assert_true(fill->mass_g == 5000);
    assert_no_findings();
    remainder->verdict = REJECTED;
    assert_int_equal(folded_state(), CONTAINER_REJECTED);
    remainder->verdict = 0;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
}

static void test_a_remainder_does_not_reach_another_manifest(void **state)
{
    (void)state;
    pack(0, 5000);
    load(2, TO_CENTRE);
    remainder_of(5, PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(history.step_count, 2);
}

/* ---- held facts, fills, names ------------------------------------------------------------------ */

static void test_a_held_fact_has_no_effect_until_it_is_confirmed(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    loaded->bits |= FACT_HELD;
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(effect_of(loaded), EFFECT_HELD);
    assert_no_findings();
    loaded->bits |= FACT_CONFIRMED;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
}

static void test_a_drum_filled_twice_is_two_fills_each_with_its_age(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED);
    feed(3);
    struct fact *second = pack(100, 7000);
    const struct container_fill *fill = fold();
    assert_int_equal(history.fill_count, 2);
    assert_int_equal(fill->state, CONTAINER_PACKED);
    assert_int_equal(fill->holder, CLINIC);
    assert_true(fill->born_us == hour(100) && fill->left_us == 0 && fill->mass_g == 7000);
    assert_int_equal(history.fills[0].state, CONTAINER_FED);
    assert_true(history.fills[0].born_us == hour(0) && history.fills[0].mass_g == 5000);
    const struct work *row = find_row(WORK_OBLIGATION, RULE_medical_storage);
    assert_anchor(row, second);
    assert_true(row->due_us == hour(148));
    load(110, TO_PLANT);
    fold();
    assert_int_equal(history.leg_count, 2);
    assert_int_equal(history.legs[1].fill, 1);
    assert_int_equal(sums_of(TO_PLANT).loaded, 2);
    assert_int_equal(sums_of(TO_PLANT).loaded_g, 12000);
}

static void test_a_second_pack_becomes_a_fill_when_the_feed_arrives(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED);
    struct fact *second = pack(100, 7000);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_int_equal(effect_of(second), EFFECT_NO_CHANGE);
    feed(3);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(history.fill_count, 2);
}

static void test_two_parties_with_the_code_t1_have_two_containers(void **state)
{
    (void)state;
    /* Names are (generator, code): the same facts about another party's T1 do not touch this one. */
    struct fact *theirs = say(PACK, STRANGER, 0);
    theirs->bits = FACT_MEDICAL;
    theirs->profile = LAW_PROFILE_MEDICAL;
    struct container_context other = context;
    static struct container_history other_history;
    other.generator = STRANGER;
    other.number = 78;
    container_fold(&other, pointers, count, &other_history);
    assert_int_equal(other_history.fills[0].state, CONTAINER_PACKED);
    assert_int_equal(other_history.work.rows[0].subject, 78);
    count = 0;
    pack(5, 5000);
    assert_true(fold()->born_us == hour(5));
    assert_int_equal(fold()->holder, CLINIC);
}

static void test_fills_beyond_the_bound_have_no_effect(void **state)
{
    (void)state;
    for (int64_t i = 0; i < CONTAINER_FILLS_MAX + 5; i++) {
        pack(i * 10, 1000);
        struct fact *fed = say(FEED, PLANT, i * 10 + 1);
        fed->batch = 70;
        fact_countersign(fed, CLINIC);
    }
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_int_equal(history.fill_count, CONTAINER_FILLS_MAX);
    assert_int_equal(history.feeding_count, CONTAINER_FILLS_MAX);
    assert_int_equal(history.steps[history.step_count - 2].effect, EFFECT_OTHER);
}

static void test_legs_beyond_the_bound_are_not_told(void **state)
{
    (void)state;
    pack(0, 1000);
    for (uint32_t i = 0; i < CONTAINER_LEGS_MAX + 8; i++) {
        struct fact *loaded = say(LOAD, i % 2 == 0 ? CARRIER : OTHER_CARRIER, 1 + i);
        loaded->manifest = TO_PLANT;
        loaded->trip = 100 + i;
        fact_countersign(loaded, i % 2 == 0 ? OTHER_CARRIER : CARRIER);
    }
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(fill->trip, 100 + CONTAINER_LEGS_MAX + 7);
    assert_int_equal(history.leg_count, CONTAINER_LEGS_MAX);
}

static void test_a_talkative_stranger_cannot_crowd_out_other_findings(void **state)
{
    (void)state;
    pack(0, 5000)->bits |= FACT_CODE_UNKNOWN;
    for (int i = 0; i < 2 * FACTS_MAX - 3; i++) {
        say(LOAD, STRANGER, 1 + i);
    }
    fold();
    assert_non_null(finding(RULE_code_unknown));
    assert_non_null(find_row(WORK_OBLIGATION, RULE_medical_storage));
    assert_int_equal(history.work.count, WORK_SET_MAX - 1);
}

static void test_more_facts_than_can_be_looked_at_do_no_harm(void **state)
{
    (void)state;
    enum { MANY = 5 * FACTS_MAX };
    static const struct fact *many[MANY];
    struct fact *packed = pack(0, 5000);
    for (size_t i = 0; i < MANY; i++) {
        many[i] = packed;
    }
    container_fold(&context, many, MANY, &history);
    assert_int_equal(history.step_count, 2 * FACTS_MAX);
    assert_int_equal(history.fills[0].state, CONTAINER_PACKED);
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    static struct container container;
    static struct container back;
    static uint8_t data[CONTAINER_RECORD_MAX];
    static uint8_t again[CONTAINER_RECORD_MAX];
    container = (struct container){.generator = CLINIC, .division = 540421, .is_bulk = true};
    pack(0, 5000);
    load(1, TO_PLANT);
    for (size_t i = 0; i < count; i++) {
        facts_add(&container.facts, &facts[i]);
    }
    size_t len = container_write(&container, data, sizeof data);
    assert_true(len > 0);
    for (size_t cap = 0; cap < len; cap++) {
        assert_false(container_parse(span_of(data, cap), &back));
        assert_int_equal(container_write(&container, again, cap), 0);
    }
    assert_true(container_parse(span_of(data, len), &back));
    assert_int_equal(back.generator, CLINIC);
    assert_int_equal(back.division, 540421);
    assert_true(back.is_bulk);
    assert_int_equal(container_write(&back, again, sizeof again), len);
    assert_memory_equal(data, again, len);
    data[0] = 2;
    assert_false(container_parse(span_of(data, len), &back));
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nothing_said_is_one_fill_of_nothing),
        TEST(test_a_bag_goes_from_ward_to_ash),
        TEST(test_each_leg_is_of_its_manifest_trip_and_fill),
        TEST(test_the_masses_of_a_leg_are_those_of_their_moment),
        TEST(test_acts_outside_the_table_do_nothing),
        TEST(test_saying_it_again_changes_nothing),
        TEST(test_medical_waste_must_leave_within_two_days),
        TEST(test_leaving_later_is_a_finding_since_the_moment_it_was_due),
        TEST(test_other_waste_has_no_such_limit),
        TEST(test_storing_boxing_and_moving_do_not_restart_the_age),
        TEST(test_age_runs_from_when_the_waste_arose),
        TEST(test_nobody_makes_it_older_than_a_year),
        TEST(test_stored_before_packed_is_born_when_stored),
        TEST(test_loaded_but_not_packed_ends_when_the_pack_arrives),
        TEST(test_a_pack_stamped_after_the_load_is_still_its_pack),
        TEST(test_bulk_waste_is_not_packed),
        TEST(test_missing_at_the_gate_ends_when_it_turns_up),
        TEST(test_what_was_accepted_and_then_called_missing_is_found_again),
        TEST(test_received_but_never_loaded_ends_when_the_load_arrives),
        TEST(test_a_receipt_on_another_trip_is_of_the_same_load),
        TEST(test_an_unknown_waste_code_is_noted),
        TEST(test_moving_without_a_manifest_in_force_is_found_and_ends_with_it),
        TEST(test_a_weighed_receipt_that_differs_is_found),
        TEST(test_without_a_declared_mass_nothing_can_differ),
        TEST(test_the_newest_declared_mass_is_compared),
        TEST(test_an_amended_mass_counts_from_the_beginning),
        TEST(test_the_newest_amendment_stands),
        TEST(test_another_party_amends_nothing),
        TEST(test_what_a_counterpart_signed_is_amended_with_its_signature),
        TEST(test_who_holds_it_now_may_sign_the_change_instead),
        TEST(test_an_own_countersignature_is_no_counterpart),
        TEST(test_an_amendment_waits_for_its_target),
        TEST(test_amending_the_ward_leaves_the_mass),
        TEST(test_a_strangers_load_is_contested_until_the_holder_countersigns),
        TEST(test_a_strangers_countersignature_gives_no_standing),
        TEST(test_a_strangers_pack_of_my_bag_is_contested),
        TEST(test_a_carrier_without_the_kind_takes_nothing),
        TEST(test_a_back_dated_load_takes_nothing_that_the_clinic_packed),
        TEST(test_nobody_is_free_to_take_what_a_manifest_sends_with_others),
        TEST(test_only_the_named_receiver_misses_what_nobody_holds),
        TEST(test_a_remainder_does_not_take_in_what_a_stranger_put_on_the_truck),
        TEST(test_a_party_of_number_zero_has_no_standing),
        TEST(test_a_manifest_names_its_carrier_and_its_receiver_only),
        TEST(test_the_named_receiver_may_take_what_was_never_loaded),
        TEST(test_a_hand_over_needs_the_holders_signature_and_counts_once),
        TEST(test_only_a_facility_that_holds_it_feeds_it),
        TEST(test_a_yields_output_is_the_facilitys_own_container),
        TEST(test_a_rejected_part_keeps_its_age_and_holder),
        TEST(test_a_return_the_carrier_signs_closes_the_leg),
        TEST(test_rejected_waste_that_moves_on_lawfully_leaves_its_manifest),
        TEST(test_a_second_try_under_the_same_manifest_counts_once),
        TEST(test_a_centre_sends_on_under_its_own_manifest),
        TEST(test_taken_in_elsewhere_its_manifest_stays_open),
        TEST(test_scanning_a_box_takes_what_is_in_it),
        TEST(test_a_box_takes_nothing_that_is_not_in_it),
        TEST(test_only_the_holder_nests),
        TEST(test_moved_by_its_own_code_it_stays_in_the_box),
        TEST(test_what_is_said_of_the_bag_goes_before_what_is_said_of_its_box),
        TEST(test_a_remainder_speaks_of_what_is_in_transit_under_the_manifest),
        TEST(test_a_remainder_does_not_reach_another_manifest),
        TEST(test_a_held_fact_has_no_effect_until_it_is_confirmed),
        TEST(test_a_drum_filled_twice_is_two_fills_each_with_its_age),
        TEST(test_a_second_pack_becomes_a_fill_when_the_feed_arrives),
        TEST(test_two_parties_with_the_code_t1_have_two_containers),
        TEST(test_fills_beyond_the_bound_have_no_effect),
        TEST(test_legs_beyond_the_bound_are_not_told),
        TEST(test_a_talkative_stranger_cannot_crowd_out_other_findings),
        TEST(test_more_facts_than_can_be_looked_at_do_no_harm),
        TEST(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
