/* child.h: a part of the storm in a process of its own, so that it can be measured, stopped and killed apart.
 * Never outlives the supervisor. */
#ifndef TESTS_STORM_CHILD_H
#define TESTS_STORM_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "tests/storm/storm.h"

typedef void child_work(struct storm *storm, unsigned number);

struct child {
    pid_t pid;
    int ending; /* pidfd: readable when it has ended */
};

/* The caller has no thread and no libzmq context: a fork would take neither along. */
struct child child_start(child_work *work, struct storm *storm, unsigned number);
/* False: not within so many milliseconds. Ends the program when the child failed. */
bool child_wait(struct child *child, int timeout_ms);
/* At once, whatever it does; a stopped one too. */
void child_kill(struct child *child);

#endif
