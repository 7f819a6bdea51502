/* test_region.c: shows how a division was called at a time, who reads what was merged, and that records survive. */
#include <string.h>

#include "daemon/domain/region.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct region_version named(int64_t from_us, const char *name, uint32_t successor)
{
    struct region_version version = {.from_us = from_us, .successor = successor};
    memcpy(version.name, name, strlen(name) + 1);
    return version;
}

/* 米林县 became 米林市, code 540422 became 540481. */
static void test_a_division_is_called_as_it_was_then(void **state)
{
    (void)state;
    struct region region = {0};
    assert_null(region_at(&region, 5));
    struct region_version county = named(100, "米林县", 0), city = named(200, "米林市", 0);
    assert_true(region_add(&region, &city));
    assert_true(region_add(&region, &county));
    assert_string_equal(region_at(&region, 5)->name, "米林县");
    assert_string_equal(region_at(&region, 199)->name, "米林县");
    assert_string_equal(region_at(&region, 200)->name, "米林市");
    struct region_version again = named(200, "米林", 0);
    assert_true(region_add(&region, &again));
    assert_string_equal(region_at(&region, 900)->name, "米林");
    for (int64_t i = 0; region.count < REGION_VERSIONS_MAX; i++) {
        struct region_version more = named(300 + i, "x", 0);
        assert_true(region_add(&region, &more));
    }
    struct region_version one_more = named(999, "x", 0);
    assert_false(region_add(&region, &one_more));
}

static void test_a_merged_division_is_covered_by_its_successors_regulator(void **state)
{
    (void)state;
    static struct region_mergers mergers;
    mergers.count = 0;
    assert_true(region_merge(&mergers, 542621, 540402));
    assert_true(region_merge(&mergers, 542600, 540400));
    assert_true(region_covers(&mergers, 540402, 542621));
    assert_true(region_covers(&mergers, 540400, 542621));
    assert_true(region_covers(&mergers, 540000, 542621));
    assert_false(region_covers(&mergers, 540421, 542621));
    assert_false(region_covers(&mergers, 542621, 540402));
    assert_true(region_covers(&mergers, 540400, 540421));
    assert_false(region_covers(&mergers, 540500, 540421));
    /* By two steps. */
    assert_true(region_merge(&mergers, 540402, 540501));
    assert_true(region_covers(&mergers, 540500, 542621));
    /* Given another successor. */
    assert_true(region_merge(&mergers, 540402, 540421));
    assert_false(region_covers(&mergers, 540500, 542621));
    assert_int_equal(mergers.count, 3);
    /* Two that name each other end somewhere. */
    assert_true(region_merge(&mergers, 540421, 540402));
    assert_false(region_covers(&mergers, 540500, 542621));
}

static void test_what_a_division_covers_besides_its_own_numbers(void **state)
{
    (void)state;
    static struct region_mergers mergers;
    mergers.count = 0;
    uint32_t found[4];
    region_merge(&mergers, 542621, 540402);
    region_merge(&mergers, 542622, 540421);
    region_merge(&mergers, 540424, 540402);
    assert_int_equal(region_predecessors(&mergers, 540400, found, 4), 2);
    assert_int_equal(found[0], 542621);
    assert_int_equal(found[1], 542622);
    assert_int_equal(region_predecessors(&mergers, 540402, found, 4), 2);
    assert_int_equal(found[1], 540424);
    assert_int_equal(region_predecessors(&mergers, 540400, found, 1), 1);
    assert_int_equal(region_predecessors(&mergers, 540500, found, 4), 0);
    while (mergers.count < REGION_MERGERS_MAX)
        assert_true(region_merge(&mergers, 600000 + mergers.count, 540402));
    assert_false(region_merge(&mergers, 599999, 540402));
}

static void test_records_come_back_and_no_part_of_them_does(void **state)
{
    (void)state;
    struct dice dice;
    static uint8_t data[REGION_RECORD_MAX], again[REGION_RECORD_MAX];
    static struct region_mergers mergers, mergers_back;
    dice_init(&dice, 33);
    for (int round = 0; round < 100; round++) {
        struct region region = {0}, back = {0};
        uint64_t count = round == 0 ? REGION_VERSIONS_MAX : dice_below(&dice, 4);
        for (uint64_t i = 0; i < count; i++) {
            struct region_version version = {.from_us = (int64_t)dice_throw(&dice),
                                             .parent = (uint32_t)dice_throw(&dice),
                                             .successor = (uint32_t)dice_throw(&dice)};
            memset(version.name, 'n', round == 0 ? REGION_NAME_MAX : dice_below(&dice, 9));
            region_add(&region, &version);
        }
        size_t len = region_write(&region, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(region_parse(span_of(data, cap), &back));
            assert_int_equal(region_write(&region, again, cap), 0);
        }
        data[len] = 0;
        assert_false(region_parse(span_of(data, len + 1), &back));
        assert_true(region_parse(span_of(data, len), &back));
        assert_int_equal(region_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
    }
    mergers.count = REGION_MERGERS_MAX;
    dice_fill(&dice, mergers.all, sizeof mergers.all);
    size_t len = region_write_mergers(&mergers, data, sizeof data);
    assert_true(len > 0);
    assert_false(region_parse_mergers(span_of(data, len - 1), &mergers_back));
    assert_true(region_parse_mergers(span_of(data, len), &mergers_back));
    assert_memory_equal(mergers.all, mergers_back.all, sizeof mergers.all);
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_division_is_called_as_it_was_then),
        TEST(test_a_merged_division_is_covered_by_its_successors_regulator),
        TEST(test_what_a_division_covers_besides_its_own_numbers),
        TEST(test_records_come_back_and_no_part_of_them_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
