/* test_declaration.c: what is owed of a year, by class; what was late; what differs. */
#include <string.h>

#include "proto/custody.pb-c.h"
#include "daemon/domain/declaration.h"
#include "tests/lib/check.h"

enum { PARTY = 7, MAY = 4, SECOND_QUARTER = DECLARATION_QUARTERS + 1, TONNE = 1000000 };

static struct profile profile;
static struct declaration_year year;
static struct work_set set;

static void begin(int64_t generated_g, int64_t before_g)
{
    profile = *profile_general();
    profile.monthly_required = 1;
    profile.quarterly_required = 1;
    profile.yearly_required = 1;
    profile.calendar.utc_offset_minutes = 480;
    memset(&year, 0, sizeof year);
    year.party = PARTY;
    year.year = 2026;
    year.division = 540421;
    year.before_g = before_g;
    year.generated_g[MAY] = generated_g;
    year.generated_pieces[MAY] = 1;
}

static const struct profile *profile_of(void *context, uint32_t number)
{
    (void)context;
    (void)number;
    return &profile;
}

static void reckon(void)
{
    struct law law = *law_default();
    law.profile = profile_of;
    set.count = 0;
    set.dropped = 0;
    declaration_work(&year, &law, &profile.calendar, &set);
}

static int64_t end_of(int32_t on_year, uint32_t month, uint32_t day)
{
    return calendar_day_start_us(&profile.calendar, calendar_from_civil(on_year, month, day) + 1) -
           1;
}

static const struct work *find(uint32_t period, uint16_t rule)
{
    for (uint32_t i = 0; i < set.count; i++)
        if (set.rows[i].subject == declaration_number(PARTY, 2026, period) &&
            set.rows[i].rule == rule)
            return &set.rows[i];
    return NULL;
}

/* HJ 1259-2022 7.2 and 4.2.1: key units (100 t a year) every month by the 15th of the next. */
static void a_key_unit_owes_the_month_and_the_year(void **state)
{
    (void)state;
    begin(100 * (int64_t)TONNE, 0);
    reckon();
    assert_int_equal(set.count, 2);
    const struct work *month = find(MAY, RULE_report_late);
    assert_non_null(month);
    assert_int_equal(month->kind, WORK_OBLIGATION);
    assert_int_equal(month->due_us, end_of(2026, 6, 15));
    assert_int_equal(month->notice_us, end_of(2026, 5, 31) + 1);
    assert_int_equal(month->party, PARTY);
    assert_int_equal(month->division, 540421);
    assert_int_equal(find(DECLARATION_YEAR, RULE_report_late)->due_us, end_of(2027, 3, 31));
}

static void a_unit_is_of_the_class_of_the_larger_of_two_years(void **state)
{
    (void)state;
    begin(5, 100 * (int64_t)TONNE);
    reckon();
    assert_non_null(find(MAY, RULE_report_late));
}

/* HJ 1259-2022 7.2: simplified units (10 t) every quarter by the 15th. */
static void a_simplified_unit_owes_the_quarter(void **state)
{
    (void)state;
    begin(10 * (int64_t)TONNE, 0);
    reckon();
    assert_int_equal(set.count, 2);
    assert_int_equal(find(SECOND_QUARTER, RULE_report_late)->due_us, end_of(2026, 7, 15));
    assert_non_null(find(DECLARATION_YEAR, RULE_report_late));
}

/* HJ 1259-2022 7.2: everyone, the year by 31 March. */
static void a_small_unit_owes_the_year_alone(void **state)
{
    (void)state;
    begin(5000, 0);
    reckon();
    assert_int_equal(set.count, 1);
    assert_non_null(find(DECLARATION_YEAR, RULE_report_late));
}

static void nothing_is_owed_where_nothing_arose_or_nobody_asks(void **state)
{
    (void)state;
    begin(0, 500 * (int64_t)TONNE);
    year.generated_pieces[MAY] = 0;
    reckon();
    assert_int_equal(set.count, 0);
    begin(100 * (int64_t)TONNE, 0);
    profile.rules[RULE_report_late] = 0;
    reckon();
    assert_int_equal(set.count, 0);
}

