/* test_correct.c: which corrections are in force. */
#include "tests/lib/bag.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_an_amended_mass_counts_from_the_beginning, setup),
        cmocka_unit_test_setup(test_the_newest_amendment_stands, setup),
        cmocka_unit_test_setup(test_another_party_amends_nothing, setup),
        cmocka_unit_test_setup(test_what_a_counterpart_signed_is_amended_with_its_signature, setup),
        cmocka_unit_test_setup(test_who_holds_it_now_may_sign_the_change_instead, setup),
        cmocka_unit_test_setup(test_an_own_countersignature_is_no_counterpart, setup),
        cmocka_unit_test_setup(test_an_amendment_waits_for_its_target, setup),
        cmocka_unit_test_setup(test_amending_the_ward_leaves_the_mass, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
