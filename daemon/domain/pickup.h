/* pickup.h: how often waste is picked up at a generator (医疗废物管理条例 art. 25).
 * Never looks at where the waste went.
 *
 * A visit is a load by a carrier at the generator, also one with nothing to collect. The time runs from the first packing
 * after a visit (or the first ever), cut up to the full hour in the generator's favour, and is met by the next visit: an
 * institution with nothing to hand over owes nobody a visit, and what a visit left behind is judged bag by bag
 * (medical_storage). It is a day or two, by beds. Waste that left otherwise than by a load, as where a generator treats or
 * brings it itself, waits for no one.
 *
 * Kept by civil day; a year knows which of its days have visits and waiting waste, and the party's own record which years:
 * so that the day before and the day after are found however far they are, in at most five reads each.
 *
 * Of several visits in one hour the first is the visit. Bounds: PICKUP_HOURS pairs of hour and profile a day, what does not fit waits
 * unseen; of one hour the first PICKUP_VISITS loads, should the first be withdrawn; years 2000 to 2127. */
#ifndef CUSTODY_DOMAIN_PICKUP_H
#define CUSTODY_DOMAIN_PICKUP_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum {
    PICKUP_HOURS = 64,
    PICKUP_VISITS = 4,
    PICKUP_YEAR_FIRST = 2000,
    PICKUP_YEARS = 128,
    PICKUP_DAYS = 366,
};

/* What began to wait in one hour of the day. */
struct pickup_hour {
    uint8_t hour;
    uint32_t profile;
    int64_t pieces;
};

struct pickup_day {
    uint32_t count;
    struct pickup_hour waiting[PICKUP_HOURS]; /* by hour and profile */
    struct moments visits;
};

/* Bits of days of the year, or of years. */
struct pickup_index {
    uint8_t visits[PICKUP_DAYS / 8 + 1];
    uint8_t waiting[PICKUP_DAYS / 8 + 1];
};

void pickup_add(struct pickup_day *day, uint32_t hour, uint32_t profile, int64_t pieces);
bool pickup_is_waiting(const struct pickup_day *day);
/* Has the hour all the visits that are kept of it, before this one? */
bool pickup_is_visited(const struct pickup_day *day,
                       int64_t day_start_us,
                       const struct moment *visit);
/* True when something changed. */
bool pickup_visit(struct pickup_day *day,
                  int64_t day_start_us,
                  const struct moment *visit,
                  enum moment_tell tell);
/* The visits of the day that count, one an hour. */
void pickup_visits(const struct pickup_day *day, int64_t day_start_us, struct moments *ret);

bool pickup_bit(const uint8_t *bits, uint32_t at);
/* True when it changed. */
bool pickup_set_bit(uint8_t *bits, uint32_t at, bool value);
/* The nearest bit that is set at or after (before) `at`, below `count`; -1: none. */
int32_t pickup_next_bit(const uint8_t *bits, int32_t at, uint32_t count);
int32_t pickup_last_bit(const uint8_t *bits, int32_t at);

/* What asks for a visit. */
struct pickup_need {
    int64_t since_us, due_us;
    uint32_t profile;
};
/* The first waste of the day that began to wait after `after_us` and before `before_us`; false when there is none. */
bool pickup_find_need(const struct pickup_day *day,
                      int64_t day_start_us,
                      int64_t after_us,
                      int64_t before_us,
                      uint32_t party,
                      const struct law *law,
                      struct pickup_need *ret);
/* The row of the time between two visits; either may be NULL. None when the visit came in time. */
void pickup_judge(const struct moment *visit,
                  const struct moment *next,
                  const struct pickup_need *need,
                  uint32_t party,
                  int32_t civil_day,
                  const struct law *law,
                  struct work_set *set);

size_t pickup_write_day(const struct pickup_day *day, uint8_t *ret, size_t cap);
bool pickup_parse_day(struct span bytes, struct pickup_day *ret);
size_t pickup_write_index(const struct pickup_index *index, uint8_t *ret, size_t cap);
bool pickup_parse_index(struct span bytes, struct pickup_index *ret);

#endif
