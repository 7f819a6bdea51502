/* picture.h: the report as a picture: rates beside the limits, and costs as the ledger grows.
 * Never measures. */
#ifndef TESTS_BENCH_PICTURE_H
#define TESTS_BENCH_PICTURE_H

#include "tests/bench/report.h"

/* `$BUILD/bench.svg`, and `$BUILD/bench.png` where rsvg-convert is installed. Says which were written. */
void picture_write(const struct report *report);

#endif
