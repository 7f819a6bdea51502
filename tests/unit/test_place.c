/* test_place.c: shows that the record of a place survives, and that damage is found. */
#include <string.h>

#include "daemon/domain/party.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 10);
    for (int round = 0; round < 1000; round++) {
        struct place place = {
            .entry = dice_throw(&dice),
            .party = (uint32_t)dice_throw(&dice),
            .kind = (uint8_t)dice_throw(&dice),
            .temperature = (uint8_t)dice_throw(&dice),
            .is_remote = dice_chance(&dice, 50),
            .division = (uint32_t)dice_throw(&dice),
            .capacity_g = dice_throw(&dice),
            .from_us = (int64_t)dice_throw(&dice),
        };
        if (dice_chance(&dice, 50)) {
            dice_fill(&dice, &place.name, sizeof place.name);
        }
        uint8_t data[PARTY_RECORD_MAX];
        uint8_t again[PARTY_RECORD_MAX];
        struct place back = {.entry = 5};
        size_t len = place_write(&place, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(place_parse(span_of(data, cap), &back));
            assert_int_equal(place_write(&place, again, cap), 0);
        }
        data[len] = 0;
        assert_false(place_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.entry, 5);
        assert_true(place_parse(span_of(data, len), &back));
        assert_true(back.entry == place.entry && back.party == place.party &&
                    back.kind == place.kind && back.temperature == place.temperature &&
                    back.is_remote == place.is_remote && back.division == place.division &&
                    back.capacity_g == place.capacity_g && back.from_us == place.from_us);
        assert_memory_equal(&back.name, &place.name, sizeof place.name);
    }
}

static void test_an_unknown_flag_is_damage(void **state)
{
    (void)state;
    struct place place = {.entry = 1, .party = 2};
    struct place back;
    uint8_t data[PARTY_RECORD_MAX];
    size_t len = place_write(&place, data, sizeof data);
    data[0] |= 0x40;
    assert_false(place_parse(span_of(data, len), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
        cmocka_unit_test(test_an_unknown_flag_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
