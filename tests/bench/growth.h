/* growth.h: what a statement and a question cost on a small ledger and on ever larger ones.
 * Never measures statements over a socket: the service floor alone, in this process, on one thread. */
#ifndef TESTS_BENCH_GROWTH_H
#define TESTS_BENCH_GROWTH_H

#include "tests/bench/answers.h"

enum growth_cost { /* processor time of a statement, its commit and its share of the projector */
                   GROWTH_PACK,
                   GROWTH_LOAD,
                   GROWTH_RECEIVE,
                   GROWTH_FEED,
                   GROWTH_COSTS
};

enum { GROWTH_POINTS = 4 };

struct growth_point {
    uint64_t entries, containers; /* on the ledger when it was measured */
    uint64_t open;                /* of the containers: not yet treated */
    double us[GROWTH_COSTS];
    struct answers answers;
    uint64_t journal_bytes, lookups_bytes, peak_kib; /* of memory of this process */
};

struct growth {
    unsigned count; /* 0: was not measured */
    struct growth_point points[GROWTH_POINTS];
};

const char *growth_key(enum growth_cost cost);  /* in the JSON: "pack" */
const char *growth_text(enum growth_cost cost); /* in the table */
/* Fill one ledger to each size in turn and measure. The last size is SIZE of the environment, if that is set. */
void growth_measure(const struct bench *bench, struct growth *ret);
/* The point that the last is compared with: that of 100,000 entries, or the first. */
const struct growth_point *growth_base(const struct growth *growth);

#endif
