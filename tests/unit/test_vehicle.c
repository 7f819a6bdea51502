/* test_vehicle.c: shows when a vehicle is on file, when its filing has expired, and that its record survives. */
#include <string.h>

#include "daemon/domain/party.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct vehicle_filing filing(int64_t from_us, int64_t until_us)
{
    return (struct vehicle_filing){.from_us = from_us, .until_us = until_us, .carrier = 3};
}

static struct vehicle filed(int64_t from_us, int64_t until_us)
{
    struct vehicle vehicle = {0};
    struct vehicle_filing one = filing(from_us, until_us);
    assert_true(vehicle_add_filing(&vehicle, &one));
    return vehicle;
}

static void test_a_vehicle_never_filed_is_unregistered(void **state)
{
    (void)state;
    struct vehicle vehicle = {0};
    assert_int_equal(vehicle_at(&vehicle, 0), VEHICLE_UNREGISTERED);
}

static void test_a_filing_counts_from_its_first_moment_to_before_its_end(void **state)
{
    (void)state;
    struct vehicle vehicle = filed(100, 200);
    assert_int_equal(vehicle_at(&vehicle, 99), VEHICLE_UNREGISTERED);
    assert_int_equal(vehicle_at(&vehicle, 100), VEHICLE_FILED);
    assert_int_equal(vehicle_at(&vehicle, 199), VEHICLE_FILED);
    assert_int_equal(vehicle_at(&vehicle, 200), VEHICLE_EXPIRED);
}

static void test_the_filing_in_force_is_told(void **state)
{
    (void)state;
    struct vehicle vehicle = {0};
    const struct vehicle_filing first = {.from_us = 10, .until_us = 20, .carrier = 5};
    const struct vehicle_filing second = {
        .from_us = 30, .until_us = INT64_MAX, .carrier = 6, .is_medical = true};
    assert_null(vehicle_filing_at(&vehicle, 10));
    vehicle_add_filing(&vehicle, &first);
    vehicle_add_filing(&vehicle, &second);
    assert_int_equal(vehicle_filing_at(&vehicle, 19)->carrier, 5);
    assert_null(vehicle_filing_at(&vehicle, 20));
    assert_true(vehicle_filing_at(&vehicle, 30)->is_medical);
}

static void test_a_filing_without_end_does_not_expire(void **state)
{
    (void)state;
    struct vehicle vehicle = filed(100, INT64_MAX);
    assert_int_equal(vehicle_at(&vehicle, INT64_MAX), VEHICLE_FILED);
}

static void test_a_later_filing_renews(void **state)
{
    (void)state;
    struct vehicle vehicle = filed(300, 400);
    struct vehicle_filing earlier = filing(100, 200);
    assert_true(vehicle_add_filing(&vehicle, &earlier));
    assert_int_equal(vehicle.filings[0].from_us, 100);
    assert_int_equal(vehicle_at(&vehicle, 250), VEHICLE_EXPIRED);
    assert_int_equal(vehicle_at(&vehicle, 350), VEHICLE_FILED);
    assert_int_equal(vehicle_at(&vehicle, 450), VEHICLE_EXPIRED);
}

static void test_a_suspended_vehicle_is_as_good_as_expired(void **state)
{
    (void)state;
    struct vehicle vehicle = filed(100, 200);
    struct suspension suspension = {.from_us = 150, .until_us = 160};
    assert_true(suspension_add(&vehicle.suspensions, &suspension));
    assert_int_equal(vehicle_at(&vehicle, 149), VEHICLE_FILED);
    assert_int_equal(vehicle_at(&vehicle, 150), VEHICLE_EXPIRED);
    assert_int_equal(vehicle_at(&vehicle, 160), VEHICLE_FILED);
}

static void test_filings_that_share_a_moment_overlap(void **state)
{
    (void)state;
    struct vehicle vehicle = filed(100, 200);
    assert_false(vehicle_overlaps(&vehicle, 0, 100));
    assert_true(vehicle_overlaps(&vehicle, 0, 101));
    assert_true(vehicle_overlaps(&vehicle, 150, 160));
    assert_true(vehicle_overlaps(&vehicle, 0, INT64_MAX));
    assert_true(vehicle_overlaps(&vehicle, 199, INT64_MAX));
    assert_false(vehicle_overlaps(&vehicle, 200, INT64_MAX));
    vehicle = filed(100, INT64_MAX);
    assert_true(vehicle_overlaps(&vehicle, 5000, INT64_MAX));
}

