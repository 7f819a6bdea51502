/* metric.h: counters and latency histograms, cheap enough for every statement.
 * Knows no domain word: whoever counts names what is counted.
 *
 * Threads: any; updates are relaxed atomics, a reader may see two counters a moment apart. */
#ifndef CUSTODY_BASE_METRIC_H
#define CUSTODY_BASE_METRIC_H

#include <stdatomic.h>
#include <stdint.h>

struct metric_counter {
    _Atomic uint64_t value;
};

/* Log-linear: 16 buckets to each power of two, so a percentile is within 1/16 of the truth. Microseconds up to 2^32. */
enum { METRIC_BUCKETS = 16 * 30, METRIC_POWERS = 32 };
struct metric_histogram {
    _Atomic uint64_t count;
    _Atomic uint64_t sum;
    _Atomic uint64_t max_us;
    _Atomic uint64_t buckets[METRIC_BUCKETS];
};

void metric_add(struct metric_counter *counter, uint64_t amount);
void metric_set(struct metric_counter *counter, uint64_t value);
uint64_t metric_value(const struct metric_counter *counter);
void metric_record(struct metric_histogram *histogram, uint64_t us);
/* `per_mille` 500 is the median; 0 when nothing was recorded. Rounds up to the bucket's end. */
uint64_t metric_percentile(const struct metric_histogram *histogram, uint32_t per_mille);
/* How many values were below 2^power; power from 0 to METRIC_POWERS, which is all of them. */
uint64_t metric_below(const struct metric_histogram *histogram, unsigned power);

#endif
