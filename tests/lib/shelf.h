/* shelf.h: a book on empty look-ups of its own, for the tests of what is kept in it. */
#ifndef TESTS_LIB_SHELF_H
#define TESTS_LIB_SHELF_H

#include "daemon/service/book.h"
#include "tests/lib/tempdir.h"

struct shelf {
    struct tempdir dir;
    struct lookups *lookups;
    struct book *book;
};

void shelf_open(struct shelf *ret);
void shelf_close(struct shelf *shelf);
/* For cmocka: `*state` is a struct shelf. */
int shelf_setup(void **state);
int shelf_teardown(void **state);

#endif
