/* test_tally.c: what a container's history adds to sums, and that what was added is taken out again. */
#include "proto/custody.pb-c.h"
#include "daemon/domain/tally.h"
#include "tests/lib/check.h"

enum { HOSPITAL = 1, CARRIER = 2, PLANT = 3, STORE = 8 };
#define NOON INT64_C(1779076800000000)

static const struct container_context context = {.number = 5, .generator = HOSPITAL};

static struct fact fact_of(uint8_t act, uint32_t party, int hour)
{
    static uint64_t sequence;
    sequence++;
    return (struct fact){.act = act,
                         .party = party,
                         .effective_us = NOON + hour * CALENDAR_HOUR_US,
                         .claimed_us = NOON + hour * CALENDAR_HOUR_US,
                         .recorded_us = NOON + hour * CALENDAR_HOUR_US,
                         .key = party,
                         .key_prefix = party,
                         .key_sequence = sequence,
                         .entry = sequence,
                         .kinds = 1U << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR |
                                  1U << CUSTODY__V1__PARTY_KIND__PARTY_CARRIER |
                                  1U << CUSTODY__V1__PARTY_KIND__PARTY_FACILITY,
                         .mass_g = FACT_NO_MASS};
}

static struct fact pack(int hour)
{
    struct fact fact = fact_of(CUSTODY__V1__ACT__ACT_PACK, HOSPITAL, hour);
    fact.mass_g = 2000;
    fact.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
    fact.place = STORE;
    fact.profile = LAW_PROFILE_MEDICAL;
    fact.bits = FACT_MEDICAL;
    return fact;
}

static void tally(const struct fact *facts, size_t count, struct tally_parts *ret)
{
    static struct container_history history;
    const struct fact *pointers[8];
    struct container_context lawful = context;
    lawful.law = law_default();
    for (size_t i = 0; i < count; i++)
        pointers[i] = &facts[i];
    container_fold(&lawful, pointers, count, &history);
    tally_of_history(&lawful, &history, ret);
}

static const struct tally_part *find(const struct tally_parts *parts, uint8_t kind, uint32_t party)
{
    for (uint32_t i = 0; i < parts->count; i++)
        if (parts->all[i].kind == kind && parts->all[i].party == party)
            return &parts->all[i];
    return NULL;
}

static void a_packed_bag_waits_is_in_stock_and_is_a_record_with_its_mark(void **state)
{
    (void)state;
    static struct tally_parts parts;
    const struct fact facts[] = {pack(0)};
    tally(facts, 1, &parts);
    assert_int_equal(find(&parts, TALLY_WAITING, HOSPITAL)->at_us, NOON);
    assert_int_equal(find(&parts, TALLY_STOCK, HOSPITAL)->grams, 2000);
    assert_int_equal(find(&parts, TALLY_STOCK, HOSPITAL)->place, STORE);
    assert_int_equal(find(&parts, TALLY_MADE, HOSPITAL)->marks, 1);
    assert_null(find(&parts, TALLY_FED, PLANT));
}

/* The load ends the waiting in its own record: the visit. What a generator's own plant feeds waited for nobody. */
static void what_was_fed_is_the_plants_and_waited_only_for_a_load(void **state)
{
    (void)state;
    static struct tally_parts parts;
    struct fact facts[] = {pack(0), fact_of(CUSTODY__V1__ACT__ACT_LOAD, CARRIER, 2),
                           fact_of(CUSTODY__V1__ACT__ACT_RECEIVE, PLANT, 3),
                           fact_of(CUSTODY__V1__ACT__ACT_FEED, PLANT, 4)};
    fact_countersign(&facts[1], HOSPITAL);
    fact_countersign(&facts[2], CARRIER);
    facts[2].verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    facts[3].batch = 7;
    tally(facts, 4, &parts);
    assert_int_equal(find(&parts, TALLY_FED, PLANT)->grams, 2000);
    assert_int_equal(find(&parts, TALLY_FED, PLANT)->at_us, facts[3].effective_us);
    assert_int_equal(find(&parts, TALLY_FED, PLANT)->profile, LAW_PROFILE_MEDICAL);
    assert_non_null(find(&parts, TALLY_WAITING, HOSPITAL));
    assert_null(find(&parts, TALLY_STOCK, PLANT));
    struct fact own[] = {pack(0), fact_of(CUSTODY__V1__ACT__ACT_FEED, HOSPITAL, 4)};
    tally(own, 2, &parts);
    assert_null(find(&parts, TALLY_WAITING, HOSPITAL));
    assert_int_equal(find(&parts, TALLY_FED, HOSPITAL)->grams, 2000);
}

