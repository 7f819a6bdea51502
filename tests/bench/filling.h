/* filling.h: a ledger that grows to any size: shipments of 100 bags, packed one by one, loaded, received, confirmed, fed.
 * Never over a socket: statements go straight to the service. Ends the program when one is not taken. */
#ifndef TESTS_BENCH_FILLING_H
#define TESTS_BENCH_FILLING_H

#include "tests/lib/author.h"
#include "tests/lib/desk.h"

enum {
    FILLING_SHIPMENT = 100,  /* bags that go together */
    FILLING_OPEN_EVERY = 50, /* one shipment in so many stays on the road */
    FILLING_CODE_MAX = 24,
};

/* Who asks, with a connection of its own: the hospital of its own bags, the bureau of everybody's. */
enum filling_asker { FILLING_HOSPITAL, FILLING_BUREAU, FILLING_ASKERS };

struct filling {
    struct desk desk;
    struct author askers[FILLING_ASKERS];
    uint8_t trip[DIGEST_SIZE], manifest[DIGEST_SIZE]; /* ids of the newest */
    uint64_t bags, shipments;                         /* so far; bag n is named by filling_code */
    uint64_t entries;                                 /* on the ledger */
    int64_t spacing_us;                               /* between shipments */
    char codes[FILLING_SHIPMENT][FILLING_CODE_MAX];
};

/* A new ledger in a temporary folder. Its shipments are spaced so that `most_entries` are less than a year: a hospital's
 * days and months are no fuller in the end than in the beginning. */
void filling_open(uint64_t most_entries, struct filling *ret);
void filling_close(struct filling *filling);
/* Until there are so many entries, or a shipment more; then all of it can be read. */
void filling_grow(struct filling *filling, uint64_t entries);
/* Counts what others submitted at its desk. */
void filling_count(struct filling *filling);

/* A trip, and a manifest, for what the caller packs itself. */
void filling_depart(struct filling *filling);
void filling_issue(struct filling *filling);

void filling_code(uint64_t bag, char ret[static FILLING_CODE_MAX]);
uint64_t filling_open_bags(const struct filling *filling);

#endif
