/* main.c: custodyd under attack, one attack at a time, and what honest clients notice of it.
 * Never passes a run whose statements were not all receipted.
 *
 *   storm [attack...]     STORM_SECONDS=n of each attack; BUILD=folder of the programs */
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "tests/bench/keeper.h"
#include "tests/lib/die.h"
#include "tests/storm/attack.h"
#include "tests/storm/gauge.h"
#include "tests/storm/honest.h"
#include "tests/storm/village.h"

/* Pass or fail, on a machine that others may be using at the same time. Who is starved waits for as long as the attack
 * lasts, half of the time and not once in a hundred; so the median has the narrow bounds, and the p99 leaves room for one
 * request that has to be sent again. */
enum {
    P50_MS = 2000,
    P50_RATIO = 250, /* of receipts and traces, against the same clients alone; noise costs tens */
    P99_MS = 5000,
    GRACE_MS = 30000, /* for the honest clients to end after their time */
    RAGE_MS = 20000,  /* for an attack to begin in earnest */
    SAMPLE_MS = 50,
    DESCRIPTORS_LEFT = 16,
    PRIORITY_OF_FOES = 10,
};

/* Anonymous memory that an attack may cost: 256 MiB of answers that nobody reads, as connections.c bounds them; 4096
 * connections to each endpoint with libzmq's buffers, some 16 KiB each; 4096 requests in flight of at most 49 KiB. */
#define MEMORY_MAX_KIB (UINT64_C(576) * 1024)

static struct tempdir folder;
static pid_t supervisor;
static unsigned failures;

static void clean_up(void)
{
    if (getpid() == supervisor) {
        keeper_abandon();
        tempdir_destroy(&folder);
    }
}

__attribute__((format(printf, 2, 3))) static void fail(const char *attack, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("not ok - %s: ", attack);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, two lines above */
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    failures++;
}

static void run_child(child_work *work, struct storm *storm)
{
    struct child child = child_start(work, storm, 0);
    if (!child_wait(&child, 2 * GRACE_MS)) {
        child_kill(&child);
        die("a part of the storm does not end");
    }
}

/* What the honest clients met, and the daemon's memory at its highest meanwhile. */
struct weather {
    double receipt_ms[2], trace_ms[2], arrival_ms[2]; /* p50 and p99 */
    uint32_t receipts;
    uint64_t compared, busy, sent_again;
    bool is_in_time;
    struct gauge before, peak, after;
    struct storm_counters refused; /* by how much the daemon's counters grew */
};

static void watch(const struct keeper *keeper, struct gauge *peak)
{
    struct gauge now = gauge_read(keeper->pid);
    if (now.anonymous_kib > peak->anonymous_kib) {
        peak->anonymous_kib = now.anonymous_kib;
    }
    if (now.resident_kib > peak->resident_kib) {
        peak->resident_kib = now.resident_kib;
    }
    if (now.descriptors > peak->descriptors) {
        peak->descriptors = now.descriptors;
    }
}

/* The honest clients do their work; true when they came to an end in time. */
static bool work(const struct keeper *keeper, struct storm *storm, struct gauge *peak)
{
    memset(&storm->result, 0, sizeof(storm->result));
    struct child children[] = {
        child_start(honest_work, storm, 0),
        child_start(honest_arrive, storm, 0),
    };
    uint64_t end_ns =
        clock_monotonic_ns() + (uint64_t)(storm->seconds * 1e9) + GRACE_MS * UINT64_C(1000000);
    bool is_in_time = true;
    for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++) {
        while (!child_wait(&children[i], SAMPLE_MS)) {
            watch(keeper, peak);
            if (clock_monotonic_ns() > end_ns) {
                child_kill(&children[i]);
                is_in_time = false;
                break;
            }
        }
    }
    return is_in_time;
}

static void summarize(struct storm *storm, struct weather *ret)
{
    struct storm_honest *result = &storm->result;
    const unsigned percents[] = {50, 99};
    for (int i = 0; i < 2; i++) {
        ret->receipt_ms[i] = storm_sample_ms(&result->receipts, percents[i]);
        ret->trace_ms[i] = storm_sample_ms(&result->traces, percents[i]);
        ret->arrival_ms[i] = storm_sample_ms(&result->arrivals, percents[i]);
    }
    ret->receipts = result->receipts.count;
    ret->compared = result->compared;
    ret->busy = result->busy;
    ret->sent_again = result->sent_again;
}

