/* calendar.c: civil days in a fixed offset from UTC, working days, deadlines.
 * Never reads a clock. */
#include "proto/calendar.h"

#define MINUTE_US INT64_C(60000000)

static int64_t divide_down(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

int32_t calendar_day(const struct calendar *calendar, int64_t at_us)
{
    /* In minutes first: adding the offset in microseconds could overflow. */
    int64_t minutes = divide_down(at_us, MINUTE_US) + calendar->utc_offset_minutes;
    return (int32_t)divide_down(minutes, INT64_C(24) * 60);
}

int64_t calendar_day_start_us(const struct calendar *calendar, int32_t day)
{
    int64_t start_us;
    if (__builtin_mul_overflow((int64_t)day, CALENDAR_DAY_US, &start_us) ||
        __builtin_sub_overflow(start_us, calendar->utc_offset_minutes * MINUTE_US, &start_us))
        return day < 0 ? INT64_MIN : INT64_MAX;
    return start_us;
}

bool calendar_is_working_day(const struct calendar *calendar, int32_t day)
{
    (void)calendar; /* will hold the holidays */
    /* 1970-01-01 was a Thursday; 0 is Monday here. */
    int64_t weekday = ((int64_t)day % 7 + 7 + 3) % 7;
    return weekday < 5;
}

int64_t calendar_after_working_days_us(const struct calendar *calendar,
                                       int64_t from_us,
                                       uint32_t count,
                                       bool *ret_provisional)
{
    int32_t day = calendar_day(calendar, from_us);
    while (count > 0 && day < INT32_MAX - 1) {
        day++;
        if (calendar_is_working_day(calendar, day))
            count--;
    }
    *ret_provisional = true;
    return calendar_day_start_us(calendar, day + 1) - 1;
}

/* Both ways by the days of a 400-year era that begins on 1 March, so that the leap day comes last. */
enum { DAYS_OF_ERA = 146097, DAYS_TO_1970 = 719468 };

void calendar_civil(int32_t day, int32_t *ret_year, uint32_t *ret_month, uint32_t *ret_day)
{
    int64_t since = (int64_t)day + DAYS_TO_1970;
    int64_t era = divide_down(since, DAYS_OF_ERA);
    int64_t of_era = since - era * DAYS_OF_ERA;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153; /* 0 is March */
    *ret_day = (uint32_t)(of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (uint32_t)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int32_t)(year + era * 400 + (month >= 10 ? 1 : 0));
}

int32_t calendar_from_civil(int32_t year, uint32_t month, uint32_t day)
{
    int64_t since_march = (int64_t)year - (month <= 2 ? 1 : 0);
    int64_t era = divide_down(since_march, 400);
    int64_t of_era = since_march - era * 400;
    int64_t from_march = month > 2 ? (int64_t)month - 3 : (int64_t)month + 9;
    int64_t of_year = (153 * from_march + 2) / 5 + (int64_t)day - 1;
    return (int32_t)(era * DAYS_OF_ERA + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
                     DAYS_TO_1970);
}
