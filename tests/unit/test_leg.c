/* test_leg.c: legs: rejection, collection centres, wrong destinations. */
#include "tests/lib/bag.h"

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
    /* The next manifest does not say what it follows on from: the first stays visibly open. */
    assert_present(TO_PLANT, 0, 0, 1, 0, 0);
    assert_present(TO_CENTRE, 1, 0, 0, 0, 0);
    manifests[TO_CENTRE - 1].parent = TO_PLANT;
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

/* A return on a manifest of its own ends where the waste came from: nobody has to treat it there. */
static void test_a_return_manifest_is_carried_out_at_home(void **state)
{
    (void)state;
    manifests[TO_CENTRE - 1].receiver = CLINIC;
    manifests[TO_CENTRE - 1].parent = TO_PLANT;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, REJECTED);
    load(6, TO_CENTRE)->trip = 51;
    receive(20, CLINIC, TO_CENTRE, ACCEPTED)->trip = 51;
    const struct container_fill *fill = fold();
    assert_int_equal(fill->holder, CLINIC);
    assert_true(fill->born_us == hour(0));
    assert_present(TO_PLANT, 0, 0, 0, 0, 0);
    assert_present(TO_CENTRE, 0, 0, 0, 0, 0);
    assert_int_equal(sums_of(TO_CENTRE).loaded, 1);
}

/* Permissions never reach back: what was loaded before the manifest was cancelled was loaded lawfully. */
static void test_a_cancelled_manifest_names_nobody_from_then_on(void **state)
{
    (void)state;
    manifests[TO_PLANT - 1].is_cancelled = true;
    manifests[TO_PLANT - 1].ended_us = hour(2);
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_null(finding(RULE_moved_under_refused));
    manifests[TO_PLANT - 1].ended_us = hour(1);
    assert_int_equal(fold()->holder, CLINIC);
}

static bool acts_for(void *nothing, uint32_t party, uint32_t whom, int64_t at_us)
{
    (void)nothing;
    return party == whom || (whom == PLANT && party == CENTRE && at_us >= hour(3));
}

static void test_a_successor_receives_for_the_plant_that_closed(void **state)
{
    (void)state;
    struct law law = *law_default();
    law.acts_for = acts_for;
    context.law = &law;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *received = receive(2, CENTRE, TO_PLANT, ACCEPTED);
    fold();
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);
    received->effective_us = hour(5);
    assert_int_equal(fold()->holder, CENTRE);
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_rejected_part_keeps_its_age_and_holder, setup),
        cmocka_unit_test_setup(test_a_return_the_carrier_signs_closes_the_leg, setup),
        cmocka_unit_test_setup(test_rejected_waste_that_moves_on_lawfully_leaves_its_manifest,
                               setup),
        cmocka_unit_test_setup(test_a_second_try_under_the_same_manifest_counts_once, setup),
        cmocka_unit_test_setup(test_a_centre_sends_on_under_its_own_manifest, setup),
        cmocka_unit_test_setup(test_a_return_manifest_is_carried_out_at_home, setup),
        cmocka_unit_test_setup(test_a_cancelled_manifest_names_nobody_from_then_on, setup),
        cmocka_unit_test_setup(test_a_successor_receives_for_the_plant_that_closed, setup),
        cmocka_unit_test_setup(test_taken_in_elsewhere_its_manifest_stays_open, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
