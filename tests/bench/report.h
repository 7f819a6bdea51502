/* report.h: the table for people, the same as JSON.
 * Never measures, and never rounds what goes into the JSON. */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include "tests/bench/growth.h"
#include "tests/bench/load.h"
#include "tests/bench/machine.h"
#include "tests/bench/peaks.h"

/* One thing that was measured, once in each repetition. */
struct report_row {
    const char *key;          /* in the JSON and on the command line */
    const char *text;         /* in the table */
    struct load_options load; /* zeros: a raw limit */
    struct measure runs[BENCH_REPETITIONS_MAX];
    struct measure nulls[BENCH_REPETITIONS_MAX]; /* of a load: the same with nullcustodyd */
    size_t count;                                /* of runs; 0: was not asked for */
};

struct report {
    const struct bench *bench;
    struct machine machine;
    const struct report_row *rows;
    size_t row_count;
    struct load_tally tally;
    struct growth growth;
    struct peaks peaks;
};

void report_print(const struct report *report);
/* Into the table of targets, what the rows and the peaks come to. */
void report_compare(const struct report *report);
void report_write(const struct report *report, const char *path);

#endif
