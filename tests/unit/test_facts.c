/* test_facts.c: shows that a set of facts is kept in order, and that what it keeps beyond its bound does not hang on arrival. */
#include <string.h>

#include "daemon/domain/fact.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct fact fact_at(int64_t effective_us, uint32_t party, uint64_t sequence)
{
    return (struct fact){
        .effective_us = effective_us,
        .claimed_us = effective_us,
        .recorded_us = effective_us + 1,
        .key_prefix = party,
        .key = party,
        .key_sequence = sequence,
        .entry = (uint64_t)party * 1000 + sequence,
        .act = 65,
        .party = party,
        .mass_g = FACT_NO_MASS,
    };
}

static void test_facts_stand_in_order_whatever_the_arrival(void **state)
{
    (void)state;
    static struct facts facts;
    struct dice dice;
    dice_init(&dice, 6);
    memset(&facts, 0, sizeof facts);
    for (uint64_t i = 1; i <= 60; i++) {
        struct fact fact =
            fact_at((int64_t)dice_below(&dice, 20), (uint32_t)dice_between(&dice, 1, 3), i);
        assert_true(facts_add(&facts, &fact));
    }
    assert_int_equal(facts.count, 60);
    assert_int_equal(facts.not_kept, 0);
    for (uint32_t i = 1; i < facts.count; i++) {
        assert_true(fact_compare(&facts.all[i - 1], &facts.all[i]) < 0);
    }
}

static void test_a_fact_is_added_once(void **state)
{
    (void)state;
    static struct facts facts;
    struct fact fact = fact_at(5, 1, 1);
    memset(&facts, 0, sizeof facts);
    assert_true(facts_add(&facts, &fact));
    assert_false(facts_add(&facts, &fact));
    assert_int_equal(facts.count, 1);
    assert_int_equal(facts.not_kept, 0);
}

static void test_facts_are_found_by_slot_and_by_entry(void **state)
{
    (void)state;
    static struct facts facts;
    struct fact first = fact_at(5, 1, 9);
    struct fact fork = fact_at(4, 1, 9);
    fork.entry = 77;
    memset(&facts, 0, sizeof facts);
    facts_add(&facts, &first);
    facts_add(&facts, &fork);
    assert_int_equal(facts.count, 2);
    assert_int_equal(facts_find(&facts, 1, 9, 0)->entry, 77);
    assert_int_equal(facts_find_entry(&facts, 77, 0)->effective_us, 4);
    assert_int_equal(facts_find_entry(&facts, 1009, 0)->effective_us, 5);
    assert_null(facts_find(&facts, 1, 9, 1));
    assert_null(facts_find(&facts, 2, 9, 0));
    assert_null(facts_find_entry(&facts, 77, 1));
}

/* A corrected clock: the same fact at another time. */
static void test_a_fact_that_is_moved_stands_in_order(void **state)
{
    (void)state;
    static struct facts facts;
    memset(&facts, 0, sizeof facts);
    for (uint64_t i = 1; i <= 5; i++) {
        struct fact fact = fact_at((int64_t)i * 10, 1, i);
        facts_add(&facts, &fact);
    }
    struct fact moved = facts.all[1];
    moved.effective_us = 45;
    facts_move(&facts, &facts.all[1], &moved);
    assert_int_equal(facts.count, 5);
    static const uint64_t order[] = {1, 3, 4, 2, 5};
    for (uint32_t i = 0; i < 5; i++) {
        assert_int_equal(facts.all[i].key_sequence, order[i]);
    }
}

static void test_a_party_keeps_its_first_facts(void **state)
{
    (void)state;
    static struct facts facts;
    memset(&facts, 0, sizeof facts);
    for (uint64_t i = 40; i >= 1; i--) {
        struct fact fact = fact_at((int64_t)i, 1, i);
        facts_add(&facts, &fact);
    }
    assert_int_equal(facts.count, FACTS_PER_PARTY_MAX);
    assert_int_equal(facts.not_kept, 40 - FACTS_PER_PARTY_MAX);
    assert_int_equal(facts.all[0].effective_us, 1);
    assert_int_equal(facts.all[FACTS_PER_PARTY_MAX - 1].effective_us, FACTS_PER_PARTY_MAX);
    struct fact late = fact_at(100, 1, 100);
    assert_false(facts_add(&facts, &late));
    struct fact other = fact_at(100, 2, 1);
    assert_true(facts_add(&facts, &other));
}

static void test_many_parties_do_not_crowd_out_the_few_facts_of_another(void **state)
{
    (void)state;
    static struct facts facts;
    memset(&facts, 0, sizeof facts);
    /* Ten strangers say as much as they may, all of it before the generator packed. */
    for (uint32_t party = 10; party < 20; party++) {
        for (uint64_t i = 1; i <= FACTS_PER_PARTY_MAX; i++) {
            struct fact fact = fact_at((int64_t)i, party, i);
            facts_add(&facts, &fact);
        }
    }
    assert_int_equal(facts.count, FACTS_MAX);
    for (uint64_t i = 1; i <= 6; i++) {
        struct fact own = fact_at(1000 + (int64_t)i, 1, i);
        assert_true(facts_add(&facts, &own));
    }
    assert_int_equal(facts.count, FACTS_MAX);
    for (uint64_t i = 1; i <= 6; i++) {
        assert_non_null(facts_find(&facts, 1, i, 0));
    }
}

