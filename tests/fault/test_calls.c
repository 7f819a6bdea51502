/* test_calls.c: the process is killed at each of its calls to the disk and at each of its system calls, and each call to the disk
 * fails, once or from then on (DESIGN 8, TLOG 4.4 F1, F3, F4): what is left opens, holds every receipt that left, counts nothing twice. */
/* wrap: clock_monotonic_ns */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/fault/campaign.h"
#include "tests/fault/drill.h"
#include "tests/fault/tracer.h"
#include "tests/lib/check.h"

enum { KILLS = 8, FAILURES = 1 };

struct way {
    const char *text;
    struct disk_fault fault;
};

static const struct way ways[] = {
    {"write: no space", {.calls = DISK_WRITE, .error = ENOSPC}},
    {"write: over quota", {.calls = DISK_WRITE, .error = EDQUOT}},
    {"write: input/output error", {.calls = DISK_WRITE, .error = EIO}},
    {"write: half of it", {.calls = DISK_WRITE, .error = ENOSPC, .is_short = true}},
    {"sync: input/output error", {.calls = DISK_SYNC, .error = EIO}},
    {"sync: no space", {.calls = DISK_SYNC, .error = ENOSPC}},
    {"open: too many files", {.calls = DISK_OPEN, .error = EMFILE}},
    {"rename: input/output error", {.calls = DISK_RENAME, .error = EIO}},
    {"truncate: no space", {.calls = DISK_TRUNCATE, .error = ENOSPC}},
    {"any: input/output error", {.calls = DISK_ANY, .error = EIO}},
};

static struct drill drill;
static struct dice dice;

static int setup(void **state)
{
    (void)state;
    dice_init(&dice, dice_seed());
    drill_open(&drill);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drill_close(&drill);
    return 0;
}

static void begin(const struct drill *hurt, const void *how)
{
    disk_watch(hurt->desk.dir.path, how, false);
}

static struct drill_result suffer(const struct disk_fault *fault)
{
    return drill_under(&drill, &(struct drill_fault){begin, disk_failed, fault, NULL});
}

/* Calls of these kinds to files of this name in a day that nothing happens to. */
static uint64_t count_calls(unsigned calls, const char *within)
{
    const struct disk_fault none = {.calls = calls, .within = within};
    drill_count(&drill, &(struct drill_fault){begin, disk_failed, &none, NULL});
    disk_unwatch();
    return disk_counted();
}

/* The n-th to be tried of `wanted` out of `calls`: all of them in order when that many are wanted. */
static uint64_t choose(uint64_t tried, uint64_t wanted, uint64_t calls)
{
    return wanted >= calls ? tried + 1 : 1 + dice_below(&dice, calls);
}

static void killed_at_a_call(void **state)
{
    (void)state;
    uint64_t calls = count_calls(DISK_ANY, NULL), wanted = campaign_wanted(KILLS);
    uint64_t tried = 0, receipts = 0;
    assert_true(calls > 100);
    for (; tried < wanted && tried < calls; tried++) {
        const struct disk_fault fault = {.nth = choose(tried, wanted, calls), .kills = true};
        struct drill_result result = suffer(&fault);
        if (!result.was_killed || !result.is_sound)
            fail_msg("killed at call %lu of %lu: %zu receipts had left", (unsigned long)fault.nth,
                     (unsigned long)calls, result.receipts);
        receipts += result.receipts;
    }
    printf("# killed: at %lu of %lu calls, %lu receipts compared, lost 0, counted twice 0\n",
           (unsigned long)tried, (unsigned long)calls, (unsigned long)receipts);
}

/* ---- any system call ---- */

static uint64_t system_calls; /* of the newest run */

static void submit_to_tracer(const struct drill *hurt, const void *how)
{
    (void)hurt;
    (void)how;
    if (!tracer_submit())
        _exit(1);
}

static uint64_t no_hits(void)
{
    return 0;
}

static int follow(pid_t child, const void *how)
{
    return tracer_follow(child, *(const uint64_t *)how, &system_calls);
}

/* The boundaries that disk.c does not see are here too: maps, locks, reads, the receipt on its way. */
static void killed_at_a_system_call(void **state)
{
    (void)state;
    uint64_t kill_at = 0, wanted = campaign_wanted(KILLS), tried = 0, receipts = 0;
    const struct drill_fault fault = {submit_to_tracer, no_hits, &kill_at, follow};
    struct drill_result result = drill_under(&drill, &fault);
    if (system_calls == 0) {
        print_message("no process may be followed here\n");
        skip();
    }
    uint64_t calls = system_calls;
    assert_true(result.is_sound && result.receipts == DRILL_STATEMENTS && calls > 300);
    for (; tried < wanted && tried < calls; tried++) {
        kill_at = choose(tried, wanted, calls);
        result = drill_under(&drill, &fault);
        if (!result.was_killed || !result.is_sound)
            fail_msg("killed at system call %lu of %lu: %zu receipts had left",
                     (unsigned long)kill_at, (unsigned long)calls, result.receipts);
        receipts += result.receipts;
    }
    printf("# killed: at %lu of %lu system calls, %lu receipts compared, lost 0, counted twice 0\n",
           (unsigned long)tried, (unsigned long)calls, (unsigned long)receipts);
}

static void a_call_fails(void **state)
{
    (void)state;
    uint64_t wanted = campaign_wanted(FAILURES), hit = 0, receipts = 0;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        uint64_t calls = count_calls(ways[i].fault.calls, NULL);
        for (uint64_t tried = 0; tried < 2 * wanted && tried < 2 * calls; tried++) {
            struct disk_fault fault = ways[i].fault;
            fault.nth = choose(tried / 2, wanted, calls);
            fault.is_for_ever = tried % 2 == 1;
            struct drill_result result = suffer(&fault);
            if (!result.is_sound)
                fail_msg("%s, call %lu of %lu%s: %zu receipts had left", ways[i].text,
                         (unsigned long)fault.nth, (unsigned long)calls,
                         fault.is_for_ever ? " and all after it" : "", result.receipts);
            hit += result.is_hit;
            receipts += result.receipts;
        }
    }
    assert_true(hit > 0);
    printf("# failing calls: %lu faults injected, %lu receipts compared, lost 0, counted twice 0\n",
           (unsigned long)hit, (unsigned long)receipts);
}

/* LMDB takes no more from a program whose sync failed, and readers would be told of an older day for ever. */
static void a_flush_of_unknown_result_ends_the_process(void **state)
{
    (void)state;
    struct disk_fault fault = {.calls = DISK_SYNC, .within = "lookups", .error = EIO};
    uint64_t calls = count_calls(DISK_SYNC, NULL);
    uint64_t flushes = count_calls(DISK_SYNC, "lookups");
    assert_true(flushes > 4 && flushes < calls);
    for (fault.nth = 1; fault.nth < flushes / 2; fault.nth++) {
        struct drill_result result = suffer(&fault);
        assert_true(result.is_hit);
        assert_true(result.has_left);
        assert_true(result.is_sound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_a_call),
        cmocka_unit_test(killed_at_a_system_call),
        cmocka_unit_test(a_call_fails),
        cmocka_unit_test(a_flush_of_unknown_result_ends_the_process),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
