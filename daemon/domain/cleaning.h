/* cleaning.h: what became of a vehicle after each trip, and of a box after each filling, that it must be cleaned after
 * (GB 39707-2020 5.5.2: vehicles, tools and boxes within 24 hours of use, and before they are used again).
 * Never asks what was on the vehicle or in the box: it is told which uses count.
 *
 * By periods, of a vehicle months, of a box a few days: departures or fillings, ends of uses, cleanings. A trip ends with the
 * last receipt of it; the use of a box with the last time that waste left it for treatment before it is filled again.
 *
 * Bounds: the first MOMENTS_MAX beginnings and cleanings of a period, CLEANING_USES ends of uses, what does not fit is not
 * followed; looked for is in the period and in the next. */
#ifndef CUSTODY_DOMAIN_CLEANING_H
#define CUSTODY_DOMAIN_CLEANING_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum { CLEANING_USES = 96 };
enum cleaning_moment {
    CLEANING_USED = 1,
    CLEANING_CLEANED = 2,
    CLEANING_DEPARTED = 3,
    CLEANING_FILLED = 4,
};

struct cleaning_month {
    /* Of a vehicle, number: the trip; amount: the profile that asks for it. Of a box, number: the profile; amount: pieces. */
    struct moments used;
    struct moments cleaned;
    struct moments departed; /* number: the trip. Of a box, fillings; amount: pieces */
};

/* `next`: the month after; NULL: nothing is known of it. Rows are about the trip that ended. */
void cleaning_work(const struct cleaning_month *month,
                   const struct cleaning_month *next,
                   uint32_t vehicle,
                   const struct law *law,
                   struct work_set *set);
/* The same of a box. Rows are about the box. */
void cleaning_box_work(const struct cleaning_month *period,
                       const struct cleaning_month *next,
                       uint32_t box,
                       const struct law *law,
                       struct work_set *set);
/* So many pieces more, or fewer, of that moment; it goes when none is left. */
void cleaning_count(struct moments *moments, const struct moment *moment, int64_t pieces);
size_t cleaning_write(const struct cleaning_month *month, uint8_t *ret, size_t cap);
bool cleaning_parse(struct span bytes, struct cleaning_month *ret);

#endif
