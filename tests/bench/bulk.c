/* bulk.c: one ledger, filled, then weighed, rebuilt and audited.
 * Never counts the filling. */
#include "tests/bench/bulk.h"

#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "daemon/base/clock.h"
#include "daemon/ledger/audit.h"
#include "daemon/ledger/tables.h"
#include "daemon/service/replay.h"
#include "tests/bench/sample.h"
#include "tests/bench/stock.h"
#include "tests/lib/die.h"

enum { SIZES = 2, CORES_MAX = 64 };

struct weight {
    uint64_t rows[LOOKUPS_TABLES], bytes[LOOKUPS_TABLES];
    uint64_t journal, lookups; /* of the files in use */
};

struct bulk {
    uint64_t entries, statements, signed_bytes, containers;
    struct weight weight;
    double rebuild, verify, signatures, hashes; /* entries a second, medians */
    double of_verify;                           /* median of the repetitions' ratios */
    double of_cpu;                              /* likewise, of processor time */
    double rebuild_us, hashes_us;               /* processor time of an entry */
};

static void must(enum custody_status status, const char *what)
{
    if (status != CUSTODY_OK)
        die("%s: %s", what, custody_status_sentence(status));
}

/* ---- weight ---- */

struct weighing {
    struct weight *weight;
    enum lookups_table table;
};

static bool weigh_row(void *context, struct span key, struct span value)
{
    const struct weighing *weighing = context;
    weighing->weight->rows[weighing->table]++;
    weighing->weight->bytes[weighing->table] += 1 + key.len + 4 + value.len;
    return true;
}

static void weigh(const struct stock *stock, struct bulk *bulk)
{
    struct lookups *lookups = NULL;
    struct lookups_snapshot *snapshot = NULL;
    struct journal *journal = NULL;
    char path[600];
    snprintf(path, sizeof path, "%s/journal", stock->desk.data);
    must(journal_open(path, STORE_READ_ONLY, stock->desk.options.map_size, &journal), path);
    must(lookups_open(stock->desk.data, STORE_READ_ONLY, stock->desk.options.map_size, 0, &lookups),
         "look-ups");
    must(lookups_snapshot_begin(lookups, &snapshot), "look-ups");
    for (unsigned table = LOOKUPS_NAMES; table < LOOKUPS_POSITION; table++) {
        struct weighing weighing = {&bulk->weight, (enum lookups_table)table};
        must(lookups_snapshot_scan(snapshot, weighing.table, span_of(NULL, 0), span_of(NULL, 0),
                                   weigh_row, &weighing),
             "look-ups");
    }
    bulk->weight.journal = journal_used(journal);
    bulk->weight.lookups = lookups_used(lookups);
    bulk->entries = journal_size(journal);
    lookups_snapshot_end(snapshot);
    lookups_close(lookups);
    journal_close(journal);
}

/* ---- speed ---- */

/* How fast something went, and what it cost all cores together. */
struct pace {
    double per_second, cpu_us;
};

struct watch {
    uint64_t began_ns, cpu_ns;
};

static uint64_t cpu_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * 1000000000 + (uint64_t)used.tv_nsec;
}

static struct watch watch_begin(void)
{
    return (struct watch){clock_monotonic_ns(), cpu_ns()};
}

static struct pace watch_end(struct watch watch, uint64_t count)
{
    return (struct pace){
        .per_second = (double)count * 1e9 / (double)(clock_monotonic_ns() - watch.began_ns),
        .cpu_us = (double)(cpu_ns() - watch.cpu_ns) / 1e3 / (double)count,
    };
}

static struct pace rebuild(const struct stock *stock, const struct bulk *bulk)
{
    struct changeover_report report;
    char sentence[240];
    struct watch watch = watch_begin();
    must(replay_rebuild(&stock->desk.options, NULL, NULL, &report, sentence), sentence);
    return watch_end(watch, bulk->entries);
}

static struct pace audit(const struct stock *stock, const struct bulk *bulk, unsigned threads)
{
    struct journal *journal = NULL;
    struct ledger_keys keys;
    struct audit_report report;
    char path[600];
    snprintf(path, sizeof path, "%s/journal", stock->desk.data);
    must(journal_open(path, STORE_READ_ONLY, stock->desk.options.map_size, &journal), path);
    must(ledger_keys_read(stock->desk.key_file, &keys), "keys");
    const struct audit_options options = {
        .origin = keys.origin,
        .ledger_key = keys.public_key,
        .signatures = threads > 0,
        .threads = threads > 0 ? threads : (unsigned)sysconf(_SC_NPROCESSORS_ONLN),
    };
    struct watch watch = watch_begin();
    must(audit_run(journal, &options, &report), "audit");
    struct pace found = watch_end(watch, bulk->entries);
    if (!report.is_sound)
        die("audit: %s", report.sentence);
    ledger_keys_done(&keys);
    journal_close(journal);
    return found;
}

