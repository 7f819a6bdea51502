/* test_carried.c: months add up to the movement rows they follow, in whatever order they come. */
#include <string.h>

#include "daemon/domain/tally.h"
#include "daemon/service/carried.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { PARTY = 7, OTHER = 8, CODE = 3 };

static struct tempdir dir;
static struct lookups *lookups;
static struct book *book;

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    assert_int_equal(lookups_open(dir.path, STORE_CREATE, 64 << 20, 8 << 20, &lookups), CUSTODY_OK);
    book = book_create(lookups, NULL, NULL, 8 << 20);
    assert_non_null(book);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    book_destroy(book);
    lookups_close(lookups);
    tempdir_destroy(&dir);
    return 0;
}

static void
add(uint32_t code, int32_t year, uint32_t month, uint8_t account, int64_t grams, uint64_t entry)
{
    struct movement_sums sums = {0};
    sums.grams[account] = grams;
    carried_add(book, PARTY, code, calendar_from_civil(year, month, 9), &sums, entry);
    assert_int_equal(book_status(book), CUSTODY_OK);
    book_turn(book);
}

static const struct carried_code *find(int32_t year, uint32_t code)
{
    const struct carried_year *read = carried_read(book, PARTY, year);
    assert_non_null(read);
    for (uint32_t i = 0; i < read->count; i++)
        if (read->codes[i].code == code)
            return &read->codes[i];
    return NULL;
}

static void a_month_is_what_came_in_less_what_went_out(void **state)
{
    (void)state;
    assert_int_equal(carried_since(book, PARTY), INT32_MAX);
    add(CODE, 2026, 5, MOVEMENT_generated, 5000, 40);
    add(CODE, 2026, 5, MOVEMENT_sent, 2000, 42);
    add(CODE, 2026, 5, MOVEMENT_of_open, 9999, 43); /* only counts */
    add(CODE, 2025, 12, MOVEMENT_generated, 7, 44);
    const struct carried_code *code = find(2026, CODE);
    assert_int_equal(code->months, 1U << 4);
    assert_int_equal(code->grams[4], 3000);
    assert_int_equal(code->newest[4], 42);
    assert_int_equal(find(2025, CODE)->grams[11], 7);
    assert_null(find(2024, CODE));
    assert_null(find(2026, CODE + 1));
    assert_int_equal(carried_since(book, PARTY), 2025);
    assert_int_equal(carried_since(book, OTHER), INT32_MAX);
    assert_int_equal(carried_read(book, OTHER, 2026)->count, 0);
}

/* What came in and went out on one day adds nothing, but the month has rows. */
static void a_month_that_comes_to_nothing_is_still_told(void **state)
{
    (void)state;
    struct movement_sums sums = {0};
    sums.grams[MOVEMENT_generated] = 500;
    sums.grams[MOVEMENT_self_treated] = 500;
    carried_add(book, PARTY, CODE, calendar_from_civil(2026, 1, 1), &sums, 9);
    assert_int_equal(find(2026, CODE)->months, 1);
    assert_int_equal(find(2026, CODE)->grams[0], 0);
    assert_int_equal(find(2026, CODE)->newest[0], 9);
}

static void sums_are_those_of_the_rows(void **state)
{
    (void)state;
    static int64_t expected[3][CARRIED_MONTHS];
    struct dice dice;
    memset(expected, 0, sizeof expected);
    dice_init(&dice, 26);
    for (uint64_t entry = 1; entry <= 400; entry++) {
        uint32_t code = (uint32_t)dice_below(&dice, 3), month = (uint32_t)dice_below(&dice, 12);
        int64_t grams = (int64_t)dice_below(&dice, 100000) - 50000;
        bool is_in = dice_chance(&dice, 50);
        add(code, 2026, month + 1, is_in ? MOVEMENT_received : MOVEMENT_treated, grams, entry);
        expected[code][month] += is_in ? grams : -grams;
    }
    for (uint32_t code = 0; code < 3; code++)
        for (uint32_t month = 0; month < CARRIED_MONTHS; month++)
            assert_int_equal(find(2026, code)->grams[month], expected[code][month]);
}

static void codes_beyond_the_bound_are_left_out(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= CARRIED_CODES_MAX; code++)
        add(code, 2026, 1, MOVEMENT_generated, 1, code + 1);
    assert_int_equal(carried_read(book, PARTY, 2026)->count, CARRIED_CODES_MAX);
    assert_null(find(2026, CARRIED_CODES_MAX));
}

static void a_damaged_record_is_damage(void **state)
{
    (void)state;
    const uint8_t cut[] = {1, 3};
    add(CODE, 2026, 5, MOVEMENT_generated, 5000, 40);
    book_put_record(book, TALLY_CARRIED, tally_number(PARTY, 2026), span_of(cut, sizeof cut));
    assert_null(carried_read(book, PARTY, 2026));
    assert_int_equal(book_status(book), CUSTODY_ERR_CORRUPT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_month_is_what_came_in_less_what_went_out),
        TEST(a_month_that_comes_to_nothing_is_still_told),
        TEST(sums_are_those_of_the_rows),
        TEST(codes_beyond_the_bound_are_left_out),
        TEST(a_damaged_record_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
