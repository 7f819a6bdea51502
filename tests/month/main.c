/* main.c: a month of a whole region, over the wire.
 *
 *   month --invitation FILE --clock FILE --divisions FILE [--seed N] [--days N]
 *
 * Prints `name: value` lines: what was made and planted. The same seed makes the same month. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "tests/lib/die.h"
#include "tests/month/stories.h"

/* NEEDS.md 3.1: 2034.19 t a year; a month of it. */
#define MONTH_G (UINT64_C(2034190000) / 12)
/* Friday 2026-05-01 00:00 +08:00. */
#define START_US INT64_C(1777564800000000)

static bool is_terminal;

static void show_progress(uint32_t day, uint32_t count)
{
    if (!is_terminal)
        return;
    uint32_t done = day >= count ? 40 : day * 40 / count;
    fprintf(stderr, "\r  [%.*s%*s] %2u/%u", (int)done,
            "========================================", (int)(40 - done), "",
            day >= count ? count : day + 1, count);
    if (day >= count)
        fprintf(stderr, "\r%60s\r", "");
}

static const char *option(int argc, char **argv, const char *name, const char *otherwise)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (strncmp(argv[i], "--", 2) == 0 && strcmp(argv[i] + 2, name) == 0)
            return argv[i + 1];
    if (otherwise == NULL)
        die("--%s is missing", name);
    return otherwise;
}

int main(int argc, char **argv)
{
    die_prepare("month", NULL);
    is_terminal = isatty(STDERR_FILENO) == 1;
    uint64_t seed = strtoull(option(argc, argv, "seed", "20260501"), NULL, 10);
    uint32_t day_count = (uint32_t)strtoul(option(argc, argv, "days", "30"), NULL, 10);
    int64_t registered_us = START_US - 3 * DAYS_DAY_US + 9 * DAYS_HOUR_US;
    printf("seed: %llu\n", (unsigned long long)seed);
    struct hub *hub = hub_open(option(argc, argv, "invitation", NULL),
                               option(argc, argv, "clock", NULL), registered_us);
    struct region *region = region_make(hub, option(argc, argv, "divisions", NULL), seed, MONTH_G);
    uint64_t began_ns = clock_monotonic_ns();
    region_register(region, START_US - 6 * DAYS_HOUR_US);
    struct days *days = days_make(region, START_US, day_count);
    stories_plan(days);
    days_run(days, days_at(days, day_count + 1, 540), show_progress);
    double seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
    struct days_tally tally = days_tally(days);
    struct hub_tally carried = hub_tally(hub);
    printf("units: %d\nmonth_g: %llu\npacked_g: %llu\n", REGION_UNITS, (unsigned long long)MONTH_G,
           (unsigned long long)tally.packed_g);
    for (unsigned i = 0; i < INDUSTRIES; i++)
        printf("industry: %s %llu\n", region_industry_name((enum industry)i),
               (unsigned long long)tally.industry_g[i]);
    printf("packed: %llu\nmanifests: %llu\npickups: %llu\nfed_g: %llu\n",
           (unsigned long long)tally.packed, (unsigned long long)tally.manifests,
           (unsigned long long)tally.pickups, (unsigned long long)tally.fed_g);
    printf("statements: %llu\nbytes: %llu\nwaiting: %llu\nseconds: %.1f\n",
           (unsigned long long)carried.statements, (unsigned long long)carried.bytes,
           (unsigned long long)carried.waiting, seconds);
    days_free(days);
    free(region);
    hub_close(hub);
    return 0;
}
