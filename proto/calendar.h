/* calendar.h: civil days in a fixed offset from UTC, working days, deadlines.
 * Never reads a clock. Holidays come from the profile; none are listed in the first cut, so that working days are Monday
 * to Friday and every deadline counted in them is provisional. */
#ifndef CUSTODY_PROTO_CALENDAR_H
#define CUSTODY_PROTO_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_HOUR_US INT64_C(3600000000)
#define CALENDAR_DAY_US  (24 * CALENDAR_HOUR_US)

struct calendar {
    int32_t utc_offset_minutes;
};

/* Days since 1970-01-01 in the civil zone; rounds down before it too. */
int32_t calendar_day(const struct calendar *calendar, int64_t at_us);
int64_t calendar_day_start_us(const struct calendar *calendar, int32_t day);
bool calendar_is_working_day(const struct calendar *calendar, int32_t day);
/* The last microsecond of the `count`-th working day after the day of `from_us`. */
int64_t calendar_after_working_days_us(const struct calendar *calendar,
                                       int64_t from_us,
                                       uint32_t count,
                                       bool *ret_provisional);
void calendar_civil(int32_t day, int32_t *ret_year, uint32_t *ret_month, uint32_t *ret_day);
int32_t calendar_from_civil(int32_t year, uint32_t month, uint32_t day);

#endif
