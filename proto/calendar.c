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

/* The first range that ends on the day or later. */
static uint32_t list_find(const struct calendar_list *list, int32_t day)
{
    uint32_t low = 0, high = list->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (list->ranges[middle].last < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool calendar_has(const struct calendar_list *list, int32_t day)
{
    uint32_t at = list_find(list, day);
    return at < list->count && list->ranges[at].first <= day;
}

bool calendar_add(struct calendar_list *list, int32_t first, int32_t last)
{
    uint32_t at = list_find(list, first);
    if (first > last || list->count == CALENDAR_RANGES_MAX ||
        (at < list->count && list->ranges[at].first <= last))
        return false;
    for (uint32_t i = list->count; i > at; i--)
        list->ranges[i] = list->ranges[i - 1];
    list->ranges[at] = (struct calendar_range){first, last};
    list->count++;
    return true;
}

bool calendar_is_weekend(int32_t day)
{
    /* 1970-01-01 was a Thursday; 0 is Monday here. */
    int64_t weekday = ((int64_t)day % 7 + 7 + 3) % 7;
    return weekday >= 5;
}

bool calendar_is_working_day(const struct calendar *calendar, int32_t day)
{
    if (calendar_has(&calendar->holidays, day))
        return false;
    return !calendar_is_weekend(day) || calendar_has(&calendar->workdays, day);
}

bool calendar_is_covered(const struct calendar *calendar, int32_t day)
{
    return calendar->covers_until != 0 && day >= calendar->covers_from &&
           day <= calendar->covers_until;
}

int64_t calendar_after_working_days_us(const struct calendar *calendar,
                                       int64_t from_us,
                                       uint32_t count,
                                       bool *ret_provisional)
{
    int32_t first = calendar_day(calendar, from_us), day = first;
    while (count > 0 && day < INT32_MAX - 1) {
        day++;
        if (calendar_is_working_day(calendar, day))
            count--;
    }
    *ret_provisional = day > first && !(calendar_is_covered(calendar, first + 1) &&
                                        calendar_is_covered(calendar, day));
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

bool calendar_is_civil(int32_t year, uint32_t month, uint32_t day)
{
    int32_t got_year;
    uint32_t got_month, got_day;
    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31)
        return false;
    calendar_civil(calendar_from_civil(year, month, day), &got_year, &got_month, &got_day);
    return got_month == month; /* the 30th of February is some day of March */
}
