/* test_approval.c: shows what an approval covers, how its mass is drawn, reserved and given back, and that its record survives. */
#include <string.h>

#include "daemon/domain/approval.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum { HOSPITAL = 3, PLANT = 4 };

static struct approval approved(void)
{
    return (struct approval){.generator = HOSPITAL,
                             .receiver = PLANT,
                             .ends = APPROVAL_BOTH,
                             .from_us = 100,
                             .until_us = 200,
                             .mass_g = 1000,
                             .pattern_count = 1,
                             .patterns = {"HW01"}};
}

static void test_one_end_alone_puts_nothing_in_force(void **state)
{
    (void)state;
    struct approval approval = approved();
    assert_false(approval_is_in_force(&approval, 99));
    assert_true(approval_is_in_force(&approval, 100));
    assert_true(approval_is_in_force(&approval, 199));
    assert_false(approval_is_in_force(&approval, 200));
    approval.ends = APPROVAL_ORIGIN;
    assert_false(approval_is_in_force(&approval, 100));
    approval.ends = APPROVAL_DESTINATION;
    assert_false(approval_is_in_force(&approval, 100));
}

/* Transfer Measures article 28: another code, method or receiver needs another approval. */
static void test_another_code_method_or_party_is_not_covered(void **state)
{
    (void)state;
    struct approval approval = approved();
    struct span none = {0}, code = span_text("841-001-01");
    assert_true(approval_covers(&approval, HOSPITAL, PLANT, code, none));
    assert_true(approval_covers(&approval, HOSPITAL, PLANT, code, span_text("Y10")));
    assert_false(approval_covers(&approval, HOSPITAL, HOSPITAL, code, none));
    assert_false(approval_covers(&approval, PLANT, PLANT, code, none));
    assert_false(approval_covers(&approval, HOSPITAL, PLANT, span_text("900-041-49"), none));
    memcpy(approval.method, "Y10", 4);
    assert_true(approval_covers(&approval, HOSPITAL, PLANT, code, span_text("Y10")));
    assert_false(approval_covers(&approval, HOSPITAL, PLANT, code, span_text("Y11")));
    assert_true(approval_covers(&approval, HOSPITAL, PLANT, code, none));
}

static void test_mass_is_drawn_and_comes_back(void **state)
{
    (void)state;
    struct approval approval = approved();
    assert_int_equal(approval_left_g(&approval, 100), 1000);
    approval_draw(&approval, 0, 400);
    assert_int_equal(approval_left_g(&approval, 100), 600);
    approval_give_back(&approval, 0, 100);
    assert_int_equal(approval_left_g(&approval, 100), 700);
    approval_give_back(&approval, 0, 100000);
    assert_int_equal(approval_left_g(&approval, 100), 1000);
    approval_draw(&approval, 0, UINT64_MAX);
    approval_draw(&approval, 0, UINT64_MAX);
    assert_int_equal(approval_left_g(&approval, 100), 0);
    approval.is_whitelist = true;
    assert_true(approval_left_g(&approval, 100) == UINT64_MAX);
}

/* A block holds its ceiling while it lives, and what was drawn from it when it has lapsed or was closed. */
static void test_a_block_reserves_and_the_rest_returns(void **state)
{
    (void)state;
    struct approval approval = approved();
    approval_reserve(&approval,
                     &(struct approval_reservation){.block = 9, .until_us = 150, .ceiling_g = 600},
                     100);
    assert_int_equal(approval_left_g(&approval, 149), 400);
    approval_draw(&approval, 9, 200);
    assert_int_equal(approval_left_g(&approval, 149), 400);
    assert_int_equal(approval_left_g(&approval, 150), 800);
    approval_give_back(&approval, 9, 50);
    assert_int_equal(approval_left_g(&approval, 150), 850);
    approval_reserve(&approval,
                     &(struct approval_reservation){.block = 10, .until_us = 190, .ceiling_g = 100},
                     160);
    assert_int_equal(approval.reservation_count, 1);
    assert_int_equal(approval_left_g(&approval, 160), 750);
    /* What arrives late of a block that was put together with the rest still counts. */
    approval_draw(&approval, 9, 30);
    assert_int_equal(approval_left_g(&approval, 160), 720);
    approval_draw(&approval, 10, 40);
    approval_release(&approval, 10);
    assert_int_equal(approval.reservation_count, 0);
    assert_int_equal(approval_left_g(&approval, 160), 780);
    approval_release(&approval, 77);
    assert_int_equal(approval_left_g(&approval, 160), 780);
}

static void test_there_is_room_for_so_many_live_blocks(void **state)
{
    (void)state;
    struct approval approval = approved();
    for (uint32_t i = 0; i < APPROVAL_RESERVATIONS_MAX; i++) {
        assert_true(approval_has_room(&approval, 100));
        approval_reserve(
            &approval,
            &(struct approval_reservation){.block = i + 1, .until_us = 150, .ceiling_g = 1}, 100);
    }
    assert_false(approval_has_room(&approval, 149));
    assert_true(approval_has_room(&approval, 150));
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 31);
    for (int round = 0; round < 100; round++) {
        struct approval approval = {
            .entry = dice_throw(&dice),
            .generator = (uint32_t)dice_throw(&dice),
            .receiver = (uint32_t)dice_throw(&dice),
            .origin = (uint32_t)dice_throw(&dice),
            .destination = (uint32_t)dice_throw(&dice),
            .ends = (uint8_t)dice_below(&dice, 4),
            .is_whitelist = dice_chance(&dice, 50),
            .asked_us = (int64_t)dice_throw(&dice),
            .from_us = dice_chance(&dice, 30) ? INT64_MAX : (int64_t)dice_throw(&dice),
            .until_us = (int64_t)dice_throw(&dice),
            .mass_g = dice_throw(&dice),
            .drawn_g = dice_throw(&dice),
            .pattern_count = round == 0 ? PERMIT_PATTERNS_MAX : (uint32_t)dice_below(&dice, 3),
            .reservation_count =
                round == 0 ? APPROVAL_RESERVATIONS_MAX : (uint32_t)dice_below(&dice, 3),
        };
        memcpy(approval.method, "Y10", dice_chance(&dice, 50) ? 4 : 0);
        for (uint32_t i = 0; i < approval.pattern_count; i++)
            memcpy(approval.patterns[i], "841-001-01", 11);
        for (uint32_t i = 0; i < approval.reservation_count; i++)
            approval.reservations[i] =
                (struct approval_reservation){.block = (uint32_t)dice_throw(&dice),
                                              .until_us = (int64_t)dice_throw(&dice),
                                              .ceiling_g = dice_throw(&dice),
                                              .drawn_g = dice_throw(&dice)};
        uint8_t data[APPROVAL_RECORD_MAX], again[APPROVAL_RECORD_MAX];
        struct approval back = {.entry = 5};
        size_t len = approval_write(&approval, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(approval_parse(span_of(data, cap), &back));
            assert_int_equal(approval_write(&approval, again, cap), 0);
        }
        data[len] = 0;
        assert_false(approval_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.entry, 5);
        assert_true(approval_parse(span_of(data, len), &back));
        assert_int_equal(approval_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        assert_true(back.generator == approval.generator && back.ends == approval.ends &&
                    back.from_us == approval.from_us && back.drawn_g == approval.drawn_g);
    }
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_end_alone_puts_nothing_in_force),
        TEST(test_another_code_method_or_party_is_not_covered),
        TEST(test_mass_is_drawn_and_comes_back),
        TEST(test_a_block_reserves_and_the_rest_returns),
        TEST(test_there_is_room_for_so_many_live_blocks),
        TEST(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
