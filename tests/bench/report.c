/* report.c: medians of the repetitions, and their ratios.
 * Never says whether a figure is good. */
#include "tests/bench/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "daemon/base/clock.h"
#include "tests/bench/growth_table.h"
#include "tests/bench/targets.h"
#include "tests/bench/versus.h"
#include "tests/lib/die.h"

static double median_of(const struct measure *runs, size_t count, size_t member)
{
    double values[BENCH_REPETITIONS_MAX] = {0};
    for (size_t i = 0; i < count; i++) {
        memcpy(&values[i], (const char *)&runs[i] + member, sizeof(values[i]));
    }
    return sample_median(values, count);
}

#define MEDIAN(row, member) median_of((row)->runs, (row)->count, offsetof(struct measure, member))
#define NULL_MEDIAN(row, member)                                                                   \
    median_of((row)->nulls, (row)->count, offsetof(struct measure, member))

static void range_of(const struct measure *runs, size_t count, double *ret_least, double *ret_most)
{
    *ret_least = *ret_most = runs[0].per_second;
    for (size_t i = 1; i < count; i++) {
        double value = runs[i].per_second;
        *ret_least = value < *ret_least ? value : *ret_least;
        *ret_most = value > *ret_most ? value : *ret_most;
    }
}

static const struct report_row *find(const struct report *report, const char *key)
{
    for (size_t i = 0; i < report->row_count; i++) {
        if (strcmp(report->rows[i].key, key) == 0 && report->rows[i].count > 0) {
            return &report->rows[i];
        }
    }
    return NULL;
}

static bool is_load(const struct report_row *row)
{
    return row->load.clients > 0;
}

/* --- ratios ------------------------------------------------------------------------------------ */

struct ratio {
    const char *name, *heading;
    const char *limit; /* key of its row */
    bool all_cores;    /* the limit is that of one core */
};

static const struct ratio ratios[] = {
    {"per_fdatasync", ":fdatasync", "fdatasync", false},
    {"per_lmdb_32", ":LMDB/32", "lmdb_32", false},
    {"per_verify", ":verify", "verify", true},
};
enum { RATIOS = sizeof(ratios) / sizeof(ratios[0]) };

/* 0: the limit was not measured. */
static double
ratio_of(const struct report *report, const struct report_row *row, const struct ratio *ratio)
{
    const struct report_row *limit = find(report, ratio->limit);
    if (limit == NULL) {
        return 0;
    }
    double cores = ratio->all_cores ? (double)report->machine.cores : 1;
    return MEDIAN(row, per_second) / (MEDIAN(limit, per_second) * cores);
}

/* Of the daemon with nothing behind its writer. */
static double null_ratio_of(const struct report_row *row)
{
    return MEDIAN(row, per_second) / NULL_MEDIAN(row, per_second);
}

/* The same if nothing but the processors' time counted: both sides of the connection share them. Much steadier than a rate. */
static double null_cpu_ratio_of(const struct report_row *row)
{
    return (NULL_MEDIAN(row, cpu_us) + NULL_MEDIAN(row, own_us)) /
           (MEDIAN(row, cpu_us) + MEDIAN(row, own_us));
}

/* One client that waits for each answer can be no faster than these three after each other. */
static double least_us(const struct report *report)
{
    static const char *const parts[] = {"journal_1", "round_trip", "verify"};
    double sum = 0;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct report_row *row = find(report, parts[i]);
        if (row == NULL) {
            return 0;
        }
        sum += MEDIAN(row, p50_us);
    }
    return sum;
}

/* --- the table --------------------------------------------------------------------------------- */

static void print_heading(const struct report *report)
{
    const struct machine *machine = &report->machine;
    const struct bench *bench = report->bench;
    printf("custody bench   %s, commit %s%s\n", machine->date, machine->commit,
           bench->is_quick ? ", QUICK" : "");
    printf("machine         %s, %ld cores; %s; %s\n", machine->cpu, machine->cores, machine->kernel,
           machine->file_system);
    printf("figures         medians of %u repetitions, %.2g s for a limit, %.2g s for a load; "
           "least and "
           "most of the repetitions beside\n",
           bench->repetitions, bench->limit_seconds, bench->load_seconds);
    if (machine->disk_is_memory) {
        printf(
            "CAUTION         the folder lies in memory: nothing below is durable. Set TMPDIR to a "
            "folder on a disk.\n");
    }
}

