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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