enum { MESSAGES = 64, MESSAGE_SIZE = 350 };

/* As many bytes as a usual statement has, of a key for each message. */
struct messages {
    uint8_t bytes[MESSAGES][MESSAGE_SIZE];
    uint8_t signatures[MESSAGES][SIGNATURE_SIZE];
    uint8_t keys[MESSAGES][PUBLIC_KEY_SIZE];
};

struct core {
    const struct messages *messages;
    uint64_t count;
    pthread_t thread;
};

static void *verify_core(void *context)
{
    struct core *core = context;
    for (uint64_t i = 0; i < core->count; i++) {
        unsigned at = (unsigned)(i % MESSAGES);
        if (!digest_verify(core->messages->signatures[at],
                           span_of(core->messages->bytes[at], MESSAGE_SIZE),
                           core->messages->keys[at]))
            die("a good signature does not verify");
    }
    return NULL;
}

static const struct messages *make_messages(void)
{
    static struct messages messages;
    for (unsigned i = 0; i < MESSAGES; i++) {
        uint8_t seed[SEED_SIZE] = {(uint8_t)i, 3}, secret[SECRET_KEY_SIZE];
        memset(messages.bytes[i], (int)i, MESSAGE_SIZE);
        digest_key_from_seed(seed, messages.keys[i], secret);
        digest_sign(messages.signatures[i], span_of(messages.bytes[i], MESSAGE_SIZE), secret);
    }
    return &messages;
}

/* All cores at once, as an audit has them, and as many in all as the audit does. */
static struct pace verify(const struct messages *messages, unsigned cores, uint64_t count)
{
    struct core all[CORES_MAX];
    struct watch watch = watch_begin();
    for (unsigned i = 0; i < cores; i++) {
        all[i].messages = messages;
        all[i].count = count / cores;
        if (pthread_create(&all[i].thread, NULL, verify_core, &all[i]) != 0)
            die("no thread");
    }
    for (unsigned i = 0; i < cores; i++)
        pthread_join(all[i].thread, NULL);
    return watch_end(watch, count / cores * cores);
}

static void measure_size(const struct bench *bench, struct stock *stock, struct bulk *bulk)
{
    double figures[8][BENCH_REPETITIONS_MAX];
    const struct messages *messages = make_messages();
    unsigned cores = (unsigned)sysconf(_SC_NPROCESSORS_ONLN);
    cores = cores > CORES_MAX ? CORES_MAX : cores;
    bulk->statements = stock->statements;
    bulk->signed_bytes = stock->signed_bytes;
    bulk->containers = stock->containers;
    weigh(stock, bulk);
    for (unsigned i = 0; i < bench->repetitions; i++) {
        die_check();
        const struct pace verified = verify(messages, cores, bulk->entries);
        const struct pace audited = audit(stock, bulk, cores);
        const struct pace rebuilt = rebuild(stock, bulk), hashed = audit(stock, bulk, 0);
        figures[0][i] = rebuilt.per_second;
        figures[1][i] = verified.per_second;
        figures[2][i] = audited.per_second;
        figures[3][i] = hashed.per_second;
        figures[4][i] = audited.per_second / verified.per_second;
        figures[5][i] = verified.cpu_us / audited.cpu_us;
        figures[6][i] = rebuilt.cpu_us;
        figures[7][i] = hashed.cpu_us;
    }
    bulk->rebuild = sample_median(figures[0], bench->repetitions);
    bulk->verify = sample_median(figures[1], bench->repetitions);
    bulk->signatures = sample_median(figures[2], bench->repetitions);
    bulk->hashes = sample_median(figures[3], bench->repetitions);
    bulk->of_verify = sample_median(figures[4], bench->repetitions);
    bulk->of_cpu = sample_median(figures[5], bench->repetitions);
    bulk->rebuild_us = sample_median(figures[6], bench->repetitions);
    bulk->hashes_us = sample_median(figures[7], bench->repetitions);
}

