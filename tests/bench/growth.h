/* growth.h: what a statement and a question cost on a small ledger and on a large one.
 * Never goes over a socket: the service floor alone, in this process, on one thread. */
#ifndef TESTS_BENCH_GROWTH_H
#define TESTS_BENCH_GROWTH_H

#include <stdint.h>

#include "tests/bench/bench.h"

enum growth_cost {
    GROWTH_PACK, /* processor time of a statement, its commit and its share of the projector */
    GROWTH_LOAD,
    GROWTH_RECEIVE,
    GROWTH_FEED,
    GROWTH_TRACE,    /* time of an answer: a container that was traced to ash */
    GROWTH_UNCLOSED, /* the 100 most urgent of the region */
    GROWTH_COSTS
};

struct growth_point {
    uint64_t containers; /* on the ledger when it was measured */
    uint64_t open;       /* of them: not yet treated */
    double us[GROWTH_COSTS];
    uint64_t journal_bytes, lookups_bytes, peak_kib; /* of memory of this process */
};

/* Fill a ledger to the one size, measure, fill it to the other, measure again, and print both with their ratios. */
void growth_measure(const struct bench *bench, struct growth_point ret[static 2]);
void growth_print(const struct growth_point points[static 2]);

#endif
