/* test_lectern.c: a place is used again, and reads what its new snapshot has. */
#include <string.h>

#include "daemon/service/lectern.h"
#include "tests/lib/check.h"
#include "tests/lib/shelf.h"

static struct lookups_snapshot *look(struct shelf *shelf, uint64_t position)
{
    struct lookups_snapshot *snapshot = NULL;
    assert_int_equal(lookups_accept(shelf->lookups, position), CUSTODY_OK);
    assert_int_equal(lookups_flush(shelf->lookups), CUSTODY_OK);
    assert_int_equal(lookups_snapshot_begin(shelf->lookups, &snapshot), CUSTODY_OK);
    return snapshot;
}

static void a_place_is_used_again_for_a_newer_snapshot(void **state)
{
    struct shelf *shelf = *state;
    struct lectern *lectern = lectern_create();
    assert_non_null(lectern);
    struct lookups_snapshot *before = look(shelf, 1);
    struct lectern_place *place = lectern_take(lectern, before);
    assert_non_null(place);
    assert_int_equal(book_find(place->book, SUBJECT_PARTY, span_text("a:1")), 0);
    memset(arena_alloc(place->arena, 1000), 1, 1000);
    book_fail(place->book, CUSTODY_ERR_CORRUPT);
    lectern_give(lectern, place);
    lookups_snapshot_end(before);

    uint32_t number = book_give(shelf->book, SUBJECT_PARTY, span_text("a:1"));
    assert_int_equal(number, 1);
    struct lookups_snapshot *after = look(shelf, 2);
    assert_ptr_equal(lectern_take(lectern, after), place);
    assert_int_equal(book_status(place->book), CUSTODY_OK);
    assert_int_equal(book_find(place->book, SUBJECT_PARTY, span_text("a:1")), number);
    assert_int_equal(book_ledger(place->book)->numbers[SUBJECT_PARTY], number);
    assert_int_equal(arena_used(place->arena), 0);
    lectern_give(lectern, place);
    lookups_snapshot_end(after);
    lectern_destroy(lectern);
}

static void as_many_as_are_asked_for_and_no_two_the_same(void **state)
{
    struct shelf *shelf = *state;
    struct lectern *lectern = lectern_create();
    struct lookups_snapshot *snapshot = look(shelf, 1);
    struct lectern_place *places[LECTERN_KEPT + 4];
    enum { PLACES = sizeof places / sizeof places[0] };
    for (unsigned i = 0; i < PLACES; i++) {
        places[i] = lectern_take(lectern, snapshot);
        assert_non_null(places[i]);
        for (unsigned k = 0; k < i; k++)
            assert_ptr_not_equal(places[i], places[k]);
    }
    for (unsigned i = 0; i < PLACES; i++)
        lectern_give(lectern, places[i]);
    /* The last of those that were kept comes first. */
    assert_ptr_equal(lectern_take(lectern, snapshot), places[LECTERN_KEPT - 1]);
    lectern_give(lectern, places[LECTERN_KEPT - 1]);
    lectern_give(lectern, NULL);
    lookups_snapshot_end(snapshot);
    lectern_destroy(lectern);
    lectern_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_place_is_used_again_for_a_newer_snapshot, shelf_setup,
                                        shelf_teardown),
        cmocka_unit_test_setup_teardown(as_many_as_are_asked_for_and_no_two_the_same, shelf_setup,
                                        shelf_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
