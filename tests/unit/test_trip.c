/* test_trip.c: shows what a trip's vehicle brings to light, and that the record of a trip survives. */
#include <string.h>

#include "proto/rule.h"
#include "daemon/domain/trip.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"

static struct work_set work;

static struct trip trip_of(uint16_t bits)
{
    work.count = 0;
    return (struct trip){
        .is_known = true,
        .depart = {.effective_us = 500,
                   .claimed_us = 500,
                   .recorded_us = 600,
                   .key = 3,
                   .key_sequence = 4,
                   .entry = 5,
                   .party = 6,
                   .bits = bits,
                   .mass_g = FACT_NO_MASS},
        .vehicle = 7,
        .division = 540400,
    };
}

static void test_a_filed_vehicle_is_no_news(void **state)
{
    (void)state;
    struct trip trip = trip_of(0);
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 0);
}

static void test_an_unfiled_vehicle_is_found_at_its_departure(void **state)
{
    (void)state;
    struct trip trip = trip_of(FACT_VEHICLE_UNREGISTERED);
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 1);
    const struct work *row = &work.rows[0];
    assert_int_equal(row->kind, WORK_FINDING);
    assert_int_equal(row->rule, RULE_vehicle_unregistered);
    assert_int_equal(row->subject_kind, SUBJECT_TRIP);
    assert_int_equal(row->subject, 9);
    assert_int_equal(row->division, 540400);
    assert_int_equal(row->due_us, 500);
    assert_int_equal(row->anchor_key, 3);
    assert_int_equal(row->anchor_sequence, 4);
    assert_int_equal(row->party, 6);
    assert_int_equal(row->entry_count, 1);
    assert_int_equal(row->entries[0], 5);
}

static const struct vehicle_filing *filing_of(void *context, uint32_t vehicle, int64_t at_us)
{
    return vehicle == 7 && at_us == 500 ? context : NULL;
}

/* Medical Waste Regulation article 26 (RULES.md N09). */
static void test_medical_waste_needs_a_vehicle_that_is_filed_for_it(void **state)
{
    (void)state;
    struct vehicle_filing filing = {.is_medical = false};
    struct law law = *law_default();
    law.vehicle = filing_of;
    law.context = &filing;
    struct trip trip = trip_of(0);
    tally_profiles_add(&trip.cargo, LAW_PROFILE_GENERAL, 3);
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0);
    trip = trip_of(0);
    tally_profiles_add(&trip.cargo, LAW_PROFILE_MEDICAL, 3);
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].rule, RULE_vehicle_not_medical);
    assert_int_equal(work.rows[0].vehicle, 7);
    assert_int_equal(work.rows[0].profile, LAW_PROFILE_MEDICAL);
    filing.is_medical = true;
    work.count = 0;
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0);
}

/* 危险废物转移管理办法 article 13 (RULES.md N07): the licence covers the class, and the load is no heavier than it says. */
static void test_the_vehicles_licence_covers_class_and_load(void **state)
{
    (void)state;
    struct vehicle_filing filing = {.is_medical = true, .capacity_g = 5000};
    struct law law = *law_default();
    law.vehicle = filing_of;
    law.context = &filing;
    struct trip trip = trip_of(0);
    tally_profiles_add(&trip.cargo, LAW_PROFILE_MEDICAL, 3);
    trip.sums.loaded_g = 5000;
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0); /* no scopes were told */
    filing.scope_count = 1;
    filing.scopes[0] = vehicle_scope(span_text("6"));
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0);
    filing.scopes[0] = vehicle_scope(span_text("6.1"));
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].rule, RULE_vehicle_out_of_scope);
    filing.scopes[0] = VEHICLE_ANY_WASTE;
    trip.sums.loaded_g = 5001;
    work.count = 0;
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].rule, RULE_vehicle_overloaded);
    filing.capacity_g = 0;
    work.count = 0;
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0);
}

static const struct profile *crewed_profile(void *context, uint32_t number)
{
    static struct profile profile;
    (void)context;
    profile = *profile_medical();
    profile.crew_required = number == LAW_PROFILE_MEDICAL ? 1 : 0;
    return &profile;
}

