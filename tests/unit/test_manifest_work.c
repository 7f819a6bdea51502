/* test_manifest_work.c: the rules that a manifest as a whole can break, each with its article, and what its rows tell. */
#include "tests/lib/slip.h"

enum { THERE = 630102 };

static struct profile profile;

static const struct profile *profile_of(void *context, uint32_t number)
{
    (void)context;
    (void)number;
    return &profile;
}

static int setup(void **state)
{
    (void)state;
    issue();
    profile = *profile_general();
    law.profile = profile_of;
    return 0;
}

static void every_row_tells_what_hangs_on_it(void **state)
{
    (void)state;
    manifest.vehicle = 12;
    manifest.profile = 16;
    const struct work *row = find_row(WORK_MANIFEST, 0);
    assert_int_equal(row->profile, 16);
    assert_int_equal(row->vehicle, 12);
    assert_int_equal(row->state, MANIFEST_ISSUED);
    assert_int_equal(row->mass_g, 10000); /* planned */
    assert_true(row->since_us == START_US);
    assert_true(row->is_unreported);
    assert_int_equal(row->party, CLINIC);
    say(LOAD, CARRIER, 1);
    manifest.sums = (struct manifest_sums){
        .loaded = 2, .in_transit = 1, .fed = 1, .loaded_g = 9000, .fed_g = 4000};
    row = find_row(WORK_MANIFEST, 0);
    assert_int_equal(row->mass_g, 5000); /* loaded, not treated */
    assert_int_equal(row->party, CARRIER);
}

static void the_hazard_is_the_worst_that_is_known(void **state)
{
    (void)state;
    assert_int_equal(find_row(WORK_MANIFEST, 0)->hazard,
                     strcmp(profile.code_form, "national") == 0 ? 1 : 0);
    memcpy(profile.code_form, "national", sizeof "national");
    assert_int_equal(find_row(WORK_MANIFEST, 0)->hazard, 1);
    memcpy(profile.code_form, "solid", sizeof "solid");
    assert_int_equal(find_row(WORK_MANIFEST, 0)->hazard, 0);
    manifest.bits = FACT_MEDICAL;
    assert_int_equal(find_row(WORK_MANIFEST, 0)->hazard, 2);
    manifest.sums.epidemic = 1;
    assert_int_equal(find_row(WORK_MANIFEST, 0)->hazard, 3);
    manifest.sums.epidemic = 0;
    profile.is_epidemic = true;
    assert_int_equal(find_row(WORK_MANIFEST, 0)->hazard, 3);
}

/* Rules 32 and 72, Transfer Measures art. 18: told to the generator, reported where the receiver is. */
static void a_material_difference_is_work_in_both_divisions(void **state)
{
    (void)state;
    manifest.receiver_division = THERE;
    say(RECEIVE, PLANT, 2);
    struct fact *confirm = say(CONFIRM, PLANT, 3);
    assert_int_equal(count_rows(WORK_FINDING, RULE_material_difference), 0);
    confirm->bits |= FACT_DIFFERENCE;
    assert_int_equal(find_row(WORK_FINDING, RULE_material_difference)->division, HERE);
    const struct work *there = find_row(WORK_FINDING, RULE_difference_here);
    assert_int_equal(there->division, THERE);
    assert_int_equal(there->anchor_sequence, confirm->key_sequence);
    manifest.receiver_division = HERE;
    assert_int_equal(count_rows(WORK_FINDING, RULE_material_difference), 1);
    assert_int_equal(count_rows(WORK_FINDING, RULE_difference_here), 0);
    profile.rules[RULE_material_difference] = 0;
    assert_int_equal(count_rows(WORK_FINDING, RULE_material_difference), 0);
}

/* Rule 71, art. 18: as long as what was rejected has no next place. */
static void a_rejected_load_is_work_in_both_divisions_until_it_has_gone(void **state)
{
    (void)state;
    manifest.receiver_division = THERE;
    say(RECEIVE, PLANT, 2)->mass_g = 90000;
    manifest.sums =
        (struct manifest_sums){.loaded = 2, .received = 1, .rejected = 1, .loaded_g = 20000};
    assert_int_equal(find_row(WORK_FINDING, RULE_load_rejected)->division, HERE);
    assert_int_equal(count_rows(WORK_FINDING, RULE_mass_differs), 1);
    /* One receipt, one report. */
    assert_int_equal(count_rows(WORK_FINDING, RULE_difference_here), 1);
    manifest.sums = (struct manifest_sums){.loaded = 2, .received = 1};
    assert_int_equal(count_rows(WORK_FINDING, RULE_load_rejected), 0);
    assert_int_equal(count_rows(WORK_FINDING, RULE_difference_here), 0);
}

