/* limits.c: five short loops, each over one thing.
 * Never measures two things at once. */
#include "tests/bench/limits.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <custody/status.h>
#include "proto/digest.h"
#include "proto/merkle.h"
#include "daemon/base/clock.h"
#include "daemon/ledger/journal.h"
#include "daemon/ledger/store.h"
#include "tests/bench/echo.h"
#include "tests/lib/dice.h"
#include "tests/lib/die.h"
#include "tests/lib/entries.h"

#define MIB (UINT64_C(1) << 20)

enum { BLOCK = 4096, BLOCKS = 4096, MESSAGES = 64, FILL_PIECE = 4 << 20 };

/* A loop that runs for its time. */
struct lap {
    uint64_t began_ns, until_ns, now_ns;
    uint64_t done;
    struct sample sample;
};

static void lap_begin(struct lap *lap, double seconds)
{
    *lap = (struct lap){.began_ns = clock_monotonic_ns()};
    lap->now_ns = lap->began_ns;
    lap->until_ns = lap->began_ns + (uint64_t)(seconds * 1e9);
}

/* One step of `items` is done; false: the time is over. */
static bool lap_step(struct lap *lap, unsigned items)
{
    uint64_t now_ns = clock_monotonic_ns();
    die_check();
    sample_add(&lap->sample, now_ns - lap->now_ns);
    lap->now_ns = now_ns;
    lap->done += items;
    return now_ns < lap->until_ns;
}

static struct measure lap_end(struct lap *lap)
{
    double seconds = (double)(lap->now_ns - lap->began_ns) / 1e9;
    struct measure measure = sample_measure(&lap->sample, (double)lap->done / seconds);
    sample_done(&lap->sample);
    return measure;
}

static void must(enum custody_status status, const char *what)
{
    if (status != CUSTODY_OK) {
        die("%s: %s", what, custody_status_sentence(status));
    }
}

struct measure limits_fdatasync(const struct bench *bench)
{
    static uint8_t block[BLOCK];
    char path[PATH_MAX];
    struct dice dice;
    struct lap lap;
    dice_init(&dice, 1);
    dice_fill(&dice, block, sizeof(block));
    tempdir_path(&bench->dir, "fdatasync", path, sizeof(path));
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (off_t i = 0; file >= 0 && i < BLOCKS; i++) {
        if (pwrite(file, block, BLOCK, i * BLOCK) != BLOCK) {
            die("cannot write %s", path);
        }
    }
    if (file < 0 || fsync(file) != 0) {
        die("cannot write %s", path);
    }
    off_t at = 0;
    lap_begin(&lap, bench->limit_seconds);
    do {
        block[0]++;
        if (pwrite(file, block, BLOCK, at * BLOCK) != BLOCK || fdatasync(file) != 0) {
            die("cannot write %s", path);
        }
        at = (at + 1) % BLOCKS;
    } while (lap_step(&lap, 1));
    close(file);
    unlink(path);
    return lap_end(&lap);
}

/* Zero-filled, as the journal is kept; enough for the whole loop, so that filling is not in it. */
static uint64_t ahead_of(const struct bench *bench)
{
    return (uint64_t)(bench->limit_seconds * 96) * MIB;
}

struct measure limits_lmdb(const struct bench *bench, unsigned group)
{
    uint8_t entry[LIMITS_ENTRY_SIZE];
    char path[PATH_MAX];
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    uint32_t table = 0;
    uint64_t number = 0;
    struct dice dice;
    struct lap lap;
    dice_init(&dice, 2);
    dice_fill(&dice, entry, sizeof(entry));
    tempdir_path(&bench->dir, "lmdb", path, sizeof(path));
    must(store_open(path, STORE_CREATE, 1024 * MIB, 1, &store), path);
    must(store_table(store, "entries", true, &table), path);
    uint64_t ahead = ahead_of(bench);
    for (uint64_t filled = 0; filled < ahead; filled += FILL_PIECE) {
        must(store_fill_ahead(store, ahead), path);
    }
    lap_begin(&lap, bench->limit_seconds);
    do {
        must(store_begin(store, &txn), path);
        for (unsigned i = 0; i < group; i++, number++) {
            memcpy(entry, &number, sizeof(number));
            must(store_append(txn, table, span_of(&number, sizeof(number)),
                              span_of(entry, sizeof(entry))),
                 path);
        }
        must(store_commit(&txn), path);
    } while (lap_step(&lap, group));
    store_close(store);
    must(store_remove(path), path);
    return lap_end(&lap);
}

