/* copies.h: how long it takes to bring a ledger elsewhere: as a plain copy of its file, as a backup, as tiles.
 * Never starts the daemon. */
#ifndef TESTS_BENCH_COPIES_H
#define TESTS_BENCH_COPIES_H

#include "tests/bench/bench.h"

/* Medians of all repetitions, each on a place of its own, printed with their ratio to the plain copy. */
void copies_measure(const struct bench *bench);

#endif