static bool seven_is_on_file(void *context, uint32_t document, int64_t at_us)
{
    (void)context;
    return document == 7 && at_us == 500;
}

/* 危险货物道路运输安全管理办法 article 44: driver and escort, each with a certificate in force. */
static void test_driver_and_escort_need_their_certificates(void **state)
{
    (void)state;
    struct law law = *law_default();
    law.profile = crewed_profile;
    law.is_on_file = seven_is_on_file;
    struct trip trip = trip_of(0);
    trip.driver = 7;
    trip.escort = 7;
    tally_profiles_add(&trip.cargo, LAW_PROFILE_MEDICAL, 3);
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0);
    trip.escort = 0;
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].rule, RULE_crew_uncertified);
    /* A profile that does not ask for it. */
    work.count = 0;
    trip.cargo.all[0].profile = LAW_PROFILE_GENERAL;
    trip_work(&trip, 9, &law, &work);
    assert_int_equal(work.count, 0);
}

/* The same article: not with other cargo. */
static void test_medical_waste_travels_alone(void **state)
{
    (void)state;
    struct trip trip = trip_of(0);
    tally_profiles_add(&trip.cargo, LAW_PROFILE_MEDICAL, 3);
    tally_profiles_add(&trip.cargo, 0, 1); /* nobody knows yet what it is */
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 0);
    tally_profiles_add(&trip.cargo, LAW_PROFILE_GENERAL, 1);
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].rule, RULE_mixed_cargo);
}

/* GB 39707-2020 5.5.2. */
static void test_after_the_last_receipt_the_vehicle_must_be_cleaned(void **state)
{
    (void)state;
    struct trip trip = trip_of(0);
    tally_profiles_add(&trip.cargo, LAW_PROFILE_MEDICAL, 3);
    assert_int_equal(trip_must_be_cleaned(&trip, law_default()), 0);
    struct moment first = {.at_us = 600}, second = {.at_us = 700};
    trip_receive(&trip, &second, MOMENT_FIRST);
    trip_receive(&trip, &first, MOMENT_FIRST);
    assert_int_equal(trip_end(&trip)->at_us, 700);
    second.voids = MOMENT_UNSAID;
    trip_receive(&trip, &second, MOMENT_AGAIN);
    assert_int_equal(trip_end(&trip)->at_us, 600);
    assert_int_equal(trip_must_be_cleaned(&trip, law_default()), LAW_PROFILE_MEDICAL);
    trip.depart.bits = FACT_HELD;
    assert_false(trip_is_under_way(&trip));
    assert_int_equal(trip_must_be_cleaned(&trip, law_default()), 0);
}

static void test_the_last_receipts_are_kept_in_whatever_order(void **state)
{
    (void)state;
    for (int backwards = 0; backwards < 2; backwards++) {
        struct trip trip = trip_of(0), read;
        static uint8_t bytes[TRIP_RECORD_MAX];
        for (int i = 0; i < 20; i++) {
            const struct moment receipt = {.at_us = backwards ? 20 - i : i + 1};
            trip_receive(&trip, &receipt, MOMENT_FIRST);
        }
        assert_int_equal(trip.receipt_count, TRIP_RECEIPTS_MAX);
        assert_int_equal(trip.receipts[0].at_us, 20 - TRIP_RECEIPTS_MAX + 1);
        assert_int_equal(trip_end(&trip)->at_us, 20);
        const struct moment gone = {.at_us = 20};
        trip_receive(&trip, &gone, MOMENT_AWAY);
        assert_int_equal(trip_end(&trip)->at_us, 19);
        trip_note_receiver(&trip, 7);
        trip_note_receiver(&trip, 7);
        trip_note_seen(&trip, -3);
        trip_note_seen(&trip, 40);
        size_t len = trip_write(&trip, bytes, sizeof bytes);
        assert_true(trip_parse(span_of(bytes, len), &read));
        assert_int_equal(read.receipt_count, TRIP_RECEIPTS_MAX - 1);
        for (uint32_t i = 0; i < read.receipt_count; i++)
            assert_int_equal(moment_compare(&read.receipts[i], &trip.receipts[i]), 0);
        assert_int_equal(read.first_seen_day, -3);
        assert_int_equal(read.last_seen_day, 40);
        assert_true(trip_is_built_on(&read, 8));
        assert_false(trip_is_built_on(&read, 7));
    }
}