/* HJ 1259-2022 7.2 (RULES.md N21): each of the three is asked for by itself. */
static void each_duty_has_its_own_switch(void **state)
{
    (void)state;
    begin(100 * (int64_t)TONNE, 0);
    profile.yearly_required = 0;
    reckon();
    assert_int_equal(set.count, 1);
    assert_non_null(find(MAY, RULE_report_late));
    begin(100 * (int64_t)TONNE, 0);
    profile.monthly_required = 0;
    reckon();
    assert_int_equal(set.count, 1);
    assert_non_null(find(DECLARATION_YEAR, RULE_report_late));
    begin(10 * (int64_t)TONNE, 0);
    profile.monthly_required = 0;
    profile.yearly_required = 0;
    reckon();
    assert_int_equal(set.count, 1);
    assert_non_null(find(SECOND_QUARTER, RULE_report_late));
    profile.quarterly_required = 0;
    reckon();
    assert_int_equal(set.count, 0);
}

static struct declared declared_at(int64_t recorded_us, uint64_t entry)
{
    return (struct declared){.recorded_us = recorded_us,
                             .entry = entry,
                             .effective_us = recorded_us,
                             .key = 3,
                             .key_sequence = entry};
}

static void in_time_ends_the_duty_and_late_is_a_finding(void **state)
{
    (void)state;
    begin(100 * (int64_t)TONNE, 0);
    struct declared one = declared_at(end_of(2026, 6, 15), 40);
    declaration_take(&year.periods[MAY], &one);
    reckon();
    assert_null(find(MAY, RULE_report_late));

    begin(100 * (int64_t)TONNE, 0);
    one = declared_at(end_of(2026, 6, 15) + 1, 40);
    declaration_take(&year.periods[MAY], &one);
    reckon();
    const struct work *row = find(MAY, RULE_report_late);
    assert_int_equal(row->kind, WORK_FINDING);
    assert_int_equal(row->entry_count, 1);
    assert_int_equal(row->entries[0], 40);
}

/* A withdrawn one was never made: it is owed again, or the next one was late. */
static void one_that_was_withdrawn_meets_nothing_unless_somebody_signed_it(void **state)
{
    (void)state;
    begin(100 * (int64_t)TONNE, 0);
    struct declared one = declared_at(end_of(2026, 6, 15), 40);
    one.is_withdrawn = true;
    declaration_take(&year.periods[MAY], &one);
    reckon();
    assert_int_equal(find(MAY, RULE_report_late)->kind, WORK_OBLIGATION);
    struct declared late = declared_at(end_of(2026, 6, 15) + 9, 41);
    declaration_take(&year.periods[MAY], &late);
    reckon();
    assert_int_equal(find(MAY, RULE_report_late)->kind, WORK_FINDING);
    assert_int_equal(find(MAY, RULE_report_late)->entries[0], 41);
    declaration_find(&year.periods[MAY], 40)->is_countersigned = true;
    reckon();
    assert_null(find(MAY, RULE_report_late));
}

