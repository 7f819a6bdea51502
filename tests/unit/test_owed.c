/* test_owed.c: what is owed and broken at the end: the age of waste in storage. */
#include "tests/lib/bag.h"

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

/* Solid Waste Law art. 81. */
static void test_other_waste_may_be_in_stock_for_a_year(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    packed->bits = 0;
    packed->profile = LAW_PROFILE_GENERAL;
    fold();
    assert_int_equal(history.work.count, 1);
    assert_true(find_row(WORK_OBLIGATION, RULE_stock_age)->due_us == hour(365 * 24));
    assert_true(find_row(WORK_OBLIGATION, RULE_stock_age)->notice_us == hour(335 * 24));
    load(500, TO_PLANT);
    fold();
    assert_no_findings();
    assert_int_equal(history.work.count, 0);
    facts[1].effective_us = hour(366 * 24);
    fold();
    assert_anchor(finding(RULE_stock_age), packed);
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

/* ---- storage by place -------------------------------------------------------------------------- */

/* Order 36 art. 16: out of the ward every day; Medical Waste Regulation art. 17: out of the hospital in two. */
static void test_a_ward_store_is_emptied_every_day(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    packed->place = WARD;
    fold();
    assert_int_equal(history.work.count, 2);
    assert_true(history.work.rows[0].due_us == hour(48) && history.work.rows[1].due_us == hour(24));
    assert_true(history.work.rows[1].notice_us == hour(18));
    struct fact *stored = say(STORE, CLINIC, 20);
    stored->place = 31;
    fold();
    assert_int_equal(history.work.count, 1);
    stored->effective_us = hour(25);
    fold();
    const struct work *row = finding(RULE_medical_storage);
    assert_anchor(row, packed);
    assert_true(row->due_us == hour(24) && shows(row, stored));
    assert_int_equal(row->party, CLINIC);
}

static void test_a_village_point_has_its_own_limit(void **state)
{
    (void)state;
    change_profile()->village_us = 72 * CALENDAR_HOUR_US;
    pack(0, 5000)->place = VILLAGE;
    fold();
    assert_int_equal(history.work.count, 1);
    assert_true(history.work.rows[0].due_us == hour(72));
    assert_true(history.work.rows[0].notice_us == hour(54));
}

/* Medical Waste Regulation art. 17, at a collection centre: from when it took the waste in. */
static void test_a_centre_has_two_days_of_its_own(void **state)
{
    (void)state;
    pack(0, 5000);
    load(40, TO_PLANT);
    struct fact *left = deposit(44, CENTRE);
    fact_countersign(left, CARRIER);
    fold();
    const struct work *row = find_row(WORK_OBLIGATION, RULE_medical_storage);
    assert_anchor(row, left);
    assert_true(row->due_us == hour(92));
    assert_int_equal(row->party, CENTRE);
    load(93, FROM_CENTRE);
    fold();
    assert_true(finding(RULE_medical_storage)->due_us == hour(92));
    assert_int_equal(finding(RULE_medical_storage)->party, CENTRE);
}

/* GB 39707-2020 5.4.6: 24 hours, 72 below 5 C, 168 below 5 C in a remote place. */
static void test_a_plant_stores_as_long_as_it_is_cold_and_remote(void **state)
{
    (void)state;
    static const struct {
        uint32_t place;
        int64_t hours;
    } limits[] = {{WARM, 24}, {COLD, 72}, {REMOTE, 168}, {60, 24}};
    pack(0, 5000);
    load(20, TO_PLANT);
    struct fact *received = receive(24, PLANT, TO_PLANT, ACCEPTED);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        received->place = limits[i].place;
        fold();
        const struct work *row = find_row(WORK_OBLIGATION, RULE_plant_storage);
        assert_anchor(row, received);
        assert_true(row->due_us == hour(24 + limits[i].hours));
        assert_true(row->notice_us == hour(24 + limits[i].hours / 4 * 3));
        assert_int_equal(row->party, PLANT);
    }
    /* Moved to the cold store in time: that one's limit, from the same moment. */
    received->place = WARM;
    say(STORE, PLANT, 40)->place = COLD;
    fold();
    assert_true(find_row(WORK_OBLIGATION, RULE_plant_storage)->due_us == hour(96));
    feed(100);
    fold();
    assert_anchor(finding(RULE_plant_storage), received);
    assert_true(finding(RULE_plant_storage)->due_us == hour(96));
}

