/* witness.h: what anybody was ever told of the ledger, against what the ledger holds.
 * Never forgives: the first thing that cannot be true ends the world with a sentence.
 *
 * Looks at every commit as it happens: numbers without gaps, each statement once and verified under its key, the root of an
 * own tree equal to the signed head. Since every head that leaves is compared with that tree, all heads are consistent with
 * one another. Called by the stage and by the device whose turn it is. */
#ifndef TESTS_SIM_WITNESS_H
#define TESTS_SIM_WITNESS_H

#include "proto/checkpoint.h"
#include "proto/statement.h"
#include "daemon/service/ledger.h"

enum { WITNESS_ENTRIES_MAX = 4096 };
#define WITNESS_UNKNOWN UINT64_MAX

/* How a world ends that is not as promised. */
__attribute__((noreturn, format(printf, 1, 2))) void witness_accuse(const char *format, ...);
/* One line of what happens, when SIM_TRACE is set. */
__attribute__((format(printf, 1, 2))) void witness_tell(const char *format, ...);

/* What stands there now is taken as it is, after the same looks. */
void witness_begin(struct ledger *ledger);
/* After each commit and each start of the ledger. */
void witness_look(struct ledger *ledger);
/* The same of all that is there, read again. */
void witness_look_again(struct ledger *ledger);
/* A start must find exactly what was committed. */
void witness_restart(struct ledger *ledger);

/* Somebody is told this: a head, an answer, a receipt of that statement. */
void witness_head(const struct checkpoint *head);
void witness_note(struct span note);
void witness_reply(uint16_t kind, struct span reply);
void witness_receipt(const struct statement *statement, struct span reply);

uint64_t witness_size(void);
/* Where the statement stands; WITNESS_UNKNOWN: nowhere. */
uint64_t witness_find(const struct digest *id);
const struct digest *witness_statement(uint64_t number);
const struct digest *witness_leaf(uint64_t number);
/* Over all entries and all roots. */
struct digest witness_digest(void);

#endif
