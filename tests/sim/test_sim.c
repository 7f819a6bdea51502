/* test_sim.c: simulated worlds: one daemon, seven devices of five parties with libcustody's own spools, one process, a stepped
 * clock, a network that loses, doubles, delays, reorders and cuts, devices and a daemon that die, clocks that are wrong.
 *
 * After every commit: numbers dense, each statement once and under its key, the root of an own tree. Every receipt, head and
 * answer that leaves is compared with that, and every answer that arrives. At the end everything is in order again, and each
 * statement that a device was promised to keep must be on the ledger; then the whole audit, with the look-ups against a rebuild.
 * A world is its seed alone: the same one gives the same journal, byte for byte. One that fails is made small and printed.
 *
 * SIMULATION=n: so many worlds (`make check-sim`); SEED=n: the worlds of that run again, of which the first is
 * that seed's; SIM_TRACE=1: what happens, line by line. */
/* wrap: clock_gettime nanosleep adjtimex pthread_cond_timedwait fsync pwritev rename */
/* wrap: zmq_ctx_new zmq_ctx_term zmq_socket zmq_close zmq_setsockopt zmq_connect zmq_socket_monitor */
/* wrap: zmq_msg_send zmq_msg_recv zmq_msg_more zmq_poll */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/sim/world.h"

enum { WORLDS = 12, TWICE_EVERY = 8, PROGRESS_EVERY = 250 };

static bool fails(const struct history *history)
{
    return !world_run(history, true).is_sound;
}

static void add(struct tally *sum, const struct tally *one)
{
    uint64_t *to = (uint64_t *)sum;
    const uint64_t *from = (const uint64_t *)one;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

static void report(uint64_t worlds, const struct tally *sum)
{
    const struct {
        const char *name;
        uint64_t count;
    } lines[] = {
        {"entries", sum->entries},
        {"refused", sum->refused},
        {"held", sum->held},
        {"receipts", sum->receipts},
        {"questions", sum->questions},
        {"messages lost on the way", sum->lost},
        {"doubled", sum->doubled},
        {"late", sum->late},
        {"answers cut short", sum->cut},
        {"of them noticed loudly", sum->loud},
        {"deaths of devices", sum->deaths},
        {"restarts of the daemon", sum->restarts},
        {"deaths of the daemon", sum->kills},
    };
    /* A world in which anything else came out has ended the test. */
    printf("# %llu worlds, %llu statements kept: lost 0, counted twice 0\n",
           (unsigned long long)worlds, (unsigned long long)sum->promised);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        printf("#   %-26s %llu\n", lines[i].name, (unsigned long long)lines[i].count);
    fflush(stdout);
}

static void show_failure(struct history *history)
{
    history_shrink(history, fails);
    printf("# seed %llu fails; made small:\n", (unsigned long long)history->seed);
    history_print(history);
    world_run(history, false);
    fflush(stdout);
}

static uint64_t wanted(void)
{
    const char *text = getenv("SIMULATION");
    return text == NULL ? WORLDS : strtoull(text, NULL, 10);
}

static void worlds_hold_their_promises(void **state)
{
    static struct history history;
    struct tally sum = {0};
    uint64_t first = dice_seed();
    (void)state;
    for (uint64_t i = 0; i < wanted(); i++) {
        history_make(&history, first + i);
        struct world_result result = world_run(&history, false);
        if (!result.is_sound) {
            show_failure(&history);
            fail_msg("seed %llu", (unsigned long long)(first + i));
        }
        add(&sum, &result.tally);
        if (i % TWICE_EVERY == 0) {
            struct world_result again = world_run(&history, true);
            assert_true(again.is_sound);
            assert_memory_equal(&again.digest, &result.digest, sizeof result.digest);
            assert_memory_equal(&again.journal, &result.journal, sizeof result.journal);
        }
        if ((i + 1) % PROGRESS_EVERY == 0)
            report(i + 1, &sum);
    }
    report(wanted(), &sum);
}

static int prepare(void **state)
{
    (void)state;
    world_prepare();
    return 0;
}

static int forget(void **state)
{
    (void)state;
    world_forget();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(worlds_hold_their_promises, prepare, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
