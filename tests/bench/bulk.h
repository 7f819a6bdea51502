/* bulk.h: what concerns a ledger as a whole: its size, its look-ups made anew, its audit.
 * Never starts the daemon. */
#ifndef TESTS_BENCH_BULK_H
#define TESTS_BENCH_BULK_H

#include "tests/bench/bench.h"

/* On ledgers of growing size, printed beside what one could at best expect. */
void bulk_measure(const struct bench *bench);

#endif
