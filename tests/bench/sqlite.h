/* sqlite.h: SQLite's side of the peers: a file in this process, its threads the clients.
 * Never answers questions: it has no socket that they could come over. */
#ifndef TESTS_BENCH_SQLITE_H
#define TESTS_BENCH_SQLITE_H

#include "tests/bench/peers.h"

/* Empty when this program was built without SQLite. */
extern const struct peer_driver sqlite;

#endif
