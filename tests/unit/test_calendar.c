/* test_calendar.c: shows that days are cut in the civil zone and that deadlines count working days. */
#include "proto/calendar.h"
#include "tests/lib/check.h"

static const struct calendar utc = {.utc_offset_minutes = 0};
static const struct calendar china = {.utc_offset_minutes = 480};
static const struct calendar newfoundland = {.utc_offset_minutes = -210};

static int64_t
at(const struct calendar *calendar, int32_t year, uint32_t month, uint32_t day, int64_t hour)
{
    return calendar_day_start_us(calendar, calendar_from_civil(year, month, day)) +
           hour * CALENDAR_HOUR_US;
}

static void test_known_days_have_their_numbers(void **state)
{
    (void)state;
    assert_int_equal(calendar_from_civil(1970, 1, 1), 0);
    assert_int_equal(calendar_from_civil(1969, 12, 31), -1);
    assert_int_equal(calendar_from_civil(2000, 3, 1), 11017);
    assert_int_equal(calendar_from_civil(2026, 5, 1), 20574);
    assert_int_equal(calendar_from_civil(1900, 1, 1), -25567);
}

static void test_every_day_of_four_centuries_goes_both_ways(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int32_t number = calendar_from_civil(1900, 1, 1);
    for (int32_t year = 1900; year < 2300; year++) {
        bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        for (uint32_t month = 1; month <= 12; month++) {
            uint32_t length = lengths[month - 1] + (month == 2 && is_leap ? 1 : 0);
            for (uint32_t day = 1; day <= length; day++, number++) {
                int32_t got_year;
                uint32_t got_month;
                uint32_t got_day;
                assert_int_equal(calendar_from_civil(year, month, day), number);
                calendar_civil(number, &got_year, &got_month, &got_day);
                assert_int_equal(got_year, year);
                assert_int_equal(got_month, month);
                assert_int_equal(got_day, day);
            }
        }
    }
}

static void test_a_day_begins_at_civil_midnight(void **state)
{
    (void)state;
    int32_t day = calendar_from_civil(2026, 5, 1);
    int64_t start = calendar_day_start_us(&china, day);
    assert_true(start == INT64_C(1777564800000000)); /* 2026-04-30 16:00 UTC */
    assert_int_equal(calendar_day(&china, start), day);
    assert_int_equal(calendar_day(&china, start - 1), day - 1);
    assert_int_equal(calendar_day(&china, start + CALENDAR_DAY_US - 1), day);
    assert_int_equal(calendar_day(&utc, start), day - 1);
    start = calendar_day_start_us(&newfoundland, day);
    assert_int_equal(calendar_day(&newfoundland, start), day);
    assert_int_equal(calendar_day(&newfoundland, start - 1), day - 1);
}

static void test_days_round_down_before_1970(void **state)
{
    (void)state;
    assert_int_equal(calendar_day(&utc, -1), -1);
    assert_int_equal(calendar_day(&utc, -CALENDAR_DAY_US), -1);
    assert_int_equal(calendar_day(&utc, -CALENDAR_DAY_US - 1), -2);
}

static void test_the_ends_of_time_do_not_overflow(void **state)
{
    (void)state;
    assert_true(calendar_day(&china, INT64_MAX) > 0);
    assert_true(calendar_day(&newfoundland, INT64_MIN) < 0);
    assert_true(calendar_day_start_us(&china, INT32_MAX) == INT64_MAX);
    assert_true(calendar_day_start_us(&china, INT32_MIN) == INT64_MIN);
}

static void test_monday_to_friday_are_working_days(void **state)
{
    (void)state;
    int32_t monday = calendar_from_civil(2026, 5, 4);
    for (int32_t i = 0; i < 7; i++) {
        assert_int_equal(calendar_is_working_day(&china, monday + i), i < 5);
        assert_int_equal(calendar_is_working_day(&china, monday + i - 7 * 4000), i < 5);
    }
}

static void test_five_working_days_end_a_week_later(void **state)
{
    (void)state;
    bool provisional = false;
    /* Received on Wednesday the 6th at 10: due at the end of Wednesday the 13th. */
    int64_t due =
        calendar_after_working_days_us(&china, at(&china, 2026, 5, 6, 10), 5, &provisional);
    assert_true(due == at(&china, 2026, 5, 14, 0) - 1);
    assert_true(provisional);
}

static void test_a_weekend_is_not_counted(void **state)
{
    (void)state;
    bool provisional;
    /* Friday, Saturday and Sunday alike: the first working day after is Monday the 11th. */
    for (uint32_t day = 8; day <= 10; day++) {
        int64_t due =
            calendar_after_working_days_us(&china, at(&china, 2026, 5, day, 23), 1, &provisional);
        assert_true(due == at(&china, 2026, 5, 12, 0) - 1);
    }
    int64_t due =
        calendar_after_working_days_us(&china, at(&china, 2026, 5, 9, 1), 5, &provisional);
    assert_true(due == at(&china, 2026, 5, 16, 0) - 1);
}

static void test_the_day_is_cut_in_the_civil_zone(void **state)
{
    (void)state;
    bool provisional;
    /* 17:00 UTC on Thursday is Friday in China. */
    int64_t late = at(&utc, 2026, 5, 7, 17);
    assert_true(calendar_after_working_days_us(&china, late, 1, &provisional) ==
                at(&china, 2026, 5, 12, 0) - 1);
    assert_true(calendar_after_working_days_us(&utc, late, 1, &provisional) ==
                at(&utc, 2026, 5, 9, 0) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_days_have_their_numbers),
        cmocka_unit_test(test_every_day_of_four_centuries_goes_both_ways),
        cmocka_unit_test(test_a_day_begins_at_civil_midnight),
        cmocka_unit_test(test_days_round_down_before_1970),
        cmocka_unit_test(test_the_ends_of_time_do_not_overflow),
        cmocka_unit_test(test_monday_to_friday_are_working_days),
        cmocka_unit_test(test_five_working_days_end_a_week_later),
        cmocka_unit_test(test_a_weekend_is_not_counted),
        cmocka_unit_test(test_the_day_is_cut_in_the_civil_zone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
