/* limits.h: what this machine can do at most, with nothing of the ledger's work around it.
 * Never starts the daemon. */
#ifndef TESTS_BENCH_LIMITS_H
#define TESTS_BENCH_LIMITS_H

#include "tests/bench/bench.h"
#include "tests/bench/sample.h"

enum { LIMITS_ENTRY_SIZE = 350, LIMITS_GROUP = 32 };

/* pwrite of 4 KiB to a file that is there already, then fdatasync. */
struct measure limits_fdatasync(const struct bench *bench);
/* LMDB, default mode: entries appended, `group` a synchronous commit; p50 and p99 are a commit's. */
struct measure limits_lmdb(const struct bench *bench, unsigned group);
/* The ledger's journal alone: the same, and tree, reading back, signed head. */
struct measure limits_journal(const struct bench *bench, unsigned group);
/* Ed25519 on one core. */
struct measure limits_verify(const struct bench *bench);
/* An empty request and its answer, CURVE over TCP on this machine. */
struct measure limits_round_trip(const struct bench *bench);

#endif
