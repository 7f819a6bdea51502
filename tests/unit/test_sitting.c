/* test_sitting.c: a ledger that is written up in one evening (RULES.md N19; NEEDS.md story 3). */
#include "daemon/domain/sitting.h"
#include "tests/lib/check.h"

enum { PLANT = 3 };
#define EVENING INT64_C(1779102000000000) /* 2026-05-18 19:00 +08:00 */
static const struct calendar calendar = {.utc_offset_minutes = 480};
static const int32_t DAY = 20591;

static struct moment late_record(int days_ago, uint64_t sequence, uint32_t records)
{
    struct moment moment = {.at_us = EVENING + (int64_t)sequence * 60000000,
                            .until_us = EVENING - days_ago * CALENDAR_DAY_US,
                            .key = 6,
                            .key_sequence = sequence,
                            .entry = sequence,
                            .party = PLANT,
                            .amount = records};
    moment.kind = sitting_kind(profile_general(), moment.until_us, moment.at_us, moment.at_us);
    return moment;
}

/* House rule late_cluster. */
static void thirty_days_typed_in_one_evening_are_one_breach(void **state)
{
    (void)state;
    static struct sitting sitting;
    static struct work_set set;
    memset(&sitting, 0, sizeof sitting);
    set.count = 0;
    for (uint64_t i = 1; i <= 30; i++) {
        struct moment moment = late_record((int)(31 - i), i, 7);
        if (moment.kind != 0)
            sitting_tell(&sitting, &calendar, &moment, MOMENT_FIRST);
    }
    sitting_work(&sitting, PLANT, DAY, law_default(), &set);
    assert_int_equal(set.count, 1);
    const struct work *row = &set.rows[0];
    assert_int_equal(row->rule, RULE_late_cluster);
    assert_int_equal(row->subject, tally_number(PLANT, DAY));
    assert_int_equal(row->due_us, EVENING + 60000000);
    assert_int_equal(row->since_us, EVENING - 30 * CALENDAR_DAY_US);
    assert_int_equal(row->entries[0], 1);
    assert_int_equal(row->entries[1], 30);
    assert_int_equal(sitting.day_count, 30);
    assert_int_equal(sitting.records, 30 * 7);
}

/* A phone that was offline for five days signed at once: nothing is late about it. */
static void an_honest_week_without_a_network_is_no_cluster(void **state)
{
    (void)state;
    const struct profile *profile = profile_general();
    int64_t spoken_of = EVENING - 5 * CALENDAR_DAY_US;
    assert_int_equal(sitting_kind(profile, spoken_of, spoken_of + 60000000, EVENING), 0);
    assert_int_equal(sitting_kind(profile, spoken_of, EVENING, EVENING), SITTING_SIGNED_LATE);
    assert_int_equal(sitting_kind(profile, EVENING - 8 * CALENDAR_DAY_US,
                                  EVENING - 8 * CALENDAR_DAY_US, EVENING),
                     SITTING_RECORDED_LATE);
    assert_int_equal(sitting_kind(profile, INT64_MIN, EVENING, EVENING), SITTING_RECORDED_LATE);
}

static void a_few_late_records_are_notices_and_few_days_no_cluster(void **state)
{
    (void)state;
    static struct sitting sitting;
    static struct work_set set;
    memset(&sitting, 0, sizeof sitting);
    set.count = 0;
    for (uint64_t i = 1; i <= 3; i++) {
        struct moment moment = late_record(8, i, 100);
        sitting_tell(&sitting, &calendar, &moment, MOMENT_FIRST);
    }
    struct moment signed_late = late_record(3, 4, 1);
    sitting_tell(&sitting, &calendar, &signed_late, MOMENT_FIRST);
    sitting_work(&sitting, PLANT, DAY, law_default(), &set);
    assert_int_equal(set.count, 3);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(set.rows[i].rule, RULE_late_recorded);
}

/* Thirty days typed in; one by one withdrawn they are no cluster any more, and said again they are. */
static void what_is_withdrawn_is_in_no_cluster(void **state)
{
    (void)state;
    static struct sitting sitting, as_it_was;
    static struct work_set set;
    memset(&sitting, 0, sizeof sitting);
    for (uint64_t i = 1; i <= 30; i++) {
        struct moment moment = late_record((int)(31 - i), i, 7);
        if (moment.kind != 0)
            sitting_tell(&sitting, &calendar, &moment, MOMENT_FIRST);
    }
    as_it_was = sitting;
    for (int counts = 0; counts < 2; counts++) {
        for (uint64_t i = 1; i <= 28; i++) {
            struct moment moment = late_record((int)(31 - i), i, 7);
            moment.voids = counts ? 0 : MOMENT_UNSAID;
            if (moment.kind != 0)
                sitting_tell(&sitting, &calendar, &moment, MOMENT_AGAIN);
        }
        set.count = 0;
        sitting_work(&sitting, PLANT, DAY, law_default(), &set);
        assert_int_equal(sitting.records, counts ? 30 * 7 : 2 * 7);
        assert_int_equal(sitting_days(&sitting), counts ? 30 : 2);
        assert_int_equal(set.count, counts ? 1 : 0);
    }
    assert_memory_equal(&sitting, &as_it_was, sizeof sitting);
}

static void the_record_is_written_and_read_and_days_are_bounded(void **state)
{
    (void)state;
    static struct sitting sitting, read;
    static uint8_t bytes[16384];
    memset(&sitting, 0, sizeof sitting);
    for (uint64_t i = 1; i <= SITTING_DAYS + 9; i++) {
        struct moment moment = late_record((int)(10 + i), i, 1);
        sitting_tell(&sitting, &calendar, &moment, MOMENT_FIRST);
    }
    assert_int_equal(sitting.day_count, SITTING_DAYS);
    assert_int_equal(sitting.recorded_late.count, SITTING_SHOWN);
    size_t len = sitting_write(&sitting, bytes, sizeof bytes);
    assert_true(sitting_parse(span_of(bytes, len), &read));
    assert_int_equal(read.records, SITTING_DAYS + 9);
    assert_memory_equal(read.days, sitting.days, sizeof read.days);
    assert_int_equal(read.recorded_late.count, sitting.recorded_late.count);
    for (uint32_t i = 0; i < read.recorded_late.count; i++) {
        assert_int_equal(moment_compare(&read.recorded_late.all[i], &sitting.recorded_late.all[i]),
                         0);
        assert_int_equal(read.recorded_late.all[i].until_us, sitting.recorded_late.all[i].until_us);
    }
    assert_false(sitting_parse(span_of(bytes, len - 1), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thirty_days_typed_in_one_evening_are_one_breach),
        cmocka_unit_test(an_honest_week_without_a_network_is_no_cluster),
        cmocka_unit_test(what_is_withdrawn_is_in_no_cluster),
        cmocka_unit_test(a_few_late_records_are_notices_and_few_days_no_cluster),
        cmocka_unit_test(the_record_is_written_and_read_and_days_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
