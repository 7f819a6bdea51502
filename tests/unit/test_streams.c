/* test_streams.c: rows of many shelves come out in one order, each as often as it stands, and from a time on. */
#include <string.h>

#include "daemon/service/docket.h"
#include "daemon/service/streams.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/tempdir.h"

enum { ROWS = 200, DIVISIONS = 7 };

static struct tempdir dir;
static struct lookups *lookups;
static struct book *book;
static struct arena *arena;
static struct lookups_snapshot *snapshot;

static int setup(void **state)
{
    (void)state;
    struct dice dice;
    static struct work_set before, after;
    tempdir_create(&dir);
    assert_true(digest_init());
    assert_int_equal(lookups_open(dir.path, STORE_CREATE, 64 << 20, 1 << 20, &lookups), CUSTODY_OK);
    book = book_create(lookups, NULL, NULL, 8 << 20);
    arena = arena_create(8 << 20);
    dice_init(&dice, 11);
    memset(&after, 0, sizeof after);
    for (uint64_t i = 0; i < ROWS; i++) {
        struct work *row = work_add(&after);
        row->kind = WORK_MANIFEST;
        row->subject_kind = SUBJECT_MANIFEST;
        row->subject = i + 1;
        row->division = 540400 + (uint32_t)dice_below(&dice, DIVISIONS);
        row->due_us = (int64_t)dice_below(&dice, 50);
        row->mass_g = dice_below(&dice, 5);
        row->party = 1 + (uint32_t)dice_below(&dice, 3);
    }
    book_put_work(book, &before, &after, NULL);
    assert_int_equal(book_status(book), CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, 1), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_begin(lookups, &snapshot), CUSTODY_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    lookups_snapshot_end(snapshot);
    arena_destroy(arena);
    book_destroy(book);
    lookups_close(lookups);
    tempdir_destroy(&dir);
    return 0;
}

/* Takes all; each no earlier in the order than the one before. */
static uint32_t take_all(struct streams *streams, int64_t from_us)
{
    struct work row, last = {0};
    uint8_t shelf;
    uint32_t count = 0;
    assert_true(streams_merge(streams));
    while (!streams_are_done(streams)) {
        assert_true(streams_take(streams, &row, &shelf));
        assert_true(row.due_us >= from_us);
        assert_true(count == 0 || work_compare(&last, &row) <= 0);
        last = row;
        count++;
    }
    return count;
}

static void divisions_come_out_in_one_order(void **state)
{
    (void)state;
    struct streams streams;
    streams_init(&streams, snapshot, book, arena);
    for (uint32_t i = 0; i < DIVISIONS; i++)
        streams_add(&streams, WORK_MANIFEST, 540400 + i, INT64_MIN);
    streams_add(&streams, WORK_MANIFEST, 540499, INT64_MIN); /* nothing stands there */
    streams_add(&streams, WORK_FINDING, 540400, INT64_MIN);
    assert_int_equal(take_all(&streams, INT64_MIN), ROWS);
}

/* Under its division and under its party: the same row, twice, one after the other. */
static void a_row_that_stands_twice_comes_twice(void **state)
{
    (void)state;
    struct streams streams;
    struct work row, last = {0};
    uint8_t shelf;
    streams_init(&streams, snapshot, book, arena);
    for (uint32_t i = 0; i < DIVISIONS; i++)
        streams_add(&streams, WORK_MANIFEST, 540400 + i, INT64_MIN);
    for (uint32_t party = 1; party <= 3; party++)
        streams_add(&streams, WORK_MANIFEST | WORK_BY_PARTY, party, INT64_MIN);
    assert_true(streams_merge(&streams));
    for (uint32_t i = 0; i < 2 * ROWS; i++) {
        assert_true(streams_take(&streams, &row, &shelf));
        assert_int_equal(shelf, i % 2 == 0 ? WORK_MANIFEST : WORK_MANIFEST | WORK_BY_PARTY);
        if (i % 2 == 1)
            assert_int_equal(work_compare(&last, &row), 0);
        last = row;
    }
    assert_true(streams_are_done(&streams));
}

static void what_is_due_before_is_left_out(void **state)
{
    (void)state;
    uint32_t all = 0;
    for (uint32_t i = 0; i < DIVISIONS; i++) {
        struct streams streams;
        streams_init(&streams, snapshot, book, arena);
        streams_add(&streams, WORK_MANIFEST, 540400 + i, 25);
        all += take_all(&streams, 25);
    }
    assert_in_range(all, 1, ROWS - 1);
}

/* A country has thousands of counties; most of them have nothing. */
static void many_shelves_are_all_read(void **state)
{
    (void)state;
    struct streams streams;
    streams_init(&streams, snapshot, book, arena);
    for (uint32_t i = 0; i < 6000; i++)
        streams_add(&streams, WORK_MANIFEST, 534500 + i, INT64_MIN);
    assert_int_equal(take_all(&streams, INT64_MIN), ROWS);
    /* Each time the same shelves: many that have rows. */
    streams_init(&streams, snapshot, book, arena);
    for (uint32_t i = 0; i < 20 * DIVISIONS; i++)
        streams_add(&streams, WORK_MANIFEST, 540400 + i % DIVISIONS, INT64_MIN);
    assert_int_equal(take_all(&streams, INT64_MIN), 20 * ROWS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(divisions_come_out_in_one_order, setup, teardown),
        cmocka_unit_test_setup_teardown(a_row_that_stands_twice_comes_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_due_before_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(many_shelves_are_all_read, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
