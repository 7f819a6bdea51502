/* test_store.c: one environment: who may open it, what a transaction keeps, what a full disk does.
 * Never leaves its folder. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "daemon/ledger/store.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 64 << 20 };

static struct tempdir dir;
static char path[4200];

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "env", path, sizeof(path));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static struct store *open_store(enum store_mode mode)
{
    struct store *store = NULL;
    assert_int_equal(store_open(path, mode, MAP_SIZE, 4, &store), CUSTODY_OK);
    return store;
}

static struct span text(const char *value)
{
    return span_text(value);
}

static void assert_row(struct store_txn *txn, uint32_t table, const char *key, const char *value)
{
    struct span got;
    enum custody_status status = store_get(txn, table, text(key), &got);
    if (value == NULL) {
        assert_int_equal(status, CUSTODY_ERR_NOT_FOUND);
    } else {
        assert_int_equal(status, CUSTODY_OK);
        assert_true(span_is_equal(got, text(value)));
    }
}

static void test_modes(void **state)
{
    (void)state;
    struct store *store = NULL;
    assert_int_equal(store_open(path, STORE_EXISTING, MAP_SIZE, 4, &store), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(store_open(path, STORE_READ_ONLY, MAP_SIZE, 4, &store), CUSTODY_ERR_NOT_FOUND);
    char deep[4300];
    snprintf(deep, sizeof(deep), "%s/a/b", path);
    assert_int_equal(store_open(deep, STORE_CREATE, MAP_SIZE, 4, &store), CUSTODY_ERR_NOT_FOUND);
    assert_null(store);

    store = open_store(STORE_CREATE);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    struct store_txn *txn;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    assert_int_equal(store_put(txn, table, text("a"), text("1")), CUSTODY_OK);
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    assert_null(txn);
    store_close(store);

    store = open_store(STORE_READ_ONLY);
    assert_int_equal(store_table(store, "none", false, &table), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(store_table(store, "rows", true, &table), CUSTODY_ERR_CORRUPT);
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    assert_int_equal(store_begin(store, &txn), CUSTODY_ERR_PERMISSION);
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    assert_row(txn, table, "a", "1");
    store_abort(&txn);
    assert_null(txn);
    store_abort(&txn);
    store_close(store);
    store_close(NULL);

    assert_int_equal(store_remove(path), CUSTODY_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(store_remove(path), CUSTODY_OK);
}

/* Reads while the other process has it open and commits: a snapshot stays what it was, the next one is newer. */
static int read_beside(int turn)
{
    char go;
    struct store *store = NULL;
    struct store_txn *txn = NULL;
    struct span got;
    uint32_t table;
    if (read(turn, &go, 1) != 1 ||
        store_open(path, STORE_BESIDE, MAP_SIZE, 4, &store) != CUSTODY_OK ||
        store_table(store, "rows", false, &table) != CUSTODY_OK ||
        store_begin(store, &txn) != CUSTODY_ERR_PERMISSION ||
        store_snapshot(store, &txn) != CUSTODY_OK) {
        return 1;
    }
    if (write(turn, &go, 1) != 1 || read(turn, &go, 1) != 1 ||
        store_get(txn, table, text("a"), &got) != CUSTODY_OK || !span_is_equal(got, text("0"))) {
        return 2;
    }
    store_abort(&txn);
    if (store_snapshot(store, &txn) != CUSTODY_OK ||
        store_get(txn, table, text("a"), &got) != CUSTODY_OK || !span_is_equal(got, text("9"))) {
        return 3;
    }
    store_abort(&txn);
    store_close(store);
    return write(turn, &go, 1) == 1 ? 0 : 4;
}

static void put_one(struct store *store, uint32_t table, char value)
{
    struct store_txn *txn;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    assert_int_equal(store_put(txn, table, text("a"), span_of(&value, 1)), CUSTODY_OK);
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
}

