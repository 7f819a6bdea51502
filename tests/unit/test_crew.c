/* test_crew.c: every place of a row is done once, by however many threads, before crew_end returns. */
#include <stdatomic.h>
#include <string.h>

#include "daemon/base/crew.h"
#include "tests/lib/check.h"

enum { PLACES = 1000 };

struct row {
    atomic_uint done[PLACES];
    size_t piece;
};

static void work(void *context, size_t from, size_t until)
{
    struct row *row = context;
    assert_true(from < until && until - from <= row->piece);
    for (size_t i = from; i < until; i++) {
        atomic_fetch_add(&row->done[i], 1);
    }
}

static void do_row(struct crew *crew, size_t count, size_t piece)
{
    static struct row row;
    memset(&row, 0, sizeof(row));
    row.piece = piece == 0 ? 1 : piece;
    crew_begin(crew, work, &row, count, piece);
    crew_end(crew);
    for (size_t i = 0; i < PLACES; i++) {
        assert_int_equal(atomic_load(&row.done[i]), i < count ? 1 : 0);
    }
}

static void each_place_is_done_once(void **state)
{
    (void)state;
    static const unsigned hands[] = {0, 1, 2, 5, 200};
    for (size_t i = 0; i < sizeof(hands) / sizeof(hands[0]); i++) {
        struct crew *crew = crew_create(hands[i]);
        assert_non_null(crew);
        do_row(crew, PLACES, 1);
        do_row(crew, PLACES, 7);
        do_row(crew, 1, 16);
        do_row(crew, 0, 16);
        do_row(crew, PLACES, 0);
        do_row(crew, PLACES, 2 * PLACES);
        crew_destroy(crew);
    }
}

static void many_rows_follow_each_other(void **state)
{
    (void)state;
    struct crew *crew = crew_create(3);
    for (size_t i = 0; i < 500; i++) {
        do_row(crew, i, 1 + i % 9);
    }
    crew_end(crew);
    crew_destroy(crew);
    crew_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_place_is_done_once),
        cmocka_unit_test(many_rows_follow_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
