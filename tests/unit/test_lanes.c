/* test_lanes.c: lanes are served in turn, by cost; nobody waits behind another's queue, and no more than the bound is out.
 * Never opens a socket. */
#include "daemon/server/lanes.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct job *
wait_in(struct lanes *lanes, struct lane *lane, struct job *job, uint64_t call, uint32_t cost)
{
    *job = (struct job){.cost = cost, .envelope.call = call};
    lanes_wait(lanes, lane, job);
    return job;
}

static void test_each_in_turn(void **state)
{
    (void)state;
    static struct job jobs[12];
    struct lanes lanes = {.running_max = 100, .lane_max = 2, .quantum = 1};
    struct lane busy = {0};
    struct lane calm = {0};
    assert_null(lanes_next(&lanes));
    for (uint64_t i = 0; i < 8; i++) {
        wait_in(&lanes, &busy, &jobs[i], i, 1);
    }
    wait_in(&lanes, &calm, &jobs[8], 8, 1);
    wait_in(&lanes, &calm, &jobs[9], 9, 1);
    /* Two of each at most, each lane's in its own order, in turn. */
    static const uint64_t expected[] = {0, 8, 1, 9};
    for (int i = 0; i < 4; i++) {
        struct job *job = lanes_next(&lanes);
        assert_non_null(job);
        assert_int_equal(job->envelope.call, expected[i]);
    }
    assert_null(lanes_next(&lanes));
    lanes_finish(&lanes, &calm, 1, 0); /* has nothing more */
    assert_null(lanes_next(&lanes));
    lanes_finish(&lanes, &busy, 1, 0);
    assert_int_equal(lanes_next(&lanes)->envelope.call, 2);
    assert_null(lanes_next(&lanes));
    wait_in(&lanes, &calm, &jobs[10], 10, 1); /* waits behind nobody */
    lanes_finish(&lanes, &busy, 1, 0);
    assert_int_equal(lanes_next(&lanes)->envelope.call, 10);
    assert_int_equal(lanes_next(&lanes)->envelope.call, 3);
}

static void test_all_together_have_a_bound(void **state)
{
    (void)state;
    enum { LANES = 10 };
    static struct job jobs[LANES][3];
    struct lanes lanes = {.running_max = 7, .lane_max = 5, .quantum = 1};
    struct lane each[LANES] = {{0}};
    for (uint64_t i = 0; i < LANES; i++) {
        for (uint64_t k = 0; k < 3; k++) {
            wait_in(&lanes, &each[i], &jobs[i][k], 100 * k + i, 1);
        }
    }
    for (uint64_t i = 0; i < 7; i++) {
        assert_int_equal(lanes_next(&lanes)->envelope.call, i);
    }
    assert_null(lanes_next(&lanes));
    lanes_finish(&lanes, &each[0], 1, 0);
    assert_int_equal(lanes_next(&lanes)->envelope.call,
                     7); /* nobody a second time before all the first */
    assert_null(lanes_next(&lanes));
}

/* What is larger than any bound still runs: alone. */
static void test_a_job_larger_than_the_bounds(void **state)
{
    (void)state;
    static struct job jobs[3];
    struct lanes lanes = {.running_max = 10, .lane_max = 5, .quantum = 2};
    struct lane one = {0};
    struct lane other = {0};
    wait_in(&lanes, &one, &jobs[0], 0, 50);
    wait_in(&lanes, &one, &jobs[1], 1, 50);
    assert_int_equal(lanes_next(&lanes)->envelope.call, 0);
    wait_in(&lanes, &other, &jobs[2], 2, 1);
    assert_null(lanes_next(&lanes));
    lanes_finish(&lanes, &one, 50, 0);
    assert_int_equal(lanes_next(&lanes)->envelope.call, 2);
    assert_null(lanes_next(&lanes)); /* 51 would be out */
    lanes_finish(&lanes, &other, 1, 0);
    assert_int_equal(lanes_next(&lanes)->envelope.call, 1);
}

/* Small and large, everybody always waiting: each lane gets the same cost in the end, and in between nobody lacks more than a
 * large job and a turn. */
