/* plant.h: what a plant treated by hour, day and year against its permits, and whether its line was on.
 * Sums of what containers contribute, and moments: what was said of its lines.
 *
 * 固体废物污染环境防治法 art. 80: no more than the permit says; GB 39707-2020 7.3.3: hours off in the year. A line that was
 * said to be off, or whose meter counted no electricity, treats nothing. A line is a place of the plant by number; 0 is the
 * whole plant, which is what a feed or a stop means that names no line.
 *
 * Bounds: of one hour and line the first PLANT_SHOWN statements are kept as evidence and compared with the stops; a day and
 * a year keep the first PLANT_STOPS stops. Masses are exact without a bound. */
#ifndef CUSTODY_DOMAIN_PLANT_H
#define CUSTODY_DOMAIN_PLANT_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

enum { PLANT_HOURS = 24, PLANT_DAYS = 366, PLANT_SHOWN = 4, PLANT_STOPS = 48 };
enum plant_moment { PLANT_TREATED = 1, PLANT_STOPPED = 2 };

struct plant_day {
    int64_t fed_g[PLANT_HOURS];
    struct tally_profiles profiles;
    struct moments treated; /* feeds and yields */
    struct moments stops;   /* that reach into the day, whole */
};

struct plant_year {
    int64_t fed_g[PLANT_DAYS]; /* by day of the year, from 0 */
    struct tally_profiles profiles;
    struct moments stops;
};

void plant_day_treat(struct plant_day *day,
                     int64_t day_start_us,
                     const struct moment *moment,
                     enum moment_tell tell);
void plant_day_stop(struct plant_day *day, const struct moment *moment, enum moment_tell tell);
void plant_day_add(struct plant_day *day, int64_t day_start_us, const struct tally_part *part);
void plant_day_work(const struct plant_day *day,
                    uint32_t party,
                    int32_t civil_day,
                    const struct law *law,
                    struct work_set *set);
void plant_year_stop(struct plant_year *year, const struct moment *moment, enum moment_tell tell);
void plant_year_add(struct plant_year *year, int32_t day_of_year, const struct tally_part *part);
void plant_year_work(const struct plant_year *year,
                     uint32_t party,
                     int32_t civil_year,
                     const struct law *law,
                     struct work_set *set);

size_t plant_day_write(const struct plant_day *day, uint8_t *ret, size_t cap);
bool plant_day_parse(struct span bytes, struct plant_day *ret);
size_t plant_year_write(const struct plant_year *year, uint8_t *ret, size_t cap);
bool plant_year_parse(struct span bytes, struct plant_year *ret);

#endif
