/* drill.h: a small ledger, a fixed working day of statements for it, and the check that whatever happened meanwhile nothing was
 * lost, nothing was counted twice and the ledger says what it would have said without it.
 * Never injects anything: disk.h does, between the two.
 *
 * A test that uses it wraps clock_monotonic_ns. */
#ifndef TESTS_FAULT_DRILL_H
#define TESTS_FAULT_DRILL_H

#include <sys/types.h>

#include "tests/fault/disk.h"
#include "tests/lib/desk.h"

enum { DRILL_STATEMENTS = 24, DRILL_BATCHES_MAX = 24 };

/* A receipt that left the daemon. */
struct drill_receipt {
    uint32_t statement; /* index */
    uint64_t number;
    size_t moment; /* disk_moment() when it left */
    uint32_t checkpoint_len;
    uint8_t checkpoint[CHECKPOINT_SIZE_MAX];
};

struct drill {
    struct desk desk; /* its ledger is closed between two runs */
    struct desk_statement *statements[DRILL_STATEMENTS];
    uint32_t batch[DRILL_STATEMENTS]; /* that it belongs to, rising */
    struct disk_image *before;        /* the whole folder when the day begins */
    uint64_t entries_before;
    char *expected; /* what people are told at its end */
    bool has_left;  /* the newest run ended before the day did, of its own will */
};

void drill_open(struct drill *drill);
void drill_close(struct drill *drill);

/* The working day on the ledger that is in the desk's folder. Gives each receipt when it leaves. Stops when the process would
 * leave (result unknown, condemned look-ups) or the ledger does not open; batches that were answered "unavailable" are given up,
 * as by a client that has gone. True when it came to the day's end with every statement answered by a receipt. */
bool drill_run(struct drill *drill,
               void (*say)(void *context, const struct drill_receipt *receipt),
               void *context);

/* Every statement once more to the ledger that is open, as clients do that lost their answers; stops when the process would leave. */
void drill_resend(struct drill *drill,
                  void (*say)(void *context, const struct drill_receipt *receipt),
                  void *context);

/* What stands in the desk's folder against the receipts that left: opens it, sends every statement again, audits it and makes
 * its look-ups anew. False, and a sentence on standard output, when something is not as promised. */
bool drill_check(struct drill *drill, const struct drill_receipt *receipts, size_t count);

/* Something that can go wrong: `begin` arms it in the process that will suffer it, `hits` says how often it happened there.
 * `attend` (may be NULL) stays with that process to its end, in this one, and gives the status of waitpid. */
struct drill_fault {
    void (*begin)(const struct drill *drill, const void *how);
    uint64_t (*hits)(void);
    const void *how;
    int (*attend)(pid_t child, const void *how);
};

/* A child of this one, in which signals do what they do in a daemon and no core is left; 0 in the child. */
pid_t drill_fork(void);

/* drill_run in a process of its own, under a fault, then drill_check of what it left in another. */
struct drill_result {
    bool is_hit;     /* the fault happened */
    bool was_killed; /* by SIGKILL */
    bool has_left;   /* before the day's end, of its own will */
    bool is_sound;   /* what was left is as promised */
    size_t receipts; /* that left before */
};
struct drill_result drill_under(struct drill *drill, const struct drill_fault *fault);
/* A day in this process that nothing happens to, for counting what it does. */
void drill_count(struct drill *drill, const struct drill_fault *fault);
/* drill_check of an image in a process of its own; a crash is not sound. */
bool drill_check_image(struct drill *drill,
                       const struct disk_image *image,
                       const struct drill_receipt *receipts,
                       size_t count);

#endif