static void the_newest_that_counts_is_the_same_in_whatever_order_they_come(void **state)
{
    (void)state;
    struct declared_period one = {0}, other = {0};
    for (uint64_t i = 0; i < 2 * DECLARED_MAX; i++) {
        struct declared rising = declared_at(1000 + (int64_t)i, 40 + i);
        struct declared mixed = declared_at(1000 + (int64_t)(i * 5 % (2 * DECLARED_MAX)),
                                            40 + i * 5 % (2 * DECLARED_MAX));
        rising.is_held = rising.entry == 51;
        mixed.is_held = mixed.entry == 51;
        rising.is_withdrawn = rising.entry == 50;
        mixed.is_withdrawn = mixed.entry == 50;
        declaration_take(&one, &rising);
        declaration_take(&other, &mixed);
    }
    assert_int_equal(one.count, DECLARED_MAX);
    assert_memory_equal(&one, &other, sizeof one);
    assert_int_equal(declaration_counted(&one)->entry, 49);
    assert_non_null(declaration_find(&one, 40)); /* the first that was recorded is never let go */
    assert_null(declaration_find(&one, 41));
    /* Ties are broken by key and sequence, then by entry. */
    struct declared_period ties = {0};
    struct declared tie = declared_at(1000, 40);
    declaration_take(&ties, &tie);
    tie.entry = 39;
    tie.key_prefix = 1;
    declaration_take(&ties, &tie);
    assert_int_equal(declaration_counted(&ties)->entry, 39);
    /* One that is there is put in its place anew. */
    tie.effective_us = 1;
    declaration_take(&ties, &tie);
    assert_int_equal(ties.count, 2);
    assert_int_equal(declaration_counted(&ties)->entry, 40);
}

/* HJ 1259-2022 7.2 with 6.3: what was declared is what the ledger shows. */
static void a_difference_stands_until_a_better_one_is_declared(void **state)
{
    (void)state;
    begin(5000, 0);
    struct declared one = declared_at(1000, 40);
    one.differs = true;
    declaration_take(&year.periods[MAY], &one);
    reckon();
    const struct work *row = find(MAY, RULE_declared_differs);
    assert_non_null(row);
    assert_int_equal(row->anchor_key, 3);
    assert_int_equal(row->anchor_sequence, 40);
    profile.rules[RULE_declared_differs] = 0;
    reckon();
    assert_null(find(MAY, RULE_declared_differs));
    profile.rules[RULE_declared_differs] = 1;
    struct declared better = declared_at(2000, 41);
    declaration_take(&year.periods[MAY], &better);
    reckon();
    assert_null(find(MAY, RULE_declared_differs));
}

/* HJ 1259-2022 5.2 (RULES.md N21): the year's management plan by 31 March. */
static void the_plan_of_the_year_is_due_in_march(void **state)
{
    (void)state;
    begin(5000, 7);
    profile.yearly_required = 0;
    reckon();
    assert_int_equal(set.count, 0); /* nobody asks for plans */
    profile.plan_required = 1;
    reckon();
    const struct work *row = find(DECLARATION_PLAN, RULE_plan_late);
    assert_int_equal(row->kind, WORK_OBLIGATION);
    assert_int_equal(row->due_us, end_of(2026, 3, 31));
    assert_int_equal(row->notice_us, end_of(2025, 12, 31) + 1);
    year.plan_us = end_of(2026, 3, 31);
    year.plan_entry = 44;
    reckon();
    assert_null(find(DECLARATION_PLAN, RULE_plan_late));
    year.plan_us++;
    reckon();
    row = find(DECLARATION_PLAN, RULE_plan_late);
    assert_int_equal(row->kind, WORK_FINDING);
    assert_int_equal(row->entries[0], 44);
    /* Who began in May was not there in March. */
    begin(5000, 0);
    profile.plan_required = 1;
    reckon();
    assert_null(find(DECLARATION_PLAN, RULE_plan_late));
    year.generated_pieces[2] = 1;
    reckon();
    assert_non_null(find(DECLARATION_PLAN, RULE_plan_late));
    char text[DECLARATION_TEXT_MAX];
    declaration_write_period(2026, DECLARATION_PLAN, text);
    assert_string_equal(text, "2026 plan");
}

static void assert_period(int period, int32_t day, uint32_t expected, const char *text)
{
    int32_t number;
    char written[DECLARATION_TEXT_MAX];
    assert_int_equal(declaration_period(period, day, &number), expected);
    if (expected == DECLARATION_PERIODS)
        return;
    int32_t first, after;
    declaration_days(number, expected, &first, &after);
    assert_int_equal(first, day);
    assert_true(after > first);
    declaration_write_period(number, expected, written);
    assert_string_equal(written, text);
}

