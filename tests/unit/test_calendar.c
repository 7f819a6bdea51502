/* test_calendar.c: shows that days are cut in the civil zone and that deadlines count working days. */
#include "proto/calendar.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

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

/* 国办发明电〔2024〕12号 and the notice of 2025-11-04: a spring festival and two year ends. */
static struct calendar with_lists(void)
{
    struct calendar calendar = {.utc_offset_minutes = 480,
                                .covers_from = calendar_from_civil(2025, 1, 1),
                                .covers_until = calendar_from_civil(2026, 12, 31)};
    assert_true(calendar_add(&calendar.holidays, calendar_from_civil(2026, 1, 1),
                             calendar_from_civil(2026, 1, 3)));
    assert_true(calendar_add(&calendar.holidays, calendar_from_civil(2025, 10, 1),
                             calendar_from_civil(2025, 10, 8)));
    assert_true(calendar_add(&calendar.holidays, calendar_from_civil(2025, 1, 1),
                             calendar_from_civil(2025, 1, 1)));
    assert_true(calendar_add(&calendar.workdays, calendar_from_civil(2026, 1, 4),
                             calendar_from_civil(2026, 1, 4)));
    assert_true(calendar_add(&calendar.workdays, calendar_from_civil(2025, 10, 11),
                             calendar_from_civil(2025, 10, 11)));
    assert_true(calendar_add(&calendar.workdays, calendar_from_civil(2025, 9, 28),
                             calendar_from_civil(2025, 9, 28)));
    return calendar;
}

static void test_holidays_are_not_counted_and_worked_weekends_are(void **state)
{
    (void)state;
    struct calendar calendar = with_lists();
    bool provisional = true;
    /* Received on Tuesday 30 September 2025: the first to the eighth are off, Saturday the 11th is worked. */
    int64_t due =
        calendar_after_working_days_us(&calendar, at(&calendar, 2025, 9, 30, 9), 5, &provisional);
    assert_true(due == at(&calendar, 2025, 10, 15, 0) - 1); /* 9, 10, 11, 13, 14 */
    assert_false(provisional);
    /* Over the year's end: 31 December, then 1 to 3 January off, Sunday the 4th is worked. */
    due =
        calendar_after_working_days_us(&calendar, at(&calendar, 2025, 12, 30, 9), 3, &provisional);
    assert_true(due == at(&calendar, 2026, 1, 6, 0) - 1); /* 31, 4, 5 */
    assert_false(provisional);
}

static void test_beyond_what_the_lists_cover_a_deadline_is_provisional(void **state)
{
    (void)state;
    struct calendar calendar = with_lists();
    bool provisional = false;
    /* The fifth working day after 28 December 2026 lies in 2027, whose holidays nobody announced yet. */
    (void)calendar_after_working_days_us(&calendar, at(&calendar, 2026, 12, 28, 9), 5,
                                         &provisional);
    assert_true(provisional);
    (void)calendar_after_working_days_us(&calendar, at(&calendar, 2026, 12, 28, 9), 3,
                                         &provisional);
    assert_false(provisional); /* the 31st is the last covered day */
    (void)calendar_after_working_days_us(&calendar, at(&calendar, 2024, 12, 31, 9), 1,
                                         &provisional);
    assert_false(provisional);
    (void)calendar_after_working_days_us(&calendar, at(&calendar, 2024, 12, 30, 9), 2,
                                         &provisional);
    assert_true(provisional); /* before the first list too */
    assert_false(calendar_is_covered(&china, calendar_from_civil(2026, 1, 1)));
    /* Nothing to count: nothing to doubt. */
    int64_t due =
        calendar_after_working_days_us(&china, at(&china, 2027, 1, 1, 9), 0, &provisional);
    assert_true(due == at(&china, 2027, 1, 2, 0) - 1);
    assert_false(provisional);
}

static void test_a_list_takes_each_day_once_and_so_many_ranges(void **state)
{
    (void)state;
    struct calendar_list list = {0};
    assert_true(calendar_add(&list, 10, 20));
    assert_false(calendar_add(&list, 20, 20));
    assert_false(calendar_add(&list, 5, 10));
    assert_false(calendar_add(&list, 5, 25));
    assert_false(calendar_add(&list, 12, 13));
    assert_false(calendar_add(&list, 31, 30));
    assert_true(calendar_add(&list, 5, 9));
    assert_true(calendar_add(&list, 21, 21));
    for (int32_t day = 0; day < 30; day++)
        assert_int_equal(calendar_has(&list, day), day >= 5 && day <= 21);
    for (int32_t i = 3; i < CALENDAR_RANGES_MAX; i++)
        assert_true(calendar_add(&list, 100 + 2 * i, 100 + 2 * i));
    assert_false(calendar_add(&list, 9999, 9999));
}

