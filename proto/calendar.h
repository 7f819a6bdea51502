/* calendar.h: civil days in a fixed offset from UTC, working days, deadlines.
 * Never reads a clock. Holidays and working weekend days come from the profile, which says until when its lists are
 * complete (`covers_until`): a deadline that is counted through days beyond is provisional, and counted there with Monday to
 * Friday. */
#ifndef CUSTODY_PROTO_CALENDAR_H
#define CUSTODY_PROTO_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_HOUR_US INT64_C(3600000000)
#define CALENDAR_DAY_US  (24 * CALENDAR_HOUR_US)

enum { CALENDAR_RANGES_MAX = 128 }; /* more than ten years of either list */

/* Civil days, both included. */
struct calendar_range {
    int32_t first;
    int32_t last;
};

struct calendar_list {
    uint32_t count;
    struct calendar_range ranges[CALENDAR_RANGES_MAX]; /* sorted, apart */
};

struct calendar {
    int32_t utc_offset_minutes;
    int32_t covers_from; /* civil days, both included; until 0: the lists cover nothing */
    int32_t covers_until;
    struct calendar_list holidays; /* off, whatever day of the week */
    struct calendar_list workdays; /* worked, though a weekend */
};

/* Days since 1970-01-01 in the civil zone; rounds down before it too. */
int32_t calendar_day(const struct calendar *calendar, int64_t at_us);
int64_t calendar_day_start_us(const struct calendar *calendar, int32_t day);
bool calendar_is_weekend(int32_t day);
bool calendar_is_working_day(const struct calendar *calendar, int32_t day);
/* Do the lists say all there is to know of that day? */
bool calendar_is_covered(const struct calendar *calendar, int32_t day);
/* Adds days to a list, in any order. False when it is full or one of the days is in it already. */
bool calendar_add(struct calendar_list *list, int32_t first, int32_t last);
bool calendar_has(const struct calendar_list *list, int32_t day);
/* The last microsecond of the `count`-th working day after the day of `from_us`; provisional unless every day from then on
 * is covered. */
int64_t calendar_after_working_days_us(const struct calendar *calendar,
                                       int64_t from_us,
                                       uint32_t count,
                                       bool *ret_provisional);
void calendar_civil(int32_t day, int32_t *ret_year, uint32_t *ret_month, uint32_t *ret_day);
int32_t calendar_from_civil(int32_t year, uint32_t month, uint32_t day);
/* Is there such a day? Years 1 to 9999. */
bool calendar_is_civil(int32_t year, uint32_t month, uint32_t day);

#endif
