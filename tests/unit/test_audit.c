/* test_audit.c: any byte of a journal that lies is named, and nothing wrong is served as good.
 * Never repairs what it breaks: each case has a fresh ledger or puts the byte back. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/audit.h"
#include "daemon/ledger/tree.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20, OVERLAY_MAX = 16 << 20, SIZE = 11, FLIPS = 1000 };

static struct tempdir dir;
static char path[4200];
static struct entries_signer signer;
static struct journal *journal;
static struct lookups *lookups;
static struct lookups_snapshot *tiles;
static struct digest leaves[2000];
static uint8_t heads[64][CHECKPOINT_SIZE_MAX]; /* published after each of the first batches */
static struct span published[64];
static size_t published_count;

static struct journal *open_journal(enum store_mode mode)
{
    struct journal *opened = NULL;
    assert_int_equal(journal_open(path, mode, MAP_SIZE, &opened), CUSTODY_OK);
    return opened;
}

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "journal", path, sizeof(path));
    entries_signer_init(&signer, 1);
    journal = NULL;
    lookups = NULL;
    tiles = NULL;
    published_count = 0;
    return 0;
}

static void close_all(void)
{
    lookups_snapshot_end(tiles);
    lookups_close(lookups);
    journal_close(journal);
    tiles = NULL;
    lookups = NULL;
    journal = NULL;
}

static int teardown(void **state)
{
    (void)state;
    close_all();
    tempdir_destroy(&dir);
    return 0;
}

/* A ledger of `size` entries in batches of `each`; then the journal is open again, read-only, with tiles beside it. */
static void build(uint64_t size, uint64_t each)
{
    struct tree *tree = NULL;
    journal = open_journal(STORE_CREATE);
    assert_int_equal(lookups_open(dir.path, STORE_CREATE, MAP_SIZE, OVERLAY_MAX, &lookups),
                     CUSTODY_OK);
    assert_int_equal(tree_open(lookups, 0, &tree), CUSTODY_OK);
    for (uint64_t done = 0; done < size;) {
        const struct merkle_batch *batch;
        uint64_t count = size - done < each ? size - done : each;
        assert_int_equal(entries_commit(journal, &signer, count, &batch), CUSTODY_OK);
        memcpy(&leaves[done], batch->nodes, (size_t)count * sizeof(leaves[0]));
        assert_int_equal(tree_append(tree, &leaves[done], count), CUSTODY_OK);
        done += count;
        assert_int_equal(lookups_accept(lookups, done), CUSTODY_OK);
        if (published_count < 64) {
            struct span head = journal_head(journal);
            memcpy(heads[published_count], head.data, head.len);
            published[published_count] = span_of(heads[published_count], head.len);
            published_count++;
        }
    }
    assert_int_equal(tree_put_tiles(tree), CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, size), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    tree_close(tree);
    journal_close(journal);
    journal = open_journal(STORE_READ_ONLY);
    assert_int_equal(lookups_snapshot_begin(lookups, &tiles), CUSTODY_OK);
}

static struct audit_report
run(struct lookups_snapshot *with_tiles, bool signatures, bool with_published)
{
    struct audit_report report;
    struct audit_options options = {
        .origin = ENTRIES_ORIGIN,
        .ledger_key = signer.public_key,
        .tiles = with_tiles,
        .published = with_published ? published : NULL,
        .published_count = with_published ? published_count : 0,
        .signatures = signatures,
    };
    assert_int_equal(audit_run(journal, &options, &report), CUSTODY_OK);
    assert_int_equal(report.is_sound, report.bad_entry == UINT64_MAX &&
                                          report.entries == journal_size(journal) &&
                                          strstr(report.sentence, " are in order") != NULL);
    return report;
}

static uint64_t progress_done, progress_calls;

static void progress(void *context, uint64_t done, uint64_t total)
{
    assert_ptr_equal(context, &progress_done);
    assert_true(done > progress_done && done <= total);
    progress_done = done;
    progress_calls++;
}