static void test_leap_days_and_days_that_are_none(void **state)
{
    (void)state;
    assert_true(calendar_is_civil(2028, 2, 29));
    assert_true(calendar_is_civil(2000, 2, 29));
    assert_false(calendar_is_civil(2026, 2, 29));
    assert_false(calendar_is_civil(2100, 2, 29));
    assert_false(calendar_is_civil(2026, 4, 31));
    assert_false(calendar_is_civil(2026, 0, 1));
    assert_false(calendar_is_civil(2026, 13, 1));
    assert_false(calendar_is_civil(2026, 1, 0));
    assert_false(calendar_is_civil(2026, 1, 32));
    assert_false(calendar_is_civil(0, 1, 1));
    assert_false(calendar_is_civil(10000, 1, 1));
    /* Tuesday 29 February 2028 is a day like any other. */
    bool provisional;
    assert_true(calendar_after_working_days_us(&china, at(&china, 2028, 2, 28, 9), 1,
                                               &provisional) == at(&china, 2028, 3, 1, 0) - 1);
}

/* Random lists over five years against one flag a day: the same working days, the same deadlines, the same doubt. */
static void test_any_lists_give_what_counting_day_by_day_gives(void **state)
{
    (void)state;
    enum { DAYS = 5 * 366, ROUNDS = 60, ASKED = 200, MARGIN = 400 };
    static bool works[DAYS + MARGIN];
    struct dice dice;
    dice_init(&dice, dice_seed());
    int32_t first = calendar_from_civil(2024, 1, 1);
    for (int round = 0; round < ROUNDS; round++) {
        struct calendar calendar = {
            .utc_offset_minutes = (int32_t)dice_below(&dice, 1560) - 720,
            .covers_from = first + (int32_t)dice_below(&dice, 300),
            .covers_until = first + DAYS - (int32_t)dice_below(&dice, 600),
        };
        for (int32_t i = 0; i < DAYS + MARGIN; i++) {
            /* 2024-01-01 was a Monday. */
            works[i] = i % 7 < 5;
        }
        for (uint32_t list = (uint32_t)dice_below(&dice, 60); list > 0; list--) {
            int32_t from = (int32_t)dice_below(&dice, DAYS - 10);
            int32_t to = from + (int32_t)dice_below(&dice, 9);
            bool is_holiday = dice_below(&dice, 3) != 0;
            bool is_free = true;
            for (int32_t i = from; i <= to; i++)
                is_free = is_free && !calendar_has(&calendar.holidays, first + i) &&
                          !calendar_has(&calendar.workdays, first + i);
            if (!is_free)
                continue;
            assert_true(calendar_add(is_holiday ? &calendar.holidays : &calendar.workdays,
                                     first + from, first + to));
            for (int32_t i = from; i <= to; i++)
                works[i] = !is_holiday;
        }
        for (int32_t i = 0; i < DAYS; i++)
            assert_int_equal(calendar_is_working_day(&calendar, first + i), works[i]);
        for (int asked = 0; asked < ASKED; asked++) {
            int32_t from = (int32_t)dice_below(&dice, DAYS - 120);
            uint32_t count = (uint32_t)dice_below(&dice, 40), left = count;
            int32_t day = from;
            while (left > 0)
                left -= works[++day] ? 1 : 0;
            bool is_sure = day == from || (first + from + 1 >= calendar.covers_from &&
                                           first + day <= calendar.covers_until);
            bool provisional;
            int64_t start = calendar_day_start_us(&calendar, first + from);
            int64_t due = calendar_after_working_days_us(
                &calendar, start + (int64_t)dice_below(&dice, 86400) * 1000000, count,
                &provisional);
            assert_true(due == calendar_day_start_us(&calendar, first + day + 1) - 1);
            assert_int_equal(provisional, !is_sure);
        }
    }
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
        cmocka_unit_test(test_holidays_are_not_counted_and_worked_weekends_are),
        cmocka_unit_test(test_beyond_what_the_lists_cover_a_deadline_is_provisional),
        cmocka_unit_test(test_a_list_takes_each_day_once_and_so_many_ranges),
        cmocka_unit_test(test_leap_days_and_days_that_are_none),
        cmocka_unit_test(test_any_lists_give_what_counting_day_by_day_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
