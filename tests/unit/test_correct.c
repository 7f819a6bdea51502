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
    ward->ward = 31;
    assert_true(fold()->mass_g == 600);
    assert_int_equal(history.fills[0].ward, 31);
    assert_int_equal(effect_of(mass), EFFECT_APPLIED);
    assert_int_equal(effect_of(ward), EFFECT_APPLIED);
}

/* An amendment of two things gives way when both were amended anew. */
static void test_an_amendment_is_superseded_field_by_field(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    struct fact *both = amend(1, packed, 600);
    both->package = 2;
    struct fact *mass = amend(2, packed, 700);
    assert_true(fold()->mass_g == 700);
    assert_int_equal(history.fills[0].package, 2);
    assert_int_equal(effect_of(both), EFFECT_APPLIED);
    struct fact *package = amend(3, packed, FACT_NO_MASS);
    package->bits = 0;
    package->package = 3;
    assert_true(fold()->mass_g == 700);
    assert_int_equal(history.fills[0].package, 3);
    assert_int_equal(effect_of(both), EFFECT_SUPERSEDED);
    assert_int_equal(effect_of(mass), EFFECT_APPLIED);
    assert_int_equal(effect_of(package), EFFECT_APPLIED);
}

/* ---- at once or as a correction ---------------------------------------------------------------- */

static void assert_is_correction(const struct fact *fact, bool expected)
{
    for (uint32_t i = 0; i < history.step_count; i++)
        if (history.steps[i].fact == fact)
            assert_int_equal(history.steps[i].is_correction, expected);
    assert_int_equal(effect_of(fact), EFFECT_APPLIED);
}

/* Within the profile's minutes of the record, and before anybody signed: as if it had been said so. */
static void test_an_authors_own_correction_is_at_once_for_fifteen_minutes(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    struct fact *amended = amend(0, packed, 5200);
    amended->key = packed->key;
    amended->effective_us = packed->recorded_us + 15 * 60 * INT64_C(1000000);
    assert_true(fold()->mass_g == 5200);
    assert_is_correction(amended, false);
    amended->effective_us++;
    assert_true(fold()->mass_g == 5200);
    assert_is_correction(amended, true);
    /* A colleague's, and one of what a counterpart signed, show as what they are. */
    amended->effective_us = packed->recorded_us;
    amended->key = 99;
    fold();
    assert_is_correction(amended, true);
    amended->key = packed->key;
    fact_countersign(packed, CARRIER);
    fact_countersign(amended, CARRIER);
    fold();
    assert_is_correction(amended, true);
}

/* ---- swapped bags ------------------------------------------------------------------------------ */

/* House rule swap_unsigned (RULES.md N25). */
static void test_swapped_bags_move_once_both_sides_signed(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    struct fact *swapped = about(AMEND, CARRIER, 3, loaded);
    swapped->manifest = TO_CENTRE;
    fold();
    /* Both readings stand: the one in force, and the one that waits. */
    assert_present(TO_PLANT, 1, 0, 0, 0, 0);
    assert_present(TO_CENTRE, 0, 0, 0, 0, 0);
    assert_int_equal(effect_of(swapped), EFFECT_AWAITED);
    const struct work *row = finding(RULE_swap_unsigned);
    assert_anchor(row, swapped);
    assert_int_equal(row->party, CLINIC);
    assert_true(shows(row, loaded));
    fact_countersign(swapped, CLINIC);
    assert_int_equal(fold()->manifest, TO_CENTRE);
    assert_present(TO_PLANT, 0, 0, 0, 0, 0);
    assert_present(TO_CENTRE, 1, 0, 0, 0, 0);
    assert_null(finding(RULE_swap_unsigned));
    assert_int_equal(effect_of(swapped), EFFECT_APPLIED);
    /* What the new manifest's receiver says then reaches it. */
    receive(9, CENTRE, TO_CENTRE, ACCEPTED);
    fold();
    assert_present(TO_CENTRE, 0, 1, 0, 0, 0);
    assert_no_findings();
}

/* The clinic's bag was scanned on another generator's manifest. */
static void test_both_generators_sign_a_swap_between_their_manifests(void **state)
{
    (void)state;
    manifests[TO_CENTRE - 1].generator = STRANGER;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_CENTRE);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(effect_of(loaded), EFFECT_CONTESTED);
    struct fact *swapped = about(AMEND, CARRIER, 3, loaded);
    swapped->manifest = TO_PLANT;
    fact_countersign(swapped, CLINIC);
    fold();
    assert_int_equal(finding(RULE_swap_unsigned)->party, STRANGER);
    fact_countersign(swapped, STRANGER);
    assert_int_equal(fold()->manifest, TO_PLANT);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(loaded), EFFECT_APPLIED);
    assert_null(finding(RULE_swap_unsigned));
}

/* Bodies cannot say it: an amendment has no field for who receives, which number or who signs. */
static void test_no_correction_touches_receiver_number_or_signer(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *messages[] = {&custody__v1__amend_body__descriptor,
                                                    &custody__v1__amended_container__descriptor};
    static const char *const allowed[] = {"target", "generator",      "containers",       "reason",
                                          "code",   "mass_g",         "mass_source",      "package",
                                          "ward",   "temperature_mc", "moved_to_manifest"};
    for (size_t m = 0; m < 2; m++)
        for (unsigned i = 0; i < messages[m]->n_fields; i++) {
            bool is_allowed = false;
            for (size_t k = 0; k < sizeof allowed / sizeof allowed[0]; k++)
                is_allowed |= strcmp(messages[m]->fields[i].name, allowed[k]) == 0;
            assert_true(is_allowed);
        }
}