/* Rule 46, art. 11. */
static void a_load_that_names_a_refused_or_cancelled_manifest_is_found_on_it(void **state)
{
    (void)state;
    struct fact *load = say(LOAD, STRANGER, 5);
    assert_int_equal(count_rows(WORK_FINDING, RULE_moved_under_refused), 0);
    manifest.is_refused = true;
    const struct work *row = find_row(WORK_FINDING, RULE_moved_under_refused);
    assert_non_null(row);
    assert_int_equal(row->party, STRANGER);
    assert_int_equal(row->entries[0], load->entry);
    assert_int_equal(row->entries[1], manifest.entry);
    manifest.is_refused = false;
    manifest.is_cancelled = true;
    manifest.ended_us = hour(6);
    assert_int_equal(count_rows(WORK_FINDING, RULE_moved_under_refused), 0);
    manifest.ended_us = hour(5);
    manifest.ended_entry = 77;
    assert_int_equal(find_row(WORK_FINDING, RULE_moved_under_refused)->entries[1], 77);
    assert_int_equal(count_rows(WORK_MANIFEST, 0), 0);
    load->bits |= FACT_HELD;
    assert_int_equal(count_rows(WORK_FINDING, RULE_moved_under_refused), 0);
}

/* Rule 51, art. 20: ten working days after the transfer was completed on paper. */
static void a_back_entry_after_ten_working_days_is_late(void **state)
{
    (void)state;
    manifest.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_BACK_ENTRY;
    manifest.completed_us = hour(0);
    manifest.issued_us = hour(1);
    /* Completed on Wednesday the 6th: by the end of Wednesday the 20th. */
    int64_t due_us = hour(-8) + 15 * CALENDAR_DAY_US - 1;
    manifest.recorded_us = due_us;
    assert_int_equal(count_rows(WORK_FINDING, RULE_back_entry_late), 0);
    /* Its deadlines and its age run from the completion. */
    assert_true(find_row(WORK_MANIFEST, 0)->since_us == hour(0));
    assert_true(find_row(WORK_MANIFEST, 0)->due_us == hour(0) + profile.manifest_us);
    manifest.recorded_us = due_us + 1;
    const struct work *row = find_row(WORK_FINDING, RULE_back_entry_late);
    assert_non_null(row);
    assert_true(row->due_us == due_us);
    assert_int_equal(row->party, CLINIC);
    manifest.type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_NORMAL;
    assert_int_equal(count_rows(WORK_FINDING, RULE_back_entry_late), 0);
}

/* Rule 65, art. 7: owed from the issue until the national system has it; off while the bureau gives no time. */
static void a_manifest_is_reported_within_the_time_that_the_bureau_gives(void **state)
{
    (void)state;
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_number_unreported), 0);
    profile.report_us = 24 * CALENDAR_HOUR_US;
    const struct work *row = find_row(WORK_OBLIGATION, RULE_number_unreported);
    assert_non_null(row);
    assert_true(row->due_us == hour(24));
    assert_int_equal(row->party, CLINIC);
    struct fact *said = say(NUMBERED, CLINIC, 2);
    said->verdict = CUSTODY__V1__REPORTING_STATE__REPORTED;
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_number_unreported), 0);
    assert_false(find_row(WORK_MANIFEST, 0)->is_unreported);
    said->verdict = CUSTODY__V1__REPORTING_STATE__REPORT_REJECTED;
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_number_unreported), 1);
    assert_true(find_row(WORK_MANIFEST, 0)->is_unreported);
}

static uint32_t count_malformed(const char *national)
{
    memset(manifest.national, 0, sizeof manifest.national);
    memcpy(manifest.national, national, strlen(national));
    return count_rows(WORK_FINDING, RULE_number_malformed);
}

/* Rule 69, art. 15: 14 digits, YYYY, province and prefecture of the origin, a serial. */
static void a_national_number_has_the_form_of_its_origin(void **state)
{
    (void)state;
    memcpy(profile.number_form, "cn-14", sizeof "cn-14");
    assert_int_equal(count_malformed(""), 0);
    say(NUMBERED, CLINIC, 2)->code = 90;
    assert_int_equal(count_malformed("20265404000001"), 0);
    assert_int_equal(count_malformed("20225404999999"), 0);
    assert_int_equal(count_malformed("20275404000001"), 0); /* New Year's Eve */
    assert_int_equal(count_malformed("20215404000001"), 1);
    assert_int_equal(count_malformed("20285404000001"), 1);
    assert_int_equal(count_malformed("20265401000001"), 1); /* another prefecture */
    assert_int_equal(count_malformed("20265404000000"), 1);
    assert_int_equal(count_malformed("2026540400001"), 1);
    assert_int_equal(count_malformed("2026540400000A"), 1);
    memcpy(profile.number_form, "rcra-12", sizeof "rcra-12");
    assert_int_equal(count_malformed("123456789ELC"), 0);
    assert_int_equal(count_malformed("123456789elc"), 1);
    assert_int_equal(count_malformed("12345678ELC"), 1);
    assert_int_equal(count_malformed("12345678AELC"), 1);
    memcpy(profile.number_form, "free", sizeof "free");
    assert_int_equal(count_malformed("BSD-2026-1"), 0);
}