/* As if nobody had departed: no vehicle, nothing to be judged by it. */
static void test_a_departure_that_was_withdrawn_is_none(void **state)
{
    (void)state;
    struct trip trip = trip_of(FACT_VEHICLE_EXPIRED);
    trip.depart.bits |= FACT_UNSAID;
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 0);
    assert_false(trip_is_under_way(&trip));
    assert_int_equal(trip_vehicle(&trip), 0);
    trip.depart.bits = FACT_VEHICLE_EXPIRED;
    assert_true(trip_vehicle(&trip) != 0);
}

static void test_an_expired_filing_is_another_finding(void **state)
{
    (void)state;
    struct trip trip = trip_of(FACT_VEHICLE_EXPIRED);
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 1);
    assert_int_equal(work.rows[0].rule, RULE_vehicle_expired);
}

static void test_a_trip_that_is_held_or_only_mentioned_is_not_judged(void **state)
{
    (void)state;
    struct trip trip = trip_of(FACT_VEHICLE_UNREGISTERED | FACT_HELD);
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 0);
    trip.depart.bits |= FACT_CONFIRMED;
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 1);
    trip = trip_of(FACT_VEHICLE_UNREGISTERED);
    trip.is_known = false;
    trip_work(&trip, 9, law_default(), &work);
    assert_int_equal(work.count, 0);
}

static void test_a_record_comes_back_and_no_part_of_it_does(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, 17);
    for (int round = 0; round < 300; round++) {
        struct trip trip = trip_of((uint16_t)dice_throw(&dice));
        struct trip back = {.vehicle = 5};
        uint8_t data[TRIP_RECORD_MAX + 1];
        uint8_t again[TRIP_RECORD_MAX];
        trip.is_known = dice_chance(&dice, 80);
        trip.vehicle = (uint32_t)dice_throw(&dice);
        trip.division = (uint32_t)dice_throw(&dice);
        trip.stops = (uint32_t)dice_throw(&dice);
        dice_fill(&dice, &trip.sums, sizeof trip.sums);
        size_t len = trip_write(&trip, data, TRIP_RECORD_MAX);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_false(trip_parse(span_of(data, cap), &back));
            assert_int_equal(trip_write(&trip, again, cap), 0);
        }
        data[len] = 0;
        assert_false(trip_parse(span_of(data, len + 1), &back));
        assert_int_equal(back.vehicle, 5);
        assert_true(trip_parse(span_of(data, len), &back));
        assert_int_equal(trip_write(&back, again, sizeof again), len);
        assert_memory_equal(data, again, len);
        assert_true(back.is_known == trip.is_known && back.vehicle == trip.vehicle &&
                    back.division == trip.division && back.stops == trip.stops);
        assert_memory_equal(&back.sums, &trip.sums, sizeof trip.sums);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_receipts_are_kept_in_whatever_order),
        cmocka_unit_test(test_a_departure_that_was_withdrawn_is_none),
        cmocka_unit_test(test_a_filed_vehicle_is_no_news),
        cmocka_unit_test(test_an_unfiled_vehicle_is_found_at_its_departure),
        cmocka_unit_test(test_medical_waste_needs_a_vehicle_that_is_filed_for_it),
        cmocka_unit_test(test_medical_waste_travels_alone),
        cmocka_unit_test(test_the_vehicles_licence_covers_class_and_load),
        cmocka_unit_test(test_driver_and_escort_need_their_certificates),
        cmocka_unit_test(test_after_the_last_receipt_the_vehicle_must_be_cleaned),
        cmocka_unit_test(test_an_expired_filing_is_another_finding),
        cmocka_unit_test(test_a_trip_that_is_held_or_only_mentioned_is_not_judged),
        cmocka_unit_test(test_a_record_comes_back_and_no_part_of_it_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
