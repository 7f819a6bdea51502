/* campaign.h: how many of all the possible faults a run of a fault test tries.
 * CAMPAIGN in the environment: unset, a share that `make check` has time for; a number, so many; "all", every one. */
#ifndef TESTS_FAULT_CAMPAIGN_H
#define TESTS_FAULT_CAMPAIGN_H

#include <stdint.h>

/* UINT64_MAX for all. */
uint64_t campaign_wanted(uint64_t share);

#endif
