/* test_retime.c: shows whose correction of a clock counts, for which statements, and that records come back as they were. */
#include "daemon/domain/retime.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum { CLAIMED = 1000, RECORDED = 5000, EFFECTIVE = 1000 };

static int64_t at(const struct retimes *retimes, uint64_t sequence)
{
    return retime_at(retimes, sequence, CLAIMED, RECORDED, EFFECTIVE);
}

static void test_only_a_signed_one_of_the_range_counts(void **state)
{
    (void)state;
    struct retimes retimes = {0};
    struct retime retime = {.sequence = 9, .entry = 70, .first = 3, .last = 5, .offset_us = 600};
    assert_true(retime_add(&retimes, &retime));
    assert_int_equal(at(&retimes, 4), EFFECTIVE);
    retime_find(&retimes, 70)->is_signed = true;
    assert_int_equal(at(&retimes, 2), EFFECTIVE);
    assert_int_equal(at(&retimes, 3), CLAIMED + 600);
    assert_int_equal(at(&retimes, 5), CLAIMED + 600);
    assert_int_equal(at(&retimes, 6), EFFECTIVE);
}

static void test_nothing_happened_after_it_was_recorded(void **state)
{
    (void)state;
    struct retimes retimes = {0};
    struct retime retime = {
        .sequence = 9, .entry = 70, .first = 1, .last = 9, .offset_us = 90000, .is_signed = true};
    retime_add(&retimes, &retime);
    assert_int_equal(at(&retimes, 4), RECORDED);
    retime_find(&retimes, 70)->offset_us = INT64_MAX;
    assert_int_equal(at(&retimes, 4), EFFECTIVE);
}

static void test_the_last_of_the_chain_counts_whichever_came_first(void **state)
{
    (void)state;
    static const struct retime all[] = {
        {.sequence = 9, .entry = 80, .first = 1, .last = 9, .offset_us = 100, .is_signed = true},
        {.sequence = 12, .entry = 70, .first = 4, .last = 4, .offset_us = 200, .is_signed = true},
    };
    for (int first = 0; first < 2; first++) {
        struct retimes retimes = {0};
        assert_true(retime_add(&retimes, &all[first]));
        assert_true(retime_add(&retimes, &all[1 - first]));
        assert_false(retime_add(&retimes, &all[first]));
        assert_int_equal(at(&retimes, 3), CLAIMED + 100);
        assert_int_equal(at(&retimes, 4), CLAIMED + 200);
    }
}

static void test_what_is_kept_does_not_hang_on_the_order(void **state)
{
    (void)state;
    struct dice dice;
    struct retime all[RETIME_MAX + 8];
    dice_init(&dice, dice_seed());
    for (uint32_t i = 0; i < RETIME_MAX + 8; i++)
        all[i] = (struct retime){.sequence = i + 1, .entry = 1000 - i, .first = 1, .last = 2};
    for (int round = 0; round < 50; round++) {
        struct retimes retimes = {0};
        dice_shuffle(&dice, all, RETIME_MAX + 8, sizeof all[0]);
        for (uint32_t i = 0; i < RETIME_MAX + 8; i++)
            retime_add(&retimes, &all[i]);
        assert_int_equal(retimes.count, RETIME_MAX);
        for (uint32_t i = 0; i < RETIME_MAX; i++)
            assert_int_equal(retimes.all[i].sequence, i + 1);
    }
}

static void test_a_record_comes_back_as_it_was_and_damage_is_told(void **state)
{
    (void)state;
    struct retimes retimes = {0}, back;
    uint8_t bytes[RETIME_RECORD_MAX + 1] = {0};
    for (uint32_t i = 0; i < RETIME_MAX; i++) {
        struct retime retime = {.sequence = UINT64_MAX - RETIME_MAX + i,
                                .entry = UINT64_MAX - i,
                                .first = UINT64_MAX,
                                .last = UINT64_MAX,
                                .offset_us = INT64_MIN,
                                .is_signed = i % 2 == 0};
        assert_true(retime_add(&retimes, &retime));
    }
    size_t len = retime_write(&retimes, bytes, RETIME_RECORD_MAX);
    assert_true(len > 0);
    assert_true(retime_parse(span_of(bytes, len), &back));
    assert_int_equal(back.count, RETIME_MAX);
    for (uint32_t i = 0; i < RETIME_MAX; i++) {
        const struct retime *a = &retimes.all[i], *b = &back.all[i];
        assert_true(a->sequence == b->sequence && a->entry == b->entry && a->first == b->first);
        assert_true(a->last == b->last && a->offset_us == b->offset_us);
        assert_int_equal(a->is_signed, b->is_signed);
    }
    for (size_t i = 0; i < len; i++)
        assert_false(retime_parse(span_of(bytes, i), &back));
    assert_false(retime_parse(span_of(bytes, len + 1), &back));
    bytes[0] = RETIME_MAX + 1;
    assert_false(retime_parse(span_of(bytes, len), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_a_signed_one_of_the_range_counts),
        cmocka_unit_test(test_nothing_happened_after_it_was_recorded),
        cmocka_unit_test(test_the_last_of_the_chain_counts_whichever_came_first),
        cmocka_unit_test(test_what_is_kept_does_not_hang_on_the_order),
        cmocka_unit_test(test_a_record_comes_back_as_it_was_and_damage_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
