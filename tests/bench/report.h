/* report.h: the table for people, the same as JSON.
 * Never measures, and never rounds what goes into the JSON. */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include "tests/bench/growth.h"
#include "tests/bench/load.h"
#include "tests/bench/machine.h"

/* One thing that was measured, once in each repetition. */
struct report_row {
    const char *key;          /* in the JSON and on the command line */
    const char *text;         /* in the table */
    struct load_options load; /* zeros: a raw limit */
    struct measure runs[BENCH_REPETITIONS_MAX];
    size_t count; /* of runs; 0: was not asked for */
};

struct report {
    const struct bench *bench;
    struct machine machine;
    const struct report_row *rows;
    size_t row_count;
    struct load_tally tally;
    struct growth_point growth[2]; /* zeros: was not asked for */
};

void report_print(const struct report *report);
void report_write(const struct report *report, const char *path);

#endif
