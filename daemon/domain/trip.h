/* trip.h: trips and batches: sums of what their containers contribute, and the statements about the whole.
 * Never folds containers. The code of batch_... is in batch.c. */
#ifndef CUSTODY_DOMAIN_TRIP_H
#define CUSTODY_DOMAIN_TRIP_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

/* A trip's first civil days on the road are judged by what it carries; those beyond, which no trip has, as if it carried
 * nothing. */
enum { TRIP_DAYS_MAX = 8 };
enum { TRIP_RECORD_MAX = 1024, BATCH_RECORD_MAX = FACTS_BYTES_MAX + 512 };

struct trip {
    bool is_known;      /* its depart is on the ledger */
    struct fact depart; /* place = start, receiver = where to; bits say how the vehicle stood */
    uint32_t vehicle;
    uint32_t division; /* of the carrier at departure */
    /* Crew certificates of the carrier that the depart statement names (law.h, is_on_file); 0: none that was on file. */
    uint32_t driver, escort;
    uint32_t stops;     /* loads, also those with nothing to collect */
    uint32_t manifests; /* that its loads name; rows of the members table */
    struct manifest_sums sums;
    struct tally_profiles cargo; /* containers loaded, by the profile that judges them */
    bool has_ended;
    struct moment ended; /* the last receipt of it so far */
    uint32_t day_count;
    int32_t days[TRIP_DAYS_MAX]; /* on which its vehicle was seen; rising, the first ones */
};

struct batch {
    uint32_t facility;
    struct manifest_sums sums;   /* fed, fed_g */
    struct tally_profiles cargo; /* containers fed, by the profile that judges them */
    uint32_t outputs;            /* containers yielded; members of the batch */
    uint64_t additives_g, yielded_g;
    uint32_t method;    /* text, as its newest yield named it; 0: not named yet */
    uint32_t manifests; /* whose containers were fed to it; rows of the members table */
    bool is_finished;
    struct facts facts; /* feed and yield, as statements about the whole */
};

/* Its vehicle is known, by a statement that counts. */
bool trip_is_under_way(const struct trip *trip);
/* The profile by which the vehicle must be cleaned after the trip; 0: none, or it has not ended. */
uint32_t trip_must_be_cleaned(const struct trip *trip, const struct law *law);
/* A receipt of it; true when it is the last one so far. */
bool trip_end(struct trip *trip, const struct moment *receipt);
/* Its vehicle was seen on that civil day. */
void trip_see(struct trip *trip, int32_t day);
/* The profile that judges how its vehicle drove on that day: that of its cargo; 0: as what has no code. */
uint32_t trip_drives_by(const struct trip *trip, const struct law *law, int32_t day);
/* What hangs on the vehicle as it was filed and on what was loaded together. */
void trip_work(const struct trip *trip,
               uint64_t number,
               const struct law *law,
               struct work_set *set);
/* What hangs on the whole batch: more came out than went in. */
void batch_work(const struct batch *batch,
                uint64_t number,
                const struct law *law,
                struct work_set *set);
size_t trip_write(const struct trip *trip, uint8_t *ret, size_t cap);
bool trip_parse(struct span bytes, struct trip *ret);
size_t batch_write(const struct batch *batch, uint8_t *ret, size_t cap);
bool batch_parse(struct span bytes, struct batch *ret);

#endif
