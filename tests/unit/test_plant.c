/* test_plant.c: no more than the permit says, and nothing while the line is off. */
#include "daemon/domain/plant.h"
#include "tests/lib/check.h"

enum { PLANT = 3, LINE = 40, OTHER_LINE = 41 };
/* 2026-05-18 +08:00 */
#define DAY_START INT64_C(1779033600000000)
static const int32_t DAY = 20591;

static void limits_of(void *context, uint32_t party, int64_t at_us, struct law_limits *ret)
{
    (void)party;
    *ret = at_us >= DAY_START ? *(const struct law_limits *)context : (struct law_limits){0};
}

static struct law law_with(struct law_limits *limits)
{
    struct law law = *law_default();
    law.limits = limits_of;
    law.context = limits;
    return law;
}

static struct tally_part fed(int64_t at_us, int64_t grams)
{
    return (struct tally_part){.kind = TALLY_FED,
                               .party = PLANT,
                               .profile = LAW_PROFILE_MEDICAL,
                               .at_us = at_us,
                               .pieces = 1,
                               .grams = grams};
}

static struct moment moment_at(uint8_t kind, int64_t from_us, int64_t until_us, uint32_t line)
{
    static uint64_t entry;
    entry++;
    return (struct moment){.kind = kind,
                           .at_us = from_us,
                           .until_us = until_us,
                           .key = 6,
                           .key_sequence = entry,
                           .entry = entry,
                           .party = PLANT,
                           .number = line};
}

static const struct work *find(const struct work_set *set, uint16_t rule)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->rows[i].rule == rule)
            return &set->rows[i];
    return NULL;
}

/* 固体废物污染环境防治法 art. 80: N05 by hour and day. */
static void more_than_the_permit_in_an_hour_or_a_day_is_a_breach(void **state)
{
    (void)state;
    static struct plant_day day;
    static struct work_set set;
    struct law_limits limits = {.hourly_g = 100000, .daily_g = 250000};
    struct law law = law_with(&limits);
    memset(&day, 0, sizeof day);
    set.count = 0;
    for (int hour = 8; hour < 11; hour++) {
        struct tally_part part = fed(DAY_START + hour * CALENDAR_HOUR_US, 80000);
        struct moment moment = moment_at(PLANT_TREATED, part.at_us, part.at_us, 0);
        plant_day_add(&day, DAY_START, &part);
        plant_day_treat(&day, DAY_START, &moment, MOMENT_FIRST);
    }
    plant_day_work(&day, PLANT, DAY, &law, &set);
    assert_int_equal(set.count, 0);
    struct tally_part more = fed(DAY_START + 9 * CALENDAR_HOUR_US + 1, 20001);
    plant_day_add(&day, DAY_START, &more);
    plant_day_work(&day, PLANT, DAY, &law, &set);
    const struct work *hourly = find(&set, RULE_plant_hourly);
    assert_non_null(hourly);
    assert_int_equal(hourly->due_us, DAY_START + 9 * CALENDAR_HOUR_US);
    assert_int_equal(hourly->mass_g, 100001);
    assert_int_equal(hourly->entry_count, 1);
    assert_int_equal(hourly->profile, LAW_PROFILE_MEDICAL);
    const struct work *daily = find(&set, RULE_plant_daily);
    assert_int_equal(daily->mass_g, 260001);
    assert_int_equal(daily->entry_count, 3);
    assert_int_equal(daily->subject, tally_number(PLANT, DAY));
    /* A permit that says nothing of it sets no bound. */
    limits = (struct law_limits){0};
    set.count = 0;
    plant_day_work(&day, PLANT, DAY, &law, &set);
    assert_int_equal(set.count, 0);
}

static void more_than_the_permit_in_a_year_is_since_the_day_that_passed_it(void **state)
{
    (void)state;
    static struct plant_year year;
    static struct work_set set;
    struct law_limits limits = {.yearly_g = 1000000};
    struct law law = law_with(&limits);
    int32_t first = calendar_from_civil(2026, 1, 1);
    set.count = 0;
    memset(&year, 0, sizeof year);
    for (int32_t day = DAY - first; day < DAY - first + 5; day++) {
        struct tally_part part = fed(0, 300000);
        plant_year_add(&year, day, &part);
    }
    plant_year_work(&year, PLANT, 2026, &law, &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_plant_yearly);
    assert_int_equal(set.rows[0].due_us, DAY_START + 3 * CALENDAR_DAY_US);
    assert_int_equal(set.rows[0].mass_g, 1500000);
    struct tally_part less = fed(0, -300000);
    less.pieces = -1;
    for (int32_t day = DAY - first; day < DAY - first + 2; day++)
        plant_year_add(&year, day, &less);
    set.count = 0;
    plant_year_work(&year, PLANT, 2026, &law, &set);
    assert_int_equal(set.count, 0);
}

