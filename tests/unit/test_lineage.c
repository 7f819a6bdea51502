/* test_lineage.c: who follows whom, by name. */
#include <string.h>

#include "proto/lineage.h"
#include "proto/statement.h"
#include "tests/lib/check.h"

static void assert_next(const char *origin, const char *expected)
{
    char next[CHECKPOINT_ORIGIN_MAX + 1];
    assert_true(lineage_next(origin, next));
    assert_string_equal(next, expected);
    assert_true(lineage_is_successor(expected, origin));
    assert_false(lineage_is_successor(origin, expected));
}

static void the_number_rises(void **state)
{
    (void)state;
    assert_next("ledger.example.org/trial", "ledger.example.org/trial/2");
    assert_next("ledger.example.org/trial/2", "ledger.example.org/trial/3");
    assert_next("ledger.example.org/trial/1", "ledger.example.org/trial/2");
    assert_next("ledger.example.org/trial/9", "ledger.example.org/trial/10");
    assert_next("plain", "plain/2");
    /* What is no number of ours is part of the name. */
    assert_next("a/0", "a/0/2");
    assert_next("a/01", "a/01/2");
    assert_next("a/2x", "a/2x/2");
    assert_next("a/", "a//2");
    assert_false(lineage_is_successor("a/3", "a"));
    assert_false(lineage_is_successor("b/2", "a"));
    assert_false(lineage_is_successor("a", "a"));
}

static void what_has_no_room_is_refused(void **state)
{
    (void)state;
    char name[CHECKPOINT_ORIGIN_MAX + 1], next[CHECKPOINT_ORIGIN_MAX + 1];
    memset(name, 'a', sizeof(name));
    name[CHECKPOINT_ORIGIN_MAX - 1] = '\0';
    assert_false(lineage_next(name, next));
    name[CHECKPOINT_ORIGIN_MAX - 2] = '\0';
    assert_true(lineage_next(name, next));
    assert_false(lineage_next("a/999999", next));
}

static void assert_address(const char *origin, size_t at, size_t count, const char *expected)
{
    struct digest addresses[LINEAGE_MAX], digest = statement_origin_digest(expected);
    assert_int_equal(lineage_addresses(origin, addresses), count);
    assert_memory_equal(&addresses[at], &digest, sizeof(digest));
}

static void a_successor_has_the_addresses_of_those_before(void **state)
{
    (void)state;
    assert_address("a", 0, 1, "a");
    assert_address("a/1", 0, 1, "a/1");
    assert_address("a/3", 0, 4, "a/3");
    assert_address("a/3", 1, 4, "a/2");
    assert_address("a/3", 2, 4, "a/1");
    assert_address("a/3", 3, 4, "a");
    /* Not without end. */
    assert_address("a/2026", 6, 7, "a/2020");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_number_rises),
        cmocka_unit_test(what_has_no_room_is_refused),
        cmocka_unit_test(a_successor_has_the_addresses_of_those_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
