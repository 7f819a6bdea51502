/* trip.h: trips and batches: sums of what their containers contribute, and the statements about the whole.
 * Never folds containers. The code of batch_... is in batch.c. */
#ifndef CUSTODY_DOMAIN_TRIP_H
#define CUSTODY_DOMAIN_TRIP_H

#include "daemon/domain/moment.h"
#include "daemon/domain/tally.h"

/* A trip that is longer is judged by what it carries, and told again, for so many civil days from its first. */
enum {
    TRIP_DAYS_MAX = 62,
    TRIP_RECORD_MAX = 2048,
    BATCH_RECORD_MAX = FACTS_BYTES_MAX + 512,
    TRIP_RECEIPTS_MAX = 8,
};

struct trip {
    bool is_known;      /* its depart is on the ledger */
    struct fact depart; /* place = start, receiver = where to; bits say how the vehicle stood */
    uint32_t vehicle;
    uint32_t division; /* of the carrier at departure */
    /* Crew certificates of the carrier that the depart statement names (law.h, is_on_file); 0: none that was on file. */
    uint32_t driver, escort;
    uint32_t stops;     /* loads that count, also those with nothing to collect */
    uint32_t manifests; /* that its loads name; rows of the members table */
    struct manifest_sums sums;
    struct tally_profiles cargo; /* containers loaded, by the profile that judges them */
    /* The last TRIP_RECEIPTS_MAX receipts of it so far, in order; it ends with the last one that counts. */
    uint32_t receipt_count;
    struct moment receipts[TRIP_RECEIPTS_MAX];
    /* Two parties that received of it, withdrawn or not; 0: none. One of two is not the carrier: it built on the departure. */
    uint32_t receivers[2];
    /* Civil days between which something was said at its vehicle; none while the first is after the last. */
    bool is_seen;
    int32_t first_seen_day, last_seen_day;
};

struct batch {
    uint32_t facility;
    struct manifest_sums sums;   /* fed, fed_g */
    struct tally_profiles cargo; /* containers fed, by the profile that judges them */
    uint32_t outputs;            /* containers yielded; members of the batch */
    uint64_t additives_g;        /* of the yields that count */
    uint64_t yielded_g;          /* of its outputs, as they are declared and amended */
    uint32_t method;             /* text, as its newest yield named it; 0: not named yet */
    uint32_t manifests;          /* whose containers were fed to it; rows of the members table */
    uint32_t finishes;           /* yields that count and say that it is finished */
    struct facts facts;          /* feed and yield, as statements about the whole */
};

/* Its departure is on the ledger and stands: not held, not withdrawn. */
bool trip_has_departed(const struct trip *trip);
/* The same, and its vehicle is known. */
bool trip_is_under_way(const struct trip *trip);
/* By a departure that stands; 0: not known. */
uint32_t trip_vehicle(const struct trip *trip);
/* The last receipt of it that counts; NULL: it has not ended. */
const struct moment *trip_end(const struct trip *trip);
/* Did another party than its carrier take something in from it? Whoever did has built on the departure. */
bool trip_is_built_on(const struct trip *trip, uint32_t carrier);
void trip_note_receiver(struct trip *trip, uint32_t party);
void trip_note_seen(struct trip *trip, int32_t day);
/* The profile by which the vehicle must be cleaned after the trip; 0: none, or it has not ended. */
uint32_t trip_must_be_cleaned(const struct trip *trip, const struct law *law);
/* A receipt of it. */
void trip_receive(struct trip *trip, const struct moment *receipt, enum moment_tell tell);
/* The last of the days that count for it; before the first when there is none. */
int32_t trip_last_day(const struct trip *trip);
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
