/* targets.h: what was to be reached, beside what this run reached.
 * Never makes the benchmark fail: a figure of one machine in one hour is no test. */
#ifndef TESTS_BENCH_TARGETS_H
#define TESTS_BENCH_TARGETS_H

#include <jansson.h>

enum targets_kind { TARGETS_AT_LEAST, TARGETS_AT_MOST };

enum { TARGETS_MAX = 64 };

/* One line of the table, in the order of the calls. `what` and `unit` are static texts. */
void targets_add(
    const char *what, enum targets_kind kind, double wanted, double measured, const char *unit);
/* Prints nothing when there are none. */
void targets_print(void);
/* The same as a new array. */
json_t *targets_json(void);

#endif
