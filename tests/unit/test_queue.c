/* test_queue.c: what goes in comes out once, in order; full and closed are answers.
 * Never sleeps: threads wait for each other. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <cmocka.h>

#include "daemon/base/queue.h"

static bool is_readable(const struct queue *queue)
{
    struct pollfd poll_for = {.fd = queue_descriptor(queue), .events = POLLIN};
    return poll(&poll_for, 1, 0) == 1;
}

static void test_order_and_bound(void **state)
{
    (void)state;
    int items[8];
    void *got[8];
    struct queue *queue = queue_create(5, false);
    assert_int_equal(queue_descriptor(queue), -1);
    assert_int_equal(queue_pop(queue, got, 8, 0), 0);
    assert_int_equal(queue_pop(queue, got, 8, 1), 0);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 5; i++) {
            assert_true(queue_push(queue, &items[i]));
        }
        assert_false(queue_push(queue, &items[5]));
        assert_int_equal(queue_length(queue), 5);
        assert_int_equal(queue_pop(queue, got, 3, 0), 3);
        assert_int_equal(queue_pop(queue, got + 3, 5, 0), 2);
        for (int i = 0; i < 5; i++) {
            assert_ptr_equal(got[i], &items[i]);
        }
    }
    queue_destroy(queue);
    queue_destroy(NULL);
}

static void test_all_or_none(void **state)
{
    (void)state;
    int items[4];
    void *all[] = {&items[0], &items[1], &items[2]};
    void *got[8];
    struct queue *queue = queue_create(4, true);
    assert_true(queue_push_all(queue, all, 0));
    assert_false(is_readable(queue));
    assert_true(queue_push(queue, &items[3]));
    assert_int_equal(queue_pop(queue, got, 1, 0), 1);
    for (int round = 0; round < 5; round++) {
        assert_true(queue_push_all(queue, all, 3));
        assert_true(is_readable(queue));
        assert_false(queue_push_all(queue, all, 2));
        assert_int_equal(queue_length(queue), 3);
        assert_int_equal(queue_pop(queue, got, 8, 0), 3);
        assert_false(is_readable(queue));
        for (int i = 0; i < 3; i++) {
            assert_ptr_equal(got[i], &items[i]);
        }
    }
    queue_close(queue);
    assert_false(queue_push_all(queue, all, 1));
    queue_destroy(queue);
}

static void test_descriptor(void **state)
{
    (void)state;
    int item;
    void *got[2];
    struct queue *queue = queue_create(4, true);
    assert_false(is_readable(queue));
    queue_push(queue, &item);
    queue_push(queue, &item);
    assert_true(is_readable(queue));
    assert_int_equal(queue_pop(queue, got, 1, 0), 1);
    assert_true(is_readable(queue));
    assert_int_equal(queue_pop(queue, got, 1, 0), 1);
    assert_false(is_readable(queue));
    queue_push(queue, &item);
    queue_close(queue);
    queue_close(queue);
    assert_int_equal(queue_pop(queue, got, 2, -1), 1);
    assert_true(is_readable(queue));
    queue_destroy(queue);
}

static void test_close(void **state)
{
    (void)state;
    int item;
    void *got[4];
    struct queue *queue = queue_create(4, false);
    queue_push(queue, &item);
    queue_push(queue, &item);
    assert_false(queue_is_closed(queue));
    queue_close(queue);
    assert_true(queue_is_closed(queue));
    assert_false(queue_push(queue, &item));
    assert_int_equal(queue_pop(queue, got, 4, -1), 2);
    assert_int_equal(queue_pop(queue, got, 4, -1), 0);
    queue_destroy(queue);
}

enum { EACH = 20000, PUSHERS = 3, POPPERS = 3 };
static unsigned char numbers[PUSHERS][EACH];
static atomic_uchar seen[PUSHERS][EACH];

static void *push_all(void *argument)
{
    struct queue *queue = ((void **)argument)[0];
    unsigned char *mine = ((void **)argument)[1];
    for (size_t i = 0; i < EACH;) {
        i += queue_push(queue, &mine[i]) ? 1 : 0;
    }
    return NULL;
}

static void *pop_all(void *argument)
{
    struct queue *queue = argument;
    void *got[16];
    size_t count;
    while ((count = queue_pop(queue, got, 16, -1)) > 0) {
        for (size_t i = 0; i < count; i++) {
            size_t at = (size_t)((unsigned char *)got[i] - &numbers[0][0]);
            atomic_fetch_add(&(&seen[0][0])[at], 1);
        }
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    struct queue *queue = queue_create(64, true);
    pthread_t pushers[PUSHERS], poppers[POPPERS];
    void *arguments[PUSHERS][2];
    for (int i = 0; i < POPPERS; i++) {
        assert_int_equal(pthread_create(&poppers[i], NULL, pop_all, queue), 0);
    }
    for (int i = 0; i < PUSHERS; i++) {
        arguments[i][0] = queue;
        arguments[i][1] = numbers[i];
        assert_int_equal(pthread_create(&pushers[i], NULL, push_all, arguments[i]), 0);
    }
    for (int i = 0; i < PUSHERS; i++) {
        pthread_join(pushers[i], NULL);
    }
    queue_close(queue);
    for (int i = 0; i < POPPERS; i++) {
        pthread_join(poppers[i], NULL);
    }
    for (size_t i = 0; i < PUSHERS * EACH; i++) {
        assert_int_equal((&seen[0][0])[i], 1);
    }
    queue_destroy(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_bound), cmocka_unit_test(test_all_or_none),
        cmocka_unit_test(test_descriptor),      cmocka_unit_test(test_close),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
