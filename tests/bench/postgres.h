/* postgres.h: libpq's side of the peers: tables, inserts, questions.
 * Never looks at what comes back beyond its number of rows. */
#ifndef TESTS_BENCH_POSTGRES_H
#define TESTS_BENCH_POSTGRES_H

#include "tests/bench/peers.h"

/* Empty when this program was built without libpq. */
extern const struct peer_driver postgres;

#endif
