/* test_describe.c: what a container is packed in, whence it comes and how cold it lies, as amended; and what follows of it. */
#include "tests/lib/bag.h"

enum { BAG = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG, BOX = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BOX };

static uint32_t kelvin(int32_t celsius_mc)
{
    return (uint32_t)(FACT_ZERO_CELSIUS_MK + celsius_mc);
}

static struct fact *store_at(int64_t hours, uint32_t place, int32_t celsius_mc)
{
    struct fact *stored = say(STORE, PLANT, hours);
    stored->place = place;
    stored->temperature_mk = kelvin(celsius_mc);
    return stored;
}

/* Fields other than the mass. */
static struct fact *amend_other(int64_t hours, const struct fact *target)
{
    struct fact *amended = amend(hours, target, FACT_NO_MASS);
    amended->bits = 0;
    return amended;
}

static const struct work *plant_limit(void)
{
    fold();
    return find_row(WORK_OBLIGATION, RULE_plant_storage);
}

static void test_a_pack_says_package_and_ward(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    packed->package = BAG;
    packed->ward = 31;
    assert_int_equal(fold()->package, BAG);
    assert_int_equal(fold()->ward, 31);
    /* A second one of the same fill says nothing new. */
    struct fact *again = pack(1, 500);
    again->package = BOX;
    again->ward = 32;
    assert_int_equal(fold()->package, BAG);
    assert_int_equal(fold()->ward, 31);
}

static void test_package_and_ward_are_amended_each_for_itself(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    packed->package = BAG;
    packed->ward = 31;
    struct fact *package = amend_other(1, packed);
    package->package = BOX;
    assert_int_equal(fold()->package, BOX);
    assert_int_equal(fold()->ward, 31);
    struct fact *ward = amend_other(2, packed);
    ward->ward = 32;
    assert_int_equal(fold()->package, BOX);
    assert_int_equal(fold()->ward, 32);
    assert_true(fold()->mass_g == 500);
    assert_int_equal(effect_of(package), EFFECT_APPLIED);
    assert_int_equal(effect_of(ward), EFFECT_APPLIED);
}

/* The same rule as for a mass: what a counterpart signed changes with its signature. */
static void test_what_a_counterpart_signed_keeps_its_ward(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    packed->ward = 31;
    fact_countersign(packed, CARRIER);
    struct fact *ward = amend_other(1, packed);
    ward->ward = 32;
    assert_int_equal(fold()->ward, 31);
    assert_int_equal(effect_of(ward), EFFECT_CONTESTED);
    fact_countersign(ward, CARRIER);
    assert_int_equal(fold()->ward, 32);
}

static void test_a_withdrawn_amendment_changes_nothing(void **state)
{
    (void)state;
    struct fact *packed = pack(0, 500);
    packed->ward = 31;
    struct fact *ward = amend_other(1, packed);
    ward->ward = 32;
    about(WITHDRAW, CLINIC, 2, ward);
    assert_int_equal(fold()->ward, 31);
}

/* GB 39707-2020 5.4.6: 24 h at 5 C or above, 72 h below. */
static void test_a_warm_cold_store_has_the_short_limit(void **state)
{
    (void)state;
    pack(0, 500);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED)->place = COLD;
    assert_int_equal(plant_limit()->due_us, hour(2 + 72));
    struct fact *stored = store_at(3, COLD, 5000);
    assert_int_equal(plant_limit()->due_us, hour(2 + 24));
    assert_int_equal(history.fills[0].temperature_mk, kelvin(5000));
    stored->temperature_mk = kelvin(4999);
    assert_int_equal(plant_limit()->due_us, hour(2 + 72));
    /* A thermometer makes no cold store. */
    stored->place = WARM;
    assert_int_equal(plant_limit()->due_us, hour(2 + 24));
}

static void test_an_amended_temperature_moves_the_limit(void **state)
{
    (void)state;
    pack(0, 500);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED)->place = COLD;
    struct fact *stored = store_at(3, COLD, 30000);
    assert_int_equal(plant_limit()->due_us, hour(2 + 24));
    struct fact *amended = amend_other(4, stored);
    amended->temperature_mk = kelvin(3000);
    assert_int_equal(plant_limit()->due_us, hour(2 + 72));
    assert_int_equal(history.fills[0].temperature_mk, kelvin(3000));
}

static void test_a_temperature_ends_where_it_was_taken(void **state)
{
    (void)state;
    pack(0, 500);
    load(1, TO_PLANT);
    receive(2, PLANT, TO_PLANT, ACCEPTED)->place = COLD;
    store_at(3, COLD, 30000);
    struct fact *moved = say(STORE, PLANT, 4);
    moved->place = REMOTE;
    assert_int_equal(plant_limit()->due_us, hour(2 + 168));
    assert_int_equal(history.fills[0].temperature_mk, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_pack_says_package_and_ward, setup),
        cmocka_unit_test_setup(test_package_and_ward_are_amended_each_for_itself, setup),
        cmocka_unit_test_setup(test_what_a_counterpart_signed_keeps_its_ward, setup),
        cmocka_unit_test_setup(test_a_withdrawn_amendment_changes_nothing, setup),
        cmocka_unit_test_setup(test_a_warm_cold_store_has_the_short_limit, setup),
        cmocka_unit_test_setup(test_an_amended_temperature_moves_the_limit, setup),
        cmocka_unit_test_setup(test_a_temperature_ends_where_it_was_taken, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