static void wait_for_rage(struct storm *storm, const char *attack)
{
    uint64_t end_ns = clock_monotonic_ns() + RAGE_MS * UINT64_C(1000000);
    while (!atomic_load(&storm->foes.is_raging)) {
        die_check();
        if (clock_monotonic_ns() > end_ns) {
            die("%s: the attack does not begin", attack);
        }
        poll(NULL, 0, 10);
    }
}

static void suffer(const struct keeper *keeper,
                   struct storm *storm,
                   const struct attack *attack,
                   struct weather *ret)
{
    struct child foes[STORM_HOSTILE];
    memset(&storm->foes, 0, sizeof(storm->foes));
    atomic_store(&storm->is_over, false);
    *ret = (struct weather){.before = gauge_read(keeper->pid)};
    for (unsigned i = 0; i < attack->processes; i++) {
        foes[i] = child_start(attack->work, storm, i);
        /* Attackers have machines of their own: here they get what the daemon and its clients leave them. */
        setpriority(PRIO_PROCESS, (id_t)foes[i].pid, PRIORITY_OF_FOES);
    }
    if (attack->processes > 0) {
        wait_for_rage(storm, attack->key);
    }
    ret->is_in_time = work(keeper, storm, &ret->peak);
    for (unsigned i = 0; i < attack->processes; i++) {
        if (child_wait(&foes[i], 0)) {
            die("%s: the attack ended by itself", attack->key);
        }
    }
    atomic_store(&storm->is_over, true);
    for (unsigned i = 0; i < attack->processes; i++) {
        child_kill(&foes[i]);
    }
    summarize(storm, ret);
    ret->refused = storm->counters;
    run_child(honest_inspect, storm);
    for (size_t i = 0; i < ret->refused.count; i++) {
        struct storm_counter *counter = &ret->refused.each[i];
        counter->value = storm_counter(&storm->counters, counter->name) - counter->value;
    }
    ret->after = gauge_read(keeper->pid);
}

/* ---- telling ---------------------------------------------------------------------------------- */

static uint64_t refused(const struct weather *weather, const char *name)
{
    return storm_counter(&weather->refused, name);
}

/* Everything that the daemon did not take, whatever it said to it. */
static uint64_t refused_in_all(const struct weather *weather)
{
    static const char *const names[] = {
        "busy_queue",  "busy_quota",      "busy",         "turned_away", "not_admitted",
        "door_denied", "connections_cut", "unanswerable", "malformed",   "replies_dropped",
        "resent",      "awaited",
    };
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        sum += refused(weather, names[i]);
    }
    return sum;
}

static void print_head(void)
{
    printf("%-10s %9s %8s %8s %8s %8s %8s | %7s %15s %6s %15s %15s | %17s %5s\n", "attack", "sent",
           "taken", "busy", "away", "cut", "dropped", "honest", "receipt p50/p99", "ratio",
           "trace p50/p99", "arrival p50/p99", "memory MiB b/p/a", "fds");
}

static void print_row(const char *key,
                      const struct storm_foes *foes,
                      const struct weather *weather,
                      double ratio)
{
    uint64_t sent = atomic_load(&foes->sent);
    uint64_t connected = atomic_load(&foes->connected);
    uint64_t busy = refused(weather, "busy_queue") + refused(weather, "busy_quota");
    uint64_t away = refused(weather, "turned_away") + refused(weather, "malformed") +
                    refused(weather, "not_admitted") + refused(weather, "awaited") +
                    refused(weather, "door_denied");
    printf("%-10s %9" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 " %8" PRIu64
           " | %7" PRIu32 " %7.1f/%7.1f %6.1f %7.1f/%7.1f %7.1f/%7.1f | %5" PRIu64 "/%5" PRIu64
           "/%5" PRIu64 " %5d\n",
           key, sent > connected ? sent : connected, atomic_load(&foes->taken), busy, away,
           refused(weather, "connections_cut"), refused(weather, "replies_dropped"),
           weather->receipts, weather->receipt_ms[0], weather->receipt_ms[1], ratio,
           weather->trace_ms[0], weather->trace_ms[1], weather->arrival_ms[0],
           weather->arrival_ms[1], weather->before.anonymous_kib / 1024,
           weather->peak.anonymous_kib / 1024, weather->after.anonymous_kib / 1024,
           weather->after.descriptors);
    fflush(stdout);
}