static void test_sound(void **state)
{
    (void)state;
    build(1300, 37);
    for (unsigned threads = 0; threads < 4; threads++) {
        struct audit_report report;
        struct audit_options options = {
            .origin = ENTRIES_ORIGIN,
            .ledger_key = signer.public_key,
            .tiles = threads % 2 == 0 ? tiles : NULL,
            .published = published,
            .published_count = published_count,
            .signatures = true,
            .threads = threads,
            .progress = progress,
            .context = &progress_done,
        };
        progress_done = progress_calls = 0;
        assert_int_equal(audit_run(journal, &options, &report), CUSTODY_OK);
        assert_true(report.is_sound && report.tiles_are_sound);
        assert_int_equal(report.entries, 1300);
        assert_int_equal(progress_done, 1300);
        assert_int_equal(progress_calls, 3);
        assert_string_equal(report.sentence, "1300 entries and the head are in order");
    }
}

static struct audit_report run_since(uint64_t size)
{
    struct merkle_edge edge;
    struct audit_report report;
    merkle_edge_init(&edge);
    for (uint64_t i = 0; i < size; i++) {
        merkle_edge_append(&edge, &leaves[i]);
    }
    struct audit_options options = {.origin = ENTRIES_ORIGIN,
                                    .ledger_key = signer.public_key,
                                    .published = published,
                                    .published_count = published_count,
                                    .signatures = true,
                                    .since = &edge};
    assert_int_equal(audit_run(journal, &options, &report), CUSTODY_OK);
    return report;
}

/* What lies under a checkpoint that was kept is not read again; what came after it is, up to the signed head. */
static void test_since(void **state)
{
    (void)state;
    build(1300, 37);
    static const uint64_t sizes[] = {0, 1, 37, 512, 1000, 1299, 1300};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        assert_true(run_since(sizes[i]).is_sound);
    }
    /* Another past under it leads to another root. */
    leaves[5].bytes[0] ^= 1;
    struct audit_report report = run_since(512);
    assert_false(report.is_sound);
    assert_true(report.bad_entry >= 512 || report.bad_entry == UINT64_MAX);
    leaves[5].bytes[0] ^= 1;
}

static void test_empty(void **state)
{
    (void)state;
    journal_close(open_journal(STORE_CREATE));
    journal = open_journal(STORE_READ_ONLY);
    assert_true(run(NULL, true, true).is_sound);
}

/* While somebody writes: the audit sees the journal as it was when it began. */
static void test_beside_the_writer(void **state)
{
    (void)state;
    build(600, 100);
    journal_close(journal);
    journal = open_journal(STORE_EXISTING);
    assert_true(run(tiles, true, true).is_sound);
    assert_int_equal(entries_commit(journal, &signer, 10, NULL), CUSTODY_OK);
    assert_true(run(tiles, true, true).is_sound);
}

