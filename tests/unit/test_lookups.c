/* test_lookups.c: three layers and the disk give what a plain array gives; damage is seen, never served.
 * Never knows what rows mean. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/lookups.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20, OVERLAY_MAX = 1 << 20, KEYS = 400, MARKS = 4 };

static struct tempdir dir;

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct lookups *open_lookups(enum store_mode mode)
{
    struct lookups *lookups = NULL;
    assert_int_equal(lookups_open(dir.path, mode, MAP_SIZE, OVERLAY_MAX, &lookups), CUSTODY_OK);
    return lookups;
}

/* A key of the model is a table and a few bytes; 0 means absent, else the value made of that number. */
static enum lookups_table table_of(size_t i)
{
    return (enum lookups_table)(1 + i % (LOOKUPS_POSITION - 1));
}

static struct span key_of(size_t i, uint8_t ret[16])
{
    size_t len = i % 5 == 0 ? 3 : 9;
    memset(ret, 0, 16);
    ret[0] = (uint8_t)(i >> 4);
    ret[len - 1] = (uint8_t)i;
    ret[1] = (uint8_t)(i >> 8);
    return span_of(ret, len);
}

static struct span value_of(uint32_t number, uint8_t *ret)
{
    size_t len = number % 101 == 0 ? 8192 : number % 17 == 0 ? 0 : number % 300;
    memset(ret, (int)(number % 253), len);
    return span_of(ret, len);
}

struct scan {
    uint64_t rows;
    uint8_t last[16];
    size_t last_len;
};

static bool count_row(void *context, struct span key, struct span value)
{
    struct scan *scan = context;
    (void)value;
    scan->rows++;
    memcpy(scan->last, key.data, key.len);
    scan->last_len = key.len;
    return true;
}

static void assert_model(struct lookups *lookups, const uint32_t *model)
{
    static uint8_t bytes[8192];
    const struct span none = span_of(NULL, 0);
    struct scan scan = {0};
    uint64_t there = 0;
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t key[16];
        struct span got;
        enum custody_status status = lookups_get(lookups, table_of(i), key_of(i, key), &got);
        assert_int_equal(status, model[i] == 0 ? CUSTODY_ERR_NOT_FOUND : CUSTODY_OK);
        if (model[i] != 0) {
            assert_true(span_is_equal(got, value_of(model[i], bytes)));
            there++;
        }
    }
    for (size_t table = 1; table < LOOKUPS_POSITION; table++) {
        assert_int_equal(
            lookups_scan(lookups, (enum lookups_table)table, none, none, none, count_row, &scan),
            CUSTODY_OK);
    }
    assert_int_equal(scan.rows, there);
}

static void assert_disk(struct lookups *lookups, const uint32_t *committed, uint64_t position)
{
    static uint8_t bytes[8192];
    struct lookups_snapshot *snapshot;
    char sentence[200];
    assert_int_equal(lookups_snapshot_begin(lookups, &snapshot), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_position(snapshot), position);
    uint64_t there = 0, scanned = 0;
    for (size_t i = 0; i < KEYS; i++) {
        uint8_t key[16];
        struct span got;
        enum custody_status status =
            lookups_snapshot_get(snapshot, table_of(i), key_of(i, key), &got);
        assert_int_equal(status, committed[i] == 0 ? CUSTODY_ERR_NOT_FOUND : CUSTODY_OK);
        if (committed[i] != 0) {
            assert_true(span_is_equal(got, value_of(committed[i], bytes)));
            there++;
        }
    }
    for (size_t table = 1; table < LOOKUPS_POSITION; table++) {
        struct scan scan = {0};
        assert_int_equal(lookups_snapshot_scan(snapshot, (enum lookups_table)table,
                                               span_of(NULL, 0), span_of(NULL, 0), count_row,
                                               &scan),
                         CUSTODY_OK);
        scanned += scan.rows;
    }
    assert_int_equal(scanned, there);
    lookups_snapshot_end(snapshot);
    assert_int_equal(lookups_scrub(lookups, sentence, sizeof(sentence)), CUSTODY_OK);
}

