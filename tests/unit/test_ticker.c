/* test_ticker.c: turns come one after the other, and none once it is stopped. */
#include <pthread.h>
#include <stdatomic.h>

#include "daemon/base/ticker.h"
#include "tests/lib/check.h"

struct count {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    unsigned turns;
    atomic_bool is_within;
    bool overlapped;
};

static void turn(void *context)
{
    struct count *count = context;
    bool was_within = atomic_exchange(&count->is_within, true);
    pthread_mutex_lock(&count->lock);
    count->overlapped = count->overlapped || was_within;
    count->turns++;
    pthread_cond_broadcast(&count->moved);
    pthread_mutex_unlock(&count->lock);
    atomic_store(&count->is_within, false);
}

static void wait_for(struct count *count, unsigned turns)
{
    pthread_mutex_lock(&count->lock);
    while (count->turns < turns)
        pthread_cond_wait(&count->moved, &count->lock);
    pthread_mutex_unlock(&count->lock);
}

static void turns_come_until_it_is_stopped(void **state)
{
    (void)state;
    struct count count = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct ticker *ticker = NULL;
    assert_int_equal(ticker_start(0, false, turn, &count, &ticker), CUSTODY_OK);
    wait_for(&count, 100);
    ticker_stop(ticker);
    unsigned turns = count.turns;
    assert_true(turns >= 100);
    assert_false(count.overlapped);
    assert_false(atomic_load(&count.is_within));
}

/* The first may be at once, or an hour away. */
static void the_first_is_at_once_or_waited_for(void **state)
{
    (void)state;
    struct count count = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
    struct ticker *ticker = NULL;
    assert_int_equal(ticker_start(3600, false, turn, &count, &ticker), CUSTODY_OK);
    ticker_stop(ticker);
    assert_int_equal(count.turns, 0);
    assert_int_equal(ticker_start(3600, true, turn, &count, &ticker), CUSTODY_OK);
    wait_for(&count, 1);
    ticker_stop(ticker);
    assert_int_equal(count.turns, 1);
    ticker_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_come_until_it_is_stopped),
        cmocka_unit_test(the_first_is_at_once_or_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
