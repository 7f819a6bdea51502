/* test_walk.c: boxes and remainders: what reaches a container without naming it. */
#include "tests/lib/bag.h"

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

/* ---- transfers --------------------------------------------------------------------------------- */

/* Transfer Measures art. 17. */
static void test_the_same_carrier_needs_nobody_to_change_vehicles(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *over = transfer(3, CARRIER, VEHICLE, 51);
    const struct container_fill *fill = fold();
    assert_int_equal(effect_of(over), EFFECT_APPLIED);
    assert_int_equal(fill->holder, CARRIER);
    assert_int_equal(fill->trip, 51);
    /* The journey goes on under its manifest, and the second trip counts it. */
    struct manifest_sums sums = sums_of(TO_PLANT);
    assert_int_equal(sums.loaded, 1);
    assert_int_equal(sums.in_transit, 1);
    assert_int_equal(sums.loaded_g, 5000);
    assert_int_equal(history.leg_count, 2);
    assert_int_equal(history.legs[1].trip, 51);
    assert_int_equal(history.legs[1].sums.in_transit, 1);
    assert_int_equal(history.legs[0].sums.in_transit, 0);
    receive(9, PLANT, TO_PLANT, ACCEPTED)->trip = 51;
    feed(12);
    fold();
    assert_present(TO_PLANT, 0, 0, 0, 0, 1);
    assert_no_findings();
}

static void test_between_carriers_custody_passes_by_both_signatures(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *over = transfer(3, CARRIER, LEG, 52);
    assert_int_equal(fold()->holder, CARRIER);
    assert_int_equal(effect_of(over), EFFECT_AWAITED);
    /* Somebody else's signature is none. */
    fact_countersign(over, STRANGER);
    assert_int_equal(fold()->holder, CARRIER);
    fact_countersign(over, OTHER_CARRIER);
    assert_int_equal(fold()->holder, OTHER_CARRIER);
    assert_int_equal(fold()->trip, 52);
    assert_false(history.steps[2].is_single);
    /* Said by the next carrier the first one signs. */
    over->party = OTHER_CARRIER;
    over->kinds = kinds_of(OTHER_CARRIER);
    over->countersigner_count = 0;
    assert_int_equal(fold()->holder, CARRIER);
    assert_int_equal(effect_of(over), EFFECT_CONTESTED);
    fact_countersign(over, CARRIER);
    assert_int_equal(fold()->holder, OTHER_CARRIER);
    /* A trip whose departure is not here yet has no carrier. */
    trips[2].carrier = 0;
    over->party = CARRIER;
    over->countersigner_count = 0;
    fact_countersign(over, OTHER_CARRIER);
    assert_int_equal(fold()->holder, CARRIER);
    assert_int_equal(effect_of(over), EFFECT_AWAITED);
}

/* After a breakdown: all that is on the first truck, without a list. */
static void test_a_whole_trip_takes_what_is_on_it(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *all = transfer(3, CARRIER, VEHICLE, 51);
    all->bits |= FACT_OF_GROUP;
    assert_int_equal(fold()->trip, 51);
    /* What is on another truck stays there. */
    all->from_trip = 52;
    assert_int_equal(fold()->trip, 50);
    assert_int_equal(history.step_count, 2);
    /* A rejected bag is still on the truck. */
    all->from_trip = 50;
    receive(2, PLANT, TO_PLANT, REJECTED);
    assert_int_equal(fold()->trip, 51);
    assert_int_equal(fold()->state, CONTAINER_REJECTED);
    /* What was not counted over, because it was gone before, stays where it is. */
    receive(2, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(fold()->holder, PLANT);
    assert_int_equal(fold()->trip, 50);
}

static void test_a_centre_holds_what_was_left_with_it(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *left = deposit(5, CARRIER);
    assert_int_equal(fold()->holder, CARRIER);
    fact_countersign(left, CENTRE);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_RECEIVED);
    assert_int_equal(fill->holder, CENTRE);
    assert_int_equal(fill->place, CENTRES);
    assert_true(fill->born_us == hour(0));
    /* The clinic's manifest sends it to the plant: it stays open until the centre sends it on under its own. */
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);
    load(20, FROM_CENTRE)->trip = 51;
    fold();
    assert_present(TO_PLANT, 0, 0, 0, 0, 0);
    assert_present(FROM_CENTRE, 1, 0, 0, 0, 0);
    assert_no_findings();
}

/* ---- holds ------------------------------------------------------------------------------------- */

/* House rule hold_broken. */
static void test_moving_what_is_held_is_found_and_moves_it(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *held = say(HOLD, BUREAU, 1);
    struct fact *loaded = load(2, TO_PLANT);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_anchor(finding(RULE_hold_broken), loaded);
    assert_true(shows(finding(RULE_hold_broken), held));
    assert_int_equal(finding(RULE_hold_broken)->party, CARRIER);
    say(RELEASE, BUREAU, 1)->key_sequence = 99;
    fold();
    assert_null(finding(RULE_hold_broken));
    held->party = CLINIC;
    held->kinds = kinds_of(CLINIC);
    held->effective_us = hour(1) + 1;
    fold();
    assert_null(finding(RULE_hold_broken));
    assert_int_equal(effect_of(held), EFFECT_OTHER);
}

