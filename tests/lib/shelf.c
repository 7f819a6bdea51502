/* shelf.c: a book on empty look-ups of its own. */
#include "tests/lib/shelf.h"

#include "proto/digest.h"
#include "tests/lib/check.h"

void shelf_open(struct shelf *ret)
{
    assert_true(digest_init());
    tempdir_create(&ret->dir);
    assert_int_equal(lookups_open(ret->dir.path, STORE_CREATE, 64 << 20, 1 << 20, &ret->lookups),
                     CUSTODY_OK);
    ret->book = book_create(ret->lookups, NULL, NULL, 8 << 20);
    assert_non_null(ret->book);
}

void shelf_close(struct shelf *shelf)
{
    book_destroy(shelf->book);
    lookups_close(shelf->lookups);
    tempdir_destroy(&shelf->dir);
}

int shelf_setup(void **state)
{
    static struct shelf shelf;
    shelf_open(&shelf);
    *state = &shelf;
    return 0;
}

int shelf_teardown(void **state)
{
    shelf_close(*state);
    return 0;
}
