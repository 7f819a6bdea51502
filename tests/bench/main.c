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
#include "tests/bench/copies.h"
#include "tests/bench/growth.h"
#include "tests/bench/limits.h"
#include "tests/bench/load.h"
#include "tests/bench/report.h"
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
    {.key = "submit_32_1", .text = "32 clients, 1 unanswered", .load = {32, 1}},
    {.key = "submit_1_16", .text = "1 client, at most 16 unanswered", .load = {1, 16}},
    {.key = "submit_8_16", .text = "8 clients, at most 16 unanswered each", .load = {8, 16}},
    {.key = "submit_32_16", .text = "32 clients, at most 16 unanswered each", .load = {32, 16}},
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

/* Every load begins on a ledger of its own, so that no row pays for what another has written. */
static struct measure measure_load(const struct bench *bench,
                                   const struct load_options *options,
                                   struct load_tally *tally)
{
    /* Token buckets would be measured instead of the ledger. */
    static const char settings[] = "[limits]\nsubmit_rate = 0\nparty_rate = 0\nask_rate = 0\n";
    struct keeper keeper;
    keeper_start(bench, settings, &keeper);
    struct load *load = load_open(&keeper, options);
    load_warm_up(load);
    struct measure measure = load_run(load, bench->load_seconds);
    struct load_tally more = load_tally(load);
    load_tally_add(tally, &more);
    load_close(load);
    keeper_stop(&keeper);
    return measure;
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
    if (strcmp(word, "growth") == 0 || strcmp(word, "copies") == 0) {
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
    printf("  %-14s %s\n", "growth", "what a statement and a question cost as the ledger grows");
    printf("  %-14s %s\n", "copies", "a backup and an export, beside a plain copy of the file");
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

static void measure_all(const struct bench *bench, int argc, char **argv, struct load_tally *tally)
{
    for (unsigned i = 0; i < bench->repetitions; i++) {
        for (size_t k = 0; k < ROWS; k++) {
            struct report_row *row = &rows[k];
            if (is_wanted(row, argc, argv)) {
                show(i, bench->repetitions, row->text);
                row->runs[row->count++] = row->load.clients > 0
                                              ? measure_load(bench, &row->load, tally)
                                              : measure_limit(bench, row->key);
            }
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
    measure_all(&bench, argc, argv, &report.tally);
    report_print(&report);
    if (is_asked_for("copies", argc, argv)) {
        copies_measure(&bench);
    }
    if (is_asked_for("growth", argc, argv)) {
        growth_measure(&bench, report.growth);
        growth_print(report.growth);
    }
    snprintf(path, sizeof(path), "%s/bench.json", bench.build);
    report_write(&report, path);
    printf("also as %s\n", path);
    return EXIT_SUCCESS;
}
