/* test_party.c: shows how a party stood at a time, and that its record survives. */
#include <string.h>

#include "daemon/domain/party.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct party_version version_from(int64_t from_us, party_bits kinds)
{
    return (struct party_version){.from_us = from_us, .kinds = kinds, .division = 540421};
}

static void test_a_party_is_nothing_before_its_first_version(void **state)
{
    (void)state;
    struct party party = {0};
    assert_null(party_at(&party, INT64_MAX));
    struct party_version version = version_from(100, 2);
    assert_true(party_add_version(&party, &version));
    assert_null(party_at(&party, 99));
    assert_int_equal(party_kinds_at(&party, 99), 0);
    assert_non_null(party_at(&party, 100));
    assert_int_equal(party_kinds_at(&party, 100), 2);
    assert_int_equal(party_kinds_at(&party, INT64_MAX), 2);
}

static void test_each_version_counts_until_the_next(void **state)
{
    (void)state;
    struct party party = {0};
    static const int64_t from[] = {300, 100, 200};
    for (size_t i = 0; i < 3; i++) {
        struct party_version version = version_from(from[i], (party_bits)(from[i] / 100));
        assert_true(party_add_version(&party, &version));
    }
    assert_int_equal(party.count, 3);
    assert_int_equal(party_kinds_at(&party, 199), 1);
    assert_int_equal(party_kinds_at(&party, 200), 2);
    assert_int_equal(party_kinds_at(&party, 299), 2);
    assert_int_equal(party_kinds_at(&party, 300), 3);
}

static void test_a_version_from_the_same_time_replaces(void **state)
{
    (void)state;
    struct party party = {0};
    struct party_version first = version_from(100, 1);
    struct party_version second = version_from(100, 2);
    party_add_version(&party, &first);
    assert_true(party_add_version(&party, &second));
    assert_int_equal(party.count, 1);
    assert_int_equal(party_kinds_at(&party, 100), 2);
}

static void test_a_closed_party_is_of_no_kind(void **state)
{
    (void)state;
    struct party party = {0};
    struct party_version open = version_from(100, 6);
    struct party_version closed = version_from(200, 6);
    closed.is_closed = true;
    closed.successor = 9;
    party_add_version(&party, &open);
    party_add_version(&party, &closed);
    assert_int_equal(party_kinds_at(&party, 199), 6);
    assert_int_equal(party_kinds_at(&party, 200), 0);
    assert_int_equal(party_at(&party, 200)->successor, 9);
}

static void test_a_suspended_party_is_of_no_kind_for_that_time(void **state)
{
    (void)state;
    struct party party = {0};
    struct party_version open = version_from(100, 6);
    party_add_version(&party, &open);
    struct suspension suspension = {.from_us = 150, .until_us = 160};
    assert_true(suspension_add(&party.suspensions, &suspension));
    assert_true(party_is_open_at(&party, 149));
    assert_false(party_is_open_at(&party, 150));
    assert_int_equal(party_kinds_at(&party, 150), 0);
    assert_int_equal(party_kinds_at(&party, 160), 6);
    assert_false(party_is_open_at(&party, 99));
}

static void test_there_is_room_for_so_many_versions(void **state)
{
    (void)state;
    struct party party = {0};
    for (int64_t i = 0; i < PARTY_VERSIONS_MAX; i++) {
        struct party_version version = version_from(1000 - i, 1);
        assert_true(party_add_version(&party, &version));
    }
    struct party_version one_more = version_from(5, 1);
    assert_false(party_add_version(&party, &one_more));
    one_more = version_from(1000, 8);
    assert_true(party_add_version(&party, &one_more));
    assert_int_equal(party_kinds_at(&party, 1000), 8);
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 9);
    for (int round = 0; round < 300; round++) {
        struct party party = {.entry = dice_throw(&dice),
                              .permits = (uint32_t)dice_throw(&dice),
                              .keys = (uint32_t)dice_throw(&dice),
                              .registrar = (uint32_t)dice_throw(&dice),
                              .blocks = (uint32_t)dice_throw(&dice),
                              .approvals = (uint32_t)dice_throw(&dice),
                              .documents = (uint32_t)dice_throw(&dice)};
        struct suspension suspension = {.from_us = 5, .until_us = 6, .entry = 7};
        suspension_add(&party.suspensions, &suspension);
        uint64_t count = round == 0 ? PARTY_VERSIONS_MAX : dice_below(&dice, 4);
        for (uint64_t i = 0; i < count; i++) {
            struct party_version version;
            dice_fill(&dice, &version, sizeof version);
            version.is_closed = dice_chance(&dice, 50);
            memset(version.sector, 0, sizeof version.sector);
            memset(version.sector, 'Q', round == 0 ? PARTY_SECTOR_MAX : dice_below(&dice, 3));
            if (dice_chance(&dice, 50)) {
                memset(&version.name, 0, sizeof version.name);
            }
            party_add_version(&party, &version);
        }
        uint8_t data[PARTY_RECORD_MAX];
        uint8_t again[PARTY_RECORD_MAX];
        struct party back = {.entry = 5};
        size_t len = party_write(&party, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(party_parse(span_of(data, cap), &back));
            assert_int_equal(party_write(&party, again, cap), 0);
        }
        data[len] = 0;
        assert_false(party_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.entry, 5);
        assert_true(party_parse(span_of(data, len), &back));
        assert_int_equal(party_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        assert_int_equal(back.count, party.count);
        assert_true(back.registrar == party.registrar && back.documents == party.documents &&
                    back.blocks == party.blocks && back.approvals == party.approvals);
        for (uint32_t i = 0; i < back.count; i++) {
            const struct party_version *a = &party.versions[i];
            const struct party_version *b = &back.versions[i];
            assert_true(a->from_us == b->from_us && a->kinds == b->kinds && a->site == b->site &&
                        a->is_closed == b->is_closed && a->division == b->division &&
                        a->parent == b->parent && a->successor == b->successor &&
                        a->beds == b->beds);
            assert_string_equal(a->sector, b->sector);
            assert_memory_equal(&a->name, &b->name, sizeof a->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_party_is_nothing_before_its_first_version),
        cmocka_unit_test(test_each_version_counts_until_the_next),
        cmocka_unit_test(test_a_version_from_the_same_time_replaces),
        cmocka_unit_test(test_a_closed_party_is_of_no_kind),
        cmocka_unit_test(test_a_suspended_party_is_of_no_kind_for_that_time),
        cmocka_unit_test(test_there_is_room_for_so_many_versions),
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