static void test_another_process_reads_beside(void **state)
{
    (void)state;
    int turns[2], status;
    char go = 1;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, turns), 0);
    pid_t child = fork();
    if (child == 0) {
        close(turns[0]);
        _exit(read_beside(turns[1]));
    }
    close(turns[1]);
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    put_one(store, table, '0');
    assert_int_equal(write(turns[0], &go, 1), 1);
    assert_int_equal(read(turns[0], &go, 1), 1);
    for (int value = '1'; value <= '9'; value++) {
        put_one(store, table, (char)value);
    }
    assert_int_equal(write(turns[0], &go, 1), 1);
    assert_int_equal(read(turns[0], &go, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(turns[0]);
    store_close(store);
}

/* Another process is told BUSY, and may open it once it is closed. */
static int open_elsewhere(int turn)
{
    char go;
    struct store *store = NULL;
    if (read(turn, &go, 1) != 1 ||
        store_open(path, STORE_EXISTING, MAP_SIZE, 4, &store) != CUSTODY_ERR_BUSY ||
        store_open(path, STORE_READ_ONLY, MAP_SIZE, 4, &store) != CUSTODY_ERR_BUSY) {
        return 1;
    }
    if (write(turn, &go, 1) != 1 || read(turn, &go, 1) != 1 ||
        store_open(path, STORE_EXISTING, MAP_SIZE, 4, &store) != CUSTODY_OK) {
        return 2;
    }
    store_close(store);
    return 0;
}

static void test_one_owner(void **state)
{
    (void)state;
    int turns[2], status;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, turns), 0);
    pid_t child = fork();
    if (child == 0) {
        close(turns[0]);
        _exit(open_elsewhere(turns[1]));
    }
    close(turns[1]);
    struct store *store = open_store(STORE_CREATE), *second = NULL;
    assert_int_equal(store_open(path, STORE_EXISTING, MAP_SIZE, 4, &second), CUSTODY_ERR_BUSY);
    assert_int_equal(store_remove(path), CUSTODY_ERR_BUSY);
    char go = 1;
    assert_int_equal(write(turns[0], &go, 1), 1);
    assert_int_equal(read(turns[0], &go, 1), 1);
    store_close(store);
    assert_int_equal(write(turns[0], &go, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(turns[0]);
    store_close(open_store(STORE_EXISTING));
}

/* Nothing of an open environment is inherited by a program that is started from here. */
static void test_descriptors_close_on_exec(void **state)
{
    (void)state;
    bool was_open[256];
    for (int file = 0; file < 256; file++) {
        was_open[file] = fcntl(file, F_GETFD) >= 0;
    }
    struct store *store = open_store(STORE_CREATE);
    unsigned opened = 0;
    for (int file = 0; file < 256; file++) {
        int flags = fcntl(file, F_GETFD);
        if (flags >= 0 && !was_open[file]) {
            opened++;
            assert_int_equal(flags & FD_CLOEXEC, FD_CLOEXEC);
        }
    }
    assert_true(opened >= 3);
    store_close(store);
}

static void test_transactions(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_CREATE);
    uint32_t table, main_table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    assert_int_equal(store_table(store, NULL, false, &main_table), CUSTODY_OK);
    struct store_txn *txn, *old, *fresh;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    store_put(txn, table, text("a"), text("1"));
    store_put(txn, main_table, text("m"), text("2"));
    assert_row(txn, table, "a", "1");
    assert_int_equal(store_commit(&txn), CUSTODY_OK);

    assert_int_equal(store_snapshot(store, &old), CUSTODY_OK);
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    store_put(txn, table, text("a"), text("3"));
    assert_int_equal(store_delete(txn, table, text("none")), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(store_delete(txn, main_table, text("m")), CUSTODY_OK);
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    store_put(txn, table, text("a"), text("4"));
    store_abort(&txn);

    assert_int_equal(store_snapshot(store, &fresh), CUSTODY_OK);
    assert_row(old, table, "a", "1");
    assert_row(old, main_table, "m", "2");
    assert_row(fresh, table, "a", "3");
    assert_row(fresh, main_table, "m", NULL);
    store_abort(&old);
    store_abort(&fresh);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(store_snapshot(store, &fresh), CUSTODY_OK);
        assert_row(fresh, table, "a", "3");
        store_abort(&fresh);
    }
    assert_int_equal(store_check_readers(store), 0);
    store_close(store);
}

