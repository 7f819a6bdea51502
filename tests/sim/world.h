/* world.h: one simulated world: a history run on a ledger and devices of its own, in a process of its own.
 * Never lets one world know of another: every one starts from the same files. */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "proto/digest.h"
#include "tests/sim/history.h"
#include "tests/sim/tally.h"

/* The small region with its devices enrolled, as files in memory. Once, before the first world. */
void world_prepare(void);
void world_forget(void);

struct world_result {
    bool is_sound;
    struct digest digest;  /* over all entries and roots */
    struct digest journal; /* of the journal's data file */
    struct tally tally;
};
/* Says on standard output what is wrong, if something is, unless it is to be quiet. */
struct world_result world_run(const struct history *history, bool is_quiet);

#endif
