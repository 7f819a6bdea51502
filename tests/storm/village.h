/* village.h: the parties of the storm: a bureau, a few clinics that do their work, and one that has turned hostile.
 * Never measures anything. */
#ifndef TESTS_STORM_VILLAGE_H
#define TESTS_STORM_VILLAGE_H

#include "tests/bench/keeper.h"
#include "tests/storm/storm.h"

/* Takes the invitation up, registers and enrols everybody in `storm`, opens the ledger. Each must be granted. */
void village_found(const struct keeper *keeper, struct storm *storm);

#endif
