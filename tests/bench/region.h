/* region.h: a small region on a new ledger: generators, each with a place, a key and a connection of its own.
 * Never records a fact: what they do is for load.h. */
#ifndef TESTS_BENCH_REGION_H
#define TESTS_BENCH_REGION_H

#include "tests/bench/keeper.h"
#include "tests/bench/receipts.h"
#include "tests/lib/author.h"

enum { REGION_CLIENTS = 128 };

struct region_client {
    struct author author;
    char party[48];
    void *socket;
    uint64_t containers; /* packed so far: the number of the next */
};

struct region {
    const struct keeper *keeper;
    void *context;
    char server_key[KEEPER_TEXT_MAX];
    struct receipts_ledger ledger;
    struct region_client clients[REGION_CLIENTS];
};

/* The regulator takes the invitation up, registers and enrols all clients and opens the ledger; then they connect. */
void region_open(const struct keeper *keeper, struct region *ret);
void region_close(struct region *region);

#endif
