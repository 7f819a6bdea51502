/* test_container.c: shows what a container's facts add up to: custody, sums, findings, fills and its record. */
#include "tests/lib/bag.h"

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

/* ---- what has not arrived yet ------------------------------------------------------------------ */

/* Transfer Measures article 13 (RULES.md N08): every container of a load has its label, and so its pack. */
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

/* Transfer Measures article 18 (RULES.md N15). */
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

/* 国家危险废物名录 article 5 (RULES.md N04). */
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
    /* Transfer Measures art. 11. */
    manifests[0].is_refused = true;
    fold();
    assert_anchor(finding(RULE_moved_under_refused), loaded);
    assert_null(finding(RULE_moved_without_manifest));
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

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nothing_said_is_one_fill_of_nothing, setup),
        cmocka_unit_test_setup(test_a_bag_goes_from_ward_to_ash, setup),
        cmocka_unit_test_setup(test_each_leg_is_of_its_manifest_trip_and_fill, setup),
        cmocka_unit_test_setup(test_the_masses_of_a_leg_are_those_of_their_moment, setup),
        cmocka_unit_test_setup(test_acts_outside_the_table_do_nothing, setup),
        cmocka_unit_test_setup(test_saying_it_again_changes_nothing, setup),
        cmocka_unit_test_setup(test_loaded_but_not_packed_ends_when_the_pack_arrives, setup),
        cmocka_unit_test_setup(test_a_pack_stamped_after_the_load_is_still_its_pack, setup),
        cmocka_unit_test_setup(test_bulk_waste_is_not_packed, setup),
        cmocka_unit_test_setup(test_missing_at_the_gate_ends_when_it_turns_up, setup),
        cmocka_unit_test_setup(test_what_was_accepted_and_then_called_missing_is_found_again,
                               setup),
        cmocka_unit_test_setup(test_received_but_never_loaded_ends_when_the_load_arrives, setup),
        cmocka_unit_test_setup(test_a_receipt_on_another_trip_is_of_the_same_load, setup),
        cmocka_unit_test_setup(test_an_unknown_waste_code_is_noted, setup),
        cmocka_unit_test_setup(test_moving_without_a_manifest_in_force_is_found_and_ends_with_it,
                               setup),
        cmocka_unit_test_setup(test_a_held_fact_has_no_effect_until_it_is_confirmed, setup),
        cmocka_unit_test_setup(test_a_drum_filled_twice_is_two_fills_each_with_its_age, setup),
        cmocka_unit_test_setup(test_a_second_pack_becomes_a_fill_when_the_feed_arrives, setup),
        cmocka_unit_test_setup(test_two_parties_with_the_code_t1_have_two_containers, setup),
        cmocka_unit_test_setup(test_fills_beyond_the_bound_have_no_effect, setup),
        cmocka_unit_test_setup(test_legs_beyond_the_bound_are_not_told, setup),
        cmocka_unit_test_setup(test_a_talkative_stranger_cannot_crowd_out_other_findings, setup),
        cmocka_unit_test_setup(test_more_facts_than_can_be_looked_at_do_no_harm, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
