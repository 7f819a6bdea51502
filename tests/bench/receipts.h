/* receipts.h: what the ledger answered to a statement, read and verified.
 * Never takes one that it did not expect: anything else ends the program. */
#ifndef TESTS_BENCH_RECEIPTS_H
#define TESTS_BENCH_RECEIPTS_H

#include <zmq.h>

#include "proto/checkpoint.h"
#include "proto/custody.pb-c.h"
#include "proto/span.h"

/* Whose receipts they are. */
struct receipts_ledger {
    char origin[256];
    uint8_t key[PUBLIC_KEY_SIZE];
};

/* The answer is a Problem: says which, and ends the program. */
_Noreturn void receipts_die_of_problem(zmq_msg_t *body);
/* Sent for the first time, without findings, with this outcome; to be freed by whoever asked. */
Custody__V1__Receipt *receipts_read(zmq_msg_t *body, Custody__V1__Outcome outcome);
/* PROTOCOL.md 5.3, steps 1 to 4. `submission` is signature and statement; `ret` the head that came with it. */
void receipts_verify(const struct receipts_ledger *ledger,
                     const Custody__V1__Receipt *receipt,
                     struct span submission,
                     struct checkpoint *ret);

#endif
