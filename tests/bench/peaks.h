/* peaks.h: how long a receipt takes while the daemon has half of what it can do, and while a region's spools come back at once;
 * and what large statements come to.
 * Never changes what load.h measures: rows of its own, on the same ledger. */
#ifndef TESTS_BENCH_PEAKS_H
#define TESTS_BENCH_PEAKS_H

#include <jansson.h>

#include "tests/bench/load.h"

enum peaks_figure {
    PEAKS_HALF_RATE, /* statements a second that were sent, half of what had just been reached */
    PEAKS_HALF_P50,  /* microseconds from the moment that the pace gave to the receipt */
    PEAKS_HALF_P99,
    PEAKS_HALF_LATE, /* of these, the clients' own: p99 until it was sent */
    PEAKS_IDLE_P50,  /* of scanners with nobody else there */
    PEAKS_IDLE_P99,
    PEAKS_SPOOL_S,   /* until the last of the spools' statements had its receipt */
    PEAKS_SPOOL_P50, /* of the scanners meanwhile */
    PEAKS_SPOOL_P99,
    PEAKS_ITEMS_BURST,  /* containers a second that were durable when the clock stopped */
    PEAKS_ITEMS_BUSY,   /* 1: it was stopped by `busy`, 0: by the time */
    PEAKS_ITEMS_STEADY, /* from the first sending until the look-ups reflected all of them */
    PEAKS_ITEMS_NULL, /* containers a second that were acknowledged with nothing behind the writer */
    PEAKS_FIGURES
};

struct peaks {
    double values[PEAKS_FIGURES][BENCH_REPETITIONS_MAX];
    size_t count;   /* of repetitions */
    size_t spooled; /* statements in the spools */
};

/* One repetition more; `null` is a load of nullcustodyd. Afterwards nothing may be submitted on the ledger: the chains may have
 * gaps. */
void peaks_measure(const struct bench *bench,
                   struct load *load,
                   struct load *null,
                   struct peaks *peaks);
double peaks_median(const struct peaks *peaks, enum peaks_figure figure);
void peaks_print(const struct peaks *peaks);
json_t *peaks_json(const struct peaks *peaks);
/* Into the table of targets; `commit_us`: the median of one commit of the journal alone, 0: not measured. */
void peaks_compare(const struct peaks *peaks, double commit_us);

#endif