static int open_data(void)
{
    char name[4300];
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    int file = open(name, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    return file;
}

static uint8_t *read_data(int file, size_t *ret_len)
{
    struct stat status;
    assert_int_equal(fstat(file, &status), 0);
    uint8_t *bytes = malloc((size_t)status.st_size);
    assert_int_equal(pread(file, bytes, (size_t)status.st_size, 0), status.st_size);
    *ret_len = (size_t)status.st_size;
    return bytes;
}

/* Write one byte of an entry, wherever the file has a copy of the entry. */
static void write_byte(
    int file, const uint8_t *data, size_t data_len, struct span entry, size_t at, uint8_t byte)
{
    const uint8_t *found = data;
    unsigned copies = 0;
    while ((found = memmem(found, (size_t)(data + data_len - found), entry.data, entry.len)) !=
           NULL) {
        assert_int_equal(pwrite(file, &byte, 1, (found - data) + (off_t)at), 1);
        found += entry.len;
        copies++;
    }
    assert_true(copies > 0);
}

/* Every byte of every entry in turn. */
static void test_every_byte(void **state)
{
    (void)state;
    static uint8_t bytes[ENTRY_SIZE_MAX];
    struct dice dice;
    size_t data_len;
    dice_init(&dice, dice_seed());
    build(SIZE, 4);
    int file = open_data();
    uint8_t *data = read_data(file, &data_len);
    for (uint64_t number = 0; number < SIZE; number++) {
        struct span entry = entries_make(&signer, number, 60 + number % 7, bytes);
        for (size_t at = 0; at < entry.len; at++) {
            uint8_t wrong = (uint8_t)(entry.data[at] ^ 1u << dice_below(&dice, 8));
            write_byte(file, data, data_len, entry, at, wrong);

            struct audit_report report = run(tiles, false, false);
            assert_false(report.is_sound);
            assert_int_equal(report.bad_entry, number);
            assert_true(report.byte_is_known);
            assert_int_equal(report.bad_offset, at);
            assert_int_equal(report.was, wrong);
            assert_int_equal(report.should_be, entry.data[at]);

            /* Without tiles: the signature covers the statement, the head's root everything. */
            report = run(NULL, true, false);
            assert_false(report.is_sound);
            if (at >= ENTRY_HEAD_FIXED) {
                assert_int_equal(report.bad_entry, number);
            }
            report = run(NULL, false, true);
            assert_false(report.is_sound);
            assert_in_range(report.bad_entry, number / 4 * 4, number + 1);

            struct journal_snapshot *snapshot;
            struct span got;
            assert_int_equal(journal_snapshot_begin(journal, &snapshot), CUSTODY_OK);
            assert_int_equal(journal_read(snapshot, number, &leaves[number], &got),
                             CUSTODY_ERR_CORRUPT);
            journal_snapshot_end(snapshot);
            write_byte(file, data, data_len, entry, at, entry.data[at]);
        }
    }
    assert_true(run(tiles, true, true).is_sound);
    free(data);
    close(file);
}

static void test_two_bytes(void **state)
{
    (void)state;
    static uint8_t bytes[ENTRY_SIZE_MAX];
    size_t data_len;
    build(300, 300);
    int file = open_data();
    uint8_t *data = read_data(file, &data_len);
    struct span entry = entries_make(&signer, 270, 60 + 270 % 7, bytes);
    write_byte(file, data, data_len, entry, 17, (uint8_t)(entry.data[17] + 1));
    write_byte(file, data, data_len, entry, 18, (uint8_t)~entry.data[18]);
    struct audit_report report = run(tiles, true, false);
    assert_int_equal(report.bad_entry, 270);
    assert_false(report.byte_is_known);
    assert_true(report.tiles_are_sound);
    /* Without tiles: recorded_at is covered by no signature, so order and roots must find it. */
    report = run(NULL, true, true);
    assert_int_equal(report.bad_entry, 271);
    assert_string_equal(report.sentence, "entry 271 was not recorded later than the one before it");
    write_byte(file, data, data_len, entry, 17, entry.data[17]);
    write_byte(file, data, data_len, entry, 18, entry.data[18]);
    write_byte(file, data, data_len, entry, 23, (uint8_t)(entry.data[23] ^ 1));
    report = run(NULL, true, false);
    assert_int_equal(report.bad_entry, 256);
    assert_string_equal(
        report.sentence,
        "one of the entries 256 to 287 is not what was signed: the head has another root");
    free(data);
    close(file);
}

/* Rewrites made through LMDB, as somebody with the file and the software could make them. */
struct rows {
    struct store *store;
    struct store_txn *txn;
    uint32_t main_table, entries;
};

static struct rows rows_begin(void)
{
    struct rows rows;
    journal_close(journal);
    journal = NULL;
    assert_int_equal(store_open(path, STORE_EXISTING, MAP_SIZE, 1, &rows.store), CUSTODY_OK);
    assert_int_equal(store_table(rows.store, NULL, false, &rows.main_table), CUSTODY_OK);
    assert_int_equal(store_table(rows.store, "entries", true, &rows.entries), CUSTODY_OK);
    assert_int_equal(store_begin(rows.store, &rows.txn), CUSTODY_OK);
    return rows;
}

static void rows_commit(struct rows *rows)
{
    assert_int_equal(store_commit(&rows->txn), CUSTODY_OK);
    store_close(rows->store);
    journal = open_journal(STORE_READ_ONLY);
}

static void assert_finds(uint64_t entry, const char *sentence)
{
    struct audit_report report = run(tiles, true, true);
    assert_false(report.is_sound);
    assert_string_equal(report.sentence, sentence);
    assert_int_equal(report.bad_entry, entry);
    assert_false(run(NULL, true, false).is_sound);
}

static void rebuild(void **state)
{
    teardown(state);
    setup(state);
    build(SIZE, 4);
}

static void test_rewritten_rows(void **state)
{
    static uint8_t bytes[ENTRY_SIZE_MAX];
    uint64_t number = 6;
    build(SIZE, 4);
    struct rows rows = rows_begin();
    assert_int_equal(store_delete(rows.txn, rows.entries, span_of(&number, 8)), CUSTODY_OK);
    rows_commit(&rows);
    assert_finds(6, "entry 6 cannot be found");

    /* A whole other entry with a good signature. */
    rebuild(state);
    rows = rows_begin();
    store_put(rows.txn, rows.entries, span_of(&number, 8), entries_make(&signer, 6, 80, bytes));
    rows_commit(&rows);
    assert_finds(6, "entry 6 is not what was signed: a published checkpoint has another root");

    rebuild(state);
    rows = rows_begin();
    store_put(rows.txn, rows.entries, span_of(&number, 8), span_text("short"));
    rows_commit(&rows);
    assert_finds(6, "entry 6 is not in the form of an entry");

    rebuild(state);
    rows = rows_begin();
    store_put(rows.txn, rows.entries, span_of(&number, 8), entries_make(&signer, 7, 60, bytes));
    rows_commit(&rows);
    assert_finds(6, "entry 6 says that it is number 7");

    rebuild(state);
    rows = rows_begin();
    number = SIZE;
    store_append(rows.txn, rows.entries, span_of(&number, 8),
                 entries_make(&signer, SIZE, 60, bytes));
    rows_commit(&rows);
    assert_finds(SIZE, "12 entries are there, the head has 11");
}

/* Change the head's row: the note, then the edge. */
static void write_head(struct rows *rows, struct span note, const struct merkle_edge *edge)
{
    uint8_t row[2 + CHECKPOINT_SIZE_MAX + MERKLE_EDGE_BYTES_MAX];
    row[0] = (uint8_t)(note.len >> 8);
    row[1] = (uint8_t)note.len;
    memcpy(row + 2, note.data, note.len);
    size_t len = merkle_edge_write(edge, row + 2 + note.len);
    store_put(rows->txn, rows->main_table, span_text("head"), span_of(row, 2 + note.len + len));
}

static void test_rewritten_head(void **state)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct entries_signer other;
    struct checkpoint checkpoint;
    entries_signer_init(&other, 5);
    build(SIZE, 4);
    struct merkle_edge edge = *journal_edge(journal);
    assert_true(checkpoint_parse(journal_head(journal), &checkpoint));
    struct rows rows = rows_begin();
    write_head(&rows, span_of(note, entries_sign(&other, &checkpoint, note)), &edge);
    rows_commit(&rows);
    assert_finds(UINT64_MAX, "the head is not signed by this ledger's key");

    rebuild(state);
    rows = rows_begin();
    edge.nodes[1].bytes[3] ^= 1;
    write_head(&rows, published[published_count - 1], &edge);
    rows_commit(&rows);
    assert_finds(UINT64_MAX, "the edge beside the head is damaged; entries and head are in order");

    rebuild(state);
    rows = rows_begin();
    store_put(rows.txn, rows.main_table, span_text("head"), span_text("\0\3abc"));
    rows_commit(&rows);
    assert_finds(UINT64_MAX, "the head's row is damaged");

    rebuild(state);
    rows = rows_begin();
    store_delete(rows.txn, rows.main_table, span_text("head"));
    rows_commit(&rows);
    struct audit_report report = run(NULL, true, true);
    assert_int_equal(report.bad_entry, 0);
    assert_string_equal(report.sentence,
                        "the journal holds 0 entries, but a published checkpoint has 4");
    report = run(NULL, true, false);
    assert_string_equal(report.sentence, "11 entries are there, the head has 0");

    /* A head that the ledger's key signed over another tree. */
    rebuild(state);
    edge = *journal_edge(journal);
    rows = rows_begin();
    checkpoint.root.bytes[0] ^= 1;
    write_head(&rows, span_of(note, entries_sign(&signer, &checkpoint, note)), &edge);
    rows_commit(&rows);
    assert_finds(UINT64_MAX,
                 "the head has another root, although published checkpoints confirm the entries");
}

