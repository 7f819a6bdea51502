/* tally.h: what a container's history adds to the sums of a party's day, month and year, and of a place's stock.
 * Never keeps a sum itself: the old parts are subtracted, the new added (DESIGN 5), so that a sum follows from the set of
 * facts.
 *
 * Also the small sums that several records share: how many pieces each profile judges. */
#ifndef CUSTODY_DOMAIN_TALLY_H
#define CUSTODY_DOMAIN_TALLY_H

#include "daemon/domain/container.h"

enum {
    TALLY_PARTS_MAX = 256,
    TALLY_PROFILES_MAX =
        8, /* of one record; what further profiles judge is not told apart and counts nothing */
};

/* Records of their own kind of look-up row (tables.h, records), beyond the subjects of work.h. The number is tally_number of
 * party, vehicle or place and a civil day, month or year; of the others the party or place itself. */
enum tally_record {
    TALLY_PLANT_DAY = 64,
    TALLY_PLANT_YEAR = 65,
    TALLY_PICKUP_DAY = 66,
    TALLY_PICKUP_YEAR = 67,
    TALLY_PICKUP = 68,
    TALLY_SITTING = 69,
    TALLY_PATTERN = 70,
    TALLY_VEHICLE_DAY = 71,
    TALLY_VEHICLE_MONTH = 72,
    TALLY_PLACE_STOCK = 73,
    TALLY_PARTY_STOCK = 74,
    TALLY_TRIP_SEEN = 75,     /* by trip: sightings that came before its depart statement */
    TALLY_CARRIED = 76,       /* by party and year: carried.h */
    TALLY_CARRIED_SINCE = 77, /* by party: its first year */
    TALLY_BOX_USE = 78,       /* by box and so many civil days: boxes.h */
    TALLY_TREATED = 96,       /* by manifest and batch: manifest.h, manifest_batch */
};

enum tally_kind {
    TALLY_FED = 1, /* a facility treated it: at_us is when */
    TALLY_WAITING =
        2, /* packed at its generator, and not gone but by a carrier's load: at_us is when its age began */
    TALLY_STOCK = 3, /* in a party's hands at a place: at_us is since when */
    TALLY_MADE =
        4, /* records that a party made in a civil month, and their marks: at_us is the month's first moment */
    TALLY_ON_HOLD =
        5, /* waste under a regulator's hold that a party generated or moved: pieces alone */
    TALLY_BOX_FILLED = 6, /* it was put into the box `place`, by the statement that is named */
    TALLY_BOX_EMPTIED =
        7, /* its waste left the box at who treats it: fed out of it, or taken out there */
    TALLY_KEPT =
        16, /* what its party withdrew and this container keeps, because others built on it: at_us is 0 */
};

struct tally_part {
    uint8_t kind;
    uint32_t party;
    uint32_t place;
    uint32_t profile;
    int64_t at_us;
    int64_t pieces; /* TALLY_MADE: records */
    int64_t grams;
    int64_t marks; /* TALLY_MADE */
    /* TALLY_KEPT, TALLY_BOX_...: the statement */
    uint64_t key_prefix; /* TALLY_BOX_... */
    uint32_t key;
    uint64_t key_sequence;
    uint64_t entry;
};

struct tally_parts {
    uint32_t count;
    struct tally_part all[TALLY_PARTS_MAX];
};

/* At most TALLY_PARTS_MAX; parts of one place are one. */
void tally_of_history(const struct container_context *context,
                      const struct container_history *history,
                      struct tally_parts *ret);
/* `after` less `before`, without what comes to nothing. */
void tally_difference(const struct tally_parts *before,
                      const struct tally_parts *after,
                      struct tally_parts *ret);

/* Marks that one record carries by itself: properties of what was recorded, counted and never listed. */
int64_t tally_marks(const struct fact *fact, const struct profile *profile);

uint64_t tally_number(uint32_t of, int32_t period);
void tally_split(uint64_t number, uint32_t *ret_of, int32_t *ret_period);
/* Months since 1970-01, and the day that one begins on. */
int32_t tally_month(const struct calendar *calendar, int64_t at_us);
int32_t tally_month_start(int32_t month);
int32_t tally_year(const struct calendar *calendar, int64_t at_us);

struct tally_profiles {
    uint32_t count;
    struct {
        uint32_t profile;
        int64_t pieces;
    } all[TALLY_PROFILES_MAX];
};
void tally_profiles_add(struct tally_profiles *profiles, uint32_t profile, int64_t pieces);
/* The least number of which there is something and by which the rule is on; 0: none. */
uint32_t
tally_profiles_for(const struct tally_profiles *profiles, const struct law *law, uint16_t rule);
void tally_profiles_write(const struct tally_profiles *profiles, struct bytes_writer *writer);
bool tally_profiles_read(struct bytes_reader *reader, struct tally_profiles *ret);

#endif
