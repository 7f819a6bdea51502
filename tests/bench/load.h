/* load.h: clients of a running ledger, each with its own key and connection, that submit what they
 * signed beforehand, as fast as they are answered or at a steady pace.
 * Never counts what has no good receipt: anything else ends the program. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include "tests/bench/region.h"
#include "tests/bench/sample.h"

struct load;

enum { LOAD_ITEMS_MAX = 100, LOAD_GROUPS_MAX = 2 };

struct load_options {
    unsigned clients;
    unsigned unanswered; /* at most, for each client */
};

/* Clients that do the same. */
struct load_group {
    unsigned first, clients; /* of the region's */
    unsigned unanswered;     /* at most, for each client */
    unsigned items;          /* containers in one statement, up to LOAD_ITEMS_MAX */
    size_t each;             /* statements of a client */
    size_t lead; /* the clock starts anew after so many answers: as many wait as will ever wait */
    uint64_t interval_ns; /* of a client's pace, kept whatever is answered; 0: as soon as it may */
    /* The clock stops when all of them are answered; else when one client has sent its last. */
    bool is_all;
    /* `busy` is no error: the clock stops at the first. */
    bool until_busy;
    bool until_caught_up; /* see load_cost */
    /* out; what came before the clock stopped, but for `recorded` */
    struct sample
        waits; /* from sending, or from when its pace would have it sent, to the receipt */
    struct sample delays; /* how much later than its pace it was sent */
    size_t answered;
    size_t recorded; /* all */
    bool was_busy;
};

struct load_cost {
    double seconds;           /* that the clock ran */
    double answered_seconds;  /* until all was answered */
    double caught_up_seconds; /* until the look-ups reflected all of it; 0: was not asked for */
    double daemon_us;         /* processor time of the daemon, until all was answered */
    double own_us;            /* likewise of the clients */
};

/* What was sent and what was checked, over all runs. */
struct load_tally {
    uint64_t receipts, proofs; /* unpacked and looked at; verified as well */
    uint64_t singles;          /* of these, of one container, and their bytes */
    uint64_t statement_bytes;  /* signatures included */
    uint64_t receipt_bytes;
    uint64_t null_receipts, null_receipt_bytes; /* of nullcustodyd, beside these */
};

/* Founds the region and connects its clients. */
struct load *load_open(const struct keeper *keeper);
void load_close(struct load *load);

/* Runs that nobody counts, until the daemon has done what it does once. */
void load_warm_up(struct load *load);
/* Signs what the groups will send, starts the clock, and stops it when `seconds` are over or a group says so. Then waits for what is
 * unanswered, looks at every receipt, and verifies the proofs of a sample. The samples of the groups are for load_done. */
struct load_cost
load_drive(struct load *load, struct load_group *groups, size_t count, double seconds);
void load_done(struct load_group *groups, size_t count);
/* One group of single containers, as fast as they are answered; with more than `seconds` should need. `expected`: statements a
 * second that it came to before; 0: nobody knows. */
struct measure
load_run(struct load *load, const struct load_options *options, double expected, double seconds);
struct load_tally load_tally(const struct load *load);
void load_tally_add(struct load_tally *sum, const struct load_tally *more);

#endif