/* GB 39707-2020 5.4.6 (RULES.md N11): a thermometer ends what a cold store is allowed, and makes none. */
static void test_the_measured_temperature_of_the_store_decides(void **state)
{
    (void)state;
    static const struct {
        uint32_t place;
        int32_t celsius_mc;
        int64_t hours;
    } limits[] = {{WARM, 4999, 24},
                  {COLD, 4999, 72},
                  {COLD, 5000, 24},
                  {REMOTE, -4000, 168},
                  {REMOTE, 20000, 24}};
    pack(0, 5000);
    load(20, TO_PLANT);
    receive(24, PLANT, TO_PLANT, ACCEPTED)->place = WARM;
    struct fact *stored = say(STORE, PLANT, 40);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        stored->place = limits[i].place;
        stored->temperature_mk = (uint32_t)(FACT_ZERO_CELSIUS_MK + limits[i].celsius_mc);
        fold();
        assert_true(find_row(WORK_OBLIGATION, RULE_plant_storage)->due_us ==
                    hour(24 + limits[i].hours));
    }
}

static void test_a_rule_that_the_profile_does_not_have_is_not_broken(void **state)
{
    (void)state;
    change_profile()->rules[RULE_medical_storage] = 0;
    pack(0, 5000);
    load(100, TO_PLANT);
    fold();
    assert_null(finding(RULE_medical_storage));
    assert_int_equal(history.work.count, 0);
}

static void test_what_came_back_is_in_temporary_storage_again(void **state)
{
    (void)state;
    pack(0, 5000);
    load(10, TO_PLANT);
    receive(20, PLANT, TO_PLANT, REJECTED);
    struct fact *back = say(STORE, CLINIC, 30);
    fact_countersign(back, CARRIER);
    assert_true(fold()->born_us == hour(0));
    assert_anchor(find_row(WORK_OBLIGATION, RULE_medical_storage), back);
    assert_true(find_row(WORK_OBLIGATION, RULE_medical_storage)->due_us == hour(78));
}

/* ---- rejected, lost, unsigned ------------------------------------------------------------------ */

/* Transfer Measures art. 18: rejected waste needs its next destination. */
static void test_rejected_waste_waits_for_its_next_destination(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *rejected = receive(5, PLANT, TO_PLANT, REJECTED);
    rejected->reason = CUSTODY__V1__REASON_CLASS__REASON_CAPACITY;
    fold();
    const struct work *row = find_row(WORK_OBLIGATION, RULE_rejected_waiting);
    assert_anchor(row, rejected);
    assert_true(row->due_us == hour(53));
    assert_int_equal(row->party, CARRIER);
    /* Tried once more at the same gate it waits on. */
    load(6, TO_PLANT)->trip = 51;
    fold();
    assert_non_null(find_row(WORK_OBLIGATION, RULE_rejected_waiting));
    receive(8, PLANT, TO_PLANT, REJECTED)->trip = 51;
    struct fact *follow_on = load(60, TO_CENTRE);
    follow_on->trip = 51;
    manifests[TO_CENTRE - 1].parent = TO_PLANT;
    fold();
    row = finding(RULE_rejected_waiting);
    assert_anchor(row, rejected);
    assert_true(row->due_us == hour(53) && shows(row, follow_on));
    follow_on->effective_us = hour(50);
    fold();
    assert_null(finding(RULE_rejected_waiting));
    assert_null(find_row(WORK_OBLIGATION, RULE_rejected_waiting));
}

/* Medical Waste Regulation art. 13. */
static void test_a_loss_is_a_finding_until_it_turns_up(void **state)
{
    (void)state;
    pack(0, 5000);
    struct fact *loaded = load(1, TO_PLANT);
    struct fact *lost = say(INCIDENT, CARRIER, 3);
    lost->kind = LOSS;
    assert_int_equal(folded_state(), CONTAINER_LOST);
    const struct work *row = finding(RULE_container_lost);
    assert_anchor(row, lost);
    assert_int_equal(row->party, CARRIER);
    assert_true(shows(row, loaded));
    assert_present(TO_PLANT, 0, 0, 0, 1, 0);
    assert_null(finding(RULE_missing_at_receipt));
    receive(9, PLANT, TO_PLANT, ACCEPTED);
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_null(finding(RULE_container_lost));
    assert_present(TO_PLANT, 0, 1, 0, 0, 0);
    lost->kind = SPILL;
    assert_int_equal(folded_state(), CONTAINER_RECEIVED);
    assert_int_equal(effect_of(lost), EFFECT_OTHER);
}

