/* test_bucket.c: a bucket gives its burst at once, then its rate, never more; and says truly when to come back.
 * Never reads a clock. */
#include "daemon/server/bucket.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static void test_burst_then_rate(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    const struct bucket_rate rate = {.per_second = 4, .burst = 10};
    uint32_t retry_ms = 0;
    for (int i = 0; i < 10; i++) {
        assert_true(bucket_take(&bucket, &rate, 5000000, &retry_ms));
    }
    assert_false(bucket_take(&bucket, &rate, 5000000, &retry_ms));
    assert_int_equal(retry_ms, 250);
    assert_false(bucket_take(&bucket, &rate, 5000000 + 249000, &retry_ms));
    assert_int_equal(retry_ms, 1);
    assert_true(bucket_take(&bucket, &rate, 5000000 + 250000, &retry_ms));
    assert_false(bucket_take(&bucket, &rate, 5000000 + 250000, &retry_ms));
    for (int i = 0; i < 10; i++) { /* full again, and not fuller */
        assert_true(bucket_take(&bucket, &rate, UINT64_C(1) << 50, &retry_ms));
    }
    assert_false(bucket_take(&bucket, &rate, UINT64_C(1) << 50, &retry_ms));
}

static void test_no_limit(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    uint32_t retry_ms = 7;
    for (int i = 0; i < 100000; i++) {
        assert_true(bucket_take(&bucket, &(struct bucket_rate){0}, 1, &retry_ms));
    }
    assert_int_equal(retry_ms, 7);
}

/* However it is asked: in a time t never more than burst + rate * t; and coming back when told is never in vain. */
static void test_random_histories(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int history = 0; history < 200; history++) {
        struct bucket bucket = {0};
        const struct bucket_rate rate = {
            .per_second = (uint32_t)dice_between(&dice, 1, 100000),
            .burst = (uint32_t)dice_between(&dice, 1, 5000),
        };
        uint64_t begin_us = dice_below(&dice, UINT64_C(1) << 40);
        uint64_t now_us = begin_us;
        uint64_t taken = 0;
        for (int step = 0; step < 3000; step++) {
            uint32_t retry_ms = 0;
            bool is_told = false;
            if (bucket_take(&bucket, &rate, now_us, &retry_ms)) {
                taken++;
            } else {
                assert_true(retry_ms > 0);
                is_told = dice_chance(&dice, 50);
            }
            if (is_told) {
                now_us += (uint64_t)retry_ms * 1000;
                assert_true(bucket_take(&bucket, &rate, now_us, &retry_ms));
                taken++;
            } else {
                now_us += dice_below(&dice, 2000000 / rate.per_second + 1);
            }
            assert_true(taken <= rate.burst + (now_us - begin_us) * rate.per_second / 1000000 + 1);
        }
    }
}

/* The monotonic clock never steps back; if it did, nothing would be given away. */
static void test_a_step_back_gives_nothing(void **state)
{
    (void)state;
    struct bucket bucket = {0};
    const struct bucket_rate rate = {.per_second = 1, .burst = 1};
    uint32_t retry_ms = 0;
    assert_true(bucket_take(&bucket, &rate, 10000000, &retry_ms));
    assert_false(bucket_take(&bucket, &rate, 9000000, &retry_ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_burst_then_rate),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_random_histories),
        cmocka_unit_test(test_a_step_back_gives_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
