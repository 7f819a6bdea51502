/* test_cleaning.c: cleaned within 24 hours of use and before it is used again (GB 39707-2020 5.5.2; RULES.md N24). */
#include "daemon/domain/cleaning.h"
#include "tests/lib/check.h"

enum { TRUCK = 3, CARRIER = 4, TRIP = 11, NEXT_TRIP = 12 };
#define START INT64_C(1779033600000000)

static struct moment moment_at(uint8_t kind, int hour, uint32_t trip)
{
    static uint64_t entry;
    entry++;
    return (struct moment){.kind = kind,
                           .at_us = START + hour * CALENDAR_HOUR_US,
                           .until_us = START + hour * CALENDAR_HOUR_US,
                           .key = 6,
                           .key_sequence = entry,
                           .entry = entry,
                           .party = CARRIER,
                           .number = trip,
                           .amount = kind == CLEANING_USED ? LAW_PROFILE_MEDICAL : 0};
}

static struct cleaning_month month, next;
static struct work_set set;

static int setup(void **state)
{
    (void)state;
    memset(&month, 0, sizeof month);
    memset(&next, 0, sizeof next);
    struct moment used = moment_at(CLEANING_USED, 10, TRIP);
    struct moment departed = moment_at(CLEANING_DEPARTED, 2, TRIP);
    moment_add(&month.used, CLEANING_USES, &used);
    moment_add(&month.departed, MOMENTS_MAX, &departed);
    set.count = 0;
    return 0;
}

static void work(void)
{
    set.count = 0;
    cleaning_work(&month, &next, TRUCK, law_default(), &set);
}

static void after_use_a_cleaning_is_owed_until_it_is_done(void **state)
{
    (void)state;
    work();
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].kind, WORK_OBLIGATION);
    assert_int_equal(set.rows[0].rule, RULE_uncleaned);
    assert_int_equal(set.rows[0].due_us, START + 34 * CALENDAR_HOUR_US);
    assert_int_equal(set.rows[0].subject_kind, SUBJECT_TRIP);
    assert_int_equal(set.rows[0].subject, TRIP);
    struct moment before = moment_at(CLEANING_CLEANED, 9, 0),
                  after = moment_at(CLEANING_CLEANED, 34, 0);
    moment_add(&month.cleaned, MOMENTS_MAX, &before);
    work();
    assert_int_equal(set.count, 1);
    moment_add(&next.cleaned, MOMENTS_MAX, &after); /* in time, in the month after */
    work();
    assert_int_equal(set.count, 0);
}

static void a_late_cleaning_is_a_finding(void **state)
{
    (void)state;
    struct moment late = moment_at(CLEANING_CLEANED, 35, 0);
    moment_add(&month.cleaned, MOMENTS_MAX, &late);
    work();
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].kind, WORK_FINDING);
    assert_int_equal(set.rows[0].entries[1], late.entry);
}

static void used_again_before_it_was_cleaned_is_a_breach(void **state)
{
    (void)state;
    struct moment again = moment_at(CLEANING_DEPARTED, 20, NEXT_TRIP);
    moment_add(&month.departed, MOMENTS_MAX, &again);
    work();
    assert_int_equal(set.count, 2);
    assert_int_equal(set.rows[1].rule, RULE_reused_uncleaned);
    assert_int_equal(set.rows[1].anchor_sequence, again.key_sequence);
    struct moment cleaned = moment_at(CLEANING_CLEANED, 15, 0);
    moment_add(&month.cleaned, MOMENTS_MAX, &cleaned);
    work();
    assert_int_equal(set.count, 0);
}

static void waste_that_asks_for_no_cleaning_owes_none(void **state)
{
    (void)state;
    month.used.all[0].amount = LAW_PROFILE_GENERAL;
    work();
    assert_int_equal(set.count, 0);
}

static void the_record_is_written_and_read(void **state)
{
    (void)state;
    static struct cleaning_month read;
    static uint8_t bytes[3 * MOMENTS_BYTES_MAX];
    size_t len = cleaning_write(&month, bytes, sizeof bytes);
    assert_true(cleaning_parse(span_of(bytes, len), &read));
    assert_int_equal(read.used.all[0].amount, LAW_PROFILE_MEDICAL);
    assert_false(cleaning_parse(span_of(bytes, len - 1), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(after_use_a_cleaning_is_owed_until_it_is_done, setup),
        cmocka_unit_test_setup(a_late_cleaning_is_a_finding, setup),
        cmocka_unit_test_setup(used_again_before_it_was_cleaned_is_a_breach, setup),
        cmocka_unit_test_setup(waste_that_asks_for_no_cleaning_owes_none, setup),
        cmocka_unit_test_setup(the_record_is_written_and_read, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