static void test_only_its_holder_loses_it(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *said = say(INCIDENT, CLINIC, 3);
    said->kind = LOSS;
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
    assert_int_equal(effect_of(said), EFFECT_CONTESTED);
    fact_countersign(said, CARRIER);
    assert_int_equal(folded_state(), CONTAINER_LOST);
}

/* Transfer Measures art. 17. */
static void test_the_next_carrier_owes_its_signature(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *over = transfer(3, CARRIER, LEG, 52);
    fold();
    const struct work *row = find_row(WORK_OBLIGATION, RULE_leg_unsigned);
    assert_anchor(row, over);
    assert_true(row->due_us == hour(27));
    assert_int_equal(row->party, OTHER_CARRIER);
    assert_int_equal(fold()->holder, CARRIER);
    fact_countersign(over, OTHER_CARRIER);
    assert_int_equal(fold()->holder, OTHER_CARRIER);
    assert_null(find_row(WORK_OBLIGATION, RULE_leg_unsigned));
    over->countersigner_count = 0;
    struct fact *received = receive(9, PLANT, TO_PLANT, ACCEPTED);
    fold();
    assert_anchor(finding(RULE_leg_unsigned), over);
    assert_true(shows(finding(RULE_leg_unsigned), received));
}

/* ---- treatment --------------------------------------------------------------------------------- */

/* Solid Waste Law art. 80. */
static void test_treatment_needs_a_permit_for_this_waste(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    receive(5, PLANT, TO_PLANT, ACCEPTED);
    struct fact *fed = feed(10);
    fold();
    assert_no_findings();
    plant_is_permitted = false;
    fold();
    assert_anchor(finding(RULE_treatment_not_permitted), fed);
    assert_int_equal(finding(RULE_treatment_not_permitted)->party, PLANT);
}

/* Medical Waste Regulation art. 21 and 19: where the profile allows it the generator treats its own, without a permit. */
static void test_its_own_generator_treats_it_where_the_profile_allows(void **state)
{
    (void)state;
    struct profile *profile = change_profile();
    profile->self_disposal = 0;
    profile->sterilise_on_site = 0;
    pack(0, 5000);
    struct fact *fed = say(FEED, CLINIC, 5);
    fed->batch = 70;
    assert_int_equal(folded_state(), CONTAINER_PACKED);
    assert_int_equal(effect_of(fed), EFFECT_CONTESTED);
    profile->self_disposal = 1;
    assert_int_equal(folded_state(), CONTAINER_FED);
    assert_no_findings();
    profile->self_disposal = 0;
    profile->sterilise_on_site = 1;
    assert_int_equal(folded_state(), CONTAINER_FED);
    /* Not what somebody else holds. */
    load(3, TO_PLANT);
    assert_int_equal(folded_state(), CONTAINER_IN_TRANSIT);
}

/* Medical Waste Regulation art. 19. */
static void test_laboratory_waste_is_sterilised_before_it_leaves(void **state)
{
    (void)state;
    clinic_site = CUSTODY__V1__SITE_KIND__SITE_LABORATORY;
    struct fact *packed = pack(0, 5000);
    fold();
    assert_int_equal(history.work.rows[0].hazard, 3);
    struct fact *loaded = load(1, TO_PLANT);
    fold();
    assert_anchor(finding(RULE_hazard_untreated), loaded);
    assert_int_equal(finding(RULE_hazard_untreated)->party, CLINIC);
    /* What came out of the autoclave is a container of its own. */
    packed->act = YIELD;
    fold();
    assert_null(finding(RULE_hazard_untreated));
    packed->act = PACK;
    clinic_site = CUSTODY__V1__SITE_KIND__SITE_HOSPITAL;
    fold();
    assert_null(finding(RULE_hazard_untreated));
}

