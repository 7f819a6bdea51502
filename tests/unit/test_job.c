/* test_job.c: the pool gives every job once, clean, and takes it back.
 * Never opens a socket. */
#include "daemon/server/job.h"
#include "tests/lib/check.h"

static void test_pool(void **state)
{
    (void)state;
    struct job *jobs[3];
    struct job_pool *pool = job_pool_create(3);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 3; i++) {
            jobs[i] = job_pool_take(pool);
            assert_non_null(jobs[i]);
            assert_null(jobs[i]->next);
            assert_null(jobs[i]->user);
            assert_int_equal(jobs[i]->frame_count, 0);
            assert_int_equal(jobs[i]->outcome, 0);
            assert_int_equal(zmq_msg_size(&jobs[i]->identity), 0);
            assert_int_equal(arena_used(jobs[i]->arena), 0);
        }
        assert_true(jobs[0] != jobs[1] && jobs[1] != jobs[2] && jobs[0] != jobs[2]);
        assert_null(job_pool_take(pool));
        assert_int_equal(job_pool_in_flight(pool), 3);
        for (int i = 0; i < 3; i++) {
            zmq_msg_init_size(&jobs[i]->identity, 5);
            zmq_msg_init_size(&jobs[i]->frames[0], 50000);
            zmq_msg_init_size(&jobs[i]->frames[1], 0);
            jobs[i]->frame_count = 2;
            jobs[i]->outcome = 6;
            assert_non_null(arena_alloc(jobs[i]->arena, 100000));
            job_pool_give(pool, jobs[i]);
        }
        assert_int_equal(job_pool_in_flight(pool), 0);
    }
    job_pool_destroy(pool);
    job_pool_destroy(NULL);
}

/* More than stay with the pool when they come back: every one is as good as new, again and again. */
static void test_a_great_rush(void **state)
{
    (void)state;
    enum { RUSH = 3000 };
    static struct job *jobs[RUSH];
    struct job_pool *pool = job_pool_create(RUSH);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < RUSH; i++) {
            jobs[i] = job_pool_take(pool);
            assert_non_null(jobs[i]);
            assert_int_equal(jobs[i]->outcome, 0);
            assert_int_equal(zmq_msg_size(&jobs[i]->frames[0]), 0);
            assert_int_equal(arena_used(jobs[i]->arena), 0);
            jobs[i]->outcome = 6;
            assert_non_null(arena_alloc(jobs[i]->arena, 100));
        }
        assert_null(job_pool_take(pool));
        for (int i = 0; i < RUSH; i++) {
            job_pool_give(pool, jobs[(i * 7) % RUSH]);
        }
        assert_int_equal(job_pool_in_flight(pool), 0);
    }
    job_pool_destroy(pool);
}

/* A REQ socket's empty frame stands where the first frame would. */
static void test_a_delimiter_alone(void **state)
{
    (void)state;
    struct job_pool *pool = job_pool_create(1);
    struct job *job = job_pool_take(pool);
    zmq_msg_init_size(&job->frames[0], 1000);
    job->has_delimiter = true;
    job_pool_give(pool, job);
    assert_false(job_pool_take(pool)->has_delimiter);
    assert_int_equal(zmq_msg_size(&job->frames[0]), 0);
    job_pool_give(pool, job);
    job_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool),
        cmocka_unit_test(test_a_great_rush),
        cmocka_unit_test(test_a_delimiter_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