static void print_columns(const char *title)
{
    printf("\n%-42s %10s %10s %10s %10s %10s", title, "per second", "least", "most", "p50 us",
           "p99 us");
}

static void print_row(const char *text, const struct measure *runs, size_t count, int decimals)
{
    double least;
    double most;
    range_of(runs, count, &least, &most);
    printf("%-42s %10.0f %10.0f %10.0f %10.*f %10.*f", text,
           median_of(runs, count, offsetof(struct measure, per_second)), least, most, decimals,
           median_of(runs, count, offsetof(struct measure, p50_us)), decimals,
           median_of(runs, count, offsetof(struct measure, p99_us)));
}

static void print_limits(const struct report *report)
{
    print_columns("raw limits");
    printf("\n");
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (!is_load(row) && row->count > 0) {
            print_row(row->text, row->runs, row->count, 1);
            printf("\n");
        }
    }
}

static void print_loads(const struct report *report)
{
    print_columns("durable signed submissions");
    printf(" %7s %7s", "cpu us", "own us");
    for (size_t i = 0; i < RATIOS; i++) {
        printf(" %10s", ratios[i].heading);
    }
    printf(" %10s %10s\n", ":null", ":null cpu");
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (!is_load(row) || row->count == 0) {
            continue;
        }
        print_row(row->text, row->runs, row->count, 0);
        printf(" %7.1f %7.1f", MEDIAN(row, cpu_us), MEDIAN(row, own_us));
        for (size_t k = 0; k < RATIOS; k++) {
            double ratio = ratio_of(report, row, &ratios[k]);
            if (ratio > 0) {
                printf(" %10.3f", ratio);
            } else {
                printf(" %10s", "-");
            }
        }
        printf(" %10.3f %10.3f\n", null_ratio_of(row), null_cpu_ratio_of(row));
    }
}

static void print_nulls(const struct report *report)
{
    print_columns("the same, nothing behind the writer");
    printf(" %7s %7s\n", "cpu us", "own us");
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (is_load(row) && row->count > 0) {
            print_row(row->text, row->nulls, row->count, 0);
            printf(" %7.1f %7.1f\n", NULL_MEDIAN(row, cpu_us), NULL_MEDIAN(row, own_us));
        }
    }
}

static void print_foot(const struct report *report)
{
    const struct load_tally *tally = &report->tally;
    const struct report_row *one = find(report, "submit_1_1");
    double least = least_us(report);
    if (one != NULL && least > 0) {
        printf("1 client, 1 unanswered: p50 is %.2f x (journal commit + round trip + verification, "
               "each alone: %.0f us)\n",
               MEDIAN(one, p50_us) / least, least);
    }
    if (tally->receipts > 0) {
        printf("p50 and p99 are from sending to receipt; cpu us is the daemon's processor time for "
               "each, "
               "own us the clients'; :verify counts all %ld cores\n",
               report->machine.cores);
        printf("%" PRIu64 " receipts, all recorded, %" PRIu64
               " inclusion proofs verified; %.0f bytes a submission, %.0f a receipt\n",
               tally->receipts, tally->proofs,
               (double)tally->statement_bytes / (double)tally->singles,
               (double)tally->receipt_bytes / (double)tally->singles);
        printf(":null is against the same daemon with nothing behind its writer: %.0f bytes a "
               "receipt\n",
               (double)tally->null_receipt_bytes / (double)tally->null_receipts);
    }
}

void report_print(const struct report *report)
{
    print_heading(report);
    print_limits(report);
    if (report->tally.receipts > 0) {
        print_loads(report);
        print_nulls(report);
    }
    versus_print(report);
    printf("\n");
    print_foot(report);
    peaks_print(&report->peaks);
}

