/* test_block.c: shows how numbers of a block are counted, what the block allows, and that its record survives. */
#include <stdio.h>
#include <string.h>

#include "proto/rule.h"
#include "daemon/domain/block.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct block block_of(const char *first, uint32_t count)
{
    struct block block = {.count = count, .from_us = 100, .until_us = 200};
    snprintf(block.first, sizeof block.first, "%s", first);
    return block;
}

static int32_t index_of(const struct block *block, const char *number)
{
    return block_index(block, span_text(number));
}

static void test_a_local_number_is_visibly_not_national(void **state)
{
    (void)state;
    char number[MANIFEST_NUMBER_MAX + 1];
    block_local_number(number, 2026, 540421, 17);
    assert_string_equal(number, "L20265404000017");
    block_local_number(number, 2026, 542500, 999999);
    assert_string_equal(number, "L20265425999999");
}

static void test_numbers_count_up_from_the_first(void **state)
{
    (void)state;
    struct block block = block_of("L20265404000998", 5);
    static const char *const numbers[] = {"L20265404000998", "L20265404000999", "L20265404001000",
                                          "L20265404001001", "L20265404001002"};
    for (uint32_t i = 0; i < 5; i++) {
        char number[MANIFEST_NUMBER_MAX + 1];
        block_number(&block, i, number);
        assert_string_equal(number, numbers[i]);
        assert_int_equal(index_of(&block, number), i);
    }
    assert_int_equal(index_of(&block, "L20265404001003"), -1);
    assert_int_equal(index_of(&block, "L20265404000997"), -1);
}

static void test_every_number_of_a_block_has_its_place(void **state)
{
    (void)state;
    static const char *const firsts[] = {"20265404000001", "20265404999500", "L20265404000000",
                                         "000000000000000000000000", "999999999999999999998000"};
    for (size_t f = 0; f < sizeof firsts / sizeof firsts[0]; f++) {
        struct block block = block_of(firsts[f], BLOCK_NUMBERS_MAX);
        for (uint32_t i = 0; i < BLOCK_NUMBERS_MAX; i++) {
            char number[MANIFEST_NUMBER_MAX + 1];
            block_number(&block, i, number);
            assert_int_equal(strlen(number), strlen(firsts[f]));
            assert_int_equal(index_of(&block, number), i);
        }
    }
}

static void test_other_texts_are_not_of_the_block(void **state)
{
    (void)state;
    struct block block = block_of("20265404000010", 1000);
    static const char *const wrong[] = {"",
                                        "L20265404000010",
                                        "2026540400001",
                                        "202654040000100",
                                        "2026540400001x",
                                        "x0265404000010",
                                        "20265404000009",
                                        "20265404001010",
                                        "99999999999999",
                                        "00000000000000",
                                        "20255404000010",
                                        "20265405000010"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(index_of(&block, wrong[i]), -1);
    }
    block = block_of("L20265404000010", 1000);
    assert_int_equal(index_of(&block, "20265404000010"), -1);
    assert_int_equal(index_of(&block, "M20265404000010"), -1);
    block = block_of("", 1000);
    assert_int_equal(index_of(&block, ""), -1);
}

static void test_a_block_lives_until_it_lapses_or_is_closed(void **state)
{
    (void)state;
    struct block block = block_of("20265404000010", 1);
    assert_false(block_is_live(&block, 99));
    assert_true(block_is_live(&block, 100));
    assert_true(block_is_live(&block, 199));
    assert_false(block_is_live(&block, 200));
    block.is_closed = true;
    block.closed_us = 150;
    assert_true(block_is_live(&block, 149));
    assert_false(block_is_live(&block, 150));
}

static const struct work *owed(const struct block *block)
{
    static struct work_set work;
    memset(&work, 0, sizeof work);
    block_work(block, 44, 540402, profile_general(), &work);
    return work.count == 0 ? NULL : &work.rows[0];
}

/* House rule numbers_unused (RULES.md N01). */
static void test_a_block_is_used_or_closed_before_it_lapses(void **state)
{
    (void)state;
    struct block block = block_of("20265404000010", 2);
    block.party = 7;
    block.key = 3;
    block.key_sequence = 4;
    block.entry = 99;
    assert_int_equal(block_used(&block), 0);
    const struct work *row = owed(&block);
    assert_non_null(row);
    assert_int_equal(row->kind, WORK_OBLIGATION);
    assert_int_equal(row->rule, RULE_numbers_unused);
    assert_int_equal(row->subject_kind, SUBJECT_BLOCK);
    assert_true(row->due_us == 200 && row->notice_us == 200 - profile_general()->block_notice_us);
    assert_int_equal(row->party, 7);
    assert_int_equal(row->anchor_sequence, 4);
    assert_int_equal(row->entries[0], 99);
    /* Closed in time, it is over; closed after it lapsed, its unused numbers are found. */
    block.is_closed = true;
    block.closed_us = 200;
    assert_null(owed(&block));
    block.closed_us = 201;
    assert_int_equal(owed(&block)->kind, WORK_FINDING);
    block.drawn[0] = 3;
    assert_int_equal(block_used(&block), 2);
    assert_null(owed(&block));
    block.drawn[0] = 1;
    block.is_closed = false;
    block.until_us = INT64_MAX;
    assert_null(owed(&block));
}

