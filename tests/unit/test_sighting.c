/* test_sighting.c: one plate in two places faster than it can drive (RULES.md N13; NEEDS.md story 5). */
#include "daemon/domain/sighting.h"
#include "tests/lib/check.h"

enum { TRUCK = 3, CARRIER = 4 };
#define DAY_START INT64_C(1779033600000000)
static const int32_t DAY = 20591;
static const uint32_t GENERAL[MOMENTS_MAX]; /* 0: an unknown number gives the general one */

static struct moment seen(int64_t minute, double latitude, double longitude)
{
    static uint64_t entry;
    entry++;
    return (struct moment){.kind = SIGHTING_SEEN,
                           .at_us = DAY_START + minute * 60000000,
                           .until_us = DAY_START + minute * 60000000,
                           .key = 6,
                           .key_sequence = entry,
                           .entry = entry,
                           .party = CARRIER,
                           .amount = 30,
                           .latitude_e7 = (int32_t)(latitude * 1e7),
                           .longitude_e7 = (int32_t)(longitude * 1e7)};
}

/* Against the great circle, computed elsewhere: Nyingchi - Lhasa, Nyingchi - Golmud, over the date line. */
static void distances_are_right_within_two_per_cent(void **state)
{
    (void)state;
    const struct {
        double from[2], to[2];
        int64_t metres;
    } rows[] = {
        {{29.649, 94.362}, {29.652, 91.172}, 308300},
        {{29.649, 94.362}, {36.402, 94.903}, 752800},
        {{10.0, 179.9}, {10.0, -179.9}, 21900},
        {{29.649, 94.362}, {29.649, 94.362}, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct moment a = seen(0, rows[i].from[0], rows[i].from[1]);
        struct moment b = seen(0, rows[i].to[0], rows[i].to[1]);
        int64_t metres = sighting_distance_m(&a, &b);
        assert_in_range(metres + rows[i].metres / 50, rows[i].metres,
                        rows[i].metres + rows[i].metres / 25);
        assert_int_equal(sighting_distance_m(&b, &a), metres);
    }
}

static void four_hundred_kilometres_in_two_hours_are_found(void **state)
{
    (void)state;
    static struct sighting_day day;
    static struct work_set set;
    memset(&day, 0, sizeof day);
    set.count = 0;
    struct moment here = seen(600, 29.649, 94.362), there = seen(720, 29.652, 90.22);
    moment_add(&day.seen, MOMENTS_MAX, &there);
    moment_add(&day.seen, MOMENTS_MAX, &here);
    sighting_work(&day, NULL, GENERAL, TRUCK, DAY, law_default(), &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_vehicle_too_fast);
    assert_int_equal(set.rows[0].subject, tally_number(TRUCK, DAY));
    assert_int_equal(set.rows[0].anchor_sequence, there.key_sequence);
    assert_int_equal(set.rows[0].entries[1], here.entry);
    assert_int_equal(set.rows[0].vehicle, TRUCK);
    /* In five hours anybody can. */
    memset(&day, 0, sizeof day);
    set.count = 0;
    struct moment later = seen(900, 29.652, 90.22);
    moment_add(&day.seen, MOMENTS_MAX, &here);
    moment_add(&day.seen, MOMENTS_MAX, &later);
    sighting_work(&day, NULL, GENERAL, TRUCK, DAY, law_default(), &set);
    assert_int_equal(set.count, 0);
}

/* Driver and gate scan within the same minute, their clocks a few minutes apart, in poor reception. */
static void two_devices_at_one_gate_are_no_finding(void **state)
{
    (void)state;
    static struct sighting_day day;
    static struct work_set set;
    memset(&day, 0, sizeof day);
    set.count = 0;
    struct moment driver = seen(600, 29.6490, 94.3620), gate = seen(600, 29.6530, 94.3660);
    driver.amount = 200;
    moment_add(&day.seen, MOMENTS_MAX, &driver);
    moment_add(&day.seen, MOMENTS_MAX, &gate);
    sighting_work(&day, NULL, GENERAL, TRUCK, DAY, law_default(), &set);
    assert_int_equal(set.count, 0);
}

static void over_midnight_the_day_before_counts(void **state)
{
    (void)state;
    static struct sighting_day before, day, read;
    static struct work_set set;
    static uint8_t bytes[MOMENTS_BYTES_MAX];
    memset(&before, 0, sizeof before);
    memset(&day, 0, sizeof day);
    set.count = 0;
    struct moment last = seen(-10, 29.649, 94.362), first = seen(20, 29.652, 91.172);
    moment_add(&before.seen, MOMENTS_MAX, &last);
    moment_add(&day.seen, MOMENTS_MAX, &first);
    sighting_work(&day, &before, GENERAL, TRUCK, DAY, law_default(), &set);
    assert_int_equal(set.count, 1);
    size_t len = sighting_write(&day, bytes, sizeof bytes);
    assert_true(sighting_parse(span_of(bytes, len), &read));
    assert_int_equal(read.seen.count, 1);
    assert_false(sighting_parse(span_of(bytes, len - 1), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_right_within_two_per_cent),
        cmocka_unit_test(four_hundred_kilometres_in_two_hours_are_found),
        cmocka_unit_test(two_devices_at_one_gate_are_no_finding),
        cmocka_unit_test(over_midnight_the_day_before_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