/* House rule single_signature: a hand-over that one side signed is a mark of who made the record, until the other signs. */
static void a_single_signature_is_a_mark_until_the_counterpart_signs(void **state)
{
    (void)state;
    static struct tally_parts parts;
    struct fact facts[] = {pack(0), fact_of(CUSTODY__V1__ACT__ACT_LOAD, CARRIER, 2)};
    fact_countersign(&facts[1], HOSPITAL);
    tally(facts, 2, &parts);
    assert_int_equal(find(&parts, TALLY_MADE, CARRIER)->marks, 0);
    /* What nobody packed is anybody's: the load stands alone. */
    facts[1].countersigner_count = 0;
    tally(&facts[1], 1, &parts);
    assert_int_equal(find(&parts, TALLY_MADE, CARRIER)->marks, 1);
}

static void the_difference_of_a_history_with_itself_is_nothing(void **state)
{
    (void)state;
    static struct tally_parts before, after, difference;
    const struct fact facts[] = {pack(0), fact_of(CUSTODY__V1__ACT__ACT_STORE, HOSPITAL, 1)};
    tally(facts, 1, &before);
    tally_difference(&before, &before, &difference);
    assert_int_equal(difference.count, 0);
    tally(facts, 2, &after);
    tally_difference(&before, &after, &difference);
    int64_t pieces = 0;
    for (uint32_t i = 0; i < difference.count; i++)
        if (difference.all[i].kind == TALLY_STOCK)
            pieces += difference.all[i].pieces;
    assert_int_equal(pieces, 0); /* from one place to the other */
}

static void months_and_years_are_cut_in_the_zone(void **state)
{
    (void)state;
    const struct calendar calendar = {.utc_offset_minutes = 480};
    uint32_t of;
    int32_t period;
    /* 2026-05-31 23:30 and 2026-06-01 00:30, +08:00 */
    const int64_t may = INT64_C(1780241400000000);
    assert_int_equal(tally_month(&calendar, may), (2026 - 1970) * 12 + 4);
    assert_int_equal(tally_month(&calendar, may + CALENDAR_HOUR_US), (2026 - 1970) * 12 + 5);
    assert_int_equal(tally_month_start(tally_month(&calendar, may)),
                     calendar_from_civil(2026, 5, 1));
    assert_int_equal(tally_month_start(-1), calendar_from_civil(1969, 12, 1));
    assert_int_equal(tally_month_start(-12), calendar_from_civil(1969, 1, 1));
    assert_int_equal(tally_year(&calendar, may), 2026);
    tally_split(tally_number(7, -3), &of, &period);
    assert_int_equal(of, 7);
    assert_int_equal(period, -3);
}

static void profiles_are_written_by_number_whatever_came_first(void **state)
{
    (void)state;
    struct tally_profiles a = {0}, b = {0}, read = {0};
    uint8_t bytes[2][128];
    struct bytes_writer writers[2];
    struct bytes_reader reader;
    tally_profiles_add(&a, 9, 2);
    tally_profiles_add(&a, 2, 1);
    tally_profiles_add(&b, 2, 1);
    tally_profiles_add(&b, 4, 1);
    tally_profiles_add(&b, 9, 2);
    tally_profiles_add(&b, 4, -1);
    for (int i = 0; i < 2; i++) {
        bytes_writer_init(&writers[i], bytes[i], sizeof bytes[i]);
        tally_profiles_write(i == 0 ? &a : &b, &writers[i]);
    }
    assert_int_equal(writers[0].len, writers[1].len);
    assert_memory_equal(bytes[0], bytes[1], writers[0].len);
    bytes_reader_init(&reader, bytes_written(&writers[0]));
    assert_true(tally_profiles_read(&reader, &read));
    assert_int_equal(tally_profiles_for(&read, law_default(), RULE_plant_hourly), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_packed_bag_waits_is_in_stock_and_is_a_record_with_its_mark),
        cmocka_unit_test(what_was_fed_is_the_plants_and_waited_only_for_a_load),
        cmocka_unit_test(a_single_signature_is_a_mark_until_the_counterpart_signs),
        cmocka_unit_test(the_difference_of_a_history_with_itself_is_nothing),
        cmocka_unit_test(months_and_years_are_cut_in_the_zone),
        cmocka_unit_test(profiles_are_written_by_number_whatever_came_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
