/* test_fact.c: shows the order of facts, what counts, and that a fact survives its compact form. */
#include <stdio.h>
#include <string.h>

#include "daemon/domain/fact.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

/* Numbers of every length, often zero. */
static uint64_t number(struct dice *dice, unsigned bits)
{
    if (dice_chance(dice, 40)) {
        return 0;
    }
    uint64_t most = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    return (dice_throw(dice) >> dice_below(dice, 64)) & most;
}

static void throw_fact(struct dice *dice, struct fact *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->effective_us = (int64_t)number(dice, 64);
    ret->claimed_us = dice_chance(dice, 70) ? ret->effective_us : (int64_t)number(dice, 64);
    ret->recorded_us = (int64_t)number(dice, 64);
    ret->key_prefix = dice_throw(dice);
    ret->key = (uint32_t)number(dice, 32);
    ret->key_sequence = number(dice, 64);
    ret->item = (uint16_t)number(dice, 16);
    ret->entry = number(dice, 64);
    ret->act = (uint8_t)number(dice, 8);
    ret->bits = (uint16_t)number(dice, 16);
    ret->party = (uint32_t)number(dice, 32);
    ret->kinds = (party_bits)number(dice, 16);
    ret->verdict = (uint8_t)number(dice, 8);
    ret->reason = (uint8_t)number(dice, 8);
    ret->mass_source = (uint8_t)number(dice, 8);
    ret->mass_g = dice_chance(dice, 30) ? FACT_NO_MASS : number(dice, 64);
    ret->code = (uint32_t)number(dice, 32);
    ret->manifest = (uint32_t)number(dice, 32);
    ret->trip = (uint32_t)number(dice, 32);
    ret->batch = (uint32_t)number(dice, 32);
    ret->box = (uint32_t)number(dice, 32);
    ret->place = (uint32_t)number(dice, 32);
    ret->receiver = (uint32_t)number(dice, 32);
    ret->package = (uint8_t)number(dice, 8);
    ret->ward = (uint32_t)number(dice, 32);
    ret->temperature_mk = (uint32_t)number(dice, 32);
    ret->generated_before_us = number(dice, 64);
    ret->target_key = (uint32_t)number(dice, 32);
    ret->target_sequence = number(dice, 64);
    ret->countersigner_count = (uint32_t)dice_below(dice, FACT_COUNTERSIGNERS_MAX + 1);
    for (uint32_t i = 0; i < ret->countersigner_count; i++) {
        ret->countersigners[i] = (uint32_t)number(dice, 32);
    }
}

static size_t write_one(const struct fact *fact, uint8_t ret[static FACT_BYTES_MAX])
{
    struct bytes_writer writer;
    bytes_writer_init(&writer, ret, FACT_BYTES_MAX);
    fact_write(fact, &writer);
    assert_false(writer.failed);
    return writer.len;
}

static bool read_one(const void *data, size_t len, struct fact *ret)
{
    struct bytes_reader reader;
    bytes_reader_init(&reader, span_of(data, len));
    return fact_read(&reader, ret) && bytes_reader_is_done(&reader);
}

static void test_any_fact_comes_back_as_it_was(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 3);
    for (int i = 0; i < 20000; i++) {
        struct fact fact;
        struct fact back;
        uint8_t data[FACT_BYTES_MAX];
        throw_fact(&dice, &fact);
        memset(&back, 0, sizeof back);
        size_t len = write_one(&fact, data);
        assert_true(read_one(data, len, &back));
        uint8_t again[FACT_BYTES_MAX];
        assert_int_equal(write_one(&back, again), len);
        assert_memory_equal(data, again, len);
        assert_int_equal(fact_compare(&fact, &back), 0);
        assert_true(
            fact.claimed_us == back.claimed_us && fact.recorded_us == back.recorded_us &&
            fact.bits == back.bits && fact.party == back.party && fact.kinds == back.kinds &&
            fact.reason == back.reason && fact.mass_source == back.mass_source &&
            fact.code == back.code && fact.place == back.place && fact.receiver == back.receiver &&
            fact.target_key == back.target_key && fact.target_sequence == back.target_sequence &&
            fact.generated_before_us == back.generated_before_us && fact.package == back.package &&
            fact.ward == back.ward && fact.temperature_mk == back.temperature_mk &&
            fact.countersigner_count == back.countersigner_count);
        assert_memory_equal(fact.countersigners, back.countersigners, sizeof fact.countersigners);
    }
}

static void test_the_largest_fact_fits_its_bound(void **state)
{
    (void)state;
    struct fact fact;
    uint8_t data[FACT_BYTES_MAX];
    memset(&fact, 0xFF, sizeof fact);
    fact.effective_us = INT64_MIN;
    fact.claimed_us = INT64_MAX;
    fact.recorded_us = -1;
    fact.mass_g = FACT_NO_MASS - 1;
    fact.countersigner_count = FACT_COUNTERSIGNERS_MAX;
    assert_true(write_one(&fact, data) <= FACT_BYTES_MAX);
    struct fact back;
    assert_true(read_one(data, write_one(&fact, data), &back));
}

static void test_an_ordinary_fact_is_short(void **state)
{
    (void)state;
    uint8_t data[FACT_BYTES_MAX];
    struct fact pack = {
        .effective_us = INT64_C(1777593600000000),
        .claimed_us = INT64_C(1777593600000000),
        .recorded_us = INT64_C(1777593642000000),
        .key_prefix = UINT64_C(0x0123456789ABCDEF),
        .key = 4000,
        .key_sequence = 1200,
        .item = 3,
        .entry = 3000000,
        .act = 65,
        .bits = FACT_MEDICAL,
        .party = 900,
        .kinds = 2,
        .mass_source = 1,
        .mass_g = 2350,
        .code = 5,
        .place = 700,
    };
    size_t len = write_one(&pack, data);
    print_message("a pack has %zu bytes\n", len);
    assert_true(len <= 45);
}