/* Signed before the clock starts. */
struct made_entries {
    uint8_t *bytes;
    struct span *entries;
    size_t count;
};

static struct made_entries make_entries(const struct entries_signer *signer, size_t count)
{
    size_t body = LIMITS_ENTRY_SIZE - ENTRY_HEAD_FIXED - STATEMENT_HEADER_SIZE - SIGNATURE_SIZE;
    struct made_entries made = {.count = count};
    uint8_t *one = malloc(ENTRY_SIZE_MAX);
    made.bytes = malloc(count * LIMITS_ENTRY_SIZE);
    made.entries = calloc(count, sizeof(made.entries[0]));
    if (one == NULL || made.bytes == NULL || made.entries == NULL) {
        die("out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        struct span entry = entries_make(signer, i, body, one);
        uint8_t *place = made.bytes + i * LIMITS_ENTRY_SIZE;
        if (entry.len != LIMITS_ENTRY_SIZE) {
            die("an entry of %zu bytes", entry.len);
        }
        memcpy(place, entry.data, entry.len);
        made.entries[i] = span_of(place, entry.len);
    }
    free(one);
    return made;
}

struct measure limits_journal(const struct bench *bench, unsigned group)
{
    char path[PATH_MAX];
    struct journal *journal = NULL;
    struct entries_signer signer;
    struct lap lap;
    size_t at = 0;
    bool has_time = true;
    double most_per_second = group == 1 ? 10000 : 60000;
    entries_signer_init(&signer, 1);
    struct made_entries made =
        make_entries(&signer, (size_t)(most_per_second * bench->limit_seconds));
    tempdir_path(&bench->dir, "journal", path, sizeof(path));
    must(journal_open(path, STORE_CREATE, 1024 * MIB, &journal), path);
    journal_set_ahead(journal, ahead_of(bench));
    for (uint64_t filled = 0; filled < ahead_of(bench); filled += FILL_PIECE) {
        must(journal_fill_ahead(journal), path);
    }
    lap_begin(&lap, bench->limit_seconds);
    while (has_time && at + group <= made.count) {
        must(journal_begin(journal), path);
        for (unsigned i = 0; i < group; i++, at++) {
            struct digest leaf = merkle_leaf(made.entries[at]);
            must(journal_append(journal, made.entries[at], &leaf), path);
        }
        must(journal_commit(journal, ENTRIES_ORIGIN, entries_sign, &signer, NULL), path);
        has_time = lap_step(&lap, group);
    }
    journal_close(journal);
    must(store_remove(path), path);
    free(made.entries);
    free(made.bytes);
    return lap_end(&lap);
}

struct measure limits_verify(const struct bench *bench)
{
    static uint8_t messages[MESSAGES][LIMITS_ENTRY_SIZE];
    static uint8_t signatures[MESSAGES][SIGNATURE_SIZE];
    static uint8_t keys[MESSAGES][PUBLIC_KEY_SIZE];
    struct dice dice;
    struct lap lap;
    size_t at = 0;
    dice_init(&dice, 3);
    for (size_t i = 0; i < MESSAGES; i++) {
        uint8_t seed[SEED_SIZE];
        uint8_t secret[SECRET_KEY_SIZE];
        dice_fill(&dice, seed, sizeof(seed));
        dice_fill(&dice, messages[i], sizeof(messages[i]));
        digest_key_from_seed(seed, keys[i], secret);
        digest_sign(signatures[i], span_of(messages[i], sizeof(messages[i])), secret);
    }
    lap_begin(&lap, bench->limit_seconds);
    do {
        at = (at + 1) % MESSAGES;
        if (!digest_verify(signatures[at], span_of(messages[at], sizeof(messages[at])), keys[at])) {
            die("a good signature does not verify");
        }
    } while (lap_step(&lap, 1));
    return lap_end(&lap);
}

struct measure limits_round_trip(const struct bench *bench)
{
    struct echo *echo = echo_start();
    struct lap lap;
    echo_ask(echo); /* the handshake is over */
    lap_begin(&lap, bench->limit_seconds);
    do {
        echo_ask(echo);
    } while (lap_step(&lap, 1));
    echo_stop(echo);
    return lap_end(&lap);
}
