/* main.c: the benchmark: all rows once, and again, as often as there are repetitions.
 * Never runs two things at once.
 *
 *   bench            everything
 *   bench row...     only these rows; `bench help` lists them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/digest.h"
#include "tests/bench/bulk.h"
#include "tests/bench/copies.h"
#include "tests/bench/growth_table.h"
#include "tests/bench/items.h"
#include "tests/bench/limits.h"
#include "tests/bench/load.h"
#include "tests/bench/picture.h"
#include "tests/bench/report.h"
#include "tests/bench/restart.h"
#include "tests/bench/targets.h"
#include "tests/bench/versus.h"
#include "tests/lib/die.h"

static struct report_row rows[] = {
    {.key = "fdatasync", .text = "fdatasync of a 4 KiB pwrite"},
    {.key = "lmdb_1", .text = "LMDB, 350 B entries, a commit for each"},
    {.key = "lmdb_32", .text = "LMDB, 350 B entries, a commit for 32"},
    {.key = "journal_1", .text = "the journal alone, a commit for each"},
    {.key = "journal_32", .text = "the journal alone, a commit for 32"},
    {.key = "verify", .text = "Ed25519 verification of 350 B, one core"},
    {.key = "round_trip", .text = "ZeroMQ CURVE round trip, empty request"},
    {.key = "submit_1_1", .text = "1 client, 1 unanswered", .load = {1, 1}},
    {.key = "submit_8_1", .text = "8 clients, 1 unanswered", .load = {8, 1}},
    {.key = "submit_1_16", .text = "1 client, at most 16 unanswered", .load = {1, 16}},
    {.key = "submit_8_16", .text = "8 clients, at most 16 unanswered each", .load = {8, 16}},
    {.key = "submit_32_16", .text = "32 clients, at most 16 unanswered each", .load = {32, 16}},
    {.key = "submit_128_16", .text = "128 clients, at most 16 unanswered", .load = {128, 16}},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static struct measure measure_limit(const struct bench *bench, const char *key)
{
    if (strcmp(key, "fdatasync") == 0) {
        return limits_fdatasync(bench);
    }
    if (strcmp(key, "lmdb_1") == 0) {
        return limits_lmdb(bench, 1);
    }
    if (strcmp(key, "lmdb_32") == 0) {
        return limits_lmdb(bench, LIMITS_GROUP);
    }
    if (strcmp(key, "journal_1") == 0) {
        return limits_journal(bench, 1);
    }
    if (strcmp(key, "journal_32") == 0) {
        return limits_journal(bench, LIMITS_GROUP);
    }
    if (strcmp(key, "verify") == 0) {
        return limits_verify(bench);
    }
    return limits_round_trip(bench);
}

/* The daemon and the one with nothing behind its writer, each with its clients. */
struct pair {
    struct keeper keepers[2];
    struct load *loads[2];
};

static void pair_open(const struct bench *bench, struct pair *ret)
{
    /* Token buckets would be measured instead of the ledger. */
    static const char settings[] = "[limits]\nsubmit_rate = 0\nparty_rate = 0\nask_rate = 0\n";
    keeper_start(bench, settings, &ret->keepers[0]);
    keeper_start_null(bench, settings, &ret->keepers[1]);
    for (size_t i = 0; i < 2; i++) {
        ret->loads[i] = load_open(&ret->keepers[i]);
        load_warm_up(ret->loads[i]);
    }
}

static void pair_close(struct pair *pair, struct load_tally *tally)
{
    for (size_t i = 0; i < 2; i++) {
        struct load_tally more = load_tally(pair->loads[i]);
        load_tally_add(tally, &more);
        load_close(pair->loads[i]);
        keeper_stop(&pair->keepers[i]);
    }
}

static bool is_wanted(const struct report_row *row, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], row->key) == 0) {
            return true;
        }
    }
    return argc < 2;
}

static bool is_asked_for(const char *key, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], key) == 0) {
            return true;
        }
    }
    return argc < 2;
}

static bool is_row(const char *word)
{
    if (strcmp(word, "growth") == 0 || strcmp(word, "copies") == 0 || strcmp(word, "items") == 0 ||
        strcmp(word, "bulk") == 0 || strcmp(word, "restart") == 0 || strcmp(word, "peaks") == 0) {
        return true;
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(word, rows[i].key) == 0) {
            return true;
        }
    }
    return versus_is_row(word);
}

