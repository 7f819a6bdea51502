/* test_key.c: shows that the record of a key survives, and that damage is found. */
#include <string.h>

#include "daemon/domain/chain.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static void throw_key(struct dice *dice, struct key *ret)
{
    memset(ret, 0, sizeof *ret);
    dice_fill(dice, ret->public_key, sizeof ret->public_key);
    dice_fill(dice, ret->last_id.bytes, sizeof ret->last_id.bytes);
    if (dice_chance(dice, 50)) {
        dice_fill(dice, ret->curve_key, sizeof ret->curve_key);
    }
    ret->is_enrolled = dice_chance(dice, 50);
    ret->is_revoked = dice_chance(dice, 50);
    ret->is_spent = dice_chance(dice, 50);
    ret->party = (uint32_t)dice_throw(dice);
    ret->roles = (party_bits)dice_throw(dice);
    ret->invited_roles = (party_bits)dice_throw(dice);
    ret->enrolled_entry = dice_throw(dice);
    ret->revoked_entry = dice_throw(dice);
    ret->until_us = dice_chance(dice, 50) ? INT64_MAX : (int64_t)dice_throw(dice);
    ret->doubt_since_us = (int64_t)dice_throw(dice);
    ret->forks = (uint32_t)dice_throw(dice);
    ret->unlisted_gaps = (uint32_t)dice_throw(dice);
    ret->unlisted_first = dice_throw(dice);
    ret->unlisted_last = dice_throw(dice);
    ret->gap_count = (uint32_t)dice_below(dice, CHAIN_GAPS_MAX + 1);
    uint64_t at = 1;
    for (uint32_t i = 0; i < ret->gap_count; i++) {
        ret->gaps[i].first = at + dice_below(dice, UINT64_C(1) << 50);
        ret->gaps[i].last = ret->gaps[i].first + dice_below(dice, UINT64_C(1) << 50);
        ret->gaps[i].since_us = INT64_C(1777593600000000) + (int64_t)dice_below(dice, 1U << 30);
        at = ret->gaps[i].last + 2;
    }
    ret->next_sequence = at;
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    static struct key key;
    static struct key back;
    struct dice dice;
    dice_init(&dice, 13);
    for (int round = 0; round < 100; round++) {
        uint8_t data[CHAIN_RECORD_MAX + 1];
        uint8_t again[CHAIN_RECORD_MAX];
        throw_key(&dice, &key);
        size_t len = key_write(&key, data, CHAIN_RECORD_MAX);
        assert_true(len > 0);
        memset(&back, 0, sizeof back);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(key_parse(span_of(data, cap), &back));
            assert_int_equal(key_write(&key, again, cap), 0);
        }
        data[len] = 0;
        assert_false(key_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.next_sequence, 0);
        assert_true(key_parse(span_of(data, len), &back));
        assert_memory_equal(&key, &back, sizeof key);
    }
}

static void test_a_fresh_key_is_short(void **state)
{
    (void)state;
    static struct key key;
    static const uint8_t public_key[PUBLIC_KEY_SIZE] = {9};
    uint8_t data[CHAIN_RECORD_MAX];
    chain_init(&key, public_key);
    assert_true(key_write(&key, data, sizeof data) <= 80);
}

static void test_the_longest_key_fits_its_bound(void **state)
{
    (void)state;
    static struct key key;
    uint8_t data[CHAIN_RECORD_MAX];
    memset(&key, 0xFF, sizeof key);
    key.is_enrolled = key.is_revoked = key.is_spent = true;
    key.gap_count = CHAIN_GAPS_MAX;
    for (uint64_t i = 0; i < CHAIN_GAPS_MAX; i++) {
        /* As far apart and as wide as sequences below 2^63 allow, in recording order. */
        key.gaps[i].first = (UINT64_C(1) << 57) * i + 1;
        key.gaps[i].last = key.gaps[i].first + (UINT64_C(1) << 56);
        key.gaps[i].since_us = INT64_C(4000000000000000) * (int64_t)(i + 1);
    }
    assert_true(key_write(&key, data, sizeof data) > 0);
}

static void test_gaps_that_do_not_rise_are_damage(void **state)
{
    (void)state;
    static struct key key;
    static struct key back;
    static const uint8_t public_key[PUBLIC_KEY_SIZE] = {9};
    uint8_t data[CHAIN_RECORD_MAX];
    chain_init(&key, public_key);
    key.next_sequence = 20;
    key.gap_count = 1;
    key.gaps[0] = (struct chain_gap){3, 5, 7};
    assert_true(key_parse(span_of(data, key_write(&key, data, sizeof data)), &back));
    key.gaps[0] = (struct chain_gap){0, 5, 7};
    assert_false(key_parse(span_of(data, key_write(&key, data, sizeof data)), &back));
    key.gaps[0] = (struct chain_gap){3, 20, 7};
    assert_false(key_parse(span_of(data, key_write(&key, data, sizeof data)), &back));
    key.gaps[0] = (struct chain_gap){3, 2, 7};
    assert_false(key_parse(span_of(data, key_write(&key, data, sizeof data)), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
        cmocka_unit_test(test_a_fresh_key_is_short),
        cmocka_unit_test(test_the_longest_key_fits_its_bound),
        cmocka_unit_test(test_gaps_that_do_not_rise_are_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
