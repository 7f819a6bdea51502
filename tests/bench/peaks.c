/* peaks.c: one repetition of each, on one ledger.
 * Never waits for an answer before the next is sent, where a pace is kept: who waits does not see the queue. */
#include "tests/bench/peaks.h"

#include <stdio.h>

#include "tests/bench/targets.h"

enum {
    /* At half load: so many clients that none of them waits for itself. */
    HALF_CLIENTS = 32,
    HALF_UNANSWERED = 64,
    PEAK_UNANSWERED = 16,
    /* A prefecture after seven days without a line: devices that send what they kept, beside scanners at work. */
    DEVICES = 32,
    DEVICE_UNANSWERED = 16,
    SPOOLED = 30000,
    SPOOLED_QUICK = 10000,
    SPOOL_MAX_S = 60,
    SCANNERS = 8,
    SCANNER_INTERVAL_MS = 100,
    ITEM_CLIENTS = 8,
    ITEM_UNANSWERED = 16,
    ITEMS_GUESS = 400000, /* containers a second: nobody takes more */
};

static const uint64_t ms_ns = 1000000;

static void keep(struct peaks *peaks, enum peaks_figure figure, double value)
{
    peaks->values[figure][peaks->count] = value;
}

static void measure_half(const struct bench *bench, struct load *load, struct peaks *peaks)
{
    const struct load_options most = {HALF_CLIENTS, PEAK_UNANSWERED};
    double seconds = bench->is_quick ? 1 : 2 * bench->load_seconds;
    double rate = load_run(load, &most, 0, bench->load_seconds).per_second / 2;
    struct load_group group = {
        .clients = HALF_CLIENTS,
        .unanswered = HALF_UNANSWERED,
        .items = 1,
        .interval_ns = (uint64_t)(1e9 * HALF_CLIENTS / rate),
    };
    group.each = (size_t)(seconds * 1e9 / (double)group.interval_ns) + 1;
    struct load_cost cost = load_drive(load, &group, 1, seconds);
    keep(peaks, PEAKS_HALF_RATE, (double)group.answered / cost.seconds);
    keep(peaks, PEAKS_HALF_P50, sample_percentile_us(&group.waits, 50));
    keep(peaks, PEAKS_HALF_P99, sample_percentile_us(&group.waits, 99));
    keep(peaks, PEAKS_HALF_LATE, sample_percentile_us(&group.delays, 99));
    load_done(&group, 1);
}

/* Scanners come behind the devices, so that each has a key of its own. */
static struct load_group scanners_for(double seconds)
{
    return (struct load_group){
        .first = DEVICES,
        .clients = SCANNERS,
        .unanswered = HALF_UNANSWERED,
        .items = 1,
        .interval_ns = SCANNER_INTERVAL_MS * ms_ns,
        .each = (size_t)(seconds * 1000 / SCANNER_INTERVAL_MS) + 2,
    };
}

static void measure_spool(const struct bench *bench, struct load *load, struct peaks *peaks)
{
    double seconds = bench->is_quick ? 1 : 2 * bench->load_seconds;
    struct load_group alone = scanners_for(seconds);
    load_drive(load, &alone, 1, seconds);
    keep(peaks, PEAKS_IDLE_P50, sample_percentile_us(&alone.waits, 50));
    keep(peaks, PEAKS_IDLE_P99, sample_percentile_us(&alone.waits, 99));
    load_done(&alone, 1);
    size_t each = (bench->is_quick ? SPOOLED_QUICK : SPOOLED) / DEVICES;
    struct load_group groups[] = {
        {.clients = DEVICES,
         .unanswered = DEVICE_UNANSWERED,
         .items = 1,
         .each = each,
         .is_all = true},
        scanners_for(SPOOL_MAX_S),
    };
    struct load_cost cost = load_drive(load, groups, 2, SPOOL_MAX_S);
    peaks->spooled = each * DEVICES;
    /* More than a minute is not waited for. */
    keep(peaks, PEAKS_SPOOL_S, cost.seconds * (double)peaks->spooled / (double)groups[0].answered);
    keep(peaks, PEAKS_SPOOL_P50, sample_percentile_us(&groups[1].waits, 50));
    keep(peaks, PEAKS_SPOOL_P99, sample_percentile_us(&groups[1].waits, 99));
    load_done(groups, 2);
}

static struct load_group items_for(double seconds)
{
    size_t statements = (size_t)(seconds * ITEMS_GUESS / LOAD_ITEMS_MAX);
    return (struct load_group){
        .clients = ITEM_CLIENTS,
        .unanswered = ITEM_UNANSWERED,
        .items = LOAD_ITEMS_MAX,
        .each = statements / ITEM_CLIENTS + ITEM_UNANSWERED,
    };
}

static void measure_items(const struct bench *bench, struct load *load, struct peaks *peaks)
{
    double seconds = bench->is_quick ? 0.5 : bench->load_seconds;
    struct load_group group = items_for(seconds);
    group.until_busy = true;
    group.until_caught_up = true;
    struct load_cost cost = load_drive(load, &group, 1, seconds);
    keep(peaks, PEAKS_ITEMS_BURST, (double)group.recorded * LOAD_ITEMS_MAX / cost.answered_seconds);
    keep(peaks, PEAKS_ITEMS_BUSY, group.was_busy);
    keep(peaks, PEAKS_ITEMS_STEADY,
         (double)group.recorded * LOAD_ITEMS_MAX / cost.caught_up_seconds);
    load_done(&group, 1);
}

