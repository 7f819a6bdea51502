/* caughtup.h: waiting until the look-ups reflect what was recorded.
 * Never waits by the clock: the ledger is asked a question that it answers only then. */
#ifndef TESTS_BENCH_CAUGHTUP_H
#define TESTS_BENCH_CAUGHTUP_H

#include "tests/bench/region.h"

/* Returns when every entry before `entries` shows in answers. Nothing may be unanswered on the client's connection, and it has packed
 * a container. */
void caughtup_wait(const struct region_client *client, uint64_t entries);

#endif
