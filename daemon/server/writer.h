/* writer.h: the one thread that writes the ledger.
 * Never answers before the commit that the answer speaks of.
 *
 * It takes whatever has gathered and commits at once: alone, a statement waits for nobody; under load the commit
 * before is what gathers the next batch. */
#ifndef CUSTODY_SERVER_WRITER_H
#define CUSTODY_SERVER_WRITER_H

#include <stdint.h>

#include <custody/status.h>

struct projector;
struct road;
struct writer;

/* The process leaves with this code, answering nothing, when what a commit left on the disk is not known. */
enum { WRITER_EXIT_UNKNOWN = 7 };

/* The first batch waits until the look-ups were read whole (ledger_await_scrub). `projector` is woken whenever a batch leaves look-ups
 * that are due to be moved; it outlives the writer. */
enum custody_status
writer_start(const struct road *road, struct projector *projector, struct writer **ret);
/* Ends when road->batches is closed and empty. NULL is allowed. */
void writer_stop(struct writer *writer);
/* How long it has been at one batch, or its projector at one move, whichever is longer; 0 when both wait. Any thread. */
uint64_t writer_stuck_ms(const struct writer *writer);

#endif
