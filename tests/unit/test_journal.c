/* test_journal.c: entries in order, heads only after their commit, nothing lost when a disk fills up.
 * Never trusts the journal's own word: entries, leaves and roots are made a second time. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/journal.h"
#include "tests/lib/check.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20 };

static struct tempdir dir;
static char path[4200];
static struct entries_signer signer;

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "journal", path, sizeof(path));
    entries_signer_init(&signer, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct journal *open_journal(enum store_mode mode)
{
    struct journal *journal = NULL;
    assert_int_equal(journal_open(path, mode, MAP_SIZE, &journal), CUSTODY_OK);
    return journal;
}

/* Every entry, the edge and the head are those of the first `size` sample entries. */
static void assert_holds(struct journal *journal, uint64_t size)
{
    static uint8_t bytes[ENTRY_SIZE_MAX];
    struct journal_snapshot *snapshot;
    struct merkle_edge edge;
    merkle_edge_init(&edge);
    assert_int_equal(journal_size(journal), size);
    assert_int_equal(journal_snapshot_begin(journal, &snapshot), CUSTODY_OK);
    assert_int_equal(journal_snapshot_size(snapshot), size);
    assert_int_equal(journal_snapshot_rows(snapshot), size);
    for (uint64_t number = 0; number < size; number++) {
        struct span expected = entries_make(&signer, number, 60 + number % 7, bytes);
        struct digest leaf = merkle_leaf(expected);
        struct span got;
        assert_int_equal(journal_read(snapshot, number, &leaf, &got), CUSTODY_OK);
        assert_true(span_is_equal(got, expected));
        assert_int_equal(journal_peek(journal, number, &got), CUSTODY_OK);
        assert_true(span_is_equal(got, expected));
        merkle_edge_append(&edge, &leaf);
    }
    struct span got;
    assert_int_equal(journal_read(snapshot, size, NULL, &got), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(journal_peek(journal, size, &got), CUSTODY_ERR_NOT_FOUND);
    struct digest root = merkle_edge_root(&edge), actual = merkle_edge_root(journal_edge(journal));
    assert_true(digest_is_equal(&root, &actual));
    assert_true(span_is_equal(journal_head(journal), journal_snapshot_head(snapshot)));
    if (size > 0) {
        struct checkpoint checkpoint;
        assert_int_equal(checkpoint_verify(journal_head(journal), ENTRIES_ORIGIN, signer.public_key,
                                           &checkpoint),
                         CHECKPOINT_OK);
        assert_int_equal(checkpoint.size, size);
        assert_true(digest_is_equal(&checkpoint.root, &root));
        assert_true(journal_last_recorded_at(journal) == entries_recorded_at(size - 1));
    } else {
        assert_int_equal(journal_head(journal).len, 0);
        assert_int_equal(journal_last_recorded_at(journal), 0);
    }
    journal_snapshot_end(snapshot);
}

static void test_empty(void **state)
{
    (void)state;
    struct journal *journal = NULL;
    assert_int_equal(journal_open(path, STORE_EXISTING, MAP_SIZE, &journal), CUSTODY_ERR_NOT_FOUND);
    journal = open_journal(STORE_CREATE);
    assert_holds(journal, 0);
    const struct merkle_batch *batch;
    assert_int_equal(entries_commit(journal, &signer, 0, &batch), CUSTODY_OK);
    assert_int_equal(batch->count, 0);
    assert_int_equal(signer.sign_count, 0);
    journal_close(journal);
    journal = open_journal(STORE_EXISTING);
    assert_holds(journal, 0);
    journal_close(journal);
    journal_close(NULL);
}

static void test_batches_and_reopening(void **state)
{
    (void)state;
    static const uint64_t batches[] = {1, 1, 2, 300, 127, 1, 4096, 5};
    struct journal *journal = open_journal(STORE_CREATE);
    uint64_t size = 0;
    for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++) {
        const struct merkle_batch *batch;
        assert_int_equal(entries_commit(journal, &signer, batches[i], &batch), CUSTODY_OK);
        assert_int_equal(batch->first, size);
        size += batches[i];
        assert_int_equal(batch->after.size, size);
        /* A proof from the batch alone, for its last entry. */
        struct merkle_proof proof;
        assert_true(merkle_prove_inclusion(size - 1, size, merkle_batch_read,
                                           (void *)(uintptr_t)batch, &proof));
        static uint8_t bytes[ENTRY_SIZE_MAX];
        struct digest leaf =
            merkle_leaf(entries_make(&signer, size - 1, 60 + (size - 1) % 7, bytes));
        struct digest root = merkle_edge_root(journal_edge(journal));
        assert_true(merkle_verify_inclusion(size - 1, size, &leaf, &proof, &root));
        if (i % 2 == 0) {
            journal_close(journal);
            journal = open_journal(STORE_EXISTING);
        }
    }
    assert_holds(journal, size);
    journal_close(journal);
    journal = open_journal(STORE_READ_ONLY);
    assert_holds(journal, size);
    assert_int_equal(journal_begin(journal), CUSTODY_ERR_PERMISSION);
    journal_close(journal);
}

