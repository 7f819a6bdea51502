/* test_batch.c: shows that the record of a batch survives, and that damage is found. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/domain/trip.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

/* HJ 1259-2022 6.3 (RULES.md N19), by the profile's tolerance. */
static void test_more_out_than_in_is_a_finding_until_the_missing_feed_arrives(void **state)
{
    (void)state;
    static struct batch batch;
    static struct work_set set;
    memset(&batch, 0, sizeof batch);
    set.count = 0;
    batch.facility = 6;
    batch.sums.fed_g = 100000;
    batch.additives_g = 5000;
    batch.yielded_g = 110000;
    batch_work(&batch, 9, law_default(), &set);
    assert_int_equal(set.count, 0); /* no yield counts yet */
    struct fact yield = {.act = CUSTODY__V1__ACT__ACT_YIELD,
                         .effective_us = 70,
                         .key = 3,
                         .key_sequence = 4,
                         .entry = 5,
                         .mass_g = 110000};
    facts_add(&batch.facts, &yield);
    batch_work(&batch, 9, law_default(), &set);
    assert_int_equal(set.count, 0); /* within 5 % */
    batch.yielded_g = 110251;
    batch_work(&batch, 9, law_default(), &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_batch_exceeds_feed);
    assert_int_equal(set.rows[0].subject_kind, SUBJECT_BATCH);
    assert_int_equal(set.rows[0].mass_g, 5251);
    assert_int_equal(set.rows[0].due_us, 70);
    assert_int_equal(set.rows[0].entries[0], 5);
    batch.sums.fed_g += 5000;
    set.count = 0;
    batch_work(&batch, 9, law_default(), &set);
    assert_int_equal(set.count, 0);
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    static struct batch batch;
    static struct batch back;
    static uint8_t data[BATCH_RECORD_MAX + 1];
    static uint8_t again[BATCH_RECORD_MAX];
    struct dice dice;
    dice_init(&dice, 18);
    for (int round = 0; round < 60; round++) {
        memset(&batch, 0, sizeof batch);
        batch.facility = (uint32_t)dice_throw(&dice);
        batch.outputs = (uint32_t)dice_throw(&dice);
        batch.additives_g = dice_throw(&dice);
        batch.yielded_g = dice_throw(&dice);
        batch.finishes = (uint32_t)dice_below(&dice, 3);
        dice_fill(&dice, &batch.sums, sizeof batch.sums);
        uint64_t count = round == 0 ? FACTS_MAX : dice_below(&dice, 4);
        for (uint64_t i = 0; i < count; i++) {
            struct fact fact = {.effective_us = (int64_t)dice_throw(&dice),
                                .entry = i,
                                .party = (uint32_t)i,
                                .mass_g = dice_throw(&dice)};
            facts_add(&batch.facts, &fact);
        }
        size_t len = batch_write(&batch, data, BATCH_RECORD_MAX);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(batch_parse(span_of(data, cap), &back));
            assert_int_equal(batch_write(&batch, again, cap), 0);
        }
        data[len] = 0;
        assert_false(batch_parse(span_of(data, len + 1), &back));
        assert_true(batch_parse(span_of(data, len), &back));
        assert_int_equal(batch_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        assert_true(back.facility == batch.facility && back.outputs == batch.outputs &&
                    back.additives_g == batch.additives_g && back.yielded_g == batch.yielded_g &&
                    back.finishes == batch.finishes && back.facts.count == batch.facts.count);
        assert_memory_equal(&back.sums, &batch.sums, sizeof batch.sums);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_out_than_in_is_a_finding_until_the_missing_feed_arrives),
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
