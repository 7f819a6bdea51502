/* copies.c: one journal, copied in every way again and again.
 * Never counts the making of the journal. */
#include "tests/bench/copies.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/ledger/export.h"
#include "tests/bench/sample.h"
#include "tests/lib/die.h"
#include "tests/lib/vault.h"

enum { ENTRIES = 100000, ENTRIES_QUICK = 20000, BLOCK = 1 << 20 };

enum way { PLAIN, EXPORT, EXPORT_AGAIN, AUDIT, BACKUP, BACKUP_AGAIN, WAYS };

static const char *const texts[WAYS] = {
    [PLAIN] = "the journal's file, copied and synced", [EXPORT] = "export, read back and verified",
    [EXPORT_AGAIN] = "export with nothing new",        [AUDIT] = "audit --tiles",
    [BACKUP] = "backup, read back and verified",       [BACKUP_AGAIN] = "backup with nothing new",
};

static void must(enum custody_status status, const char *what)
{
    if (status != CUSTODY_OK)
        die("%s: %s", what, custody_status_sentence(status));
}

static void copy_plainly(const struct vault *vault, const char *to)
{
    static uint8_t block[BLOCK];
    char from[600];
    ssize_t len;
    snprintf(from, sizeof from, "%s/journal/data.mdb", vault->data);
    int source = open(from, O_RDONLY | O_CLOEXEC);
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (source < 0 || target < 0)
        die("%s cannot be copied", from);
    while ((len = read(source, block, sizeof block)) > 0)
        if (write(target, block, (size_t)len) != len)
            die("%s cannot be written", to);
    if (len < 0 || fsync(target) != 0)
        die("%s cannot be synced", to);
    close(source);
    close(target);
}

static void export(const struct vault *vault, const char *place)
{
    struct export_report report;
    const struct export_options options = {
        .data = vault->data,
        .map_size = VAULT_MAP_SIZE,
        .place = place,
        .origin = ENTRIES_ORIGIN,
        .ledger_key = vault->signer.public_key,
    };
    must(export_make(&options, &report), report.sentence);
}

static void audit(const struct vault *vault, const char *place)
{
    struct tiles_report report;
    const struct tiles_options options = {
        .place = place,
        .origin = ENTRIES_ORIGIN,
        .ledger_key = vault->signer.public_key,
    };
    must(tiles_verify(&options, &report), report.sentence);
}

static double seconds_of(struct vault *vault, enum way way, unsigned repetition)
{
    char name[32], path[700];
    snprintf(name, sizeof name, "%s-%u",
             way == PLAIN   ? "plain"
             : way < BACKUP ? "tiles"
                            : "backup",
             repetition);
    tempdir_path(&vault->dir, name, path, sizeof path);
    snprintf(vault->place, sizeof vault->place, "%.500s", path);
    uint64_t began_ns = clock_monotonic_ns();
    switch (way) {
    case PLAIN:
        copy_plainly(vault, path);
        break;
    case EXPORT:
    case EXPORT_AGAIN:
        export(vault, path);
        break;
    case AUDIT:
        audit(vault, path);
        break;
    case BACKUP:
    case BACKUP_AGAIN:
        must(vault_backup(vault), vault->report.sentence);
        break;
    case WAYS:
        break;
    }
    return (double)(clock_monotonic_ns() - began_ns) / 1e9;
}

void copies_measure(const struct bench *bench)
{
    static struct vault vault;
    static double seconds[WAYS][BENCH_REPETITIONS_MAX];
    uint64_t entries = bench->is_quick ? ENTRIES_QUICK : ENTRIES;
    vault_open(&vault);
    for (uint64_t added = 0; added < entries;) {
        uint64_t count = entries - added < JOURNAL_BATCH_MAX ? entries - added : JOURNAL_BATCH_MAX;
        vault_add(&vault, count, 0, 0);
        added += count;
    }
    for (unsigned i = 0; i < bench->repetitions; i++)
        for (unsigned way = 0; way < WAYS; way++) {
            die_check();
            seconds[way][i] = seconds_of(&vault, (enum way)way, i);
        }
    double plain = sample_median(seconds[PLAIN], bench->repetitions);
    printf("\ncopies: %" PRIu64 " entries, p50 of %u\n\n%-40s %9s %12s %8s\n", entries,
           bench->repetitions, "", "seconds", "entries/s", "ratio");
    for (unsigned way = 0; way < WAYS; way++) {
        double median = sample_median(seconds[way], bench->repetitions);
        printf("%-40s %9.3f %12.0f %8.1f\n", texts[way], median, (double)entries / median,
               median / plain);
    }
    vault_close(&vault);
}