static void test_append_and_cursor(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "numbers", true, &table), CUSTODY_OK);
    struct store_txn *txn;
    struct span key, value;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t number = 2 * i;
        assert_int_equal(store_append(txn, table, span_of(&number, 8), span_of(&i, 8)), CUSTODY_OK);
    }
    assert_int_equal(store_commit(&txn), CUSTODY_OK);

    uint64_t low = 5, again = 1;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    assert_int_equal(store_append(txn, table, span_of(&low, 8), text("x")), CUSTODY_ERR_EXISTS);
    /* The failure sticks: nothing of this transaction can be committed. */
    assert_int_equal(store_put(txn, table, span_of(&again, 8), text("x")), CUSTODY_ERR_EXISTS);
    assert_int_equal(store_commit(&txn), CUSTODY_ERR_EXISTS);

    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    uint64_t count;
    assert_int_equal(store_count(txn, table, &count), CUSTODY_OK);
    assert_int_equal(count, 1000);
    struct store_cursor *cursor;
    assert_int_equal(store_cursor_open(txn, table, &cursor), CUSTODY_OK);
    assert_int_equal(store_cursor_seek(cursor, span_of(&low, 8), &key, &value), CUSTODY_OK);
    uint64_t number;
    memcpy(&number, key.data, 8);
    assert_int_equal(number, 6);
    size_t left = 0;
    while (store_cursor_next(cursor, &key, &value) == CUSTODY_OK) {
        left++;
    }
    assert_int_equal(left, 996);
    number = 1999;
    assert_int_equal(store_cursor_seek(cursor, span_of(&number, 8), &key, &value),
                     CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(store_cursor_seek(cursor, span_of(NULL, 0), &key, &value), CUSTODY_OK);
    memcpy(&number, key.data, 8);
    assert_int_equal(number, 0);
    store_cursor_close(cursor);
    store_cursor_close(NULL);
    store_abort(&txn);
    store_close(store);
}

enum { ROWS = 1500, ROUNDS = 40 };

static size_t some_length(struct dice *dice)
{
    return dice_chance(dice, 3) ? (size_t)dice_between(dice, 2000, 9000)
                                : (size_t)dice_below(dice, 200);
}

/* One transaction's changes, in rising order; `lengths` says which rows there are: 1 + the bytes of each, 0 for none. */
static void change_some(struct store_cursor *cursor, struct dice *dice, size_t lengths[static ROWS])
{
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t key[8], *room;
        struct span old;
        size_t len = some_length(dice);
        if (dice_chance(dice, 70)) {
            continue;
        }
        bytes_put_u64(key, i);
        bool is_there = lengths[i] > 0;
        if (dice_chance(dice, 30)) {
            assert_int_equal(store_cursor_find(cursor, span_of(key, 8), &old),
                             is_there ? CUSTODY_OK : CUSTODY_ERR_NOT_FOUND);
        } else {
            assert_int_equal(store_cursor_insert(cursor, span_of(key, 8), len, &room, &old),
                             is_there ? CUSTODY_ERR_EXISTS : CUSTODY_OK);
            if (!is_there) {
                memset(room, (int)(i % 251), len);
                lengths[i] = 1 + len;
            }
        }
        if (!is_there) {
            continue;
        }
        assert_int_equal(1 + old.len, lengths[i]);
        if (dice_chance(dice, 40)) {
            assert_int_equal(store_cursor_delete(cursor), CUSTODY_OK);
            lengths[i] = 0;
        } else {
            assert_int_equal(store_cursor_replace(cursor, span_of(key, 8), len, &room), CUSTODY_OK);
            memset(room, (int)(i % 251), len);
            lengths[i] = 1 + len;
        }
    }
}

static void assert_rows(struct store *store, uint32_t table, const size_t lengths[static ROWS])
{
    static uint8_t expected[9000];
    struct store_txn *txn;
    uint64_t count, there = 0;
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    for (size_t i = 0; i < ROWS; i++) {
        uint8_t key[8];
        struct span value;
        bytes_put_u64(key, i);
        enum custody_status status = store_get(txn, table, span_of(key, 8), &value);
        assert_int_equal(status, lengths[i] == 0 ? CUSTODY_ERR_NOT_FOUND : CUSTODY_OK);
        if (lengths[i] > 0) {
            memset(expected, (int)(i % 251), lengths[i] - 1);
            assert_true(span_is_equal(value, span_of(expected, lengths[i] - 1)));
            there++;
        }
    }
    assert_int_equal(store_count(txn, table, &count), CUSTODY_OK);
    assert_int_equal(count, there);
    store_abort(&txn);
}

static void test_changes_by_a_cursor(void **state)
{
    (void)state;
    static size_t lengths[ROWS];
    struct dice dice;
    dice_init(&dice, dice_seed());
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    for (int round = 0; round < ROUNDS; round++) {
        struct store_txn *txn;
        struct store_cursor *cursor;
        assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
        assert_int_equal(store_cursor_open(txn, table, &cursor), CUSTODY_OK);
        change_some(cursor, &dice, lengths);
        store_cursor_close(cursor);
        assert_int_equal(store_commit(&txn), CUSTODY_OK);
        assert_rows(store, table, lengths);
    }
    store_close(store);
}