static void test_every_truncation_fails(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 4);
    for (int i = 0; i < 300; i++) {
        struct fact fact;
        struct fact back = {.entry = 77};
        uint8_t data[FACT_BYTES_MAX];
        throw_fact(&dice, &fact);
        size_t len = write_one(&fact, data);
        for (size_t short_len = 0; short_len < len; short_len++) {
            /* A copy of its own length, so that a sanitizer sees a read past its end. */
            uint8_t *copy = test_malloc(short_len + 1);
            memcpy(copy + 1, data, short_len);
            assert_false(read_one(copy + 1, short_len, &back));
            test_free(copy);
        }
        assert_int_equal(back.entry, 77);
    }
}

static void test_what_can_be_read_has_one_form(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 5);
    for (int i = 0; i < 20000; i++) {
        struct fact fact;
        struct fact back;
        uint8_t data[FACT_BYTES_MAX];
        uint8_t again[FACT_BYTES_MAX];
        throw_fact(&dice, &fact);
        size_t len = write_one(&fact, data);
        data[dice_below(&dice, len)] ^= (uint8_t)(1U << dice_below(&dice, 8));
        if (read_one(data, len, &back)) {
            assert_int_equal(write_one(&back, again), len);
            assert_memory_equal(data, again, len);
        }
    }
}

static void test_facts_are_ordered_by_time_then_key_then_sequence_then_item(void **state)
{
    (void)state;
    const struct fact low = {.effective_us = 5, .key_prefix = 5, .key_sequence = 5, .item = 5};
    struct fact high = low;
    assert_int_equal(fact_compare(&low, &high), 0);
    high.item = 6;
    assert_true(fact_compare(&low, &high) < 0 && fact_compare(&high, &low) > 0);
    high = low;
    high.key_sequence = 6;
    high.item = 0;
    assert_true(fact_compare(&low, &high) < 0);
    high.key_prefix = 6;
    high.key_sequence = 0;
    assert_true(fact_compare(&low, &high) < 0);
    high.effective_us = 6;
    high.key_prefix = 0;
    assert_true(fact_compare(&low, &high) < 0);
    high.effective_us = -1;
    assert_true(fact_compare(&low, &high) > 0);
    /* The top bit of a key is not a sign. */
    high = low;
    high.key_prefix = UINT64_MAX;
    assert_true(fact_compare(&low, &high) < 0);
}

static void test_arrival_does_not_order_what_differs(void **state)
{
    (void)state;
    struct fact first = {.effective_us = 5, .mass_g = 2, .entry = 10, .recorded_us = 100};
    struct fact second = {.effective_us = 5, .mass_g = 1, .entry = 11, .recorded_us = 200};
    assert_true(fact_compare(&first, &second) > 0);
    uint64_t entry = first.entry;
    first.entry = second.entry;
    second.entry = entry;
    assert_true(fact_compare(&first, &second) > 0);
}

static void test_two_statements_in_one_slot_are_two_facts(void **state)
{
    (void)state;
    struct fact a = {.key = 1, .key_sequence = 2, .item = 3, .entry = 4};
    struct fact b = a;
    assert_true(fact_is_same(&a, &b));
    b.bits = FACT_CONFIRMED;
    b.effective_us = 9;
    assert_true(fact_is_same(&a, &b));
    b.entry = 5;
    assert_false(fact_is_same(&a, &b));
}

static void test_a_party_countersigns_once_and_there_is_a_bound(void **state)
{
    (void)state;
    struct fact fact = {0};
    assert_false(fact_countersign(&fact, 0));
    assert_true(fact_countersign(&fact, 7));
    assert_false(fact_countersign(&fact, 7));
    assert_true(fact_is_countersigned_by(&fact, 7));
    assert_false(fact_is_countersigned_by(&fact, 8));
    assert_false(fact_is_countersigned_by(&fact, 0));
    assert_true(fact_countersign(&fact, 8));
    assert_true(fact_countersign(&fact, 9));
    assert_true(fact_countersign(&fact, 10));
    assert_false(fact_countersign(&fact, 11));
    assert_int_equal(fact.countersigner_count, FACT_COUNTERSIGNERS_MAX);
}

static void test_a_held_fact_counts_once_confirmed(void **state)
{
    (void)state;
    struct fact fact = {0};
    assert_true(fact_counts(&fact));
    fact.bits = FACT_HELD;
    assert_false(fact_counts(&fact));
    fact.bits = FACT_HELD | FACT_CONFIRMED;
    assert_true(fact_counts(&fact));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_fact_comes_back_as_it_was),
        cmocka_unit_test(test_the_largest_fact_fits_its_bound),
        cmocka_unit_test(test_an_ordinary_fact_is_short),
        cmocka_unit_test(test_every_truncation_fails),
        cmocka_unit_test(test_what_can_be_read_has_one_form),
        cmocka_unit_test(test_facts_are_ordered_by_time_then_key_then_sequence_then_item),
        cmocka_unit_test(test_arrival_does_not_order_what_differs),
        cmocka_unit_test(test_two_statements_in_one_slot_are_two_facts),
        cmocka_unit_test(test_a_party_countersigns_once_and_there_is_a_bound),
        cmocka_unit_test(test_a_held_fact_counts_once_confirmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