/* ---- withdrawals ------------------------------------------------------------------------------- */

static void test_what_is_withdrawn_is_as_if_never_said(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *stored = say(STORE, CLINIC, 2);
    stored->place = 31;
    struct fact *taken_back = about(WITHDRAW, CLINIC, 3, stored);
    const struct container_fill *fill = fold();
    assert_int_equal(fill->state, CONTAINER_PACKED);
    assert_int_equal(fill->place, 30);
    assert_int_equal(effect_of(stored), EFFECT_WITHDRAWN);
    assert_int_equal(effect_of(taken_back), EFFECT_APPLIED);
    /* Only by its author's party, and not while it is held. */
    taken_back->party = STRANGER;
    assert_int_equal(folded_state(), CONTAINER_STORED);
    assert_int_equal(effect_of(taken_back), EFFECT_OTHER);
    taken_back->party = CLINIC;
    taken_back->bits = FACT_HELD;
    assert_int_equal(folded_state(), CONTAINER_STORED);
    assert_int_equal(effect_of(taken_back), EFFECT_HELD);
}

static void test_nothing_is_withdrawn_that_another_built_on(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    struct fact *taken_back = about(WITHDRAW, CARRIER, 30, loaded);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    fact_countersign(loaded, CLINIC);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(taken_back), EFFECT_NO_CHANGE);
    loaded->countersigner_count = 0;
    struct fact *received = receive(9, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_int_equal(effect_of(loaded), EFFECT_APPLIED);
    /* What was built on it is withdrawn itself: then it may go too. */
    about(WITHDRAW, PLANT, 31, received);
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(effect_of(received), EFFECT_WITHDRAWN);
    assert_int_equal(effect_of(loaded), EFFECT_WITHDRAWN);
    assert_int_equal(effect_of(taken_back), EFFECT_APPLIED);
}

static void test_a_withdrawn_amendment_leaves_what_it_amended(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    struct fact *amended = amend(1, packed, 7000);
    assert_true(fold()->mass_g == 7000);
    about(WITHDRAW, CLINIC, 2, amended);
    assert_true(fold()->mass_g == 5000);
    assert_int_equal(effect_of(amended), EFFECT_WITHDRAWN);
}

/* ---- disputes ---------------------------------------------------------------------------------- */

static const struct container_step *step_of(const struct fact *fact)
{
    for (uint32_t i = 0; i < history.step_count; i++)
        if (history.steps[i].fact == fact)
            return &history.steps[i];
    fail();
    return NULL;
}

/* House rule disputed (RULES.md N25). */
static void test_a_dispute_is_found_and_moves_nothing(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    loaded->mass_g = 9000;
    struct fact *disputed = about(DISPUTE, CLINIC, 2, loaded);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_true(step_of(loaded)->is_disputed);
    const struct work *row = finding(RULE_disputed);
    assert_anchor(row, disputed);
    assert_int_equal(row->party, CARRIER);
    assert_true(shows(row, loaded));
    /* Ends when its author takes it back, or puts it right. */
    about(WITHDRAW, CLINIC, 3, disputed);
    fold();
    assert_null(finding(RULE_disputed));
    assert_false(step_of(loaded)->is_disputed);
    count--;
    amend(4, loaded, 5000);
    fold();
    assert_null(finding(RULE_disputed));
    assert_int_equal(effect_of(disputed), EFFECT_SUPERSEDED);
    facts[count - 1].effective_us = hour(1) + 5;
    fold();
    assert_non_null(finding(RULE_disputed));
}

static void test_whoever_took_no_part_disputes_nothing(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    struct fact *disputed = about(DISPUTE, STRANGER, 2, loaded);
    fold();
    assert_null(finding(RULE_disputed));
    assert_int_equal(effect_of(disputed), EFFECT_OTHER);
    disputed->party = CARRIER;
    fold();
    assert_null(finding(RULE_disputed));
    disputed->party = PLANT;
    fold();
    assert_non_null(finding(RULE_disputed));
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
        cmocka_unit_test_setup(test_an_amendment_is_superseded_field_by_field, setup),
        cmocka_unit_test_setup(test_an_authors_own_correction_is_at_once_for_fifteen_minutes,
                               setup),
        cmocka_unit_test_setup(test_swapped_bags_move_once_both_sides_signed, setup),
        cmocka_unit_test_setup(test_both_generators_sign_a_swap_between_their_manifests, setup),
        cmocka_unit_test_setup(test_no_correction_touches_receiver_number_or_signer, setup),
        cmocka_unit_test_setup(test_what_is_withdrawn_is_as_if_never_said, setup),
        cmocka_unit_test_setup(test_nothing_is_withdrawn_that_another_built_on, setup),
        cmocka_unit_test_setup(test_a_withdrawn_amendment_leaves_what_it_amended, setup),
        cmocka_unit_test_setup(test_a_dispute_is_found_and_moves_nothing, setup),
        cmocka_unit_test_setup(test_whoever_took_no_part_disputes_nothing, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
