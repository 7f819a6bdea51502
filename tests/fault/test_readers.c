/* test_readers.c: readers that died with a snapshot in their hands, and more readers than there are places (TLOG 4.4 F5, F10): the file
 * stays small, a writer is never held up, a place that is given back is taken again.
 * Never measures time. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/store.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

enum {
    MAP_SIZE = 64 << 20,
    VALUE = 1024,
    COMMITS = 1000,
    GROWTH_MAX = 1 << 20,
    KILLED = 8,
    PLACES_MAX = 2000
};

static struct tempdir dir;
static char path[4200];
static struct store *store;
static uint32_t table;

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "store", path, sizeof path);
    assert_int_equal(store_open(path, STORE_CREATE, MAP_SIZE, 4, &store), CUSTODY_OK);
    assert_int_equal(store_table(store, "rows", false, &table), CUSTODY_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    tempdir_destroy(&dir);
    return 0;
}

static void commit(int count)
{
    uint8_t value[VALUE];
    for (int i = 0; i < count; i++) {
        struct store_txn *txn;
        memset(value, i, sizeof value);
        assert_int_equal(store_begin(store, &txn), CUSTODY_OK);
        assert_int_equal(store_put(txn, table, span_text("row"), span_of(value, sizeof value)),
                         CUSTODY_OK);
        assert_int_equal(store_commit(&txn), CUSTODY_OK);
    }
}

/* A process beside that takes a snapshot, says so, and is killed. */
static void read_and_die(void)
{
    int told[2], status;
    char byte;
    assert_int_equal(pipe(told), 0);
    pid_t child = drill_fork();
    if (child == 0) {
        struct store *beside = NULL;
        struct store_txn *snapshot = NULL;
        struct span value;
        uint32_t rows;
        bool is_reading = store_open(path, STORE_BESIDE, MAP_SIZE, 4, &beside) == CUSTODY_OK &&
                          store_table(beside, "rows", false, &rows) == CUSTODY_OK &&
                          store_snapshot(beside, &snapshot) == CUSTODY_OK &&
                          store_get(snapshot, rows, span_text("row"), &value) == CUSTODY_OK;
        if (is_reading && write(told[1], "", 1) == 1)
            pause();
        _exit(1);
    }
    close(told[1]);
    assert_int_equal(read(told[0], &byte, 1), 1);
    close(told[0]);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

static void a_killed_reader_holds_nothing_back(void **state)
{
    (void)state;
    commit(COMMITS);
    uint64_t before = store_used(store);
    for (int i = 0; i < KILLED; i++) {
        read_and_die();
        commit(COMMITS / KILLED);
    }
    uint64_t growth = store_used(store) - before;
    printf("# %d commits beside %d killed readers: the file grew from %lu to %lu bytes, lost 0\n",
           COMMITS, KILLED, (unsigned long)before, (unsigned long)(before + growth));
    assert_true(growth < GROWTH_MAX);
}

static void every_place_is_taken(void **state)
{
    (void)state;
    static struct store_txn *snapshots[PLACES_MAX];
    size_t count = 0;
    struct store_txn *one_more = NULL;
    commit(1);
    while (count < PLACES_MAX && store_snapshot(store, &snapshots[count]) == CUSTODY_OK)
        count++;
    assert_true(count > 100 && count < PLACES_MAX);
    assert_int_equal(store_snapshot(store, &one_more), CUSTODY_ERR_BUSY);
    assert_null(one_more);
    /* Who writes needs no place. */
    commit(10);
    store_abort(&snapshots[--count]);
    assert_int_equal(store_snapshot(store, &snapshots[count]), CUSTODY_OK);
    printf("# %zu snapshots, then busy, lost 0\n", count + 1);
    for (size_t i = 0; i <= count; i++)
        store_abort(&snapshots[i]);
    assert_int_equal(store_snapshot(store, &one_more), CUSTODY_OK);
    store_abort(&one_more);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_reader_holds_nothing_back, setup, teardown),
        cmocka_unit_test_setup_teardown(every_place_is_taken, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
