/* tally.h: how much of everything happened in a world, so that a run can show that it was not quiet.
 * Never decides anything. */
#ifndef TESTS_SIM_TALLY_H
#define TESTS_SIM_TALLY_H

#include <stdint.h>

struct tally {
    uint64_t promised; /* statements that a device was told are kept */
    uint64_t entries, receipts, questions, held, refused;
    uint64_t lost, doubled, late, cut; /* messages */
    uint64_t deaths;                   /* of devices */
    uint64_t restarts, kills;          /* of the daemon */
    uint64_t loud;                     /* answers that were cut short, and noticed */
};
extern struct tally tally;

#endif
