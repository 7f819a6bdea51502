/* lanes.h: who of many users is served next, by what each request costs.
 * Never owns a job and never knows what it asks for.
 *
 * Jobs wait in one lane a user, in their own order; lanes are served in turn, so that one who asks much waits behind his own
 * jobs and not before others'. Turns are counted in cost (deficit round robin, Shreedhar and Varghese 1995): a job that costs
 * ten times as much comes up a tenth as often. What a job really took may turn out only when it is done; that is then a
 * debt of its lane, paid off in turns. What was given out and is not finished yet is bounded, for all and for
 * each lane: so much, and no more, is before a newcomer. Front's thread only. */
#ifndef CUSTODY_SERVER_LANES_H
#define CUSTODY_SERVER_LANES_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/server/job.h"

/* All zeros is an empty lane. */
struct lane {
    struct job *first, *last;
    uint32_t running; /* cost of what was given out and is not finished */
    uint32_t credit, debt;
    bool is_in_turn;
    struct lane *next_in_turn;
};

struct lanes {
    uint32_t running_max; /* cost of all jobs that are given out; one job may always be */
    uint32_t lane_max;    /* likewise of one lane */
    uint32_t quantum;     /* credit of one turn; at least 1 */

    /* lanes.c's own; zeros at first */
    uint32_t running;
    struct lane *turn_first, *turn_last;
};

/* `job->cost` is set, at least 1. */
void lanes_wait(struct lanes *lanes, struct lane *lane, struct job *job);
/* The next job in turn, out of its lane; NULL when none may run now. */
struct job *lanes_next(struct lanes *lanes);
/* A job of this cost, given out from this lane, was answered; it took `more` than that. */
void lanes_finish(struct lanes *lanes, struct lane *lane, uint32_t cost, uint32_t more);

#endif
