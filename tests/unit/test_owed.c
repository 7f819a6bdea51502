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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
