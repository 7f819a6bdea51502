/* versus.h: the rows of the peers, and ours beside them.
 * Never says which is better. */
#ifndef TESTS_BENCH_VERSUS_H
#define TESTS_BENCH_VERSUS_H

#include <jansson.h>

#include "tests/bench/peers.h"
#include "tests/bench/plot.h"
#include "tests/bench/report.h"

bool versus_is_row(const char *word);
void versus_list(void);

/* One repetition of the rows that the command line names, or of all when it names nothing at all. */
void versus_measure(const struct bench *bench, int argc, char **argv);

/* The most a second that a peer did in a task with so many clients, medians compared; 0 clients: with any number. 0: it was
 * not measured. */
double versus_rate(enum peer_system system, enum peer_task task, unsigned clients);

/* A bar for each row of insertions that was measured; how many. The texts live as long as the program. */
size_t versus_bars(struct plot_bar *ret, size_t cap);
/* Into the table of targets, what was measured of both sides. */
void versus_compare(const struct report *report);
/* Nothing, where no row of a peer was asked for. */
void versus_print(const struct report *report);
/* {"rows": {key: figures, or why there are none}, "ours": {our key: {what it is compared with: ratio}}, "bytes": {...}};
 * NULL where no row of a peer was asked for. */
json_t *versus_write(const struct report *report);

#endif
