/* sample.h: many durations, and what is said of them.
 * Never reads a clock. */
#ifndef TESTS_BENCH_SAMPLE_H
#define TESTS_BENCH_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

/* What one repetition found. */
struct measure {
    double per_second;
    double p50_us, p99_us;
    double cpu_us; /* processor time of the daemon for each, 0: not known */
};

struct sample {
    uint64_t *values_ns;
    size_t count, cap;
};

void sample_add(struct sample *sample, uint64_t ns);
void sample_done(struct sample *sample); /* gives the memory back; the sample is empty again */
/* The smallest value that `percent` of 100 do not exceed; 0 of an empty sample. Sorts the values. */
double sample_percentile_us(struct sample *sample, unsigned percent);
/* `per_second` items were done in all while the values were taken. */
struct measure sample_measure(struct sample *sample, double per_second);

/* Does not change the order of `values`. */
double sample_median(const double *values, size_t count);

#endif
