/* flood.h: as many requests as the daemon takes over some connections of one key, and what became of them.
 * Never waits for an answer before it sends the next. */
#ifndef TESTS_STORM_FLOOD_H
#define TESTS_STORM_FLOOD_H

#include "proto/envelope.h"
#include "tests/storm/storm.h"

/* The next request; false: none this time. */
typedef bool flood_next(void *context, uint16_t *ret_kind, struct span *ret_body);

struct flood {
    struct storm *storm;
    const struct author *author; /* whose connections they are */
    unsigned lines;
    unsigned unanswered; /* of each line; 0: without end */
    flood_next *next;
    void *context; /* of `next` */
};

/* Until the storm is over; then the process ends. */
_Noreturn void flood_run(const struct flood *flood);

#endif
