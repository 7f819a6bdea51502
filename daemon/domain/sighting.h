/* sighting.h: where a vehicle was seen on a civil day, and whether it can have driven from one place to the next.
 * Never follows a route: two statements on trips of one plate, each with its position, are enough.
 *
 * Positions are those in the statements' headers, of whoever was at the vehicle: the driver at departure and at stops, the
 * gate at receipt. Each is taken with its accuracy, and every two times with the tolerance of clocks, in the vehicle's favour.
 * Distances are along a sphere of 6,371 km, flat between the two points at their middle latitude, in integers; at most 2 %
 * too long below 2,000 km and 60 degrees, which is taken off.
 *
 * Compared are neighbours in time, also over midnight. Bounds: the first MOMENTS_MAX sightings of a day and the first
 * SIGHTING_ROWS findings. */
#ifndef CUSTODY_DOMAIN_SIGHTING_H
#define CUSTODY_DOMAIN_SIGHTING_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum { SIGHTING_ROWS = 16 };
enum sighting_moment { SIGHTING_SEEN = 1 };

struct sighting_day {
    struct moments seen; /* number: the trip; amount: metres of accuracy */
};

/* Metres. */
int64_t sighting_distance_m(const struct moment *a, const struct moment *b);
/* `before`: the day before; NULL: nothing was seen then. `profiles`: which one judges the drive to each sighting of the day:
 * as many numbers as the day has sightings. */
void sighting_work(const struct sighting_day *day,
                   const struct sighting_day *before,
                   const uint32_t *profiles,
                   uint32_t vehicle,
                   int32_t civil_day,
                   const struct law *law,
                   struct work_set *set);
size_t sighting_write(const struct sighting_day *day, uint8_t *ret, size_t cap);
bool sighting_parse(struct span bytes, struct sighting_day *ret);

#endif
