/* report.h: the table for people, the same as JSON.
 * Never measures, and never rounds what goes into the JSON. */
#ifndef TESTS_BENCH_REPORT_H
#define TESTS_BENCH_REPORT_H

#include <jansson.h>

#include "tests/bench/growth.h"
#include "tests/bench/load.h"
#include "tests/bench/machine.h"
#include "tests/bench/peers.h"

/* One thing that was measured, once in each repetition. */
struct report_row {
    const char *key;          /* in the JSON and on the command line */
    const char *text;         /* in the table */
    struct load_options load; /* zeros: not a load */
    struct peer_options peer; /* zeros: not a peer; neither: a raw limit */
    struct measure runs[BENCH_REPETITIONS_MAX];
    size_t count;         /* of runs; 0: was not asked for */
    const char *obstacle; /* asked for, and why it was not measured all the same; else NULL */
};

struct report {
    const struct bench *bench;
    struct machine machine;
    const struct report_row *rows;
    size_t row_count;
    struct load_tally tally;
    struct growth_point growth[2]; /* zeros: was not asked for */
};

/* Parts of it, for those who print more. The median of what was done in a second; */
double report_rate(const struct report_row *row);
double report_cpu_us(const struct report_row *row); /* of the processor time for each */
/* the first line of a table, without its end; a row's line, likewise; its figures in the JSON. */
void report_print_columns(const char *title);
void report_print_row(const struct report_row *row);
json_t *report_write_row(const struct report *report, const struct report_row *row);

void report_print(const struct report *report);
void report_write(const struct report *report, const char *path);

#endif
