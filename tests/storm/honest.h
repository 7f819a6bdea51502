/* honest.h: clients that keep the rules: one request unanswered each, back when they are told to come back.
 * Never gives a statement up: it is sent until it has its receipt. */
#ifndef TESTS_STORM_HONEST_H
#define TESTS_STORM_HONEST_H

#include "tests/storm/storm.h"

/* Each works as a child of its own. */
void honest_work(struct storm *storm,
                 unsigned number); /* submit, trace, submit, ... for storm->seconds */
void honest_arrive(struct storm *storm, unsigned number); /* connect, hello, leave, ... likewise */
/* Reads the daemon's counters; waits until nothing but this question is under way and strangers are gone. */
void honest_inspect(struct storm *storm, unsigned number);

#endif
