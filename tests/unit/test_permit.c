/* test_permit.c: shows what a permit covers and when, and that its record survives. */
#include <stdio.h>
#include <string.h>

#include "daemon/domain/party.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

enum { COLLECT = 1 << 1, TRANSPORT = 1 << 2, TREAT = 1 << 4 };

static struct permit permit_for(const char *pattern)
{
    struct permit permit = {
        .activities = TREAT, .from_us = 100, .until_us = 200, .pattern_count = 1};
    snprintf(permit.patterns[0], sizeof permit.patterns[0], "%s", pattern);
    return permit;
}

static bool
covers(const struct permit *permit, party_bits activity, const char *code, int64_t at_us)
{
    return permit_covers(permit, activity, span_text(code), at_us);
}

static void test_a_permit_covers_its_codes_while_it_lasts(void **state)
{
    (void)state;
    struct permit permit = permit_for("841-*");
    assert_true(covers(&permit, TREAT, "841-001-01", 100));
    assert_true(covers(&permit, TREAT, "841-005-01", 199));
    assert_false(covers(&permit, TREAT, "841-001-01", 99));
    assert_false(covers(&permit, TREAT, "841-001-01", 200));
    assert_false(covers(&permit, TREAT, "900-041-49", 150));
}

static void test_any_of_the_activities_asked_for_is_enough(void **state)
{
    (void)state;
    struct permit permit = permit_for("HW01");
    assert_false(covers(&permit, COLLECT, "841-001-01", 150));
    assert_true(covers(&permit, COLLECT | TREAT, "841-001-01", 150));
    assert_false(covers(&permit, 0, "841-001-01", 150));
    permit.activities = COLLECT | TRANSPORT;
    assert_true(covers(&permit, COLLECT | TREAT, "841-001-01", 150));
}

static void test_a_pattern_is_covered_as_a_whole_or_not(void **state)
{
    (void)state;
    struct permit permit = permit_for("841-*");
    assert_true(covers(&permit, TREAT, "841-00*", 150));
    assert_false(covers(&permit, TREAT, "HW01", 150));
    assert_false(covers(&permit, TREAT, "84*", 150));
}

static void test_a_permit_without_patterns_covers_nothing(void **state)
{
    (void)state;
    struct permit permit = permit_for("841-*");
    permit.pattern_count = 0;
    assert_false(covers(&permit, TREAT, "841-001-01", 150));
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    static const char *const patterns[] = {"841-001-01", "HW08", "9*", "900-04*"};
    static struct permit permit;
    static struct permit back;
    struct dice dice;
    dice_init(&dice, 12);
    for (int round = 0; round < 100; round++) {
        permit = (struct permit){
            .entry = dice_throw(&dice),
            .party = (uint32_t)dice_throw(&dice),
            .activities = (party_bits)dice_throw(&dice),
            .from_us = (int64_t)dice_throw(&dice),
            .until_us = (int64_t)dice_throw(&dice),
            .mass_hourly_g = dice_throw(&dice),
            .mass_daily_g = dice_throw(&dice),
            .mass_yearly_g = dice_throw(&dice),
            .storage_limit_g = dice_throw(&dice),
            .pattern_count = round == 0 ? PERMIT_PATTERNS_MAX : (uint32_t)dice_below(&dice, 4),
        };
        for (uint32_t i = 0; i < permit.pattern_count; i++) {
            snprintf(permit.patterns[i], sizeof permit.patterns[i], "%s",
                     patterns[round == 0 ? 0 : i]);
        }
        snprintf(permit.number, sizeof permit.number, "%s", round % 2 == 0 ? "P-1" : "");
        snprintf(permit.order, sizeof permit.order, "%s", round % 3 == 0 ? "order" : "");
        permit.planned_year = (int32_t)dice_throw(&dice);
        permit.planned_g = dice_throw(&dice);
        permit.method_count = round == 0 ? PERMIT_METHODS_MAX : (uint32_t)dice_below(&dice, 3);
        for (uint32_t i = 0; i < permit.method_count; i++) {
            permit.methods[i][0] = (char)('A' + i);
        }
        struct suspension suspension = {.from_us = 5, .until_us = 6, .entry = 7};
        suspension_add(&permit.suspensions, &suspension);
        uint8_t data[PARTY_RECORD_MAX];
        uint8_t again[PARTY_RECORD_MAX];
        back.entry = 5;
        size_t len = permit_write(&permit, data, sizeof data - 1);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(permit_parse(span_of(data, cap), &back));
            assert_int_equal(permit_write(&permit, again, cap), 0);
        }
        data[len] = 0;
        assert_false(permit_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.entry, 5);
        assert_true(permit_parse(span_of(data, len), &back));
        assert_int_equal(permit_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        assert_memory_equal(permit.patterns, back.patterns, sizeof permit.patterns);
        assert_string_equal(back.number, permit.number);
        assert_string_equal(back.order, permit.order);
        assert_memory_equal(permit.methods, back.methods, sizeof permit.methods);
        assert_true(back.activities == permit.activities && back.from_us == permit.from_us &&
                    back.until_us == permit.until_us && back.party == permit.party &&
                    back.mass_hourly_g == permit.mass_hourly_g &&
                    back.mass_daily_g == permit.mass_daily_g &&
                    back.mass_yearly_g == permit.mass_yearly_g &&
                    back.storage_limit_g == permit.storage_limit_g);
    }
}