void report_compare(const struct report *report)
{
    static const struct {
        const char *key, *text;
    } shapes[] = {
        {"submit_32_16", "32 clients, at most 16 unanswered : nothing behind the writer"},
        {"submit_128_16", "128 clients, at most 16 unanswered : nothing behind the writer"},
    };
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        const struct report_row *row = find(report, shapes[i].key);
        if (row != NULL) {
            targets_add(shapes[i].text, TARGETS_AT_LEAST, 0.8, null_ratio_of(row), "x");
        }
    }
    const struct report_row *one = find(report, "submit_1_1");
    if (one != NULL && least_us(report) > 0) {
        targets_add("1 client, 1 unanswered, p50 : commit + round trip + verification",
                    TARGETS_AT_MOST, 1.3, MEDIAN(one, p50_us) / least_us(report), "x");
    }
    versus_compare(report);
    const struct report_row *commit = find(report, "journal_1");
    peaks_compare(&report->peaks, commit == NULL ? 0 : MEDIAN(commit, p50_us));
}

/* --- JSON -------------------------------------------------------------------------------------- */

static json_t *figure(const struct measure *runs, size_t count, size_t member)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)&runs[i] + member, sizeof(value));
        json_array_append_new(list, json_real(value));
    }
    return json_pack("{s:f, s:o}", "median", median_of(runs, count, member), "runs", list);
}

#define FIGURE(row, member) figure((row)->runs, (row)->count, offsetof(struct measure, member))

static json_t *write_row(const struct report *report, const struct report_row *row)
{
    json_t *out =
        json_pack("{s:s, s:o, s:o, s:o}", "text", row->text, "per_second", FIGURE(row, per_second),
                  "p50_us", FIGURE(row, p50_us), "p99_us", FIGURE(row, p99_us));
    if (!is_load(row)) {
        return out;
    }
    json_object_set_new(out, "cpu_us", FIGURE(row, cpu_us));
    json_object_set_new(out, "own_us", FIGURE(row, own_us));
    json_object_set_new(out, "null_per_second",
                        figure(row->nulls, row->count, offsetof(struct measure, per_second)));
    json_object_set_new(out, "per_null", json_real(null_ratio_of(row)));
    json_object_set_new(out, "per_null_cpu", json_real(null_cpu_ratio_of(row)));
    json_object_set_new(out, "clients", json_integer(row->load.clients));
    json_object_set_new(out, "unanswered", json_integer(row->load.unanswered));
    for (size_t i = 0; i < RATIOS; i++) {
        double ratio = ratio_of(report, row, &ratios[i]);
        if (ratio > 0) {
            json_object_set_new(out, ratios[i].name, json_real(ratio));
        }
    }
    return out;
}

void report_write(const struct report *report, const char *path)
{
    const struct machine *machine = &report->machine;
    const struct load_tally *tally = &report->tally;
    json_t *limits = json_object();
    json_t *loads = json_object();
    for (size_t i = 0; i < report->row_count; i++) {
        const struct report_row *row = &report->rows[i];
        if (row->count > 0) {
            json_object_set_new(is_load(row) ? loads : limits, row->key, write_row(report, row));
        }
    }
    json_t *out = json_pack(
        "{s:s, s:s, s:b, s:i, s:f, s:f, s:{s:s, s:I, s:s, s:s}, s:o, s:o, s:{s:I, s:I, s:I, s:I}}",
        "date", machine->date, "commit", machine->commit, "quick", report->bench->is_quick,
        "repetitions", (int)report->bench->repetitions, "limit_seconds",
        report->bench->limit_seconds, "load_seconds", report->bench->load_seconds, "machine", "cpu",
        machine->cpu, "cores", (json_int_t)machine->cores, "kernel", machine->kernel, "file_system",
        machine->file_system, "limits", limits, "submissions", loads, "checked", "receipts",
        (json_int_t)tally->receipts, "proofs", (json_int_t)tally->proofs, "statement_bytes",
        (json_int_t)tally->statement_bytes, "receipt_bytes", (json_int_t)tally->receipt_bytes);
    json_t *growth = growth_table_json(&report->growth);
    if (growth != NULL) {
        json_object_set_new(out, "growth", growth);
    }
    if (report->peaks.count > 0) {
        json_object_set_new(out, "peaks", peaks_json(&report->peaks));
    }
    json_object_set_new(out, "targets", targets_json());
    json_t *peers = versus_write(report);
    if (peers != NULL) {
        json_object_set_new(out, "peers", peers);
    }
    if (out == NULL || json_dump_file(out, path, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0) {
        die("cannot write %s", path);
    }
    json_decref(out);
}
