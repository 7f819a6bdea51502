/* test_pattern.c: many marks at one party in one month are a notice; a mark alone is never listed. */
#include "proto/custody.pb-c.h"
#include "daemon/domain/pattern.h"
#include "tests/lib/check.h"

enum { CLINIC = 3, MAY = (2026 - 1970) * 12 + 4 };

static struct tally_part made(int64_t records, int64_t marks)
{
    return (struct tally_part){.kind = TALLY_MADE,
                               .party = CLINIC,
                               .profile = LAW_PROFILE_MEDICAL,
                               .pieces = records,
                               .marks = marks};
}

/* House rule, profile [record] pattern_count and pattern_per_mille: 20 marks, and half of the records. */
static void a_pattern_needs_number_and_share(void **state)
{
    (void)state;
    static struct pattern pattern;
    static struct work_set set;
    memset(&pattern, 0, sizeof pattern);
    struct tally_part parts[] = {made(19, 19), made(1, 1), made(21, 0)};
    set.count = 0;
    pattern_add(&pattern, &parts[0]);
    pattern_work(&pattern, CLINIC, MAY, law_default(), &set);
    assert_int_equal(set.count, 0);
    struct moment first = {.at_us = 5, .until_us = 5, .entry = 77};
    pattern_show(&pattern, &first, MOMENT_FIRST);
    pattern_add(&pattern, &parts[1]);
    pattern_work(&pattern, CLINIC, MAY, law_default(), &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_mark_pattern);
    assert_int_equal(set.rows[0].subject, tally_number(CLINIC, MAY));
    assert_int_equal(set.rows[0].entries[0], 77);
    pattern_add(&pattern, &parts[2]);
    set.count = 0;
    pattern_work(&pattern, CLINIC, MAY, law_default(), &set);
    assert_int_equal(set.count, 0); /* 20 of 41 */
}

static void typed_and_late_within_limits_are_marks(void **state)
{
    (void)state;
    struct fact fact = {.act = CUSTODY__V1__ACT__ACT_PACK,
                        .mass_g = 5,
                        .mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED};
    const struct profile *profile = profile_medical();
    assert_false(pattern_is_marked(&fact, profile));
    fact.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
    assert_true(pattern_is_marked(&fact, profile));
    fact.recorded_us = 2 * CALENDAR_DAY_US;
    assert_int_equal(tally_marks(&fact, profile), 2);
    fact.recorded_us = 8 * CALENDAR_DAY_US; /* a finding of its own, no mark */
    assert_int_equal(tally_marks(&fact, profile), 1);
    fact.five_gap_us = (uint64_t)profile->five_gap_us + 1;
    assert_int_equal(tally_marks(&fact, profile), 2);
}

/* Each mark is a rule that a profile may turn off: a typed weight (HJ 1259-2022 4.3.3, N19), five steps too far apart
 * (HJ 1259-2022 6.3, N19), a record that is late within the limit (house rule). */
static void a_mark_that_the_profile_does_not_have_is_not_counted(void **state)
{
    (void)state;
    static const uint16_t marks[] = {RULE_typed_weight, RULE_five_gap, RULE_recorded_late_in_limit};
    static struct profile profile;
    profile = *profile_medical();
    const struct fact fact = {.act = CUSTODY__V1__ACT__ACT_PACK,
                              .mass_g = 5,
                              .mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED,
                              .recorded_us = 2 * CALENDAR_DAY_US,
                              .five_gap_us = (uint64_t)profile.five_gap_us + 1};
    assert_int_equal(tally_marks(&fact, &profile), 3);
    for (int64_t i = 0; i < 3; i++) {
        assert_int_equal(rule_find(marks[i])->weight, RULE_MARK);
        profile.rules[marks[i]] = 0;
        assert_int_equal(tally_marks(&fact, &profile), 2 - i);
    }
}

static void the_record_is_written_and_read(void **state)
{
    (void)state;
    static struct pattern pattern, read;
    static uint8_t bytes[1024];
    memset(&pattern, 0, sizeof pattern);
    struct tally_part part = made(3, 2);
    pattern_add(&pattern, &part);
    size_t len = pattern_write(&pattern, bytes, sizeof bytes);
    assert_true(pattern_parse(span_of(bytes, len), &read));
    assert_int_equal(read.records, 3);
    assert_int_equal(read.marks, 2);
    assert_false(pattern_parse(span_of(bytes, len - 1), &read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pattern_needs_number_and_share),
        cmocka_unit_test(typed_and_late_within_limits_are_marks),
        cmocka_unit_test(a_mark_that_the_profile_does_not_have_is_not_counted),
        cmocka_unit_test(the_record_is_written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