static void test_published(void **state)
{
    (void)state;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct entries_signer other;
    struct checkpoint checkpoint = {.origin = ENTRIES_ORIGIN, .size = 6};
    entries_signer_init(&other, 5);
    build(SIZE, 4);
    assert_int_equal(published_count, 3);

    published[1] = span_of(note, entries_sign(&other, &checkpoint, note));
    struct audit_report report = run(tiles, true, true);
    assert_string_equal(report.sentence, "published checkpoint 1 is not one by this ledger's key");

    /* Another history at size 6; 4 is confirmed, so it is one of two. */
    published[1] = span_of(note, entries_sign(&signer, &checkpoint, note));
    report = run(tiles, true, true);
    assert_int_equal(report.bad_entry, 4);
    assert_string_equal(report.sentence, "one of the entries 4 to 5 is not what was signed: a "
                                         "published checkpoint has another root");

    checkpoint.size = SIZE + 1;
    published[1] = span_of(note, entries_sign(&signer, &checkpoint, note));
    report = run(tiles, true, true);
    assert_int_equal(report.bad_entry, SIZE);
    assert_string_equal(report.sentence,
                        "the journal holds 11 entries, but a published checkpoint has 12");
    checkpoint.size = 0;
    checkpoint.root = merkle_empty();
    published[1] = span_of(note, entries_sign(&signer, &checkpoint, note));
    assert_true(run(tiles, true, true).is_sound);
}

