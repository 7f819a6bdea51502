/* exposition.h: figures as text for Prometheus, exposition format 0.0.4.
 * Never decides what is told: whoever writes names each family, in base units (seconds, bytes) and with its help.
 *
 * A family's samples stand together beneath its head; at most one label each. What could not be written is the stream's error
 * (ferror). Threads: one a stream. */
#ifndef CUSTODY_BASE_EXPOSITION_H
#define CUSTODY_BASE_EXPOSITION_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/base/metric.h"

enum exposition_type { EXPOSITION_COUNTER, EXPOSITION_GAUGE, EXPOSITION_HISTOGRAM };

enum { EXPOSITION_NAME_MAX = 64 };

struct exposition {
    FILE *out;
    char family[EXPOSITION_NAME_MAX]; /* whose samples come next */
};

/* Begin a family: `custody_` and the stem, and `_total` if it counts. */
void exposition_begin(struct exposition *page,
                      const char *stem,
                      enum exposition_type type,
                      const char *help);
/* A sample of the family begun last. `label` NULL: it has none. */
void exposition_put(struct exposition *page, const char *label, const char *value, uint64_t number);
/* The same, of microseconds, in seconds; INT64_MAX is told as endless. */
void exposition_put_us(struct exposition *page, const char *label, const char *value, int64_t us);
/* A histogram's buckets, each twice as wide as the one before, sum and count. `is_time`: recorded in microseconds and told in
 * seconds; otherwise what was recorded is a number. */
void exposition_put_histogram(struct exposition *page,
                              const char *label,
                              const char *value,
                              const struct metric_histogram *histogram,
                              bool is_time);

#endif