static void test_random_history(void **state)
{
    (void)state;
    static uint32_t pending[KEYS], accepted[KEYS], sealed[KEYS], committed[KEYS];
    static uint32_t marked[MARKS][KEYS];
    static uint8_t bytes[8192];
    size_t marks[MARKS], mark_count = 0;
    uint64_t entries = 0, sealed_entries = 0, flushed = 0, released = 0;
    enum { NOTHING, SEALED, PROJECTED } stage = NOTHING;
    uint32_t number = 1;
    struct dice dice;
    dice_init(&dice, dice_seed());
    struct lookups *lookups = open_lookups(STORE_CREATE);
    for (int step = 0; step < 20000; step++) {
        uint64_t choice = dice_below(&dice, 1000);
        if (choice < 850) {
            uint8_t key[16];
            size_t i = (size_t)dice_below(&dice, KEYS);
            if (dice_chance(&dice, 30)) {
                pending[i] = 0;
                assert_int_equal(lookups_delete(lookups, table_of(i), key_of(i, key)), CUSTODY_OK);
            } else {
                pending[i] = number++;
                assert_int_equal(
                    lookups_put(lookups, table_of(i), key_of(i, key), value_of(pending[i], bytes)),
                    CUSTODY_OK);
            }
        } else if (choice < 890 && mark_count < MARKS) {
            marks[mark_count] = lookups_mark(lookups);
            memcpy(marked[mark_count++], pending, sizeof(pending));
        } else if (choice < 920 && mark_count > 0) {
            mark_count = (size_t)dice_below(&dice, mark_count);
            lookups_revert(lookups, marks[mark_count]);
            memcpy(pending, marked[mark_count], sizeof(pending));
        } else if (choice < 930) {
            lookups_discard(lookups);
            memcpy(pending, accepted, sizeof(pending));
            mark_count = 0;
        } else if (choice < 965) {
            entries += dice_below(&dice, 3);
            assert_int_equal(lookups_accept(lookups, entries), CUSTODY_OK);
            memcpy(accepted, pending, sizeof(pending));
            mark_count = 0;
        } else if (choice < 980) {
            lookups_discard(lookups);
            memcpy(pending, accepted, sizeof(pending));
            mark_count = 0;
            assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
            memcpy(committed, accepted, sizeof(accepted));
            flushed = released = entries;
            stage = NOTHING;
            assert_int_equal(lookups_pending_changes(lookups), 0);
        } else if (choice < 995 && stage == NOTHING) {
            lookups_discard(lookups);
            memcpy(pending, accepted, sizeof(pending));
            mark_count = 0;
            if (lookups_seal(lookups)) {
                memcpy(sealed, accepted, sizeof(sealed));
                sealed_entries = entries;
                stage = SEALED;
            }
        } else if (choice < 995 && stage == SEALED) {
            assert_int_equal(lookups_project(lookups), CUSTODY_OK);
            memcpy(committed, sealed, sizeof(sealed));
            flushed = sealed_entries;
            stage = PROJECTED;
        } else if (choice < 995) {
            lookups_release(lookups);
            released = flushed;
            stage = NOTHING;
        } else {
            lookups_close(lookups);
            lookups = open_lookups(STORE_EXISTING);
            memcpy(accepted, committed, sizeof(committed));
            memcpy(pending, committed, sizeof(committed));
            entries = released = flushed;
            stage = NOTHING;
            mark_count = 0;
        }
        assert_int_equal(lookups_reflected(lookups), entries);
        assert_int_equal(lookups_committed(lookups), released);
        if (choice >= 890 && step % 3 == 0) {
            assert_model(lookups, pending);
        }
        if (choice >= 975) {
            assert_disk(lookups, committed, flushed);
        }
    }
    lookups_close(lookups);
    lookups_close(NULL);
}

static void
put_number(struct lookups *lookups, enum lookups_table table, uint64_t key, uint64_t value)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, key);
    assert_int_equal(lookups_put(lookups, table, span_of(bytes, 8), span_of(&value, 8)),
                     CUSTODY_OK);
}

static bool stop_at_third(void *context, struct span key, struct span value)
{
    struct scan *scan = context;
    count_row(scan, key, value);
    return scan->rows < 3;
}

