/* test_cleaning.c: a vehicle and a box are cleaned within 24 hours of use and before they are used again (GB 39707-2020 5.5.2;
 * RULES.md N24). */
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

/* ---- boxes ------------------------------------------------------------------------------------- */

enum { BOX = 21 };

static struct moment box_moment(uint8_t kind, int hour)
{
    struct moment moment = moment_at(kind, hour, kind == CLEANING_USED ? LAW_PROFILE_MEDICAL : 0);
    moment.amount = 0;
    return moment;
}

static void box_work(void)
{
    set.count = 0;
    cleaning_box_work(&month, &next, BOX, law_default(), &set);
}

static void a_box_is_cleaned_after_the_last_that_left_it(void **state)
{
    (void)state;
    struct moment first = box_moment(CLEANING_USED, 10), last = box_moment(CLEANING_USED, 12);
    struct moment cleaned = box_moment(CLEANING_CLEANED, 11);
    memset(&month, 0, sizeof month);
    cleaning_count(&month.used, &first, 2);
    box_work();
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].kind, WORK_OBLIGATION);
    assert_int_equal(set.rows[0].subject_kind, SUBJECT_BOX);
    assert_int_equal(set.rows[0].subject, BOX);
    assert_int_equal(set.rows[0].profile, LAW_PROFILE_MEDICAL);
    assert_int_equal(set.rows[0].due_us, START + 34 * CALENDAR_HOUR_US);
    moment_add(&month.cleaned, MOMENTS_MAX, &cleaned);
    box_work();
    assert_int_equal(set.count, 0);
    /* It was not empty yet. */
    cleaning_count(&month.used, &last, 1);
    box_work();
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].due_us, START + 36 * CALENDAR_HOUR_US);
}

static void a_box_filled_again_before_it_was_cleaned_is_a_breach(void **state)
{
    (void)state;
    struct moment used = box_moment(CLEANING_USED, 10), filled = box_moment(CLEANING_FILLED, 30);
    struct moment late = box_moment(CLEANING_CLEANED, 31), good = box_moment(CLEANING_CLEANED, 29);
    memset(&month, 0, sizeof month);
    cleaning_count(&month.used, &used, 1);
    cleaning_count(&next.departed, &filled, 3); /* in the period after */
    moment_add(&month.cleaned, MOMENTS_MAX, &late);
    box_work();
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].kind, WORK_FINDING);
    assert_int_equal(set.rows[0].rule, RULE_reused_uncleaned);
    assert_int_equal(set.rows[0].anchor_sequence, filled.key_sequence);
    assert_string_equal(rule_find(set.rows[0].rule)->article, "GB 39707-2020 5.5.2");
    moment_add(&month.cleaned, MOMENTS_MAX, &good);
    box_work();
    assert_int_equal(set.count, 0);
}

static void what_is_counted_down_to_nothing_was_never_there(void **state)
{
    (void)state;
    struct moment used = box_moment(CLEANING_USED, 10);
    memset(&month, 0, sizeof month);
    cleaning_count(&month.used, &used, -1);
    assert_int_equal(month.used.count, 0);
    cleaning_count(&month.used, &used, 2);
    cleaning_count(&month.used, &used, -1);
    assert_int_equal(month.used.count, 1);
    assert_int_equal(month.used.all[0].amount, 1);
    cleaning_count(&month.used, &used, -1);
    assert_int_equal(month.used.count, 0);
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
        cmocka_unit_test_setup(a_box_is_cleaned_after_the_last_that_left_it, setup),
        cmocka_unit_test_setup(a_box_filled_again_before_it_was_cleaned_is_a_breach, setup),
        cmocka_unit_test_setup(what_is_counted_down_to_nothing_was_never_there, setup),
        cmocka_unit_test_setup(the_record_is_written_and_read, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
