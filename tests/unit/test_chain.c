/* test_chain.c: shows what a key's chain says of gaps, of statements that fill them, and of forks. */
#include <string.h>

#include "daemon/domain/chain.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static const uint8_t public_key[PUBLIC_KEY_SIZE] = {1, 2, 3};

static enum chain_verdict take(struct key *key, uint64_t sequence, bool *changed)
{
    struct digest id = {{(uint8_t)sequence}};
    return chain_take(key, sequence, &id, (int64_t)(1000 + sequence), changed);
}

static void assert_gap(const struct key *key, uint32_t at, uint64_t first, uint64_t last)
{
    assert_true(at < key->gap_count);
    assert_int_equal(key->gaps[at].first, first);
    assert_int_equal(key->gaps[at].last, last);
}

static void test_a_fresh_key_speaks_for_nobody(void **state)
{
    (void)state;
    struct key key;
    chain_init(&key, public_key);
    assert_memory_equal(key.public_key, public_key, sizeof public_key);
    assert_int_equal(key.next_sequence, 1);
    assert_true(key.until_us == INT64_MAX);
    assert_false(chain_may(&key, UINT16_MAX, 0));
}

static void test_statements_in_turn_leave_no_gap(void **state)
{
    (void)state;
    struct key key;
    bool changed = true;
    chain_init(&key, public_key);
    for (uint64_t i = 1; i <= 100; i++) {
        assert_int_equal(take(&key, i, &changed), CHAIN_NEXT);
        assert_false(changed);
        assert_int_equal(key.last_id.bytes[0], i);
    }
    assert_int_equal(key.next_sequence, 101);
    assert_int_equal(key.gap_count, 0);
}

static void test_a_skipped_statement_opens_a_gap(void **state)
{
    (void)state;
    struct key key;
    bool changed;
    chain_init(&key, public_key);
    assert_int_equal(take(&key, 4, &changed), CHAIN_GAP);
    assert_true(changed);
    assert_int_equal(key.gap_count, 1);
    assert_gap(&key, 0, 1, 3);
    assert_int_equal(key.gaps[0].since_us, 1004);
    assert_int_equal(key.next_sequence, 5);
    assert_int_equal(key.last_id.bytes[0], 4);
}

static void test_a_gap_is_cut_split_and_closed(void **state)
{
    (void)state;
    struct key key;
    bool changed;
    chain_init(&key, public_key);
    take(&key, 8, &changed); /* 1-7 missing */
    assert_int_equal(take(&key, 1, &changed), CHAIN_FILLED);
    assert_true(changed);
    assert_gap(&key, 0, 2, 7);
    assert_int_equal(take(&key, 7, &changed), CHAIN_FILLED);
    assert_gap(&key, 0, 2, 6);
    assert_int_equal(take(&key, 4, &changed), CHAIN_FILLED);
    assert_int_equal(key.gap_count, 2);
    assert_gap(&key, 0, 2, 3);
    assert_gap(&key, 1, 5, 6);
    /* Both halves are missing since the same moment. */
    assert_int_equal(key.gaps[0].since_us, 1008);
    assert_int_equal(key.gaps[1].since_us, 1008);
    take(&key, 2, &changed);
    assert_int_equal(take(&key, 3, &changed), CHAIN_FILLED);
    assert_int_equal(key.gap_count, 1);
    take(&key, 6, &changed);
    take(&key, 5, &changed);
    assert_true(changed);
    assert_int_equal(key.gap_count, 0);
    assert_int_equal(key.last_id.bytes[0], 8);
    assert_int_equal(key.next_sequence, 9);
}

static void test_a_second_statement_in_a_slot_is_a_fork(void **state)
{
    (void)state;
    struct key key;
    bool changed = true;
    chain_init(&key, public_key);
    take(&key, 1, &changed);
    take(&key, 5, &changed);
    assert_int_equal(take(&key, 1, &changed), CHAIN_SECOND);
    assert_false(changed);
    assert_int_equal(take(&key, 5, &changed), CHAIN_SECOND);
    assert_int_equal(key.forks, 2);
    assert_int_equal(key.next_sequence, 6);
    take(&key, 3, &changed);
    assert_int_equal(take(&key, 3, &changed), CHAIN_SECOND);
    assert_int_equal(key.forks, 3);
}

static void test_any_order_of_arrival_ends_with_the_same_chain(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < 500; round++) {
        uint64_t order[40];
        bool there[41] = {false};
        size_t count = 1 + (size_t)dice_below(&dice, 40);
        for (size_t i = 0; i < 40; i++) {
            order[i] = i + 1;
        }
        dice_shuffle(&dice, order, 40, sizeof order[0]);
        struct key key;
        chain_init(&key, public_key);
        uint64_t highest = 0;
        for (size_t i = 0; i < count; i++) {
            bool changed;
            bool is_above = order[i] > highest;
            enum chain_verdict verdict = take(&key, order[i], &changed);
            assert_int_equal(verdict == CHAIN_FILLED, !is_above);
            assert_true(verdict != CHAIN_SECOND);
            there[order[i]] = true;
            highest = is_above ? order[i] : highest;
        }
        assert_int_equal(key.next_sequence, highest + 1);
        /* The gaps are exactly what is not there, in order, and none touches another. */
        uint32_t at = 0;
        for (uint64_t i = 1; i <= highest; i++) {
            if (there[i]) {
                continue;
            }
            uint64_t last = i;
            while (!there[last + 1]) {
                last++;
            }
            assert_gap(&key, at++, i, last);
            i = last;
        }
        assert_int_equal(key.gap_count, at);
    }
}

