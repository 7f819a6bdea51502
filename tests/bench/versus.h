/* versus.h: what the peers did, and ours beside it.
 * Never measures, and never says which is better. */
#ifndef TESTS_BENCH_VERSUS_H
#define TESTS_BENCH_VERSUS_H

#include <jansson.h>

#include "tests/bench/report.h"

/* The best of a peer's rows: what a ratio is taken against. */
struct versus {
    const char *name, *heading; /* in the JSON, in the table */
    enum peer_system system;
    enum peer_task task;
};

/* Nothing, where no row of a peer was asked for. */
void versus_print(const struct report *report);
/* {"rows": {...}, "ours": {submit row: {versus name: ratio}}, "bytes": {...}} */
json_t *versus_write(const struct report *report);

#endif