/* The look-ups are never trusted more than the signed head. */
static void test_lying_tile(void **state)
{
    (void)state;
    build(SIZE, 4);
    struct digest wrong[SIZE];
    memcpy(wrong, leaves, sizeof(wrong));
    memset(&wrong[5], 7, sizeof(wrong[5]));
    uint8_t key[9] = {0};
    lookups_snapshot_end(tiles);
    assert_int_equal(
        lookups_put(lookups, LOOKUPS_TILES, span_of(key, 9), span_of(wrong, sizeof(wrong))),
        CUSTODY_OK);
    lookups_accept(lookups, SIZE);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_begin(lookups, &tiles), CUSTODY_OK);
    struct audit_report report = run(tiles, true, true);
    assert_true(report.is_sound);
    assert_false(report.tiles_are_sound);
    assert_string_equal(report.sentence,
                        "11 entries are in order, but a tile is not: rebuild the look-ups");

    lookups_snapshot_end(tiles);
    assert_int_equal(lookups_delete(lookups, LOOKUPS_TILES, span_of(key, 9)), CUSTODY_OK);
    lookups_accept(lookups, SIZE);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_begin(lookups, &tiles), CUSTODY_OK);
    report = run(tiles, true, true);
    assert_true(report.is_sound);
    assert_false(report.tiles_are_sound);
}

/* What a process made of a damaged file. */
enum {
    ALL_GOOD = 0,
    REFUSED = 10, /* it would not open */
    FOUND = 11,   /* an entry could not be read, or the audit found it */
    OLDER = 12,   /* an older head: what the mark outside is for */
    SERVED = 13,  /* something wrong was served as good */
    UNSEEN = 14,  /* an entry cannot be read and the audit said nothing */
};

static int look_at(enum store_mode mode, const struct span *entries, struct span head)
{
    struct journal *opened = NULL;
    struct journal_snapshot *snapshot = NULL;
    struct audit_report report;
    struct audit_options options = {.origin = ENTRIES_ORIGIN, .ledger_key = signer.public_key};
    bool all_read = true;
    if (journal_open(path, mode, MAP_SIZE, &opened) != CUSTODY_OK ||
        journal_snapshot_begin(opened, &snapshot) != CUSTODY_OK) {
        return REFUSED;
    }
    for (uint64_t number = 0; number < SIZE; number++) {
        struct span got;
        if (journal_read(snapshot, number, &leaves[number], &got) != CUSTODY_OK) {
            all_read = false;
        } else if (!span_is_equal(got, entries[number])) {
            return SERVED;
        }
    }
    if (journal_snapshot_size(snapshot) < SIZE) {
        return OLDER;
    }
    if (audit_run(opened, &options, &report) != CUSTODY_OK || !report.is_sound) {
        return FOUND;
    }
    if (!all_read) {
        return UNSEEN;
    }
    return span_is_equal(journal_snapshot_head(snapshot), head) ? ALL_GOOD : SERVED;
}