static void test_what_is_kept_does_not_hang_on_arrival(void **state)
{
    (void)state;
    enum { COUNT = 400 };
    static struct fact all[COUNT];
    static struct facts again;
    static uint8_t first_bytes[FACTS_BYTES_MAX];
    static uint8_t again_bytes[FACTS_BYTES_MAX];
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < 60; round++) {
        uint64_t parties = dice_between(&dice, 1, 30);
        size_t count = (size_t)dice_between(&dice, 30, COUNT);
        for (size_t i = 0; i < count; i++) {
            /* Some parties say much more than others. */
            uint64_t party = 1 + dice_below(&dice, 1 + dice_below(&dice, parties));
            all[i] = fact_at((int64_t)dice_below(&dice, 50), (uint32_t)party, i);
        }
        size_t len = 0;
        for (int order = 0; order < 8; order++) {
            memset(&again, 0, sizeof again);
            for (size_t i = 0; i < count; i++) {
                facts_add(&again, &all[i]);
            }
            size_t again_len = facts_write(&again, again_bytes, sizeof again_bytes);
            if (order == 0) {
                len = again_len;
                memcpy(first_bytes, again_bytes, len);
            }
            assert_int_equal(again_len, len);
            assert_memory_equal(again_bytes, first_bytes, len);
            assert_int_equal(again.count + again.not_kept, count);
            dice_shuffle(&dice, all, count, sizeof all[0]);
        }
    }
}

static void test_a_set_comes_back_as_it_was(void **state)
{
    (void)state;
    static struct facts facts;
    static struct facts back;
    static uint8_t data[FACTS_BYTES_MAX];
    static uint8_t again[FACTS_BYTES_MAX];
    struct dice dice;
    dice_init(&dice, 8);
    for (int round = 0; round < 100; round++) {
        memset(&facts, 0, sizeof facts);
        facts.not_kept = (uint32_t)dice_below(&dice, 3);
        uint64_t count = dice_below(&dice, 20);
        for (uint64_t i = 0; i < count; i++) {
            struct fact fact =
                fact_at((int64_t)dice_throw(&dice), (uint32_t)dice_below(&dice, 9), i);
            fact.countersigner_count = 1;
            fact.countersigners[0] = 4;
            facts_add(&facts, &fact);
        }
        size_t len = facts_write(&facts, data, sizeof data);
        assert_true(len > 0);
        assert_true(facts_parse(span_of(data, len), &back));
        assert_int_equal(back.count, facts.count);
        assert_int_equal(back.not_kept, facts.not_kept);
        assert_int_equal(facts_write(&back, again, sizeof again), len);
        assert_memory_equal(again, data, len);
        for (size_t cap = 0; cap < len; cap++) {
            assert_int_equal(facts_write(&facts, again, cap), 0);
            assert_false(facts_parse(span_of(data, cap), &back));
        }
        data[len] = 0;
        assert_false(facts_parse(span_of(data, len + 1), &back));
    }
}

static void test_a_full_set_fits_its_bound(void **state)
{
    (void)state;
    static struct facts facts;
    static uint8_t data[FACTS_BYTES_MAX];
    memset(&facts, 0xFF, sizeof facts);
    facts.count = FACTS_MAX;
    for (uint32_t i = 0; i < FACTS_MAX; i++) {
        facts.all[i].effective_us = i % 2 == 0 ? INT64_MIN : INT64_MAX;
        facts.all[i].mass_g = 1;
        facts.all[i].countersigner_count = FACT_COUNTERSIGNERS_MAX;
    }
    assert_true(facts_write(&facts, data, sizeof data) > 0);
}

static void test_facts_out_of_order_are_damage(void **state)
{
    (void)state;
    static struct facts facts;
    static struct facts back;
    static uint8_t data[FACTS_BYTES_MAX];
    memset(&facts, 0, sizeof facts);
    facts.count = 2;
    facts.all[0] = fact_at(9, 1, 1);
    facts.all[1] = fact_at(3, 1, 2);
    size_t len = facts_write(&facts, data, sizeof data);
    assert_false(facts_parse(span_of(data, len), &back));
    facts.all[1] = facts.all[0];
    len = facts_write(&facts, data, sizeof data);
    assert_false(facts_parse(span_of(data, len), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_facts_stand_in_order_whatever_the_arrival),
        cmocka_unit_test(test_a_fact_is_added_once),
        cmocka_unit_test(test_facts_are_found_by_slot_and_by_entry),
        cmocka_unit_test(test_a_fact_that_is_moved_stands_in_order),
        cmocka_unit_test(test_a_party_keeps_its_first_facts),
        cmocka_unit_test(test_many_parties_do_not_crowd_out_the_few_facts_of_another),
        cmocka_unit_test(test_what_is_kept_does_not_hang_on_arrival),
        cmocka_unit_test(test_a_set_comes_back_as_it_was),
        cmocka_unit_test(test_a_full_set_fits_its_bound),
        cmocka_unit_test(test_facts_out_of_order_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