static void test_map_full(void **state)
{
    (void)state;
    struct store *store = NULL;
    assert_int_equal(store_open(path, STORE_CREATE, 1 << 20, 4, &store), CUSTODY_OK);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    static const uint8_t value[64 * 1024];
    struct store_txn *txn;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    store_put(txn, table, text("kept"), text("1"));
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    enum custody_status status = CUSTODY_OK;
    for (uint32_t i = 0; status == CUSTODY_OK; i++) {
        status = store_put(txn, table, span_of(&i, 4), span_of(value, sizeof(value)));
    }
    assert_int_equal(status, CUSTODY_ERR_FULL);
    assert_int_equal(store_commit(&txn), CUSTODY_ERR_FULL);
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    assert_row(txn, table, "kept", "1");
    store_put(txn, table, text("more"), text("2"));
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    store_close(store);
}

static off_t file_size(void)
{
    char name[4300];
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    struct stat status;
    assert_int_equal(stat(name, &status), 0);
    return status.st_size;
}

static void test_fill_ahead(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    uint64_t used = store_used(store), before = (uint64_t)file_size();
    assert_int_equal(store_fill_ahead(store, 6 << 20), CUSTODY_OK);
    assert_int_equal(file_size(), before + (4 << 20));
    assert_int_equal(store_fill_ahead(store, 6 << 20), CUSTODY_OK);
    assert_int_equal(file_size(), before + (8 << 20));
    /* Reached: nothing to do for the next few commits. */
    assert_int_equal(store_fill_ahead(store, 6 << 20), CUSTODY_OK);
    assert_int_equal(file_size(), before + (8 << 20));
    assert_int_equal(store_used(store), used);
    assert_int_equal(store_fill_ahead(store, MAP_SIZE), CUSTODY_ERR_FULL);

    static uint8_t value[3 << 20];
    memset(value, 7, sizeof(value));
    struct store_txn *txn;
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    store_put(txn, table, text("large"), span_of(value, sizeof(value)));
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    assert_int_equal(file_size(), before + (8 << 20));
    assert_true(store_used(store) > used + sizeof(value));
    assert_int_equal(store_fill_ahead(store, 6 << 20), CUSTODY_OK);
    assert_int_equal(file_size(), before + (12 << 20));
    store_close(store);
    store = open_store(STORE_EXISTING);
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    struct span got;
    assert_int_equal(store_get(txn, table, text("large"), &got), CUSTODY_OK);
    assert_true(span_is_equal(got, span_of(value, sizeof(value))));
    store_abort(&txn);
    store_close(store);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk fills up at every possible byte of a commit: that commit fails whole, and the next one stands. */
static void test_disk_full(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    static uint8_t value[20000];
    uint32_t key = 0;
    for (rlim_t extra = 0; extra < 24000; extra += 1111) {
        struct store_txn *txn;
        uint64_t used = store_used(store);
        limit_files(used + extra);
        assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
        key++;
        memset(value, (int)key, sizeof(value));
        store_put(txn, table, span_of(&key, 4), span_of(value, sizeof(value)));
        enum custody_status status = store_commit(&txn);
        if (extra < 12000) {
            assert_int_equal(status, CUSTODY_ERR_FULL);
            assert_int_equal(store_fill_ahead(store, 1 << 20), CUSTODY_ERR_FULL);
        }
        limit_files(RLIM_INFINITY);
        assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
        struct span got;
        assert_int_equal(store_get(txn, table, span_of(&key, 4), &got),
                         status == CUSTODY_OK ? CUSTODY_OK : CUSTODY_ERR_NOT_FOUND);
        store_put(txn, table, span_of(&key, 4), span_of(value, sizeof(value)));
        assert_int_equal(store_commit(&txn), CUSTODY_OK);
    }
    store_close(store);
    store = open_store(STORE_EXISTING);
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    struct store_txn *txn;
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    for (uint32_t i = 1; i <= key; i++) {
        struct span got;
        assert_int_equal(store_get(txn, table, span_of(&i, 4), &got), CUSTODY_OK);
        assert_int_equal(got.data[0], (uint8_t)i);
        assert_int_equal(got.data[sizeof(value) - 1], (uint8_t)i);
    }
    store_abort(&txn);
    store_close(store);
}

static void test_cut_file_is_refused_not_a_crash(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    struct store_txn *txn;
    static const uint8_t value[1000];
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        store_put(txn, table, span_of(&i, 4), span_of(value, sizeof(value)));
    }
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    store_close(store);
    char name[4300];
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    assert_int_equal(truncate(name, file_size() / 2), 0);
    assert_int_equal(store_open(path, STORE_READ_ONLY, MAP_SIZE, 4, &store), CUSTODY_ERR_CORRUPT);
    enum custody_status status = store_open(path, STORE_EXISTING, MAP_SIZE, 4, &store);
    if (status == CUSTODY_OK) {
        status = store_table(store, "rows", false, &table);
        if (status == CUSTODY_OK) {
            assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
            for (uint32_t i = 0; i < 1000 && status == CUSTODY_OK; i++) {
                struct span got;
                status = store_get(txn, table, span_of(&i, 4), &got);
            }
            store_abort(&txn);
        }
        store_close(store);
    }
    assert_int_equal(status, CUSTODY_ERR_CORRUPT);
}