/* ---- judging ---------------------------------------------------------------------------------- */

static void judge_wait(const char *key, const char *what, const double ms[2], double alone_ms)
{
    if (ms[0] > P50_MS || ms[1] > P99_MS) {
        fail(key, "the p50 of %s is %.1f ms and the p99 %.1f, over %d and %d", what, ms[0], ms[1],
             P50_MS, P99_MS);
    }
    if (alone_ms > 0 && ms[0] > P50_RATIO * alone_ms) {
        fail(key, "the p50 of %s is %.1f ms, over %d times %.1f alone", what, ms[0], P50_RATIO,
             alone_ms);
    }
}

static void judge(const char *key,
                  const struct attack *attack,
                  const struct weather *weather,
                  const struct weather *alone)
{
    if (!weather->is_in_time) {
        fail(key, "honest clients were starved: %" PRIu32 " receipts, and no end",
             weather->receipts);
    }
    if (weather->receipts < STORM_HONEST || weather->compared < STORM_HONEST) {
        fail(key, "%" PRIu32 " receipts, %" PRIu64 " compared", weather->receipts,
             weather->compared);
    }
    judge_wait(key, "receipts", weather->receipt_ms, alone->receipt_ms[0]);
    judge_wait(key, "traces", weather->trace_ms, alone->trace_ms[0]);
    /* Newcomers stand in line with whoever floods the port: how long is the kernel's matter and the machine's. */
    judge_wait(key, "arrivals", weather->arrival_ms, 0);
    if (weather->peak.anonymous_kib > weather->before.anonymous_kib + MEMORY_MAX_KIB) {
        fail(key, "memory grew by %" PRIu64 " MiB",
             (weather->peak.anonymous_kib - weather->before.anonymous_kib) / 1024);
    }
    if (weather->after.descriptors > weather->before.descriptors + DESCRIPTORS_LEFT) {
        fail(key, "%d descriptors, %d before", weather->after.descriptors,
             weather->before.descriptors);
    }
    if (attack->is_refused && refused_in_all(weather) == 0) {
        fail(key, "nothing was turned away");
    }
}

/* ---- running ---------------------------------------------------------------------------------- */

static bool is_wanted(const char *key, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], key) == 0) {
            return true;
        }
    }
    return argc <= 1;
}

static struct keeper *start_keeper(void)
{
    static struct bench bench;
    static struct keeper keeper;
    const char *build = getenv("BUILD");
    bench.build = build == NULL ? "build/release" : build;
    bench.dir = folder;
    keeper_start(&bench, "", &keeper);
    return &keeper;
}

static struct storm *share_storm(void)
{
    const char *seconds = getenv("STORM_SECONDS");
    struct storm *storm =
        mmap(NULL, sizeof(*storm), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (storm == MAP_FAILED) {
        die("no memory to share");
    }
    storm->seconds = seconds == NULL || seconds[0] == '\0' ? 3 : strtod(seconds, NULL);
    return storm;
}

static const struct keeper *founded_on;

static void found(struct storm *storm, unsigned number)
{
    (void)number;
    village_found(founded_on, storm);
}

static const struct attack calm = {.processes = 0};

static void run_row(const struct keeper *keeper,
                    struct storm *storm,
                    const char *key,
                    const struct attack *attack,
                    struct weather *alone)
{
    static struct weather weather;
    run_child(honest_inspect, storm);
    suffer(keeper, storm, attack, &weather);
    if (alone->receipts == 0) {
        *alone = weather;
    }
    print_row(key, &storm->foes, &weather, weather.receipt_ms[1] / alone->receipt_ms[1]);
    judge(key, attack, &weather, alone);
}

int main(int argc, char **argv)
{
    static struct weather alone;
    supervisor = getpid();
    tempdir_create(&folder);
    die_prepare("storm", clean_up);
    struct keeper *keeper = start_keeper();
    struct storm *storm = share_storm();
    founded_on = keeper;
    run_child(found, storm);
    print_head();
    run_row(keeper, storm, "alone", &calm, &alone);
    for (size_t i = 0; i < attack_count; i++) {
        const struct attack *attack = &attack_all[i];
        if (is_wanted(attack->key, argc, argv)) {
            run_row(keeper, storm, attack->key, attack, &alone);
        }
    }
    run_row(keeper, storm, "afterwards", &calm, &alone);
    keeper_stop(keeper);
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