static void test_beyond_the_bound_gaps_are_counted_and_their_statements_no_forks(void **state)
{
    (void)state;
    static struct key key;
    bool changed;
    chain_init(&key, public_key);
    /* Every second one arrives: 2, 4, ... */
    for (uint64_t i = 1; i <= CHAIN_GAPS_MAX + 10; i++) {
        assert_int_equal(take(&key, 2 * i, &changed), CHAIN_GAP);
    }
    assert_int_equal(key.gap_count, CHAIN_GAPS_MAX);
    assert_int_equal(key.unlisted_gaps, 10);
    for (uint64_t i = 1; i <= CHAIN_GAPS_MAX + 10; i++) {
        assert_int_equal(take(&key, 2 * i - 1, &changed), CHAIN_FILLED);
        assert_true(changed);
    }
    assert_int_equal(key.gap_count, 0);
    assert_int_equal(key.unlisted_gaps, 0);
    assert_int_equal(key.forks, 0);
    assert_int_equal(take(&key, 2 * CHAIN_GAPS_MAX + 3, &changed), CHAIN_SECOND);
}

static void test_splitting_a_gap_in_a_full_list_counts_the_rest(void **state)
{
    (void)state;
    static struct key key;
    bool changed;
    chain_init(&key, public_key);
    take(&key, 10, &changed); /* 1-9 missing */
    for (uint64_t i = 1; i < CHAIN_GAPS_MAX; i++) {
        take(&key, 10 + 2 * i, &changed);
    }
    assert_int_equal(key.gap_count, CHAIN_GAPS_MAX);
    assert_int_equal(take(&key, 5, &changed), CHAIN_FILLED);
    assert_gap(&key, 0, 1, 4);
    assert_int_equal(key.unlisted_gaps, 4);
    for (uint64_t i = 6; i <= 9; i++) {
        assert_int_equal(take(&key, i, &changed), CHAIN_FILLED);
    }
    assert_int_equal(take(&key, 9, &changed), CHAIN_SECOND);
}

static void test_the_widest_gap_does_not_overflow(void **state)
{
    (void)state;
    static struct key key;
    bool changed;
    chain_init(&key, public_key);
    for (uint64_t i = 1; i <= CHAIN_GAPS_MAX; i++) {
        take(&key, 2 * i, &changed);
    }
    assert_int_equal(take(&key, INT64_MAX, &changed), CHAIN_GAP);
    assert_int_equal(key.unlisted_gaps, UINT32_MAX);
    assert_true(key.next_sequence == (uint64_t)INT64_MAX + 1);
    assert_int_equal(take(&key, 1000, &changed), CHAIN_FILLED);
}

static void test_a_key_may_while_enrolled_not_revoked_not_expired_and_with_the_role(void **state)
{
    (void)state;
    struct key key;
    chain_init(&key, public_key);
    key.is_enrolled = true;
    key.roles = 1 << 2 | 1 << 7;
    key.until_us = 100;
    assert_true(chain_may(&key, 1 << 2, 99));
    assert_true(chain_may(&key, 1 << 1 | 1 << 7, 99));
    assert_false(chain_may(&key, 1 << 1, 99));
    assert_false(chain_may(&key, 0, 99));
    assert_false(chain_may(&key, 1 << 2, 100));
    key.is_revoked = true;
    assert_false(chain_may(&key, 1 << 2, 99));
    key.is_revoked = false;
    key.is_enrolled = false;
    assert_false(chain_may(&key, 1 << 2, 99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_fresh_key_speaks_for_nobody),
        cmocka_unit_test(test_statements_in_turn_leave_no_gap),
        cmocka_unit_test(test_a_skipped_statement_opens_a_gap),
        cmocka_unit_test(test_a_gap_is_cut_split_and_closed),
        cmocka_unit_test(test_a_second_statement_in_a_slot_is_a_fork),
        cmocka_unit_test(test_any_order_of_arrival_ends_with_the_same_chain),
        cmocka_unit_test(test_beyond_the_bound_gaps_are_counted_and_their_statements_no_forks),
        cmocka_unit_test(test_splitting_a_gap_in_a_full_list_counts_the_rest),
        cmocka_unit_test(test_the_widest_gap_does_not_overflow),
        cmocka_unit_test(test_a_key_may_while_enrolled_not_revoked_not_expired_and_with_the_role),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
