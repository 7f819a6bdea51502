/* items.h: statements of a hundred items: how many items a second become durable, and how many are applied for readers too.
 * Never goes over a socket: the service floor in this process, the writer's work on one thread, the projector beside it. */
#ifndef TESTS_BENCH_ITEMS_H
#define TESTS_BENCH_ITEMS_H

#include "tests/bench/bench.h"

/* Packed, loaded and received, in turn, once a repetition; prints medians. */
void items_measure(const struct bench *bench);

#endif
