/* test_closure.c: a closure by order lengthens what was allowed by what it overlaps; age runs on. */
#include <string.h>

#include "daemon/domain/closure.h"
#include "tests/lib/check.h"

#define HOUR INT64_C(3600000000)

static struct closure closed(uint64_t entry, int64_t from, int64_t until)
{
    struct closure closure = {.entry = entry,
                              .party = 1,
                              .division = 540423,
                              .from_us = from * HOUR,
                              .until_us = until * HOUR};
    strcpy(closure.order, "LZ-2026-7");
    return closure;
}

static int64_t hours(const struct closure *closures, uint32_t count, int64_t since, int64_t due)
{
    struct closure sorted[4];
    const struct closure *all[4];
    memcpy(sorted, closures, count * sizeof *closures);
    closure_sort(sorted, count);
    for (uint32_t i = 0; i < count; i++)
        all[i] = &sorted[i];
    return closure_extend(all, count, since * HOUR, due * HOUR, NULL) / HOUR;
}

static void test_time_does_not_run_while_the_road_is_closed(void **state)
{
    (void)state;
    static const struct {
        int64_t from, until, since, due, expected;
    } cases[] = {
        {100, 172, 90, 138, 210}, /* 72 hours in the middle */
        {80, 100, 90, 138, 148},  /* packed while it was closed: what is left of it */
        {10, 20, 90, 138, 138},   /* over before */
        {138, 150, 90, 138, 138}, /* begins when the time is over */
        {137, 150, 90, 138, 151}, /* an hour was left */
        {200, 220, 90, 138, 138},
        {100, 172, 0, 138, 172}, /* it is not known since when: what is closed at the time itself */
        {100, 120, 0, 138, 138},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct closure one = closed(1, cases[i].from, cases[i].until);
        assert_int_equal(hours(&one, 1, cases[i].since, cases[i].due), cases[i].expected);
    }
}

static void test_two_closures_of_the_same_hours_count_once_in_any_order(void **state)
{
    (void)state;
    const struct closure a = closed(1, 100, 120), b = closed(2, 110, 130), c = closed(3, 150, 155);
    const struct closure orders[3][3] = {{a, b, c}, {c, b, a}, {b, c, a}};
    for (size_t i = 0; i < 3; i++)
        /* 100 to 130 is 30 hours, so that it would be due at 168, and then 150 to 155. */
        assert_int_equal(hours(orders[i], 3, 90, 138), 173);
}

static void test_without_an_order_withdrawn_held_or_endless_it_excuses_nothing(void **state)
{
    (void)state;
    struct closure all[5];
    for (int i = 0; i < 5; i++)
        all[i] = closed(1, 100, 172);
    all[0].order[0] = 0;
    all[1].is_withdrawn = true;
    all[2].is_held = true;
    all[3].until_us = all[3].from_us;
    all[4].until_us = all[4].from_us + CLOSURE_LENGTH_MAX_US + 1;
    for (int i = 0; i < 5; i++) {
        assert_false(closure_is_in_force(&all[i]));
        assert_int_equal(hours(&all[i], 1, 90, 138), 138);
    }
}

static void test_a_road_closes_its_division_and_a_plant_also_what_it_owes_elsewhere(void **state)
{
    (void)state;
    struct closure closure = closed(1, 100, 172);
    assert_true(closure_covers(&closure, 540423, 540402));
    assert_false(closure_covers(&closure, 540421, 540423));
    closure.division = 540400;
    assert_true(closure_covers(&closure, 540421, 0));
    assert_false(closure_covers(&closure, 540221, 540402));
    closure.is_plant = true;
    assert_true(closure_covers(&closure, 540221, 540402));
}

static void test_a_closure_comes_back_as_it_was(void **state)
{
    (void)state;
    struct closure one = closed(77, -5, 172), back;
    uint8_t bytes[CLOSURE_RECORD_MAX];
    one.is_plant = one.is_withdrawn = true;
    size_t len = closure_write(&one, bytes, sizeof bytes);
    assert_true(len > 0 && closure_parse(span_of(bytes, len), &back));
    assert_memory_equal(&one, &back, sizeof one);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(closure_parse(span_of(bytes, cut), &back));
    assert_int_equal(closure_write(&one, bytes, 4), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_does_not_run_while_the_road_is_closed),
        cmocka_unit_test(test_two_closures_of_the_same_hours_count_once_in_any_order),
        cmocka_unit_test(test_without_an_order_withdrawn_held_or_endless_it_excuses_nothing),
        cmocka_unit_test(test_a_road_closes_its_division_and_a_plant_also_what_it_owes_elsewhere),
        cmocka_unit_test(test_a_closure_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