static int list_rows(void)
{
    printf("bench [row...]; QUICK=1 for a short run\n\n");
    for (size_t i = 0; i < ROWS; i++) {
        printf("  %-14s %s\n", rows[i].key, rows[i].text);
    }
    versus_list();
    printf("  %-14s %s\n", "growth",
           "what a statement and an answer cost as the ledger grows; SIZE=n entries in the end");
    printf("  %-14s %s\n", "items", "statements of a hundred items, durable and applied");
    printf("  %-14s %s\n", "peaks", "half load, spools that come back, statements of 100");
    printf("  %-14s %s\n", "copies", "a backup and an export, beside a plain copy of the file");
    printf("  %-14s %s\n", "restart", "a start after a kill, and memory; SIZE=entries");
    printf("  %-14s %s\n", "bulk", "size, rebuild and audit of a whole ledger; SIZE=entries");
    return EXIT_SUCCESS;
}

/* One line that is overwritten; nothing when nobody watches. */
static void show(unsigned repetition, unsigned repetitions, const char *text)
{
    if (isatty(STDERR_FILENO) == 1) {
        fprintf(stderr, "\r\x1b[K");
        if (text != NULL) {
            fprintf(stderr, "%u of %u: %s", repetition + 1, repetitions, text);
        }
    }
}

static void measure_row(const struct bench *bench, const struct pair *pair, struct report_row *row)
{
    if (row->load.clients == 0) {
        row->runs[row->count++] = measure_limit(bench, row->key);
        return;
    }
    double rate = row->count == 0 ? 0 : row->runs[row->count - 1].per_second;
    double null_rate = row->count == 0 ? 0 : row->nulls[row->count - 1].per_second;
    row->runs[row->count] = load_run(pair->loads[0], &row->load, rate, bench->load_seconds);
    row->nulls[row->count] = load_run(pair->loads[1], &row->load, null_rate, bench->load_seconds);
    row->count++;
}

static bool has_load(int argc, char **argv)
{
    if (is_asked_for("peaks", argc, argv)) {
        return true;
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].load.clients > 0 && is_wanted(&rows[i], argc, argv)) {
            return true;
        }
    }
    return false;
}

/* A new ledger for each repetition, which its rows share; in a short run one for all. */
static void measure_all(const struct bench *bench, int argc, char **argv, struct report *report)
{
    static struct pair pair;
    bool is_paired = has_load(argc, argv);
    for (unsigned i = 0; i < bench->repetitions; i++) {
        bool is_first = i == 0 || !bench->is_quick;
        bool is_last = i + 1 == bench->repetitions || !bench->is_quick;
        if (is_paired && is_first) {
            show(i, bench->repetitions, "founding");
            pair_open(bench, &pair);
        }
        for (size_t k = 0; k < ROWS; k++) {
            if (is_wanted(&rows[k], argc, argv)) {
                show(i, bench->repetitions, rows[k].text);
                measure_row(bench, &pair, &rows[k]);
            }
        }
        if (is_asked_for("peaks", argc, argv) && is_last) {
            show(i, bench->repetitions, "half load, spools, statements of 100");
            peaks_measure(bench, pair.loads[0], pair.loads[1], &report->peaks);
        }
        if (is_paired && is_last) {
            pair_close(&pair, &report->tally);
        }
        show(i, bench->repetitions, "peers");
        versus_measure(bench, argc, argv);
    }
    show(0, 0, NULL);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct report report = {.bench = &bench, .rows = rows, .row_count = ROWS};
    char path[PATH_MAX];
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "help") == 0 || strcmp(argv[i], "--help") == 0) {
            return list_rows();
        }
        if (!is_row(argv[i])) {
            fprintf(stderr, "bench: there is no row \"%s\"; see bench help\n", argv[i]);
            return 2;
        }
    }
    bench_open(&bench);
    if (!digest_init()) {
        die("libsodium cannot start");
    }
    machine_look(bench.dir.path, &report.machine);
    measure_all(&bench, argc, argv, &report);
    report_print(&report);
    if (is_asked_for("items", argc, argv)) {
        items_measure(&bench);
    }
    if (is_asked_for("copies", argc, argv)) {
        copies_measure(&bench);
    }
    if (is_asked_for("restart", argc, argv)) {
        restart_measure(&bench);
    }
    if (is_asked_for("bulk", argc, argv)) {
        bulk_measure(&bench);
    }
    if (is_asked_for("growth", argc, argv)) {
        growth_measure(&bench, &report.growth);
        growth_table_print(&report.growth);
    }
    report_compare(&report);
    targets_print();
    snprintf(path, sizeof(path), "%s/bench.json", bench.build);
    report_write(&report, path);
    printf("also as %s\n", path);
    picture_write(&report);
    return EXIT_SUCCESS;
}
