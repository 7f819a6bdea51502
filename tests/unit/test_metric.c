/* test_metric.c: counters count, percentiles are within 1/16 of the truth.
 * Never measures time. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "daemon/base/metric.h"

static void test_counter(void **state)
{
    (void)state;
    struct metric_counter counter = {0};
    metric_add(&counter, 2);
    metric_add(&counter, 40);
    assert_int_equal(metric_value(&counter), 42);
    metric_set(&counter, 7);
    assert_int_equal(metric_value(&counter), 7);
}

static void test_percentiles(void **state)
{
    (void)state;
    static struct metric_histogram histogram;
    assert_int_equal(metric_percentile(&histogram, 500), 0);
    for (uint64_t us = 1; us <= 100000; us++) {
        metric_record(&histogram, us);
    }
    static const uint32_t points[] = {1, 10, 250, 500, 900, 990, 999};
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        uint64_t truth = 100 * points[i];
        assert_in_range(metric_percentile(&histogram, points[i]), truth, truth + truth / 16);
    }
    assert_int_equal(metric_percentile(&histogram, 1000), 100000);
    assert_int_equal(metric_percentile(&histogram, 0), 1);
}

/* A histogram of one value answers that value at every percentile, whatever the value. */
static void test_every_power(void **state)
{
    (void)state;
    for (unsigned power = 0; power < 64; power++) {
        for (int off = -1; off <= 1; off++) {
            static struct metric_histogram histogram;
            histogram = (struct metric_histogram){0};
            uint64_t us = (UINT64_C(1) << power) + (uint64_t)(int64_t)off;
            metric_record(&histogram, us);
            uint64_t expected = us < UINT32_MAX ? us : UINT32_MAX;
            assert_int_equal(metric_percentile(&histogram, 500), expected);
            assert_true(histogram.max_us == us);
        }
    }
}

static struct metric_histogram shared;

static void *record_many(void *unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 50000; i++) {
        metric_record(&shared, i);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, record_many, NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(shared.count, 150000);
    assert_int_equal(shared.max_us, 49999);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter),
        cmocka_unit_test(test_percentiles),
        cmocka_unit_test(test_every_power),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