/* LMDB may crash on a damaged page, so each look is in a process of its own. */
static int look_in_child(enum store_mode mode, const struct span *entries, struct span head)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        signal(SIGABRT, SIG_DFL);
        signal(SIGFPE, SIG_DFL);
        alarm(20);
        int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDERR_FILENO);
        _exit(look_at(mode, entries, head));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    assert_int_not_equal(WTERMSIG(status), SIGALRM);
    return 100;
}

/* Bits anywhere in the file: free pages, page headers, both meta pages. */
static void test_any_bit_of_the_file(void **state)
{
    (void)state;
    static uint8_t entry_bytes[SIZE][1024];
    static struct span entries[SIZE];
    unsigned seen[256] = {0};
    size_t data_len;
    struct dice dice;
    dice_init(&dice, dice_seed());
    build(SIZE, 4);
    close_all();
    for (uint64_t number = 0; number < SIZE; number++) {
        static uint8_t bytes[ENTRY_SIZE_MAX];
        struct span entry = entries_make(&signer, number, 60 + number % 7, bytes);
        memcpy(entry_bytes[number], entry.data, entry.len);
        entries[number] = span_of(entry_bytes[number], entry.len);
    }
    int file = open_data();
    uint8_t *data = read_data(file, &data_len);
    struct span head = published[published_count - 1];
    assert_int_equal(look_in_child(STORE_READ_ONLY, entries, head), ALL_GOOD);
    assert_int_equal(look_in_child(STORE_EXISTING, entries, head), ALL_GOOD);
    for (unsigned trial = 0; trial < FLIPS; trial++) {
        size_t at;
        do {
            at = (size_t)dice_below(&dice, data_len);
        } while (data[at] == 0 && dice_chance(&dice, 80)); /* most zeros are free space */
        if (trial < 2 * 152) {
            at = trial % 2 * 4096 + trial / 2; /* the meta pages */
        } else if (trial % 2 == 0) {
            at = at / 4096 * 4096 + at % 48; /* page headers */
        }
        uint8_t wrong = (uint8_t)(data[at] ^ 1u << dice_below(&dice, 8));
        assert_int_equal(pwrite(file, &wrong, 1, (off_t)at), 1);
        int result =
            look_in_child(trial % 3 == 0 ? STORE_EXISTING : STORE_READ_ONLY, entries, head);
        seen[result]++;
        if (result == SERVED || result == UNSEEN) {
            print_message("byte %zu from %02x to %02x: %d\n", at, data[at], wrong, result);
        }
        assert_int_not_equal(result, SERVED);
        assert_int_not_equal(result, UNSEEN);
        assert_int_equal(pwrite(file, data, data_len, 0), (ssize_t)data_len);
        assert_int_equal(ftruncate(file, (off_t)data_len), 0);
    }
    print_message("# of %d flips: %u no effect, %u refused, %u found, %u older, %u crashed\n",
                  (int)FLIPS, seen[ALL_GOOD], seen[REFUSED], seen[FOUND], seen[OLDER], seen[100]);
    assert_int_equal(seen[ALL_GOOD] + seen[REFUSED] + seen[FOUND] + seen[OLDER] + seen[100], FLIPS);
    assert_true(seen[FOUND] > 20);
    free(data);
    close(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_since, setup, teardown),
        cmocka_unit_test_setup_teardown(test_beside_the_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_byte, setup, teardown),
        cmocka_unit_test_setup_teardown(test_two_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rewritten_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rewritten_head, setup, teardown),
        cmocka_unit_test_setup_teardown(test_published, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lying_tile, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_bit_of_the_file, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