static void test_a_block_allows_its_receivers_codes_and_mass(void **state)
{
    (void)state;
    struct block block = block_of("20265404000010", 1);
    struct span code = span_text("841-001-01");
    /* Nothing set, nothing limited, but what is no code is never allowed. */
    assert_true(block_allows(&block, 7, code, UINT64_MAX));
    assert_false(block_allows(&block, 7, span_text("841"), 1));
    block.receiver_count = 1;
    block.receivers[0] = 7;
    assert_true(block_allows(&block, 7, code, 1));
    assert_false(block_allows(&block, 8, code, 1));
    block.pattern_count = 1;
    memcpy(block.patterns[0], "HW01", 5);
    assert_true(block_allows(&block, 7, code, 1));
    assert_false(block_allows(&block, 7, span_text("900-041-49"), 1));
    block.mass_ceiling_g = 1000;
    block.drawn_g = 400;
    assert_true(block_allows(&block, 7, code, 600));
    assert_false(block_allows(&block, 7, code, 601));
    assert_false(block_allows(&block, 7, code, UINT64_MAX));
    block.drawn_g = 1001;
    assert_false(block_allows(&block, 7, code, 0));
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    static struct block block;
    static struct block back;
    static uint8_t data[BLOCK_RECORD_MAX + 1];
    static uint8_t again[BLOCK_RECORD_MAX];
    struct dice dice;
    dice_init(&dice, 14);
    for (int round = 0; round < 60; round++) {
        bool is_full = round == 0;
        memset(&block, 0, sizeof block);
        memcpy(block.first, "L20265404000001", 16);
        block.entry = dice_throw(&dice);
        block.party = (uint32_t)dice_throw(&dice);
        block.count = is_full ? BLOCK_NUMBERS_MAX : (uint32_t)dice_below(&dice, 50);
        block.from_us = (int64_t)dice_throw(&dice);
        block.until_us = (int64_t)dice_throw(&dice);
        block.is_closed = dice_chance(&dice, 50);
        block.closed_us = block.is_closed ? (int64_t)dice_throw(&dice) : 0;
        block.approval = (uint32_t)dice_throw(&dice);
        block.key = (uint32_t)dice_throw(&dice);
        block.key_sequence = dice_throw(&dice);
        block.mass_ceiling_g = dice_throw(&dice);
        block.drawn_g = dice_throw(&dice);
        block.receiver_count = is_full ? BLOCK_RECEIVERS_MAX : (uint32_t)dice_below(&dice, 4);
        for (uint32_t i = 0; i < block.receiver_count; i++) {
            block.receivers[i] = (uint32_t)dice_throw(&dice);
        }
        block.pattern_count = is_full ? PERMIT_PATTERNS_MAX : (uint32_t)dice_below(&dice, 4);
        for (uint32_t i = 0; i < block.pattern_count; i++) {
            memcpy(block.patterns[i], "841-001-01", 11);
        }
        dice_fill(&dice, block.drawn, (block.count + 7) / 8);
        size_t len = block_write(&block, data, BLOCK_RECORD_MAX);
        assert_true(len > 0);
        memset(&back, 0, sizeof back);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(block_parse(span_of(data, cap), &back));
            assert_int_equal(block_write(&block, again, cap), 0);
        }
        data[len] = 0;
        assert_false(block_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.entry, 0);
        assert_true(block_parse(span_of(data, len), &back));
        assert_memory_equal(&block, &back, sizeof block);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_local_number_is_visibly_not_national),
        cmocka_unit_test(test_numbers_count_up_from_the_first),
        cmocka_unit_test(test_every_number_of_a_block_has_its_place),
        cmocka_unit_test(test_other_texts_are_not_of_the_block),
        cmocka_unit_test(test_a_block_lives_until_it_lapses_or_is_closed),
        cmocka_unit_test(test_a_block_is_used_or_closed_before_it_lapses),
        cmocka_unit_test(test_a_block_allows_its_receivers_codes_and_mass),
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
