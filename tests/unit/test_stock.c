/* test_stock.c: no more at a place than it may hold (GB 18597-2023), nor with a plant than its permits say
 * (固体废物污染环境防治法 art. 80; RULES.md N05). */
#include "proto/custody.pb-c.h"
#include "daemon/domain/stock.h"
#include "tests/lib/check.h"

enum { PLANT = 3, STORE = 8, DAY = 20591 };
#define DAY_START INT64_C(1779033600000000)

static const struct place *place_of(void *context, uint32_t place)
{
    (void)place;
    return context;
}

static void limits_of(void *context, uint32_t party, int64_t at_us, struct law_limits *ret)
{
    (void)context;
    (void)party;
    (void)at_us;
    *ret = (struct law_limits){.storage_g = 5000};
}

static struct tally_part part_of(int64_t pieces, int64_t grams)
{
    return (struct tally_part){.kind = TALLY_STOCK,
                               .party = PLANT,
                               .place = STORE,
                               .profile = LAW_PROFILE_MEDICAL,
                               .pieces = pieces,
                               .grams = grams};
}

static void over_the_capacity_is_since_the_day_that_passed_it(void **state)
{
    (void)state;
    static struct stock stock;
    static struct work_set set;
    struct place place = {.party = PLANT, .capacity_g = 5000};
    struct law law = *law_default();
    law.place = place_of;
    law.context = &place;
    memset(&stock, 0, sizeof stock);
    set.count = 0;
    struct tally_part three = part_of(2, 3000), back = part_of(-2, -3000);
    stock_add(&stock, DAY + 2, &three);
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 0);
    stock_add(&stock, DAY, &three);
    stock_add(&stock, DAY + 1, &three);
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_place_overfull);
    assert_int_equal(set.rows[0].due_us, DAY_START + CALENDAR_DAY_US);
    assert_int_equal(set.rows[0].mass_g, 9000);
    assert_int_equal(set.rows[0].subject, STORE);
    /* GB 18597-2023: a point of no registered capacity holds three tonnes. */
    place.capacity_g = 0;
    set.count = 0;
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 0);
    place.kind = CUSTODY__V1__PLACE_KIND__PLACE_VILLAGE_POINT;
    struct tally_part most = part_of(1, 2991000), more = part_of(1, 1);
    stock_add(&stock, DAY + 2, &most);
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 0);
    stock_add(&stock, DAY + 2, &more);
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 1);
    /* Registered later: not judged by what it was not. */
    place.from_us = DAY_START + 3 * CALENDAR_DAY_US;
    set.count = 0;
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 0);
    place.from_us = 0;
    stock_add(&stock, DAY, &back);
    stock_add(&stock, DAY + 1, &back);
    stock_place_work(&stock, STORE, &law, &set);
    assert_int_equal(set.count, 0);
    assert_int_equal(stock.count, 1);
}

static void over_the_permits_storage_limit_is_a_breach(void **state)
{
    (void)state;
    static struct stock stock;
    static struct work_set set;
    struct law law = *law_default();
    memset(&stock, 0, sizeof stock);
    set.count = 0;
    struct tally_part all = part_of(1, 5000), more = part_of(1, 1);
    stock_add(&stock, DAY, &all);
    law.limits = limits_of;
    stock_party_work(&stock, PLANT, &law, &set);
    assert_int_equal(set.count, 0);
    stock_add(&stock, DAY, &more);
    stock_party_work(&stock, PLANT, &law, &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_stock_over_permit);
    assert_int_equal(set.rows[0].party, PLANT);
}

static void the_total_is_exact_beyond_the_days_that_are_told(void **state)
{
    (void)state;
    static struct stock stock, read;
    static uint8_t bytes[24576];
    memset(&stock, 0, sizeof stock);
    struct tally_part one = part_of(1, 10);
    for (int32_t i = 0; i < STOCK_DAYS + 5; i++)
        stock_add(&stock, DAY + i, &one);
    assert_int_equal(stock.grams, 10 * (STOCK_DAYS + 5));
    assert_int_equal(stock.count, STOCK_DAYS);
    size_t len = stock_write(&stock, bytes, sizeof bytes);
    assert_true(len > 0 && len < CONTAINER_RECORD_MAX);
    assert_true(stock_parse(span_of(bytes, len), &read));
    assert_int_equal(read.grams, stock.grams);
    assert_memory_equal(read.days, stock.days, sizeof read.days);
    assert_false(stock_parse(span_of(bytes, len - 1), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_the_capacity_is_since_the_day_that_passed_it),
        cmocka_unit_test(over_the_permits_storage_limit_is_a_breach),
        cmocka_unit_test(the_total_is_exact_beyond_the_days_that_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