static void test_shares_are_of_cost(void **state)
{
    (void)state;
    enum { LANES = 6, QUANTUM = 512, LARGE = 48 * 1024, ROUNDS = 20000 };
    static struct job jobs[LANES];
    struct lanes lanes = {.running_max = 256 * 1024, .lane_max = 64 * 1024, .quantum = QUANTUM};
    struct lane each[LANES] = {{0}};
    uint64_t served[LANES] = {0};
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (size_t i = 0; i < LANES; i++) {
        /* Two jobs each, so that a lane is never empty and keeps its credit. */
        wait_in(&lanes, &each[i], &jobs[i], i, i % 2 == 0 ? LARGE : QUANTUM);
        static struct job second[LANES];
        wait_in(&lanes, &each[i], &second[i], i, i % 2 == 0 ? LARGE : QUANTUM);
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct job *job = lanes_next(&lanes);
        assert_non_null(job);
        size_t i = job->envelope.call;
        uint32_t cost = job->cost;
        served[i] += cost;
        lanes_finish(&lanes, &each[i], cost, 0);
        wait_in(&lanes, &each[i], job, i,
                i % 2 == 0 ? LARGE : (uint32_t)dice_between(&dice, 1, 512));
        uint64_t least = UINT64_MAX;
        uint64_t most = 0;
        for (size_t k = 0; k < LANES; k++) {
            least = served[k] < least ? served[k] : least;
            most = served[k] > most ? served[k] : most;
        }
        /* A small one does not use up its turn: at worst its mean is half of it. */
        assert_true(most <=
                    2 * least + 2 * LARGE + 2 * QUANTUM * LANES * (uint64_t)(LARGE / QUANTUM));
    }
    assert_int_equal(lanes.running, 0);
}

/* Two who ask without end: one whose questions take a hundred times as long gets a hundredth of the turns, and the first
 * question of a newcomer waits for nobody's debt. */
static void test_debts_are_paid(void **state)
{
    (void)state;
    static struct job jobs[2][2];
    static struct job third;
    struct lanes lanes = {.running_max = 1, .lane_max = 1, .quantum = 1};
    struct lane each[2] = {{0}};
    struct lane newcomer = {0};
    unsigned served[2] = {0};
    for (uint64_t i = 0; i < 2; i++) {
        wait_in(&lanes, &each[i], &jobs[i][0], i, 1);
        wait_in(&lanes, &each[i], &jobs[i][1], i, 1);
    }
    for (int round = 0; round < 2000; round++) {
        struct job *job = lanes_next(&lanes);
        assert_non_null(job);
        uint64_t i = job->envelope.call;
        served[i]++;
        lanes_finish(&lanes, &each[i], 1, i == 0 ? 100 : 0);
        wait_in(&lanes, &each[i], job, i, 1);
    }
    assert_in_range(served[0], 15, 25);
    lanes_finish(&lanes, &each[lanes_next(&lanes)->envelope.call], 1, 1000);
    wait_in(&lanes, &newcomer, &third, 9, 1);
    for (int i = 0; i < 3; i++) {
        uint64_t call = lanes_next(&lanes)->envelope.call;
        if (call == 9) {
            return;
        }
        lanes_finish(&lanes, &each[call], 1, 1000);
    }
    fail_msg("the newcomer was not served");
}

/* However jobs come and go: the bounds hold, each lane keeps its order, and in the end all were served. */
static void test_random_histories(void **state)
{
    (void)state;
    enum { LANES = 20, JOBS = 400 };
    static struct job jobs[JOBS];
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int history = 0; history < 100; history++) {
        struct lanes lanes = {.running_max = 100, .lane_max = 30, .quantum = 7};
        struct lane each[LANES] = {{0}};
        struct job *out[JOBS];
        uint64_t newest[LANES] = {0};
        size_t waiting = 0;
        size_t out_count = 0;
        size_t served = 0;
        while (served < JOBS || out_count > 0) {
            if (waiting < JOBS && dice_chance(&dice, 60)) {
                size_t lane = dice_below(&dice, LANES);
                struct job *job = &jobs[waiting];
                *job = (struct job){
                    .cost = (uint32_t)dice_between(&dice, 1, 40),
                    .descriptor = (int)lane,
                    .envelope.call = ++waiting,
                };
                lanes_wait(&lanes, &each[lane], job);
            } else if (out_count > 0 && dice_chance(&dice, 50)) {
                size_t i = dice_below(&dice, out_count);
                lanes_finish(&lanes, &each[out[i]->descriptor], out[i]->cost, 0);
                out[i] = out[--out_count];
            } else {
                struct job *job = lanes_next(&lanes);
                if (job == NULL) {
                    assert_true(out_count > 0 || waiting < JOBS || served == JOBS);
                    continue;
                }
                struct lane *lane = &each[job->descriptor];
                assert_true(newest[job->descriptor] < job->envelope.call);
                newest[job->descriptor] = job->envelope.call;
                assert_true(lanes.running <= 100);
                assert_true(lane->running <= 30 || lane->running == job->cost);
                out[out_count++] = job;
                served++;
            }
        }
        assert_int_equal(lanes.running, 0);
        assert_null(lanes_next(&lanes));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_in_turn),
        cmocka_unit_test(test_all_together_have_a_bound),
        cmocka_unit_test(test_a_job_larger_than_the_bounds),
        cmocka_unit_test(test_shares_are_of_cost),
        cmocka_unit_test(test_debts_are_paid),
        cmocka_unit_test(test_random_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