static void measure_null_items(const struct bench *bench, struct load *null, struct peaks *peaks)
{
    double seconds = bench->is_quick ? 0.25 : bench->load_seconds;
    struct load_group group = items_for(seconds);
    struct load_cost cost = load_drive(null, &group, 1, seconds);
    keep(peaks, PEAKS_ITEMS_NULL, (double)group.recorded * LOAD_ITEMS_MAX / cost.answered_seconds);
    load_done(&group, 1);
}

void peaks_measure(const struct bench *bench,
                   struct load *load,
                   struct load *null,
                   struct peaks *peaks)
{
    measure_half(bench, load, peaks);
    measure_spool(bench, load, peaks);
    measure_items(bench, load, peaks);
    measure_null_items(bench, null, peaks);
    peaks->count++;
}

/* --- what is said of it ------------------------------------------------------------------------ */

static const struct {
    const char *key, *text;
    int decimals;
} names[PEAKS_FIGURES] = {
    [PEAKS_HALF_RATE] = {"half_per_second", "half load: statements a second, at a steady pace", 0},
    [PEAKS_HALF_P50] = {"half_p50_us", "    receipt, p50 us", 0},
    [PEAKS_HALF_P99] = {"half_p99_us", "    receipt, p99 us", 0},
    [PEAKS_HALF_LATE] = {"half_late_p99_us", "    sent later than its pace, p99 us", 0},
    [PEAKS_IDLE_P50] = {"scanners_p50_us", "8 scanners alone, 10 a second each: p50 us", 0},
    [PEAKS_IDLE_P99] = {"scanners_p99_us", "    p99 us", 0},
    [PEAKS_SPOOL_S] = {"spool_seconds", "spools of 32 devices come back: seconds", 2},
    [PEAKS_SPOOL_P50] = {"spool_scanners_p50_us", "    the scanners meanwhile, p50 us", 0},
    [PEAKS_SPOOL_P99] = {"spool_scanners_p99_us", "    p99 us", 0},
    [PEAKS_ITEMS_BURST] = {"items_durable", "statements of 100: containers a second, durable", 0},
    [PEAKS_ITEMS_BUSY] = {"items_busy", "    ended by busy (else by the time)", 0},
    [PEAKS_ITEMS_STEADY] = {"items_applied", "    durable and in the look-ups", 0},
    [PEAKS_ITEMS_NULL] = {"items_null", "    acknowledged, nothing behind the writer", 0},
};

double peaks_median(const struct peaks *peaks, enum peaks_figure figure)
{
    return sample_median(peaks->values[figure], peaks->count);
}

void peaks_print(const struct peaks *peaks)
{
    if (peaks->count == 0) {
        return;
    }
    printf("\n%-52s %10s %10s %10s\n", "paces, spools, large statements", "median", "least",
           "most");
    for (size_t i = 0; i < PEAKS_FIGURES; i++) {
        const double *values = peaks->values[i];
        double least = values[0];
        double most = values[0];
        for (size_t k = 1; k < peaks->count; k++) {
            least = values[k] < least ? values[k] : least;
            most = values[k] > most ? values[k] : most;
        }
        printf("%-52s %10.*f %10.*f %10.*f\n", names[i].text, names[i].decimals,
               peaks_median(peaks, (enum peaks_figure)i), names[i].decimals, least,
               names[i].decimals, most);
    }
    printf("spools: %zu statements, signed before\n", peaks->spooled);
}

json_t *peaks_json(const struct peaks *peaks)
{
    json_t *out = json_pack("{s:I}", "spooled", (json_int_t)peaks->spooled);
    for (size_t i = 0; i < PEAKS_FIGURES; i++) {
        json_t *runs = json_array();
        for (size_t k = 0; k < peaks->count; k++) {
            json_array_append_new(runs, json_real(peaks->values[i][k]));
        }
        json_object_set_new(out, names[i].key, runs);
    }
    return out;
}

void peaks_compare(const struct peaks *peaks, double commit_us)
{
    if (peaks->count == 0) {
        return;
    }
    if (commit_us > 0) {
        targets_add("half load: receipt p99 : a commit of the journal alone, p50", TARGETS_AT_MOST,
                    6, peaks_median(peaks, PEAKS_HALF_P99) / commit_us, "x");
    }
    targets_add("30,000 spooled statements absorbed", TARGETS_AT_MOST, 3,
                peaks_median(peaks, PEAKS_SPOOL_S) * SPOOLED / (double)peaks->spooled, "s");
    targets_add("scanners' p99 meanwhile : their p99 alone", TARGETS_AT_MOST, 10,
                peaks_median(peaks, PEAKS_SPOOL_P99) / peaks_median(peaks, PEAKS_IDLE_P99), "x");
    targets_add("statements of 100: containers durable until busy", TARGETS_AT_LEAST, 200000,
                peaks_median(peaks, PEAKS_ITEMS_BURST), "/s");
    targets_add("statements of 100: containers durable and applied", TARGETS_AT_LEAST, 80000,
                peaks_median(peaks, PEAKS_ITEMS_STEADY), "/s");
}