/* RULES.md 5.4: the vehicle permit lists class or item, e.g. 危险废物 or 6.2. */
static void test_a_scope_is_a_class_or_hazardous_waste(void **state)
{
    (void)state;
    assert_int_equal(vehicle_scope(span_text("6.2")), 62);
    assert_int_equal(vehicle_scope(span_text("6")), 60);
    assert_int_equal(vehicle_scope(span_text("9")), 90);
    assert_int_equal(vehicle_scope(span_text("危险废物")), VEHICLE_ANY_WASTE);
    static const char *const never[] = {"", "0", "6.", "6.0", "6.22", "62", "x", "6,2", "医疗"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_int_equal(vehicle_scope(span_text(never[i])), 0);
    struct vehicle_filing filing = {0};
    assert_true(vehicle_may_carry(&filing, 62)); /* nothing was told */
    filing.scope_count = 2;
    filing.scopes[0] = 61;
    filing.scopes[1] = 80;
    assert_false(vehicle_may_carry(&filing, 62));
    assert_true(vehicle_may_carry(&filing, 81)); /* a class covers its divisions */
    filing.scopes[1] = 62;
    assert_true(vehicle_may_carry(&filing, 62));
    assert_false(vehicle_may_carry(&filing, 60)); /* and no division its class */
}

static void test_there_is_room_for_so_many_filings(void **state)
{
    (void)state;
    struct vehicle vehicle = {0};
    for (int64_t i = 0; i < VEHICLE_FILINGS_MAX; i++) {
        struct vehicle_filing one = filing(i * 10, i * 10 + 5);
        assert_true(vehicle_add_filing(&vehicle, &one));
    }
    struct vehicle_filing one_more = filing(1000, 2000);
    assert_false(vehicle_add_filing(&vehicle, &one_more));
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 11);
    for (int round = 0; round < 300; round++) {
        struct vehicle vehicle = {0};
        uint64_t count = round == 0 ? VEHICLE_FILINGS_MAX : dice_below(&dice, 4);
        for (uint64_t i = 0; i < count; i++) {
            struct vehicle_filing one = {
                .from_us = (int64_t)dice_throw(&dice),
                .until_us = dice_chance(&dice, 30) ? INT64_MAX : (int64_t)dice_throw(&dice),
                .carrier = (uint32_t)dice_throw(&dice),
                .is_medical = dice_chance(&dice, 50),
                .capacity_g = dice_throw(&dice),
                .scope_count = (uint32_t)dice_below(&dice, VEHICLE_SCOPES_MAX + 1),
                .entry = dice_throw(&dice),
            };
            for (uint32_t k = 0; k < one.scope_count; k++)
                one.scopes[k] = (uint8_t)dice_throw(&dice);
            if (dice_chance(&dice, 50))
                memset(one.licence, '7', PERMIT_NUMBER_MAX);
            vehicle_add_filing(&vehicle, &one);
        }
        uint8_t data[PARTY_RECORD_MAX];
        uint8_t again[PARTY_RECORD_MAX];
        struct vehicle back = {.count = 5};
        size_t len = vehicle_write(&vehicle, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(vehicle_parse(span_of(data, cap), &back));
            assert_int_equal(vehicle_write(&vehicle, again, cap), 0);
        }
        data[len] = 0;
        assert_false(vehicle_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.count, 5);
        assert_true(vehicle_parse(span_of(data, len), &back));
        assert_int_equal(back.count, vehicle.count);
        for (uint32_t i = 0; i < back.count; i++) {
            const struct vehicle_filing *a = &vehicle.filings[i];
            const struct vehicle_filing *b = &back.filings[i];
            assert_true(a->from_us == b->from_us && a->until_us == b->until_us &&
                        a->carrier == b->carrier && a->is_medical == b->is_medical &&
                        a->entry == b->entry && a->capacity_g == b->capacity_g &&
                        a->scope_count == b->scope_count);
            assert_memory_equal(a->scopes, b->scopes, a->scope_count);
            assert_string_equal(a->licence, b->licence);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_vehicle_never_filed_is_unregistered),
        cmocka_unit_test(test_a_filing_counts_from_its_first_moment_to_before_its_end),
        cmocka_unit_test(test_the_filing_in_force_is_told),
        cmocka_unit_test(test_a_filing_without_end_does_not_expire),
        cmocka_unit_test(test_a_later_filing_renews),
        cmocka_unit_test(test_a_suspended_vehicle_is_as_good_as_expired),
        cmocka_unit_test(test_filings_that_share_a_moment_overlap),
        cmocka_unit_test(test_a_scope_is_a_class_or_hazardous_waste),
        cmocka_unit_test(test_there_is_room_for_so_many_filings),
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
