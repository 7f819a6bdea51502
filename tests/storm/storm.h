/* storm.h: what the supervisor, the honest clients and the attackers share: addresses, keys and what they counted.
 * Lies in memory that all of these processes map; each field has one writer at a time or is atomic. */
#ifndef TESTS_STORM_STORM_H
#define TESTS_STORM_STORM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/author.h"

enum {
    STORM_HONEST = 4,  /* clients that submit and trace, one request unanswered each */
    STORM_HOSTILE = 8, /* keys of one party that has turned against the ledger */
    STORM_TEXT_MAX = 256,
    STORM_PARTY_MAX = 48,
    STORM_SAMPLES_MAX = 1 << 17,
    STORM_COUNTERS_MAX = 64,
};

struct storm_party {
    struct author author;
    char name[STORM_PARTY_MAX];
    uint64_t packed;      /* containers so far: the next one's number */
    uint64_t first_entry; /* of the first of them */
};

/* What one kind of request took; the writer is one process. */
struct storm_sample {
    uint32_t count;
    uint32_t us[STORM_SAMPLES_MAX];
};

/* Of one run of the honest clients. */
struct storm_honest {
    struct storm_sample
        receipts; /* a pack: first sending until its receipt, waits for `busy` included */
    struct storm_sample traces;   /* likewise of a question */
    struct storm_sample arrivals; /* a newcomer: connecting until the answer to hello */
    uint64_t busy, sent_again;    /* answers; requests that had no answer in time */
    uint64_t compared; /* receipts that were asked for a second time, and were the same */
};

struct storm_counter {
    char name[48];
    uint64_t value;
};

struct storm_counters {
    size_t count;
    struct storm_counter each[STORM_COUNTERS_MAX];
};

/* What attackers sent and what came back. */
struct storm_foes {
    _Atomic uint64_t sent, taken, busy, turned_away, connected, closed;
    atomic_bool is_raging; /* the attack has begun in earnest */
};

struct storm {
    char endpoint[STORM_TEXT_MAX], announcements[STORM_TEXT_MAX], origin[STORM_TEXT_MAX];
    char server_key[41]; /* Z85 */
    double seconds;      /* of each run */
    atomic_bool is_over; /* the attack is to end */
    struct author regulator;
    struct storm_party honest[STORM_HONEST];
    struct author newcomer;
    struct storm_party hostile[STORM_HOSTILE]; /* all of one party */
    struct storm_honest result;
    struct storm_counters counters;
    struct storm_foes foes;
};

void storm_sample_add(struct storm_sample *sample, uint64_t ns);
/* The smallest value that `percent` of 100 do not exceed, in milliseconds; 0 of an empty sample. Sorts the values. */
double storm_sample_ms(struct storm_sample *sample, unsigned percent);
/* 0 for a name that is not there. */
uint64_t storm_counter(const struct storm_counters *counters, const char *name);

/* The next statement of a party: one bag, weighed, coded and packed as the rules ask. */
size_t storm_pack(struct storm_party *party, uint8_t *ret, size_t cap);
/* The same with so many bags. */
size_t storm_pack_many(struct storm_party *party, size_t bags, uint8_t *ret, size_t cap);

#endif
