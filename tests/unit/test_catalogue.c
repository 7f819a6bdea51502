/* test_catalogue.c: shows which edition decides when, that it comes into force as a whole, and that records survive. */
#include <string.h>

#include "daemon/domain/catalogue.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct catalogue catalogue;
static struct catalogue_code code;

static int setup(void **state)
{
    (void)state;
    memset(&catalogue, 0, sizeof catalogue);
    memset(&code, 0, sizeof code);
    return 0;
}

static void list(uint8_t edition, int64_t from_us)
{
    const struct catalogue_row row = {.edition = edition, .from_us = from_us, .category = "HW01"};
    assert_true(catalogue_add(&code, &row));
}

static void complete(int32_t edition, int64_t now_us)
{
    catalogue.editions[edition].forms = 1 << WASTE_NATIONAL;
    catalogue_complete(&catalogue.editions[edition], now_us, true);
}

/* National catalogue: the edition of 2021, then that of 2025. */
static void test_a_newer_edition_drops_what_it_does_not_list(void **state)
{
    (void)state;
    assert_int_equal(catalogue_at(&catalogue, WASTE_NATIONAL, 1000), -1);
    assert_int_equal(catalogue_begin(&catalogue, span_text("cn-2021"), 100, 1), 0);
    list(0, INT64_MIN);
    assert_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 1000));
    complete(0, 50);
    assert_int_equal(catalogue.editions[0].from_us, 100);
    assert_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 99));
    assert_non_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 100));
    assert_int_equal(catalogue_begin(&catalogue, span_text("cn-2025"), 200, 9), 1);
    assert_non_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 500));
    complete(1, 150);
    assert_int_equal(catalogue_at(&catalogue, WASTE_NATIONAL, 199), 0);
    assert_int_equal(catalogue_at(&catalogue, WASTE_NATIONAL, 200), 1);
    assert_non_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 199));
    assert_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 200));
    assert_int_equal(catalogue_find(&catalogue, span_text("cn-2025")), 1);
    assert_int_equal(catalogue_find(&catalogue, span_text("cn-2031")), -1);
}

static void test_it_never_reaches_back_and_is_complete_once(void **state)
{
    (void)state;
    catalogue_begin(&catalogue, span_text("cn-2021"), 100, 1);
    complete(0, 170);
    assert_int_equal(catalogue.editions[0].from_us, 170);
    complete(0, 900);
    assert_int_equal(catalogue.editions[0].from_us, 170);
    /* While the ledger is founded it may. */
    catalogue_begin(&catalogue, span_text("cn-2016"), 90, 1);
    catalogue_complete(&catalogue.editions[1], 170, false);
    assert_int_equal(catalogue.editions[1].from_us, 90);
    catalogue_begin(&catalogue, span_text("x"), 0, 1);
    catalogue_complete(&catalogue.editions[2], 180, false);
    assert_int_equal(catalogue.editions[2].from_us, 180);
}

static void test_a_row_given_later_is_listed_from_then_on(void **state)
{
    (void)state;
    catalogue_begin(&catalogue, span_text("cn-2021"), 100, 1);
    complete(0, 100);
    list(0, 300);
    assert_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 299));
    assert_non_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 300));
    /* Said again, it changes what is told of it and not since when it is listed. */
    struct catalogue_row again = {.from_us = 400, .hazard = "T/In"};
    assert_true(catalogue_add(&code, &again));
    assert_string_equal(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 300)->hazard, "T/In");
    assert_int_equal(code.count, 1);
}

static void test_of_equal_dates_the_one_begun_last_decides(void **state)
{
    (void)state;
    catalogue_begin(&catalogue, span_text("a"), 100, 1);
    catalogue_begin(&catalogue, span_text("b"), 100, 2);
    complete(1, 100);
    complete(0, 100);
    assert_int_equal(catalogue_at(&catalogue, WASTE_NATIONAL, 100), 1);
}

