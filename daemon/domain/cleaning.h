/* cleaning.h: what became of a vehicle after each trip that it must be cleaned after: by month, departures, ends of such
 * trips, and cleanings (GB 39707-2020 5.5.2: within 24 hours of use, and before it is used again).
 * Never asks what was on the vehicle: it is told which trips count.
 *
 * A trip ends with the last receipt of it. Boxes are not followed: a box is named by its owner and taken by whoever scans
 * it, and no statement says that it is empty.
 *
 * Bounds: the first MOMENTS_MAX departures and cleanings of a month, CLEANING_USES ends of trips, what does not fit is not
 * followed; looked for is in the month and in the next. */
#ifndef CUSTODY_DOMAIN_CLEANING_H
#define CUSTODY_DOMAIN_CLEANING_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum { CLEANING_USES = 96 };
enum cleaning_moment { CLEANING_USED = 1, CLEANING_CLEANED = 2, CLEANING_DEPARTED = 3 };

struct cleaning_month {
    struct moments used; /* number: the trip; amount: the profile that asks for it */
    struct moments cleaned;
    struct moments departed; /* number: the trip */
};

/* `next`: the month after; NULL: nothing is known of it. Rows are about the trip that ended. */
void cleaning_work(const struct cleaning_month *month,
                   const struct cleaning_month *next,
                   uint32_t vehicle,
                   const struct law *law,
                   struct work_set *set);
size_t cleaning_write(const struct cleaning_month *month, uint8_t *ret, size_t cap);
bool cleaning_parse(struct span bytes, struct cleaning_month *ret);

#endif