static void periods_begin_on_their_first_day(void **state)
{
    (void)state;
    int32_t may = calendar_from_civil(2026, 5, 1), april = calendar_from_civil(2026, 4, 1);
    int32_t january = calendar_from_civil(2026, 1, 1);
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_MONTH, may, MAY, "2026-05");
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_MONTH, may + 1, DECLARATION_PERIODS,
                  NULL);
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_QUARTER, april, SECOND_QUARTER,
                  "2026-Q2");
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_QUARTER, may, DECLARATION_PERIODS, NULL);
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_YEAR, january, DECLARATION_YEAR, "2026");
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_YEAR, april, DECLARATION_PERIODS, NULL);
    assert_period(CUSTODY__V1__DECLARATION_PERIOD__DECLARE_SELF_CHECK, may,
                  DECLARATION_CHECKS + MAY, "2026-05 self-check");
    assert_period(99, may, DECLARATION_PERIODS, NULL);
    int32_t first, after;
    declaration_days(2026, DECLARATION_YEAR, &first, &after);
    assert_int_equal(after - first, 365);
    declaration_days(2026, 11, &first, &after);
    assert_int_equal(after, calendar_from_civil(2027, 1, 1));
}

static void a_record_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct declaration_year back;
    uint8_t room[DECLARATION_RECORD_MAX];
    begin(5000, 7);
    year.plan_entry = UINT64_MAX;
    year.plan_us = INT64_MIN;
    for (uint32_t i = 0; i < DECLARATION_PERIODS; i++) {
        struct declared one = declared_at(1000 + (int64_t)i, UINT64_MAX - i);
        one.key_prefix = UINT64_MAX;
        one.differs = i % 2 == 0;
        one.is_held = i % 3 == 0;
        one.is_withdrawn = i % 5 == 0;
        one.is_countersigned = i % 7 == 0;
        for (uint64_t k = 0; k < DECLARED_MAX; k++) {
            one.entry = UINT64_MAX - i - k;
            declaration_take(&year.periods[i], &one);
        }
    }
    for (uint32_t i = 0; i < 12; i++)
        year.generated_g[i] = INT64_MIN + (int64_t)i;
    size_t len = declaration_write(&year, room, sizeof room);
    assert_true(len > 0);
    assert_true(declaration_parse(span_of(room, len), &back));
    assert_memory_equal(&back, &year, sizeof year);
    for (size_t i = 0; i < len; i++)
        assert_false(declaration_parse(span_of(room, i), &back));
    assert_int_equal(declaration_write(&year, room, 20), 0);
    uint32_t party, period;
    int32_t number;
    declaration_read_number(declaration_number(UINT32_MAX, 9999, 28), &party, &number, &period);
    assert_int_equal(party, UINT32_MAX);
    assert_int_equal(number, 9999);
    assert_int_equal(period, 28);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_unit_owes_the_month_and_the_year),
        cmocka_unit_test(a_unit_is_of_the_class_of_the_larger_of_two_years),
        cmocka_unit_test(a_simplified_unit_owes_the_quarter),
        cmocka_unit_test(a_small_unit_owes_the_year_alone),
        cmocka_unit_test(nothing_is_owed_where_nothing_arose_or_nobody_asks),
        cmocka_unit_test(in_time_ends_the_duty_and_late_is_a_finding),
        cmocka_unit_test(each_duty_has_its_own_switch),
        cmocka_unit_test(one_that_was_withdrawn_meets_nothing_unless_somebody_signed_it),
        cmocka_unit_test(the_newest_that_counts_is_the_same_in_whatever_order_they_come),
        cmocka_unit_test(a_difference_stands_until_a_better_one_is_declared),
        cmocka_unit_test(the_plan_of_the_year_is_due_in_march),
        cmocka_unit_test(periods_begin_on_their_first_day),
        cmocka_unit_test(a_record_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
