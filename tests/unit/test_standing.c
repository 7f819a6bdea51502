/* test_standing.c: who may move a container, and who may not. */
#include "tests/lib/bag.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_strangers_load_is_contested_until_the_holder_countersigns,
                               setup),
        cmocka_unit_test_setup(test_a_strangers_countersignature_gives_no_standing, setup),
        cmocka_unit_test_setup(test_a_strangers_pack_of_my_bag_is_contested, setup),
        cmocka_unit_test_setup(test_a_carrier_without_the_kind_takes_nothing, setup),
        cmocka_unit_test_setup(test_a_back_dated_load_takes_nothing_that_the_clinic_packed, setup),
        cmocka_unit_test_setup(test_nobody_is_free_to_take_what_a_manifest_sends_with_others,
                               setup),
        cmocka_unit_test_setup(test_only_the_named_receiver_misses_what_nobody_holds, setup),
        cmocka_unit_test_setup(test_a_remainder_does_not_take_in_what_a_stranger_put_on_the_truck,
                               setup),
        cmocka_unit_test_setup(test_a_party_of_number_zero_has_no_standing, setup),
        cmocka_unit_test_setup(test_a_manifest_names_its_carrier_and_its_receiver_only, setup),
        cmocka_unit_test_setup(test_the_named_receiver_may_take_what_was_never_loaded, setup),
        cmocka_unit_test_setup(test_a_hand_over_needs_the_holders_signature_and_counts_once, setup),
        cmocka_unit_test_setup(test_only_a_facility_that_holds_it_feeds_it, setup),
        cmocka_unit_test_setup(test_a_yields_output_is_the_facilitys_own_container, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