/* Rule 70, art. 15: the serial is unique. */
static void a_number_that_another_manifest_has_too_is_found(void **state)
{
    (void)state;
    say(NUMBERED, CLINIC, 2)->code = 90;
    assert_int_equal(count_rows(WORK_FINDING, RULE_number_shared), 0);
    manifest.is_number_shared = true;
    assert_int_equal(count_rows(WORK_FINDING, RULE_number_shared), 1);
}

/* Rules 2, 6 and 14 are a profile's to turn off. */
static void a_rule_that_the_profile_turns_off_is_not_broken(void **state)
{
    (void)state;
    say(RECEIVE, PLANT, 2)->mass_g = 90000;
    manifest.sums = (struct manifest_sums){.loaded = 2, .loaded_g = 20000};
    manifest.bits = FACT_CODE_UNKNOWN;
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_receipt_unconfirmed), 1);
    assert_int_equal(count_rows(WORK_FINDING, RULE_mass_differs), 1);
    assert_int_equal(count_rows(WORK_FINDING, RULE_code_unknown), 1);
    memset(profile.rules, 0, sizeof profile.rules);
    memset(&work, 0, sizeof work);
    manifest_work(&manifest, NUMBER, &law, &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].kind, WORK_MANIFEST);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

/* 40 CFR 264.71 and the French decree of 7 September 1999: a copy back within days, no working days counted. */
static void a_copy_is_due_in_days_where_the_law_counts_days(void **state)
{
    (void)state;
    profile.confirm_working_days = 0;
    say(RECEIVE, PLANT, 10);
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_receipt_unconfirmed), 0);
    profile.copy_us = 30 * CALENDAR_DAY_US;
    assert_int_equal(find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed)->due_us,
                     hour(10 + 30 * 24));
    /* With both the earlier one. */
    profile.confirm_working_days = 5;
    assert_true(find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed)->due_us < hour(10 + 30 * 24));
    profile.copy_us = CALENDAR_DAY_US;
    assert_int_equal(find_row(WORK_OBLIGATION, RULE_receipt_unconfirmed)->due_us, hour(34));
}

/* 40 CFR 262.42: no signed copy in 35 days: ask; in 45: report. */
static void a_load_that_nobody_signed_for_is_asked_after_and_reported(void **state)
{
    (void)state;
    profile.exception_contact_us = 35 * CALENDAR_DAY_US;
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_copy_missing), 0);
    profile.exception_us = 45 * CALENDAR_DAY_US;
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_copy_missing), 0); /* nothing left yet */
    say(LOAD, CARRIER, 0);
    const struct work *row = find_row(WORK_OBLIGATION, RULE_copy_missing);
    assert_int_equal(row->notice_us, hour(35 * 24));
    assert_int_equal(row->due_us, hour(45 * 24));
    assert_int_equal(row->party, CLINIC);
    struct fact *copy = say(RECEIVE, PLANT, 45 * 24 + 1);
    row = find_row(WORK_FINDING, RULE_copy_missing);
    assert_int_equal(row->met_us, copy->effective_us);
    copy->effective_us = hour(45 * 24);
    assert_int_equal(count_rows(WORK_FINDING, RULE_copy_missing), 0);
    assert_int_equal(count_rows(WORK_OBLIGATION, RULE_copy_missing), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_copy_is_due_in_days_where_the_law_counts_days),
        TEST(a_load_that_nobody_signed_for_is_asked_after_and_reported),
        TEST(every_row_tells_what_hangs_on_it),
        TEST(the_hazard_is_the_worst_that_is_known),
        TEST(a_material_difference_is_work_in_both_divisions),
        TEST(a_rejected_load_is_work_in_both_divisions_until_it_has_gone),
        TEST(a_load_that_names_a_refused_or_cancelled_manifest_is_found_on_it),
        TEST(a_back_entry_after_ten_working_days_is_late),
        TEST(a_manifest_is_reported_within_the_time_that_the_bureau_gives),
        TEST(a_national_number_has_the_form_of_its_origin),
        TEST(a_number_that_another_manifest_has_too_is_found),
        TEST(a_rule_that_the_profile_turns_off_is_not_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
