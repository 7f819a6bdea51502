/* restart.h: how long a daemon that was killed takes to its first answer, and how much memory it has then.
 * Never counts the filling of the ledger. */
#ifndef TESTS_BENCH_RESTART_H
#define TESTS_BENCH_RESTART_H

#include "tests/bench/bench.h"

/* On ledgers of growing size. */
void restart_measure(const struct bench *bench);

#endif