static bool file_has(const void *bytes, size_t len)
{
    char name[4300];
    snprintf(name, sizeof(name), "%s/data.mdb", path);
    FILE *file = fopen(name, "rb");
    assert_non_null(file);
    size_t size = (size_t)file_size();
    uint8_t *all = malloc(size);
    assert_int_equal(fread(all, 1, size, file), size);
    fclose(file);
    bool is_there = memmem(all, size, bytes, len) != NULL;
    free(all);
    return is_there;
}

static void test_wipe(void **state)
{
    (void)state;
    struct store *store = open_store(STORE_CREATE);
    uint32_t table;
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    static const char secret[] = "0123456789abcdef0123456789abcdef";
    static uint8_t value[1500000];
    memset(value, 'v', sizeof(value));
    /* Copies over many pages, two of them across the border of the wiper's windows. */
    memcpy(value + (1 << 20) - 16384 - 20, secret, 32);
    memcpy(value + 1200000, secret, 32);
    struct store_txn *txn;
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
        store_put(txn, table, text("secret"), text(secret));
        store_put(txn, table, text("large"), span_of(value, sizeof(value)));
        store_put(txn, table, span_of(&i, 4), text("kept"));
        assert_int_equal(store_commit(&txn), CUSTODY_OK);
    }
    assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
    assert_int_equal(store_delete(txn, table, text("large")), CUSTODY_OK);
    assert_int_equal(store_commit(&txn), CUSTODY_OK);
    assert_true(file_has(secret, 32));
    struct span live;
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    assert_int_equal(store_get(txn, table, text("secret"), &live), CUSTODY_OK);
    assert_int_equal(store_wipe(store, live), CUSTODY_OK);
    assert_false(file_has(secret, 32));
    static const uint8_t zeros[32];
    assert_memory_equal(live.data, zeros, 32);
    store_abort(&txn);
    assert_int_equal(store_snapshot(store, &txn), CUSTODY_OK);
    for (uint32_t i = 0; i < 20; i++) {
        struct span got;
        assert_int_equal(store_get(txn, table, span_of(&i, 4), &got), CUSTODY_OK);
        assert_true(span_is_equal(got, text("kept")));
    }
    store_read_ahead(store, span_of("x", 1));
    store_abort(&txn);
    store_close(store);
}

static struct store *shared;
static uint32_t shared_table;

/* The two rows are always written together with the same value. */
static void *read_pairs(void *unused)
{
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        struct store_txn *txn;
        struct span a, b;
        if (store_snapshot(shared, &txn) != CUSTODY_OK ||
            store_get(txn, shared_table, text("a"), &a) != CUSTODY_OK ||
            store_get(txn, shared_table, text("b"), &b) != CUSTODY_OK || !span_is_equal(a, b)) {
            return "torn";
        }
        store_abort(&txn);
    }
    return NULL;
}

static void test_readers_beside_a_writer(void **state)
{
    (void)state;
    shared = open_store(STORE_CREATE);
    assert_int_equal(store_table(shared, "rows", false, &shared_table), CUSTODY_OK);
    pthread_t threads[3];
    for (uint64_t i = 0; i < 200; i++) {
        struct store_txn *txn;
        assert_int_equal(store_begin(shared, &txn), CUSTODY_OK);
        store_put(txn, shared_table, text("a"), span_of(&i, 8));
        store_put(txn, shared_table, text("b"), span_of(&i, 8));
        assert_int_equal(store_commit(&txn), CUSTODY_OK);
        if (i == 0) {
            for (int t = 0; t < 3; t++) {
                assert_int_equal(pthread_create(&threads[t], NULL, read_pairs, NULL), 0);
            }
        }
    }
    for (int t = 0; t < 3; t++) {
        void *result;
        pthread_join(threads[t], &result);
        assert_null(result);
    }
    store_close(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_process_reads_beside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_descriptors_close_on_exec, setup, teardown),
        cmocka_unit_test_setup_teardown(test_transactions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_append_and_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changes_by_a_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_map_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fill_ahead, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut_file_is_refused_not_a_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wipe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readers_beside_a_writer, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