static void test_scan(void **state)
{
    (void)state;
    struct lookups *lookups = open_lookups(STORE_CREATE);
    for (uint64_t i = 0; i < 1000; i++) {
        put_number(lookups, LOOKUPS_WORK, i, i);
        put_number(lookups, LOOKUPS_MEMBERS, i, i);
    }
    lookups_accept(lookups, 1);
    struct lookups_snapshot *before, *snapshot;
    assert_int_equal(lookups_snapshot_begin(lookups, &before), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_begin(lookups, &snapshot), CUSTODY_OK);

    const struct span none = span_of(NULL, 0);
    struct scan scan = {0};
    assert_int_equal(lookups_snapshot_scan(before, LOOKUPS_WORK, none, none, count_row, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 0);
    assert_int_equal(lookups_snapshot_position(before), 0);
    assert_int_equal(lookups_snapshot_scan(snapshot, LOOKUPS_WORK, none, none, count_row, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 1000);
    uint8_t from[8];
    bytes_put_u64(from, 770);
    scan.rows = 0;
    assert_int_equal(
        lookups_snapshot_scan(snapshot, LOOKUPS_WORK, none, span_of(from, 8), count_row, &scan),
        CUSTODY_OK);
    assert_int_equal(scan.rows, 230);
    /* The prefix is all of a number but its last byte: 768 to 999 share it. */
    scan.rows = 0;
    assert_int_equal(
        lookups_snapshot_scan(snapshot, LOOKUPS_WORK, span_of(from, 7), none, count_row, &scan),
        CUSTODY_OK);
    assert_int_equal(scan.rows, 232);
    scan.rows = 0;
    bytes_put_u64(from, 10);
    assert_int_equal(lookups_snapshot_scan(snapshot, LOOKUPS_WORK, span_of(from, 7),
                                           span_of(from, 8), stop_at_third, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 3);
    assert_int_equal(bytes_get_u64(scan.last), 12);
    lookups_snapshot_end(before);
    lookups_snapshot_end(snapshot);
    lookups_snapshot_end(NULL);
    lookups_close(lookups);
}

/* The writer's scan: what is flushed, what is not, what was deleted or written anew since. */
static void test_live_scan(void **state)
{
    (void)state;
    uint8_t key[8], prefix[7];
    const struct span none = {0};
    struct lookups *lookups = open_lookups(STORE_CREATE);
    for (uint64_t i = 0; i < 300; i++) {
        bytes_put_u64(key, i);
        assert_int_equal(
            lookups_put(lookups, LOOKUPS_MOVEMENTS, span_of(key, sizeof key), span_text("old")),
            CUSTODY_OK);
    }
    lookups_accept(lookups, 1);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    bytes_put_u64(key, 7);
    assert_int_equal(lookups_delete(lookups, LOOKUPS_MOVEMENTS, span_of(key, sizeof key)),
                     CUSTODY_OK);
    bytes_put_u64(key, 8);
    assert_int_equal(
        lookups_put(lookups, LOOKUPS_MOVEMENTS, span_of(key, sizeof key), span_text("new")),
        CUSTODY_OK);
    for (uint64_t i = 250; i < 260; i++) {
        bytes_put_u64(key, i);
        assert_int_equal(
            lookups_put(lookups, LOOKUPS_MOVEMENTS, span_of(key, sizeof key), span_text("new")),
            CUSTODY_OK);
    }
    bytes_put_u64(key, 400);
    assert_int_equal(
        lookups_put(lookups, LOOKUPS_MOVEMENTS, span_of(key, sizeof key), span_text("new")),
        CUSTODY_OK);
    /* 0 to 255 share all but the last byte; 7 is gone. */
    struct scan scan = {0};
    memset(prefix, 0, sizeof prefix);
    assert_int_equal(lookups_scan(lookups, LOOKUPS_MOVEMENTS, span_of(prefix, sizeof prefix), none,
                                  none, count_row, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 255);
    scan.rows = 0;
    assert_int_equal(lookups_scan(lookups, LOOKUPS_MOVEMENTS, none, none, none, count_row, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 300);
    scan.rows = 0;
    assert_int_equal(
        lookups_scan(lookups, LOOKUPS_MOVEMENTS, none, none, none, stop_at_third, &scan),
        CUSTODY_OK);
    assert_int_equal(scan.rows, 3);
    assert_int_equal(lookups_scan(lookups, LOOKUPS_MEMBERS, none, none, none, count_row, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 3);
    /* A range over flushed rows and changes: 100 to 255. */
    uint8_t from[sizeof key], until[sizeof key];
    memcpy(from, key, sizeof key);
    memcpy(until, key, sizeof key);
    bytes_put_u64(from, 100);
    bytes_put_u64(until, 256);
    scan.rows = 0;
    assert_int_equal(lookups_scan(lookups, LOOKUPS_MOVEMENTS, none, span_of(from, sizeof from),
                                  span_of(until, sizeof until), count_row, &scan),
                     CUSTODY_OK);
    assert_int_equal(scan.rows, 156);
    lookups_accept(lookups, 2);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    lookups_close(lookups);
}

static void test_bounds(void **state)
{
    (void)state;
    static uint8_t value[LOOKUPS_VALUE_MAX + 1];
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct span got;
    assert_int_equal(lookups_put(lookups, LOOKUPS_NAMES, span_of(value, 201), span_text("x")),
                     CUSTODY_ERR_INVALID);
    assert_int_equal(lookups_delete(lookups, LOOKUPS_NAMES, span_of(value, 201)),
                     CUSTODY_ERR_INVALID);
    assert_int_equal(lookups_get(lookups, LOOKUPS_NAMES, span_of(value, 201), &got),
                     CUSTODY_ERR_INVALID);
    assert_int_equal(
        lookups_put(lookups, LOOKUPS_NAMES, span_text("a"), span_of(value, sizeof(value))),
        CUSTODY_ERR_INVALID);
    assert_int_equal(
        lookups_put(lookups, LOOKUPS_NAMES, span_of(value, 200), span_of(value, LOOKUPS_VALUE_MAX)),
        CUSTODY_OK);
    assert_true(lookups_is_full(lookups));
    lookups_accept(lookups, 1);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    assert_false(lookups_is_full(lookups));
    assert_int_equal(lookups_get(lookups, LOOKUPS_NAMES, span_of(value, 200), &got), CUSTODY_OK);
    assert_int_equal(got.len, LOOKUPS_VALUE_MAX);
    for (uint64_t i = 0; !lookups_is_full(lookups); i++) {
        put_number(lookups, LOOKUPS_RECORDS, i, i);
        assert_true(i < 65536);
    }
    lookups_discard(lookups);
    assert_false(lookups_is_full(lookups));
    lookups_close(lookups);

    assert_int_equal(lookups_drop(dir.path), CUSTODY_OK);
    assert_int_equal(lookups_drop(dir.path), CUSTODY_OK);
    assert_int_equal(lookups_open(dir.path, STORE_EXISTING, MAP_SIZE, OVERLAY_MAX, &lookups),
                     CUSTODY_ERR_NOT_FOUND);
    lookups = open_lookups(STORE_CREATE);
    assert_int_equal(lookups_committed(lookups), 0);
    assert_int_equal(lookups_drop(dir.path), CUSTODY_ERR_BUSY);
    lookups_close(lookups);
}

static void data_path(char ret[4200])
{
    snprintf(ret, 4200, "%s/lookups-%d/data.mdb", dir.path, (int)LOOKUPS_FORMAT);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_disk_full(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct lookups *lookups = open_lookups(STORE_CREATE);
    for (uint64_t i = 0; i < 5000; i++) {
        put_number(lookups, LOOKUPS_RECORDS, i, i);
    }
    lookups_accept(lookups, 7);
    limit_files(60000);
    assert_int_equal(lookups_flush(lookups), CUSTODY_ERR_FULL);
    assert_int_equal(lookups_flush(lookups), CUSTODY_ERR_FULL);
    assert_int_equal(lookups_committed(lookups), 0);
    assert_int_equal(lookups_reflected(lookups), 7);
    assert_int_equal(lookups_pending_changes(lookups), 5000);
    /* The writer goes on above what is sealed and cannot be moved. */
    put_number(lookups, LOOKUPS_RECORDS, 5000, 1);
    lookups_accept(lookups, 8);
    assert_int_equal(lookups_project(lookups), CUSTODY_ERR_FULL);
    assert_int_equal(lookups_pending_changes(lookups), 5001);
    uint8_t key[8];
    struct span got;
    bytes_put_u64(key, 4321);
    assert_int_equal(lookups_get(lookups, LOOKUPS_RECORDS, span_of(key, 8), &got), CUSTODY_OK);
    limit_files(RLIM_INFINITY);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    assert_int_equal(lookups_committed(lookups), 8);
    char sentence[200];
    assert_int_equal(lookups_scrub(lookups, sentence, sizeof(sentence)), CUSTODY_OK);
    assert_string_equal(sentence, "5002 rows are in order");
    lookups_close(lookups);
}

/* Every bit of a row's value and of its key, flipped on the disk: never served, and the scrub says so. */
static void test_flipped_rows(void **state)
{
    (void)state;
    static const char value[] = "a value that is easy to find in the file";
    struct lookups *lookups = open_lookups(STORE_CREATE);
    struct span key = span_text("key-of-the-row"), got;
    for (uint64_t i = 0; i < 50; i++) {
        put_number(lookups, LOOKUPS_RECORDS, i, i);
    }
    assert_int_equal(lookups_put(lookups, LOOKUPS_SLOTS, key, span_text(value)), CUSTODY_OK);
    lookups_accept(lookups, 1);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    lookups_close(lookups);

    char path[4200], sentence[200];
    static uint8_t file_bytes[1 << 20];
    data_path(path);
    int file = open(path, O_RDWR | O_CLOEXEC);
    ssize_t len = pread(file, file_bytes, sizeof(file_bytes), 0);
    const uint8_t *found = memmem(file_bytes, (size_t)len, value, strlen(value));
    assert_non_null(found);
    off_t begin = (found - file_bytes) - 4 - (off_t)key.len - 1;
    lookups = open_lookups(STORE_EXISTING);
    for (off_t at = begin; at < (found - file_bytes) + (off_t)strlen(value); at++) {
        for (int bit = 0; bit < 8; bit++) {
            uint8_t flipped = (uint8_t)(file_bytes[at] ^ (1u << bit));
            assert_int_equal(pwrite(file, &flipped, 1, at), 1);
            enum custody_status status = lookups_get(lookups, LOOKUPS_SLOTS, key, &got);
            assert_true(status == CUSTODY_ERR_CORRUPT ||
                        (at < begin + 1 + (off_t)key.len && status == CUSTODY_ERR_NOT_FOUND));
            assert_int_equal(lookups_scrub(lookups, sentence, sizeof(sentence)),
                             CUSTODY_ERR_CORRUPT);
            assert_int_equal(pwrite(file, &file_bytes[at], 1, at), 1);
        }
    }
    assert_int_equal(lookups_get(lookups, LOOKUPS_SLOTS, key, &got), CUSTODY_OK);
    assert_true(span_is_equal(got, span_text(value)));
    assert_int_equal(lookups_scrub(lookups, sentence, sizeof(sentence)), CUSTODY_OK);

    /* A change that would replace the damaged row does not hide it. */
    uint8_t flipped = (uint8_t)(*found ^ 1);
    assert_int_equal(pwrite(file, &flipped, 1, found - file_bytes), 1);
    assert_int_equal(lookups_put(lookups, LOOKUPS_SLOTS, key, span_text("new")), CUSTODY_OK);
    lookups_accept(lookups, 2);
    assert_int_equal(lookups_flush(lookups), CUSTODY_ERR_CORRUPT);
    lookups_close(lookups);
    close(file);
}

/* Rows that vanish whole have no wrong checksum: count and sum see them. */
static void test_lost_and_exchanged_rows(void **state)
{
    (void)state;
    char folder[4200], sentence[200];
    snprintf(folder, sizeof(folder), "%s/lookups-%d", dir.path, (int)LOOKUPS_FORMAT);
    for (int what = 0; what < 4; what++) {
        struct lookups *lookups = open_lookups(STORE_CREATE);
        for (uint64_t i = 0; i < 50; i++) {
            put_number(lookups, LOOKUPS_MEMBERS, i, i);
        }
        lookups_accept(lookups, 1);
        assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
        lookups_close(lookups);

        struct store *store;
        struct store_txn *txn;
        struct span got;
        uint32_t table;
        uint8_t key[9] = {LOOKUPS_MEMBERS, [8] = 20}, other[9] = {LOOKUPS_MEMBERS, [8] = 21},
                row[64];
        const uint8_t position = LOOKUPS_POSITION;
        assert_int_equal(store_open(folder, STORE_EXISTING, MAP_SIZE, 0, &store), CUSTODY_OK);
        assert_int_equal(store_table(store, NULL, false, &table), CUSTODY_OK);
        assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
        assert_int_equal(store_get(txn, table, span_of(key, 9), &got), CUSTODY_OK);
        memcpy(row, got.data, got.len);
        got.data = row;
        if (what == 0) {
            store_delete(txn, table, span_of(key, 9));
        } else if (what == 1) {
            store_put(txn, table, span_of(other, 9), got);
        } else if (what == 2) {
            store_delete(txn, table, span_of(&position, 1));
        } else {
            store_put(txn, table, span_of(&position, 1), got);
        }
        assert_int_equal(store_commit(&txn), CUSTODY_OK);
        store_close(store);

        enum custody_status status =
            lookups_open(dir.path, STORE_EXISTING, MAP_SIZE, OVERLAY_MAX, &lookups);
        if (what >= 2) {
            assert_int_equal(status, CUSTODY_ERR_CORRUPT);
        } else {
            assert_int_equal(lookups_scrub(lookups, sentence, sizeof(sentence)),
                             CUSTODY_ERR_CORRUPT);
            assert_string_equal(sentence, what == 0
                                              ? "members: 49 rows are there, 50 should be"
                                              : "members 0000000000000015: the row is damaged");
            lookups_close(lookups);
        }
        assert_int_equal(lookups_drop(dir.path), CUSTODY_OK);
    }
}

static void test_compare(void **state)
{
    (void)state;
    struct tempdir second;
    char sentence[200];
    tempdir_create(&second);
    struct lookups *a = open_lookups(STORE_CREATE), *b = NULL;
    assert_int_equal(lookups_open(second.path, STORE_CREATE, MAP_SIZE, OVERLAY_MAX, &b),
                     CUSTODY_OK);
    assert_int_equal(lookups_compare(a, b, sentence, sizeof(sentence)), CUSTODY_OK);
    for (uint64_t i = 0; i < 100; i++) {
        put_number(a, LOOKUPS_TEXTS, i, i);
        put_number(b, LOOKUPS_TEXTS, 99 - i, 99 - i);
    }
    lookups_accept(a, 1);
    lookups_accept(b, 1);
    lookups_flush(a);
    assert_int_equal(lookups_compare(a, b, sentence, sizeof(sentence)), CUSTODY_ERR_CORRUPT);
    assert_string_equal(sentence, "texts 0000000000000000: is only in the first");
    assert_int_equal(lookups_compare(b, a, sentence, sizeof(sentence)), CUSTODY_ERR_CORRUPT);
    assert_string_equal(sentence, "texts 0000000000000000: is only in the second");
    lookups_flush(b);
    assert_int_equal(lookups_compare(a, b, sentence, sizeof(sentence)), CUSTODY_OK);
    put_number(b, LOOKUPS_TEXTS, 77, 1);
    lookups_accept(b, 1);
    lookups_flush(b);
    assert_int_equal(lookups_compare(a, b, sentence, sizeof(sentence)), CUSTODY_ERR_CORRUPT);
    assert_string_equal(sentence, "texts 000000000000004d: has another value in each");
    lookups_close(a);
    lookups_close(b);
    tempdir_destroy(&second);
}

static struct lookups *shared;

/* Two rows and the position always change together. */
static void *read_snapshots(void *unused)
{
    (void)unused;
    uint64_t last = 0;
    while (last < 300) {
        struct lookups_snapshot *snapshot;
        struct span a, b;
        if (lookups_snapshot_begin(shared, &snapshot) != CUSTODY_OK) {
            return "begin";
        }
        uint64_t position = lookups_snapshot_position(snapshot);
        bool is_whole =
            position >= last &&
            (position == 0 ||
             (lookups_snapshot_get(snapshot, LOOKUPS_NAMES, span_text("a"), &a) == CUSTODY_OK &&
              lookups_snapshot_get(snapshot, LOOKUPS_RECORDS, span_text("b"), &b) == CUSTODY_OK &&
              span_is_equal(a, b) && span_is_equal(a, span_of(&position, 8))));
        lookups_snapshot_end(snapshot);
        if (!is_whole) {
            return "torn";
        }
        last = position;
    }
    return NULL;
}

/* The projector beside the writer, as the server runs them: only the steps are handed over. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t moved;
    enum { TURN_WRITER, TURN_PROJECTOR, TURN_OVER } turn;
    enum custody_status status;
} turns = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

static void *project_beside(void *context)
{
    (void)context;
    for (;;) {
        pthread_mutex_lock(&turns.lock);
        while (turns.turn == TURN_WRITER) {
            pthread_cond_wait(&turns.moved, &turns.lock);
        }
        bool is_over = turns.turn == TURN_OVER;
        pthread_mutex_unlock(&turns.lock);
        if (is_over) {
            return NULL;
        }
        enum custody_status status = lookups_project(shared);
        pthread_mutex_lock(&turns.lock);
        turns.status = status;
        turns.turn = TURN_WRITER;
        pthread_mutex_unlock(&turns.lock);
    }
}

static void hand_over(int turn)
{
    pthread_mutex_lock(&turns.lock);
    turns.turn = turn;
    pthread_cond_signal(&turns.moved);
    pthread_mutex_unlock(&turns.lock);
}

static bool is_handed_back(enum custody_status *ret)
{
    pthread_mutex_lock(&turns.lock);
    bool is_back = turns.turn == TURN_WRITER;
    *ret = turns.status;
    pthread_mutex_unlock(&turns.lock);
    return is_back;
}

static void test_projector_beside_the_writer(void **state)
{
    (void)state;
    shared = open_lookups(STORE_CREATE);
    pthread_t reader, projector;
    assert_int_equal(pthread_create(&reader, NULL, read_snapshots, NULL), 0);
    assert_int_equal(pthread_create(&projector, NULL, project_beside, NULL), 0);
    bool is_sealed = false;
    for (uint64_t i = 1; is_sealed || lookups_committed(shared) < 300; i++) {
        struct span got;
        enum custody_status status;
        /* What stands sealed or on disk is read on and on while it moves. */
        if (i > 1) {
            assert_int_equal(lookups_get(shared, LOOKUPS_NAMES, span_text("a"), &got), CUSTODY_OK);
            assert_memory_equal(got.data, &(uint64_t){i - 1}, 8);
        }
        lookups_put(shared, LOOKUPS_NAMES, span_text("a"), span_of(&i, 8));
        lookups_put(shared, LOOKUPS_RECORDS, span_text("b"), span_of(&i, 8));
        put_number(shared, LOOKUPS_MEMBERS, i % 50, i);
        lookups_accept(shared, i);
        if (is_sealed && is_handed_back(&status)) {
            assert_int_equal(status, CUSTODY_OK);
            lookups_release(shared);
            is_sealed = false;
        }
        if (!is_sealed && lookups_committed(shared) < 300) {
            assert_true(lookups_seal(shared));
            is_sealed = true;
            hand_over(TURN_PROJECTOR);
        }
    }
    hand_over(TURN_OVER);
    assert_int_equal(lookups_flush(shared), CUSTODY_OK);
    void *result;
    pthread_join(projector, NULL);
    pthread_join(reader, &result);
    assert_string_equal(result == NULL ? "whole" : (const char *)result, "whole");
    lookups_close(shared);
}

static void test_readers_beside_the_writer(void **state)
{
    (void)state;
    shared = open_lookups(STORE_CREATE);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, read_snapshots, NULL), 0);
    }
    for (uint64_t i = 1; i <= 300; i++) {
        lookups_put(shared, LOOKUPS_NAMES, span_text("a"), span_of(&i, 8));
        lookups_put(shared, LOOKUPS_RECORDS, span_text("b"), span_of(&i, 8));
        lookups_accept(shared, i);
        assert_int_equal(lookups_flush(shared), CUSTODY_OK);
    }
    for (int i = 0; i < 2; i++) {
        void *result;
        pthread_join(threads[i], &result);
        assert_string_equal(result == NULL ? "whole" : (const char *)result, "whole");
    }
    lookups_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_history, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scan, setup, teardown),
        cmocka_unit_test_setup_teardown(test_live_scan, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bounds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flipped_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost_and_exchanged_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_compare, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readers_beside_the_writer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_projector_beside_the_writer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