/* 固体废物分类与代码目录 beside 国家危险废物名录: neither drops the other's codes. */
static void test_an_edition_decides_over_its_own_forms(void **state)
{
    (void)state;
    catalogue_begin(&catalogue, span_text("cn-2021"), 100, 1);
    complete(0, 100);
    list(0, 100);
    assert_int_equal(catalogue_at(&catalogue, WASTE_SOLID, 500), -1);
    catalogue_begin(&catalogue, span_text("cn-solid-2024"), 200, 2);
    complete(1, 200);
    catalogue.editions[1].forms = 1 << WASTE_SOLID;
    assert_int_equal(catalogue_at(&catalogue, WASTE_SOLID, 500), 1);
    assert_int_equal(catalogue_at(&catalogue, WASTE_NATIONAL, 500), 0);
    assert_non_null(catalogue_lists(&catalogue, &code, WASTE_NATIONAL, 500));
}

static void test_there_is_room_for_so_many_editions(void **state)
{
    (void)state;
    for (int i = 0; i < CATALOGUE_EDITIONS_MAX; i++)
        assert_int_equal(catalogue_begin(&catalogue, span_text("x"), 1, 1), i);
    assert_int_equal(catalogue_begin(&catalogue, span_text("y"), 1, 1), -1);
    for (unsigned i = 0; i < CATALOGUE_EDITIONS_MAX; i++)
        list((uint8_t)i, 1);
    const struct catalogue_row row = {.edition = CATALOGUE_EDITIONS_MAX};
    assert_false(catalogue_add(&code, &row));
}

static void test_records_come_back_and_no_part_of_them_does(void **state)
{
    (void)state;
    struct dice dice;
    static uint8_t data[CATALOGUE_RECORD_MAX], again[CATALOGUE_RECORD_MAX];
    static struct catalogue back;
    static struct catalogue_code code_back;
    dice_init(&dice, 34);
    for (int round = 0; round < 60; round++) {
        memset(&catalogue, 0, sizeof catalogue);
        memset(&code, 0, sizeof code);
        uint64_t count = round == 0 ? CATALOGUE_EDITIONS_MAX : dice_below(&dice, 4);
        for (uint64_t i = 0; i < count; i++) {
            char name[CATALOGUE_NAME_MAX + 1] = {0};
            memset(name, 'n', round == 0 ? CATALOGUE_NAME_MAX : 3);
            int32_t edition = catalogue_begin(&catalogue, span_text(name),
                                              (int64_t)dice_throw(&dice), dice_throw(&dice));
            catalogue.editions[edition].from_us = (int64_t)dice_throw(&dice);
            catalogue.editions[edition].forms = (uint8_t)dice_throw(&dice);
            struct catalogue_row row = {.edition = (uint8_t)i,
                                        .from_us = (int64_t)dice_throw(&dice),
                                        .replaces = (uint32_t)dice_throw(&dice)};
            memset(row.category, 'c', round == 0 ? CATALOGUE_CATEGORY_MAX : 4);
            memset(row.hazard, 'h', round == 0 ? CATALOGUE_HAZARD_MAX : 1);
            assert_true(catalogue_add(&code, &row));
        }
        size_t len = catalogue_write(&catalogue, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(catalogue_parse(span_of(data, cap), &back));
            assert_int_equal(catalogue_write(&catalogue, again, cap), 0);
        }
        assert_true(catalogue_parse(span_of(data, len), &back));
        assert_int_equal(catalogue_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        len = catalogue_write_code(&code, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++)
            assert_false(catalogue_parse_code(span_of(data, cap), &code_back));
        data[len] = 0;
        assert_false(catalogue_parse_code(span_of(data, len + 1), &code_back));
        assert_true(catalogue_parse_code(span_of(data, len), &code_back));
        assert_int_equal(catalogue_write_code(&code_back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
    }
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_newer_edition_drops_what_it_does_not_list),
        TEST(test_it_never_reaches_back_and_is_complete_once),
        TEST(test_a_row_given_later_is_listed_from_then_on),
        TEST(test_of_equal_dates_the_one_begun_last_decides),
        TEST(test_an_edition_decides_over_its_own_forms),
        TEST(test_there_is_room_for_so_many_editions),
        TEST(test_records_come_back_and_no_part_of_them_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
