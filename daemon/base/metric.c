/* metric.c: counts by relaxed atomics.
 * Never locks. */
#include "daemon/base/metric.h"

enum { PER_POWER = 16, POWER_OF_FIRST = 4 };

void metric_add(struct metric_counter *counter, uint64_t amount)
{
    atomic_fetch_add_explicit(&counter->value, amount, memory_order_relaxed);
}

void metric_set(struct metric_counter *counter, uint64_t value)
{
    atomic_store_explicit(&counter->value, value, memory_order_relaxed);
}

uint64_t metric_value(const struct metric_counter *counter)
{
    return atomic_load_explicit(&counter->value, memory_order_relaxed);
}

/* Values below 16 have a bucket each; from there 16 buckets to each power of two. */
static unsigned bucket_of(uint64_t us)
{
    if (us < PER_POWER) {
        return (unsigned)us;
    }
    if (us > UINT32_MAX) {
        us = UINT32_MAX;
    }
    unsigned power = 63u - (unsigned)__builtin_clzll(us);
    return (power - POWER_OF_FIRST + 1) * PER_POWER +
           (unsigned)((us >> (power - POWER_OF_FIRST)) & (PER_POWER - 1));
}

static uint64_t end_of(unsigned bucket)
{
    if (bucket < PER_POWER) {
        return bucket;
    }
    unsigned shift = bucket / PER_POWER - 1;
    return ((uint64_t)(PER_POWER + bucket % PER_POWER + 1) << shift) - 1;
}

void metric_record(struct metric_histogram *histogram, uint64_t us)
{
    atomic_fetch_add_explicit(&histogram->buckets[bucket_of(us)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->count, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum, us, memory_order_relaxed);
    uint64_t max = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
    while (us > max &&
           !atomic_compare_exchange_weak_explicit(&histogram->max_us, &max, us,
                                                  memory_order_relaxed, memory_order_relaxed)) {
    }
}

uint64_t metric_percentile(const struct metric_histogram *histogram, uint32_t per_mille)
{
    uint64_t total = 0;
    for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
        total += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
    }
    if (total == 0) {
        return 0;
    }
    /* total * per_mille / 1000 rounded up, without overflow. */
    uint64_t rank = total / 1000 * per_mille + (total % 1000 * per_mille + 999) / 1000;
    rank = rank == 0 ? 1 : rank > total ? total : rank;
    uint64_t max = atomic_load_explicit(&histogram->max_us, memory_order_relaxed);
    uint64_t seen = 0;
    for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
        seen += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
        if (seen >= rank) {
            uint64_t end = end_of(i);
            return end < max ? end : max;
        }
    }
    return max;
}

uint64_t metric_below(const struct metric_histogram *histogram, unsigned power)
{
    uint64_t sum = 0;
    unsigned end = power >= METRIC_POWERS ? METRIC_BUCKETS : bucket_of(UINT64_C(1) << power);
    for (unsigned i = 0; i < end; i++) {
        sum += atomic_load_explicit(&histogram->buckets[i], memory_order_relaxed);
    }
    return sum;
}