static void test_refused_appends(void **state)
{
    (void)state;
    static uint8_t bytes[ENTRY_SIZE_MAX];
    struct journal *journal = open_journal(STORE_CREATE);
    assert_int_equal(entries_commit(journal, &signer, 3, NULL), CUSTODY_OK);
    struct span entry = entries_make(&signer, 4, 60, bytes), peeked;
    struct digest leaf = merkle_leaf(entry);
    assert_int_equal(journal_begin(journal), CUSTODY_OK);
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_ERR_INVALID);
    entry = entries_make(&signer, 2, 60, bytes);
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_ERR_INVALID);
    assert_int_equal(journal_append(journal, span_of(bytes, entry.len - 1), &leaf),
                     CUSTODY_ERR_INVALID);
    /* recorded_at, at offset 16, earlier than that of the entry before. */
    entry = entries_make(&signer, 3, 60, bytes);
    bytes[17] = 0;
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_ERR_INVALID);
    entry = entries_make(&signer, 3, 60 + 3, bytes);
    leaf = merkle_leaf(entry);
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_OK);
    assert_int_equal(journal_peek(journal, 3, &peeked), CUSTODY_OK);
    assert_true(span_is_equal(peeked, entry));
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_ERR_INVALID);
    assert_int_equal(journal_size(journal), 3);
    assert_int_equal(journal_commit(journal, ENTRIES_ORIGIN, entries_sign, &signer, NULL),
                     CUSTODY_OK);
    assert_holds(journal, 4);

    assert_int_equal(journal_begin(journal), CUSTODY_OK);
    for (uint64_t i = 0; i < JOURNAL_BATCH_MAX; i++) {
        entry = entries_make(&signer, 4 + i, 60, bytes);
        leaf = merkle_leaf(entry);
        assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_OK);
    }
    entry = entries_make(&signer, 4 + JOURNAL_BATCH_MAX, 60, bytes);
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_ERR_INVALID);
    journal_abort(journal);
    journal_abort(journal);
    assert_holds(journal, 4);
    journal_close(journal);
}

static void test_signer_fails(void **state)
{
    (void)state;
    struct journal *journal = open_journal(STORE_CREATE);
    assert_int_equal(entries_commit(journal, &signer, 3, NULL), CUSTODY_OK);
    signer.fails = true;
    assert_int_equal(entries_commit(journal, &signer, 3, NULL), CUSTODY_ERR_INVALID);
    assert_holds(journal, 3);
    signer.fails = false;
    assert_int_equal(entries_commit(journal, &signer, 3, NULL), CUSTODY_OK);
    assert_holds(journal, 6);
    journal_close(journal);
}

