/* test_limits.c: the limits that the kernel itself sets, at every height: how large a file may become, how many files may be open
 * (DESIGN 8, TLOG 4.4 F4): what is left opens, holds every receipt that left, counts nothing twice.
 * Never makes a call fail by itself: disk.h does that elsewhere. */
/* wrap: clock_monotonic_ns */
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "tests/fault/campaign.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"

enum { HEIGHTS = 8, STEP = 512, DESCRIPTORS = 40 };

struct height {
    int resource;
    rlim_t at;
};

static struct drill drill;

static void begin(const struct drill *hurt, const void *how)
{
    const struct height *height = how;
    const struct rlimit limit = {height->at, height->at};
    (void)hurt;
    signal(SIGXFSZ, SIG_IGN); /* as the daemon does: EFBIG instead */
    if (setrlimit(height->resource, &limit) != 0)
        _Exit(1);
}

/* The kernel does not say how often it refused; a day that lacks a receipt was hit. */
static uint64_t hits(void)
{
    return 0;
}

static uint64_t largest_file(void)
{
    static const char *const names[] = {"data/journal/data.mdb", "data/annex/data.mdb"};
    uint64_t largest = 0;
    struct disk_image *evening = disk_read(drill.desk.dir.path);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (disk_size(evening, names[i]) > largest)
            largest = disk_size(evening, names[i]);
    disk_free(evening);
    return largest;
}

static void suffer(const char *what, int resource, rlim_t step, uint64_t heights)
{
    uint64_t wanted = campaign_wanted(HEIGHTS), tried = 0, hit = 0, whole = 0, receipts = 0;
    for (; tried < wanted && tried < heights; tried++) {
        /* Spread over them, from none at all upwards. */
        uint64_t nth = wanted >= heights ? tried : tried * heights / wanted;
        const struct height height = {resource, nth * step};
        const struct drill_fault fault = {begin, hits, &height, NULL};
        struct drill_result result = drill_under(&drill, &fault);
        if (!result.is_sound)
            fail_msg("%s, at most %lu: %zu receipts had left", what, (unsigned long)height.at,
                     result.receipts);
        hit += result.receipts < DRILL_STATEMENTS;
        whole += result.receipts == DRILL_STATEMENTS;
        receipts += result.receipts;
    }
    assert_true(hit > 0);
    printf("# %s: %lu of %lu heights, %lu days cut short and %lu whole, %lu receipts compared, "
           "lost 0, "
           "counted twice 0\n",
           what, (unsigned long)tried, (unsigned long)heights, (unsigned long)hit,
           (unsigned long)whole, (unsigned long)receipts);
}

static void no_file_may_grow_further(void **state)
{
    (void)state;
    suffer("RLIMIT_FSIZE", RLIMIT_FSIZE, STEP, largest_file() / STEP + 2);
}

static void no_more_files_may_be_open(void **state)
{
    (void)state;
    suffer("RLIMIT_NOFILE", RLIMIT_NOFILE, 1, DESCRIPTORS);
}

static int setup(void **state)
{
    (void)state;
    drill_open(&drill);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drill_close(&drill);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_may_grow_further),
        cmocka_unit_test(no_more_files_may_be_open),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