static void test_a_record_with_a_pattern_that_is_none_is_damage(void **state)
{
    (void)state;
    struct permit permit = permit_for("HW01");
    static struct permit back;
    uint8_t data[PARTY_RECORD_MAX];
    size_t len = permit_write(&permit, data, sizeof data);
    assert_true(permit_parse(span_of(data, len), &back));
    data[len - 1] = 'x';
    assert_false(permit_parse(span_of(data, len), &back));
}

static void test_a_suspended_permit_covers_nothing(void **state)
{
    (void)state;
    struct permit permit = permit_for("HW01");
    struct suspension suspension = {.from_us = permit.from_us + 10,
                                    .until_us = permit.from_us + 20};
    assert_true(suspension_add(&permit.suspensions, &suspension));
    assert_true(covers(&permit, TREAT, "841-001-01", permit.from_us + 9));
    assert_false(covers(&permit, TREAT, "841-001-01", permit.from_us + 10));
    assert_true(covers(&permit, TREAT, "841-001-01", permit.from_us + 20));
}

static void test_methods_are_any_unless_some_are_named(void **state)
{
    (void)state;
    struct permit permit = permit_for("HW01");
    assert_true(permit_allows_method(&permit, span_text("Y10")));
    permit.method_count = 1;
    snprintf(permit.methods[0], sizeof permit.methods[0], "Y11");
    assert_false(permit_allows_method(&permit, span_text("Y10")));
    assert_true(permit_allows_method(&permit, span_text("Y11")));
    assert_true(permit_allows_method(&permit, span_text("")));
}

static void test_what_is_planned_counts_for_its_civil_year(void **state)
{
    (void)state;
    struct permit permit = permit_for("HW01");
    permit_plan(&permit, 2026, 700, true);
    permit_plan(&permit, 2026, 200, false);
    assert_int_equal(permit_planned_g(&permit, 2026), 500);
    assert_int_equal(permit_planned_g(&permit, 2027), 0);
    permit_plan(&permit, 2027, 30, true);
    assert_int_equal(permit_planned_g(&permit, 2027), 30);
    /* What comes late of an older year changes nothing any more. */
    permit_plan(&permit, 2026, 200, false);
    permit_plan(&permit, 2026, 200, true);
    assert_int_equal(permit_planned_g(&permit, 2027), 30);
    permit_plan(&permit, 2028, 10, false);
    assert_int_equal(permit_planned_g(&permit, 2027), 30);
    permit_plan(&permit, 2027, UINT64_MAX, true);
    assert_true(permit_planned_g(&permit, 2027) == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_permit_covers_its_codes_while_it_lasts),
        cmocka_unit_test(test_any_of_the_activities_asked_for_is_enough),
        cmocka_unit_test(test_a_pattern_is_covered_as_a_whole_or_not),
        cmocka_unit_test(test_a_suspended_permit_covers_nothing),
        cmocka_unit_test(test_methods_are_any_unless_some_are_named),
        cmocka_unit_test(test_what_is_planned_counts_for_its_civil_year),
        cmocka_unit_test(test_a_permit_without_patterns_covers_nothing),
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
        cmocka_unit_test(test_a_record_with_a_pattern_that_is_none_is_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