/* HJ 1259-2022 6.3. */
static void test_the_five_times_have_their_order(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 5000);
    packed->bits |= FACT_FIVE_DISORDER;
    fold();
    assert_anchor(finding(RULE_five_order), packed);
    assert_int_equal(finding(RULE_five_order)->party, CLINIC);
}

/* The same container in two hands at once: house rule. */
static void test_two_who_both_say_that_they_have_it(void **state)
{
    (void)state;
    pack(0, 5000);
    load(1, TO_PLANT);
    struct fact *claimed = receive(5, CENTRE, 0, ACCEPTED);
    fold();
    assert_non_null(finding(RULE_contested));
    assert_null(finding(RULE_two_places));
    struct fact *received = receive(9, PLANT, TO_PLANT, ACCEPTED);
    fold();
    const struct work *row = finding(RULE_two_places);
    assert_anchor(row, claimed);
    assert_int_equal(row->party, CENTRE);
    assert_true(shows(row, received));
}

/* ---- what a row tells besides ------------------------------------------------------------------ */

static void test_a_row_tells_of_the_waste_that_it_is_about(void **state)
{
    (void)state;
    pack(0, 5000)->bits |= FACT_EPIDEMIC;
    load(60, TO_PLANT);
    fold();
    const struct work *row = finding(RULE_medical_storage);
    assert_int_equal(row->profile, LAW_PROFILE_MEDICAL);
    assert_int_equal(row->state, CONTAINER_IN_TRANSIT);
    assert_int_equal(row->hazard, 3);
    assert_int_equal(row->vehicle, 81);
    assert_true(row->mass_g == 5000 && row->since_us == hour(0));
    facts[0].bits = FACT_MEDICAL;
    fold();
    assert_int_equal(finding(RULE_medical_storage)->hazard, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_medical_waste_must_leave_within_two_days, setup),
        cmocka_unit_test_setup(test_leaving_later_is_a_finding_since_the_moment_it_was_due, setup),
        cmocka_unit_test_setup(test_other_waste_may_be_in_stock_for_a_year, setup),
        cmocka_unit_test_setup(test_storing_boxing_and_moving_do_not_restart_the_age, setup),
        cmocka_unit_test_setup(test_age_runs_from_when_the_waste_arose, setup),
        cmocka_unit_test_setup(test_nobody_makes_it_older_than_a_year, setup),
        cmocka_unit_test_setup(test_stored_before_packed_is_born_when_stored, setup),
        cmocka_unit_test_setup(test_a_ward_store_is_emptied_every_day, setup),
        cmocka_unit_test_setup(test_a_village_point_has_its_own_limit, setup),
        cmocka_unit_test_setup(test_a_centre_has_two_days_of_its_own, setup),
        cmocka_unit_test_setup(test_a_plant_stores_as_long_as_it_is_cold_and_remote, setup),
        cmocka_unit_test_setup(test_the_measured_temperature_of_the_store_decides, setup),
        cmocka_unit_test_setup(test_the_measured_temperature_of_the_store_decides, setup),
        cmocka_unit_test_setup(test_a_rule_that_the_profile_does_not_have_is_not_broken, setup),
        cmocka_unit_test_setup(test_what_came_back_is_in_temporary_storage_again, setup),
        cmocka_unit_test_setup(test_rejected_waste_waits_for_its_next_destination, setup),
        cmocka_unit_test_setup(test_a_loss_is_a_finding_until_it_turns_up, setup),
        cmocka_unit_test_setup(test_only_its_holder_loses_it, setup),
        cmocka_unit_test_setup(test_the_next_carrier_owes_its_signature, setup),
        cmocka_unit_test_setup(test_treatment_needs_a_permit_for_this_waste, setup),
        cmocka_unit_test_setup(test_its_own_generator_treats_it_where_the_profile_allows, setup),
        cmocka_unit_test_setup(test_laboratory_waste_is_sterilised_before_it_leaves, setup),
        cmocka_unit_test_setup(test_the_five_times_have_their_order, setup),
        cmocka_unit_test_setup(test_two_who_both_say_that_they_have_it, setup),
        cmocka_unit_test_setup(test_a_row_tells_of_the_waste_that_it_is_about, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
