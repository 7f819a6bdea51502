/* load.h: clients of a running ledger, each with its own key and connection, that submit what they
 * signed beforehand as fast as they are answered.
 * Never counts what has no good receipt: anything else ends the program. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "tests/bench/keeper.h"
#include "tests/bench/sample.h"

struct load;

enum { LOAD_CLIENTS_MAX = 128 };

struct load_options {
    unsigned clients;
    unsigned unanswered; /* at most, for each client */
};

/* What was sent and what was checked, over all runs. */
struct load_tally {
    uint64_t receipts, proofs; /* unpacked and looked at; verified as well */
    uint64_t statement_bytes;  /* of all of them, signatures included */
    uint64_t receipt_bytes;
};

/* Founds a small region on the ledger: for each client a generator, its place, its key; opens the
 * ledger and connects the clients. */
struct load *load_open(const struct keeper *keeper, const struct load_options *options);
void load_close(struct load *load);

/* Runs that nobody counts, until the daemon has done what it does once. */
void load_warm_up(struct load *load);
/* Signs more than `seconds` should need (known from the run before), starts the clock, and stops it
 * when the time is over or a client has nothing left to send. Then waits for what is unanswered, looks
 * at every receipt, and verifies the proofs of a sample. After a run that the time ended, the chains
 * of the keys have a gap; so that is the last. */
struct measure load_run(struct load *load, double seconds);
struct load_tally load_tally(const struct load *load);
void load_tally_add(struct load_tally *sum, const struct load_tally *more);

#endif