static void test_a_manifests_hold_is_on_what_it_moves(void **state)
{
    (void)state;
    struct fact *held = say(HOLD, BUREAU, 1);
    held->bits |= FACT_OF_GROUP;
    held->manifest = TO_PLANT;
    pack(0, 5000);
    struct fact *loaded = load(2, TO_PLANT);
    fold();
    assert_anchor(finding(RULE_hold_broken), loaded);
    loaded->manifest = TO_CENTRE;
    fold();
    assert_null(finding(RULE_hold_broken));
    loaded->manifest = TO_PLANT;
    struct fact *released = say(RELEASE, BUREAU, 1);
    released->bits |= FACT_OF_GROUP;
    released->manifest = TO_PLANT;
    fold();
    assert_null(finding(RULE_hold_broken));
}

/* ---- orders ------------------------------------------------------------------------------------ */

static void test_an_order_ends_it_whoever_holds_it(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *order = say(CLOSE, BUREAU, 50);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_ENDED);
    assert_true(fill->is_by_order);
    assert_present(TO_PLANT, 0, 0, 0, 0, 0);
    assert_int_equal(sums_of(TO_PLANT).loaded, 1);
    assert_int_equal(sums_of(TO_PLANT).fed, 0);
    assert_int_equal(history.feeding_count, 0);
    /* Of a manifest: what still travels by it, and nothing that is gone from it. */
    order->bits |= FACT_OF_GROUP;
    order->manifest = TO_PLANT;
    assert_int_equal(folded_state(), CONTAINER_ENDED);
    order->manifest = TO_CENTRE;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    order->manifest = TO_PLANT;
    receive(20, PLANT, TO_PLANT, ACCEPTED);
    feed(22);
    assert_int_equal(folded_state(), CONTAINER_FED);
}

static void test_what_was_treated_is_not_ended_by_an_order(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, ACCEPTED);
    feed(9);
    struct fact *order = say(CLOSE, BUREAU, 50);
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_int_equal(effect_of(order), EFFECT_NO_CHANGE);
}

/* ---- relabelling ------------------------------------------------------------------------------- */

enum { NEW_LABEL = 88 };

static struct container_label given;

static struct fact *relabel(int64_t hours, uint32_t party)
{
    struct fact *fact = say(RELABEL, party, hours);
    fact->other = NEW_LABEL;
    given = (struct container_label){.number = NEW_LABEL, .is_free = true, .relabel = fact};
    context.labels = &given;
    context.label_count = 1;
    return fact;
}

static void test_a_new_label_leads_to_the_same_container(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *torn = relabel(3, CARRIER);
    receive(9, PLANT, TO_PLANT, ACCEPTED)->label = NEW_LABEL;
    feed(12); /* the old one still answers */
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_FED);
    assert_true(fill->mass_g == 5000 && fill->born_us == hour(0));
    assert_int_equal(effect_of(torn), EFFECT_APPLIED);
    assert_present(TO_PLANT, 0, 0, 0, 0, 1);
    assert_no_findings();
}

static void test_what_was_said_of_the_label_before_is_not_of_this_one(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED)->label = NEW_LABEL;
    relabel(3, CARRIER);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(history.step_count, 3);
}

static void test_only_its_holder_relabels_and_only_with_a_free_label(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *torn = relabel(3, STRANGER);
    receive(9, PLANT, TO_PLANT, ACCEPTED)->label = NEW_LABEL;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(torn), EFFECT_CONTESTED);
    fact_countersign(torn, CARRIER);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    given.is_free = false;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(torn), EFFECT_CONTESTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_scanning_a_box_takes_what_is_in_it, setup),
        cmocka_unit_test_setup(test_a_box_takes_nothing_that_is_not_in_it, setup),
        cmocka_unit_test_setup(test_only_the_holder_nests, setup),
        cmocka_unit_test_setup(test_moved_by_its_own_code_it_stays_in_the_box, setup),
        cmocka_unit_test_setup(test_what_is_said_of_the_bag_goes_before_what_is_said_of_its_box,
                               setup),
        cmocka_unit_test_setup(test_a_remainder_speaks_of_what_is_in_transit_under_the_manifest,
                               setup),
        cmocka_unit_test_setup(test_a_remainder_does_not_reach_another_manifest, setup),
        cmocka_unit_test_setup(test_the_same_carrier_needs_nobody_to_change_vehicles, setup),
        cmocka_unit_test_setup(test_between_carriers_custody_passes_by_both_signatures, setup),
        cmocka_unit_test_setup(test_a_whole_trip_takes_what_is_on_it, setup),
        cmocka_unit_test_setup(test_a_centre_holds_what_was_left_with_it, setup),
        cmocka_unit_test_setup(test_moving_what_is_held_is_found_and_moves_it, setup),
        cmocka_unit_test_setup(test_a_manifests_hold_is_on_what_it_moves, setup),
        cmocka_unit_test_setup(test_an_order_ends_it_whoever_holds_it, setup),
        cmocka_unit_test_setup(test_what_was_treated_is_not_ended_by_an_order, setup),
        cmocka_unit_test_setup(test_a_new_label_leads_to_the_same_container, setup),
        cmocka_unit_test_setup(test_what_was_said_of_the_label_before_is_not_of_this_one, setup),
        cmocka_unit_test_setup(test_only_its_holder_relabels_and_only_with_a_free_label, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
