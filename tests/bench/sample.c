/* sample.c: a growing array, sorted when asked.
 * Never averages: one stall of the machine would be all that is seen. */
#include "tests/bench/sample.h"

#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/lib/die.h"

void sample_add(struct sample *sample, uint64_t ns)
{
    if (sample->count == sample->cap) {
        size_t cap = sample->cap == 0 ? 1024 : sample->cap * 2;
        uint64_t *values = realloc(sample->values_ns, cap * sizeof(*values));
        if (values == NULL) {
            die("out of memory");
        }
        sample->values_ns = values;
        sample->cap = cap;
    }
    sample->values_ns[sample->count++] = ns;
}

void sample_done(struct sample *sample)
{
    free(sample->values_ns);
    *sample = (struct sample){0};
}

static int compare_ns(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a;
    uint64_t right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static int compare_double(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return left < right ? -1 : left > right;
}

double sample_percentile_us(struct sample *sample, unsigned percent)
{
    if (sample->count == 0) {
        return 0;
    }
    qsort(sample->values_ns, sample->count, sizeof(sample->values_ns[0]), compare_ns);
    size_t rank = (sample->count * percent + 99) / 100;
    return (double)sample->values_ns[rank == 0 ? 0 : rank - 1] / 1e3;
}

struct measure sample_measure(struct sample *sample, double per_second)
{
    return (struct measure){
        .per_second = per_second,
        .p50_us = sample_percentile_us(sample, 50),
        .p99_us = sample_percentile_us(sample, 99),
    };
}

double sample_median(const double *values, size_t count)
{
    double sorted[BENCH_REPETITIONS_MAX];
    if (count == 0 || count > BENCH_REPETITIONS_MAX) {
        return 0;
    }
    memcpy(sorted, values, count * sizeof(sorted[0]));
    qsort(sorted, count, sizeof(sorted[0]), compare_double);
    return count % 2 == 1 ? sorted[count / 2] : (sorted[count / 2 - 1] + sorted[count / 2]) / 2;
}
