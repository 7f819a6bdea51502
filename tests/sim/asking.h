/* asking.h: what a device asks the ledger, and what the answer must agree with.
 * Never says anything. */
#ifndef TESTS_SIM_ASKING_H
#define TESTS_SIM_ASKING_H

#include "tests/sim/device_parts.h"

/* One of the steps from HISTORY_TRACE to HISTORY_FOLLOW. */
void asking_step(struct device *device, const struct history_step *step);

#endif