/* House rule treated_while_off. A stop of the line or of the whole plant; what another line did is its own. */
static void treatment_while_the_line_was_off_is_found(void **state)
{
    (void)state;
    static struct plant_day day;
    static struct work_set set;
    memset(&day, 0, sizeof day);
    set.count = 0;
    const int64_t hour = CALENDAR_HOUR_US;
    struct moment stop =
        moment_at(PLANT_STOPPED, DAY_START + 10 * hour, DAY_START + 14 * hour, LINE);
    struct moment inside = moment_at(PLANT_TREATED, DAY_START + 11 * hour, 0, LINE);
    struct moment other = moment_at(PLANT_TREATED, DAY_START + 11 * hour, 0, OTHER_LINE);
    struct moment after = moment_at(PLANT_TREATED, DAY_START + 14 * hour, 0, LINE);
    struct tally_part part = fed(inside.at_us, 1);
    plant_day_add(&day, DAY_START, &part);
    plant_day_stop(&day, &stop, MOMENT_FIRST);
    plant_day_treat(&day, DAY_START, &after, MOMENT_FIRST);
    plant_day_treat(&day, DAY_START, &other, MOMENT_FIRST);
    plant_day_treat(&day, DAY_START, &inside, MOMENT_FIRST);
    plant_day_work(&day, PLANT, DAY, law_default(), &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_treated_while_off);
    assert_int_equal(set.rows[0].anchor_sequence, inside.key_sequence);
    assert_int_equal(set.rows[0].entries[0], inside.entry);
    assert_int_equal(set.rows[0].entries[1], stop.entry);
    struct moment whole = moment_at(PLANT_STOPPED, DAY_START + 14 * hour, DAY_START + 15 * hour, 0);
    plant_day_stop(&day, &whole, MOMENT_FIRST);
    set.count = 0;
    plant_day_work(&day, PLANT, DAY, law_default(), &set);
    assert_int_equal(set.count, 2);
}

/* GB 39707-2020 7.3.3: 60 hours a year and line; overlapping stops count once. */
static void sixty_hours_off_in_a_year_are_a_notice(void **state)
{
    (void)state;
    static struct plant_year year;
    static struct work_set set;
    memset(&year, 0, sizeof year);
    set.count = 0;
    struct tally_part part = fed(0, 1);
    plant_year_add(&year, 5, &part);
    const int64_t hour = CALENDAR_HOUR_US;
    struct moment first = moment_at(PLANT_STOPPED, DAY_START, DAY_START + 40 * hour, LINE);
    struct moment again =
        moment_at(PLANT_STOPPED, DAY_START + 30 * hour, DAY_START + 60 * hour, LINE);
    struct moment other =
        moment_at(PLANT_STOPPED, DAY_START + 70 * hour, DAY_START + 100 * hour, OTHER_LINE);
    plant_year_stop(&year, &again, MOMENT_FIRST);
    plant_year_stop(&year, &other, MOMENT_FIRST);
    plant_year_stop(&year, &first, MOMENT_FIRST);
    plant_year_work(&year, PLANT, 2026, law_default(), &set);
    assert_int_equal(set.count, 0);
    struct moment whole =
        moment_at(PLANT_STOPPED, DAY_START + 200 * hour, DAY_START + 201 * hour, 0);
    plant_year_stop(&year, &whole, MOMENT_FIRST);
    plant_year_work(&year, PLANT, 2026, law_default(), &set);
    assert_int_equal(set.count, 1);
    assert_int_equal(set.rows[0].rule, RULE_outage_hours);
    assert_int_equal(set.rows[0].due_us, DAY_START + 200 * hour);
    assert_int_equal(set.rows[0].entry_count, 3);
}

static void of_an_hour_and_line_the_first_four_are_kept(void **state)
{
    (void)state;
    static struct plant_day day;
    memset(&day, 0, sizeof day);
    for (int i = 9; i >= 0; i--) {
        struct moment moment = moment_at(PLANT_TREATED, DAY_START + i, DAY_START + i, LINE);
        plant_day_treat(&day, DAY_START, &moment, MOMENT_FIRST);
    }
    assert_int_equal(day.treated.count, PLANT_SHOWN);
    assert_int_equal(day.treated.all[0].at_us, DAY_START);
    assert_int_equal(day.treated.all[3].at_us, DAY_START + 3);
}

static void records_are_written_and_read(void **state)
{
    (void)state;
    static struct plant_day day, day_read;
    static struct plant_year year, year_read;
    static uint8_t bytes[32768];
    memset(&day, 0, sizeof day);
    memset(&year, 0, sizeof year);
    struct tally_part part = fed(DAY_START + 23 * CALENDAR_HOUR_US, 7);
    struct moment stop = moment_at(PLANT_STOPPED, DAY_START, DAY_START + 5, LINE);
    plant_day_add(&day, DAY_START, &part);
    plant_day_stop(&day, &stop, MOMENT_FIRST);
    plant_year_add(&year, 365, &part);
    plant_year_stop(&year, &stop, MOMENT_FIRST);
    size_t len = plant_day_write(&day, bytes, sizeof bytes);
    assert_true(plant_day_parse(span_of(bytes, len), &day_read));
    assert_int_equal(day_read.fed_g[23], 7);
    assert_int_equal(day_read.stops.count, 1);
    assert_false(plant_day_parse(span_of(bytes, len - 1), &day_read));
    len = plant_year_write(&year, bytes, sizeof bytes);
    assert_true(plant_year_parse(span_of(bytes, len), &year_read));
    assert_int_equal(year_read.fed_g[365], 7);
    assert_false(plant_year_parse(span_of(bytes, len - 1), &year_read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_the_permit_in_an_hour_or_a_day_is_a_breach),
        cmocka_unit_test(more_than_the_permit_in_a_year_is_since_the_day_that_passed_it),
        cmocka_unit_test(treatment_while_the_line_was_off_is_found),
        cmocka_unit_test(sixty_hours_off_in_a_year_are_a_notice),
        cmocka_unit_test(of_an_hour_and_line_the_first_four_are_kept),
        cmocka_unit_test(records_are_written_and_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