/* A leaf that is not the hash of what was stored: a bit that flipped between hashing and storing. */
static void test_second_path_disagrees(void **state)
{
    (void)state;
    static uint8_t bytes[ENTRY_SIZE_MAX];
    struct journal *journal = open_journal(STORE_CREATE);
    assert_int_equal(entries_commit(journal, &signer, 5, NULL), CUSTODY_OK);
    struct span entry = entries_make(&signer, 5, 65, bytes);
    struct digest leaf = merkle_leaf(entry);
    bytes[200] ^= 1;
    uint64_t signed_before = signer.sign_count;
    assert_int_equal(journal_begin(journal), CUSTODY_OK);
    assert_int_equal(journal_append(journal, entry, &leaf), CUSTODY_OK);
    assert_int_equal(journal_commit(journal, ENTRIES_ORIGIN, entries_sign, &signer, NULL),
                     CUSTODY_ERR_CORRUPT);
    assert_int_equal(signer.sign_count, signed_before);
    assert_int_equal(journal_begin(journal), CUSTODY_ERR_CORRUPT);
    assert_holds(journal, 5);
    journal_close(journal);
    journal = open_journal(STORE_EXISTING);
    assert_holds(journal, 5);
    assert_int_equal(entries_commit(journal, &signer, 1, NULL), CUSTODY_OK);
    journal_close(journal);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static uint64_t file_size(void)
{
    char name[4300];
    struct stat status;
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    assert_int_equal(stat(name, &status), 0);
    return (uint64_t)status.st_size;
}

/* The disk is full at any of many places in the commit: FULL, nothing lost, and on it goes. */
static void test_disk_full(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct journal *journal = open_journal(STORE_CREATE);
    uint64_t size = 0;
    unsigned full = 0;
    for (uint64_t extra = 0; extra < 60000; extra += 1777) {
        limit_files(file_size() + extra);
        uint64_t signed_before = signer.sign_count;
        enum custody_status status = entries_commit(journal, &signer, 100, NULL);
        limit_files(RLIM_INFINITY);
        if (status == CUSTODY_OK) {
            size += 100;
        } else {
            assert_int_equal(status, CUSTODY_ERR_FULL);
            assert_int_equal(signer.sign_count, signed_before + 1);
            full++;
        }
        assert_int_equal(journal_size(journal), size);
        assert_int_equal(entries_commit(journal, &signer, 100, NULL), CUSTODY_OK);
        size += 100;
        if (extra % 5 == 0) {
            journal_close(journal);
            journal = open_journal(STORE_EXISTING);
        }
    }
    assert_true(full > 10);
    assert_holds(journal, size);
    journal_close(journal);
}

static void test_map_full(void **state)
{
    (void)state;
    struct journal *journal = NULL;
    assert_int_equal(journal_open(path, STORE_CREATE, 1 << 20, &journal), CUSTODY_OK);
    enum custody_status status;
    uint64_t size = 0;
    while ((status = entries_commit(journal, &signer, 200, NULL)) == CUSTODY_OK) {
        size += 200;
    }
    assert_int_equal(status, CUSTODY_ERR_FULL);
    assert_int_equal(journal_fill_ahead(journal), CUSTODY_ERR_FULL);
    assert_holds(journal, size);
    journal_close(journal);
    journal = open_journal(STORE_EXISTING);
    assert_int_equal(entries_commit(journal, &signer, 200, NULL), CUSTODY_OK);
    assert_holds(journal, size + 200);
    journal_close(journal);
}

static void test_fill_ahead(void **state)
{
    (void)state;
    struct journal *journal = open_journal(STORE_CREATE);
    journal_set_ahead(journal, 0);
    assert_int_equal(journal_fill_ahead(journal), CUSTODY_OK);
    uint64_t before = file_size();
    journal_set_ahead(journal, 3 << 20);
    assert_int_equal(journal_fill_ahead(journal), CUSTODY_OK);
    assert_int_equal(file_size(), before + (4 << 20));
    assert_true(file_size() >= journal_used(journal) + (3 << 20));
    assert_int_equal(entries_commit(journal, &signer, 500, NULL), CUSTODY_OK);
    assert_int_equal(journal_fill_ahead(journal), CUSTODY_OK);
    journal_close(journal);
    journal = open_journal(STORE_EXISTING);
    assert_holds(journal, 500);
    journal_close(journal);
}

/* Rewrite rows behind the journal's back; opening it must say so, a read-only one must open. */
enum damage { HEAD_GONE, HEAD_OTHER_EDGE, HEAD_CUT, ENTRY_GONE, ENTRY_EXTRA, LAST_ENTRY, FORMAT };

static void damage(enum damage what)
{
    struct store *store;
    struct store_txn *txn;
    uint32_t main_table, entries;
    static uint8_t bytes[ENTRY_SIZE_MAX];
    uint8_t row[8192];
    struct span value;
    uint64_t number;
    assert_int_equal(store_open(path, STORE_EXISTING, MAP_SIZE, 1, &store), CUSTODY_OK);
    assert_int_equal(store_table(store, NULL, false, &main_table), CUSTODY_OK);
    assert_int_equal(store_table(store, "entries", true, &entries), CUSTODY_OK);
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    assert_int_equal(store_get(txn, main_table, span_text("head"), &value), CUSTODY_OK);
    assert_true(value.len <= sizeof(row));
    memcpy(row, value.data, value.len);
    value.data = row;
    switch (what) {
    case HEAD_GONE:
        store_delete(txn, main_table, span_text("head"));
        break;
    case HEAD_OTHER_EDGE:
        row[value.len - 1] ^= 1;
        store_put(txn, main_table, span_text("head"), value);
        break;
    case HEAD_CUT:
        value.len -= 5;
        store_put(txn, main_table, span_text("head"), value);
        break;
    case ENTRY_GONE:
        number = 7;
        store_delete(txn, entries, span_of(&number, 8));
        break;
    case ENTRY_EXTRA:
        number = 21;
        value = entries_make(&signer, number, 60, bytes);
        store_append(txn, entries, span_of(&number, 8), value);
        break;
    case LAST_ENTRY:
        number = 20;
        value = entries_make(&signer, number, 60, bytes);
        bytes[300] ^= 4;
        store_put(txn, entries, span_of(&number, 8), value);
        break;
    case FORMAT:
        store_put(txn, main_table, span_text("format"), span_text("custody-journal/9"));
        break;
    }
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    store_close(store);
}

static void test_damage_is_seen_at_opening(void **state)
{
    for (enum damage what = HEAD_GONE; what <= FORMAT; what++) {
        struct journal *journal = open_journal(STORE_CREATE);
        assert_int_equal(entries_commit(journal, &signer, 21, NULL), CUSTODY_OK);
        journal_close(journal);
        damage(what);
        journal = NULL;
        assert_int_equal(journal_open(path, STORE_EXISTING, MAP_SIZE, &journal),
                         CUSTODY_ERR_CORRUPT);
        assert_int_equal(journal_open(path, STORE_CREATE, MAP_SIZE, &journal), CUSTODY_ERR_CORRUPT);
        assert_null(journal);
        journal = open_journal(STORE_READ_ONLY);
        struct journal_snapshot *snapshot;
        assert_int_equal(journal_snapshot_begin(journal, &snapshot), CUSTODY_OK);
        assert_int_equal(journal_snapshot_rows(snapshot), what == ENTRY_GONE    ? 20
                                                          : what == ENTRY_EXTRA ? 22
                                                                                : 21);
        if (what == HEAD_CUT) {
            assert_null(journal_snapshot_edge(snapshot));
            assert_int_equal(journal_snapshot_size(snapshot), 21);
        }
        struct span entry;
        assert_int_equal(journal_read(snapshot, 7, NULL, &entry),
                         what == HEAD_GONE    ? CUSTODY_ERR_NOT_FOUND
                         : what == ENTRY_GONE ? CUSTODY_ERR_CORRUPT
                                              : CUSTODY_OK);
        journal_snapshot_end(snapshot);
        journal_close(journal);
        teardown(state);
        setup(state);
    }
}

static struct journal *shared;

/* Every snapshot is whole: its head is signed over exactly the entries that it has. */
static void *read_heads(void *unused)
{
    (void)unused;
    uint64_t last = 0;
    while (last < 400) {
        struct journal_snapshot *snapshot;
        struct checkpoint checkpoint;
        struct span entry;
        if (journal_snapshot_begin(shared, &snapshot) != CUSTODY_OK) {
            return "begin";
        }
        uint64_t size = journal_snapshot_size(snapshot);
        bool is_whole =
            size >= last &&
            (size == 0 || (checkpoint_verify(journal_snapshot_head(snapshot), ENTRIES_ORIGIN,
                                             signer.public_key, &checkpoint) == CHECKPOINT_OK &&
                           checkpoint.size == size &&
                           journal_read(snapshot, size - 1, NULL, &entry) == CUSTODY_OK)) &&
            journal_read(snapshot, size, NULL, &entry) == CUSTODY_ERR_NOT_FOUND;
        journal_snapshot_end(snapshot);
        if (!is_whole) {
            return "torn";
        }
        last = size;
    }
    return NULL;
}

static void test_readers_beside_the_writer(void **state)
{
    (void)state;
    shared = open_journal(STORE_CREATE);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_heads, NULL), 0);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(entries_commit(shared, &signer, 4, NULL), CUSTODY_OK);
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_null(result);
    }
    journal_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_batches_and_reopening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused_appends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_signer_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_second_path_disagrees, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_map_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fill_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_seen_at_opening, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readers_beside_the_writer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
