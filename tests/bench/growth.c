/* growth.c: the same statements, and the same questions, on ever larger ledgers.
 * Never measures while it fills. */
#include "tests/bench/growth.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/bytes.h"
#include "daemon/ledger/tables.h"
#include "tests/lib/die.h"

enum {
    MEASURED = 1000, /* statements of each act */
    BATCH = 32,
    BASE_ENTRIES = 100000,
};

static const struct {
    const char *key, *text;
} costs[GROWTH_COSTS] = {
    [GROWTH_PACK] = {"pack", "pack, one bag"},
    [GROWTH_LOAD] = {"load", "load, one bag"},
    [GROWTH_RECEIVE] = {"receive", "receive, one bag"},
    [GROWTH_FEED] = {"feed", "feed, one bag"},
};

/* ---- what a statement costs ---- */

static double thread_us(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

/* The bags of one measurement go one by one through all four acts; each act's statements are signed before they count. */
static double submit_signed(struct filling *filling, struct desk_statement **statements)
{
    double us = 0;
    struct submission submissions[BATCH], *list[BATCH];
    for (unsigned at = 0; at < MEASURED; at += BATCH) {
        unsigned count = MEASURED - at < BATCH ? MEASURED - at : BATCH;
        for (unsigned i = 0; i < count; i++) {
            submissions[i] = (struct submission){.statement = &statements[at + i]->statement,
                                                 .arena = filling->desk.arena};
            list[i] = &submissions[i];
        }
        filling->desk.now_us += 1000000;
        double before_us = thread_us();
        if (submit_batch(filling->desk.ledger, list, count, filling->desk.now_us) != CUSTODY_OK)
            die("a batch failed");
        submit_rest(filling->desk.ledger, false);
        us += thread_us() - before_us;
        for (unsigned i = 0; i < count; i++)
            if (submissions[i].outcome != 0)
                die("a statement was not taken");
    }
    double before_us = thread_us();
    desk_flush(&filling->desk);
    return (us + thread_us() - before_us) / MEASURED;
}

static void
measure_statements(struct filling *filling, uint64_t *measured, struct growth_point *ret)
{
    struct desk *desk = &filling->desk;
    static struct desk_statement *statements[MEASURED];
    static char codes[MEASURED][FILLING_CODE_MAX];
    desk_turn(desk);
    filling_depart(filling);
    filling_issue(filling);
    struct desk_statement trip, manifest;
    memcpy(trip.statement.id.bytes, filling->trip, DIGEST_SIZE);
    memcpy(manifest.statement.id.bytes, filling->manifest, DIGEST_SIZE);
    for (unsigned i = 0; i < MEASURED; i++) {
        snprintf(codes[i], FILLING_CODE_MAX, "M-%09" PRIu64, *measured + i);
        statements[i] = desk_sign(
            desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, codes[i], 5000)->base, desk->now_us);
    }
    ret->us[GROWTH_PACK] = submit_signed(filling, statements);
    desk_turn(desk);
    for (unsigned i = 0; i < MEASURED; i++)
        statements[i] = desk_sign(desk, DESK_DRIVER,
                                  &desk_load(desk, &trip, &manifest, DESK_HOSPITAL, codes[i])->base,
                                  desk->now_us);
    ret->us[GROWTH_LOAD] = submit_signed(filling, statements);
    desk_turn(desk);
    for (unsigned i = 0; i < MEASURED; i++)
        statements[i] = desk_sign(desk, DESK_GATE,
                                  &desk_receive(desk, &trip, &manifest, DESK_HOSPITAL, codes[i],
                                                CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 5000)
                                       ->base,
                                  desk->now_us);
    ret->us[GROWTH_RECEIVE] = submit_signed(filling, statements);
    desk_turn(desk);
    /* As new as the trip and the manifest are. */
    char batch[32];
    snprintf(batch, sizeof batch, "M-%" PRIu64, *measured);
    for (unsigned i = 0; i < MEASURED; i++) {
        Custody__V1__FeedBody body = CUSTODY__V1__FEED_BODY__INIT;
        char *list[] = {codes[i]};
        body.batch = batch;
        body.generator = (char *)DESK_HOSPITAL;
        body.n_containers = 1;
        body.containers = list;
        statements[i] = desk_sign(desk, DESK_GATE, &body.base, desk->now_us);
    }
    ret->us[GROWTH_FEED] = submit_signed(filling, statements);
    desk_turn(desk);
    *measured += MEASURED;
    filling_count(filling);
}

/* ---- points ------------------------------------------------------------------------------------- */

static uint64_t size_of(const struct filling *filling, const char *name)
{
    char path[700];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", filling->desk.data, name);
    return stat(path, &status) == 0 ? (uint64_t)status.st_blocks * 512 : 0;
}

static void measure_point(const struct bench *bench,
                          struct filling *filling,
                          uint64_t *measured,
                          struct growth_point *ret)
{
    struct rusage usage;
    char lookups[32];
    snprintf(lookups, sizeof lookups, "lookups-%d/data.mdb", (int)LOOKUPS_FORMAT);
    measure_statements(filling, measured, ret);
    ret->entries = filling->entries;
    ret->containers = filling->bags + *measured;
    ret->open = filling_open_bags(filling);
    answers_measure(bench, filling, &ret->answers);
    getrusage(RUSAGE_SELF, &usage);
    ret->journal_bytes = size_of(filling, "journal/data.mdb");
    ret->lookups_bytes = size_of(filling, lookups);
    ret->peak_kib = (uint64_t)usage.ru_maxrss;
}

/* SIZE=n ends with so many entries instead of a million. */
static unsigned choose_sizes(const struct bench *bench, uint64_t ret[static GROWTH_POINTS])
{
    static const uint64_t quick[] = {3000, 20000}, full[] = {10000, 100000, 1000000};
    const char *text = getenv("SIZE");
    const uint64_t *sizes = bench->is_quick ? quick : full;
    unsigned most = bench->is_quick ? 2 : 3, count = 0;
    uint64_t last = sizes[most - 1];
    if (text != NULL && text[0] != 0 &&
        (!bytes_parse_decimal(span_text(text), &last) || last < 1000))
        die("SIZE=%s is no number of entries, at least 1000", text);
    for (; count < most && sizes[count] < last; count++)
        ret[count] = sizes[count];
    ret[count++] = last;
    return count;
}

void growth_measure(const struct bench *bench, struct growth *ret)
{
    uint64_t sizes[GROWTH_POINTS], measured = 0;
    struct filling *filling = malloc(sizeof *filling);
    if (filling == NULL)
        die("out of memory");
    ret->count = choose_sizes(bench, sizes);
    filling_open(sizes[ret->count - 1], filling);
    for (unsigned i = 0; i < ret->count; i++) {
        filling_grow(filling, sizes[i]);
        measure_point(bench, filling, &measured, &ret->points[i]);
    }
    filling_close(filling);
    free(filling);
}

const struct growth_point *growth_base(const struct growth *growth)
{
    const struct growth_point *base = &growth->points[0];
    for (unsigned i = 1; i + 1 < growth->count; i++)
        if (growth->points[i].entries < 2 * BASE_ENTRIES)
            base = &growth->points[i];
    return base;
}

const char *growth_key(enum growth_cost cost)
{
    return costs[cost].key;
}

const char *growth_text(enum growth_cost cost)
{
    return costs[cost].text;
}