/* ---- the table ---- */

static void print_rates(const struct bulk *bulks, unsigned count)
{
    static const struct {
        const char *text;
        int decimals;
        size_t member;
    } rows[] = {
        {"look-ups made anew, entries/s", 0, offsetof(struct bulk, rebuild)},
        {"  processor time, us an entry", 1, offsetof(struct bulk, rebuild_us)},
        {"verifications/s, all cores", 0, offsetof(struct bulk, verify)},
        {"audit with signatures, entries/s", 0, offsetof(struct bulk, signatures)},
        {"audit with signatures : verifications", 3, offsetof(struct bulk, of_verify)},
        {"  the same, of processor time", 3, offsetof(struct bulk, of_cpu)},
        {"audit, hashes only, entries/s", 0, offsetof(struct bulk, hashes)},
        {"  processor time, us an entry", 2, offsetof(struct bulk, hashes_us)},
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        printf("%-44s", rows[row].text);
        for (unsigned i = 0; i < count; i++) {
            double figure;
            memcpy(&figure, (const char *)&bulks[i] + rows[row].member, sizeof figure);
            printf(" %12.*f", rows[row].decimals, figure);
        }
        printf("\n");
    }
}

/* What the look-ups may weigh: 60 bytes a statement, 300 a container, 60 a movement. */
static double allowed(const struct bulk *bulk)
{
    return 60.0 * (double)bulk->entries + 300.0 * (double)bulk->containers +
           60.0 * (double)bulk->weight.rows[LOOKUPS_MOVEMENTS];
}

static void print_weights(const struct bulk *bulks, unsigned count)
{
    static const char *const tables[LOOKUPS_TABLES] = {
        [LOOKUPS_NAMES] = "names",     [LOOKUPS_TEXTS] = "texts",        [LOOKUPS_SLOTS] = "slots",
        [LOOKUPS_RECORDS] = "records", [LOOKUPS_MEMBERS] = "members",    [LOOKUPS_WORK] = "work",
        [LOOKUPS_TILES] = "tiles",     [LOOKUPS_MOVEMENTS] = "movements"};
    printf("%-44s", "journal : statements and signatures");
    for (unsigned i = 0; i < count; i++)
        printf(" %12.3f", (double)bulks[i].weight.journal * (double)bulks[i].statements /
                              (double)bulks[i].entries / (double)bulks[i].signed_bytes);
    printf("\n%-44s", "of how many bytes they are");
    for (unsigned i = 0; i < count; i++)
        printf(" %12.0f", (double)bulks[i].signed_bytes / (double)bulks[i].statements);
    printf("\n%-44s", "look-ups : 60 B/statement 300/bag 60/movement");
    for (unsigned i = 0; i < count; i++)
        printf(" %12.3f", (double)bulks[i].weight.lookups / allowed(&bulks[i]));
    printf("\n%-44s", "look-ups, bytes an entry");
    for (unsigned i = 0; i < count; i++)
        printf(" %12.1f", (double)bulks[i].weight.lookups / (double)bulks[i].entries);
    printf("\n");
    for (unsigned table = LOOKUPS_NAMES; table < LOOKUPS_POSITION; table++) {
        char text[64];
        snprintf(text, sizeof text, "  %s: rows, bytes an entry", tables[table]);
        printf("%-44s", text);
        for (unsigned i = 0; i < count; i++)
            printf(" %6.3f %5.1f", (double)bulks[i].weight.rows[table] / (double)bulks[i].entries,
                   (double)bulks[i].weight.bytes[table] / (double)bulks[i].entries);
        printf("\n");
    }
}

void bulk_measure(const struct bench *bench)
{
    static struct bulk bulks[SIZES];
    uint64_t most = stock_size(bench);
    unsigned count = bench->is_quick ? 1 : SIZES;
    struct stock *stock = stock_open();
    for (unsigned i = 0; i < count; i++) {
        uint64_t size = i + 1 == count ? most : most / 10;
        stock_begin(stock);
        stock_fill(stock, size > stock->statements ? size - stock->statements : 0);
        stock_end(stock);
        measure_size(bench, stock, &bulks[i]);
    }
    printf("\n%-44s", "bulk: entries on the ledger");
    for (unsigned i = 0; i < count; i++)
        printf(" %12" PRIu64, bulks[i].entries);
    printf("\n\n");
    print_rates(bulks, count);
    print_weights(bulks, count);
    stock_close(stock);
}
