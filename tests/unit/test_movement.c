/* test_movement.c: what one history adds to whose account, figures by hand. */
#include <string.h>

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "daemon/domain/movement.h"
#include "tests/lib/check.h"

#define START_US INT64_C(1777593600000000) /* 2026-05-01 08:00 +08:00 */
enum { CLINIC = 1, CARRIER = 2, PLANT = 3, KILN = 4, CODE = 8, DAY = 20574 };

struct fixture {
    struct fact facts[16];
    size_t count;
    struct manifest manifest;
    struct container_manifest known;
    struct container_context context;
    struct container_history history;
    struct movement_set set;
};

static struct fixture fixture;

static void begin(void)
{
    memset(&fixture, 0, sizeof fixture);
    fixture.manifest.is_known = true;
    fixture.manifest.generator = CLINIC;
    fixture.manifest.receiver = PLANT;
    fixture.manifest.leg_count = 1;
    fixture.manifest.carriers[0] = CARRIER;
    fixture.known = (struct container_manifest){.number = 1, .manifest = &fixture.manifest};
    fixture.context = (struct container_context){.law = law_default(),
                                                 .number = 77,
                                                 .generator = CLINIC,
                                                 .division = 540421,
                                                 .manifest_count = 1,
                                                 .manifests = &fixture.known};
}

static struct fact *say(uint32_t party, int act, int hours, uint64_t mass_g)
{
    static const party_bits kinds[] = {
        [CLINIC] = 1 << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR,
        [CARRIER] = 1 << CUSTODY__V1__PARTY_KIND__PARTY_CARRIER,
        [PLANT] = 1 << CUSTODY__V1__PARTY_KIND__PARTY_FACILITY,
        [KILN] = 1 << CUSTODY__V1__PARTY_KIND__PARTY_FACILITY,
    };
    struct fact *fact = &fixture.facts[fixture.count++];
    *fact = (struct fact){
        .effective_us = START_US + hours * CALENDAR_HOUR_US,
        .recorded_us = START_US + hours * CALENDAR_HOUR_US,
        .key = party,
        .key_prefix = party,
        .key_sequence = fixture.count,
        .entry = 100 + fixture.count,
        .act = (uint8_t)act,
        .party = party,
        .kinds = kinds[party],
        .mass_g = mass_g,
        .mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED,
    };
    if (act == CUSTODY__V1__ACT__ACT_PACK) {
        fact->code = CODE;
        fact->profile = LAW_PROFILE_MEDICAL;
        fact->bits = FACT_MEDICAL;
    }
    if (act == CUSTODY__V1__ACT__ACT_LOAD || act == CUSTODY__V1__ACT__ACT_RECEIVE) {
        fact->manifest = 1;
        fact->trip = 1;
    }
    if (act == CUSTODY__V1__ACT__ACT_RECEIVE)
        fact->verdict = CUSTODY__V1__VERDICT__VERDICT_ACCEPTED;
    if (act == CUSTODY__V1__ACT__ACT_FEED)
        fact->batch = 1;
    return fact;
}

static void reckon(void)
{
    const struct fact *pointers[16];
    for (size_t i = 0; i < fixture.count; i++)
        pointers[i] = &fixture.facts[i];
    container_fold(&fixture.context, pointers, fixture.count, &fixture.history);
    movement_of_history(&fixture.history, &fixture.context, &fixture.set);
}

static void
assert_row(uint32_t party, int day, enum movement_account account, int64_t grams, int64_t pieces)
{
    for (uint32_t i = 0; i < fixture.set.count; i++) {
        const struct movement *row = &fixture.set.rows[i];
        if (row->party != party || row->account != account || row->day != day)
            continue;
        assert_int_equal(row->grams, grams);
        assert_int_equal(row->pieces, pieces);
        return;
    }
    fail_msg("no row of %s", movement_account_find((uint8_t)account)->name);
}

static int64_t grams_of(enum movement_account account)
{
    int64_t grams = 0;
    for (uint32_t i = 0; i < fixture.set.count; i++)
        if (fixture.set.rows[i].account == account)
            grams += fixture.set.rows[i].grams;
    return grams;
}

static void a_bag_from_ward_to_ash_is_booked_once_at_each_hand(void **state)
{
    (void)state;
    begin();
    say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, 0, 5000);
    say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 20, 5100);
    say(PLANT, CUSTODY__V1__ACT__ACT_RECEIVE, 26, 4950);
    say(PLANT, CUSTODY__V1__ACT__ACT_FEED, 30, FACT_NO_MASS);
    reckon();
    assert_row(CLINIC, DAY, MOVEMENT_generated, 5000, 1);
    assert_row(CLINIC, DAY + 1, MOVEMENT_reweighed, 100, 0);
    assert_row(CLINIC, DAY + 1, MOVEMENT_sent, 5100, 1);
    assert_row(CARRIER, DAY + 1, MOVEMENT_taken, 5100, 1);
    assert_row(CARRIER, DAY + 1, MOVEMENT_reweighed, -150, 0);
    assert_row(CARRIER, DAY + 1, MOVEMENT_handed_on, 4950, 1);
    assert_row(PLANT, DAY + 1, MOVEMENT_received, 4950, 1);
    assert_row(PLANT, DAY + 1, MOVEMENT_treated, 4950, 1);
    assert_row(CLINIC, DAY + 1, MOVEMENT_in_time, 4950, 1);
    assert_row(CLINIC, DAY + 1, MOVEMENT_age_2, 4950, 1);
    assert_row(CLINIC, DAY, MOVEMENT_of_disposed, 5000, 1);
    assert_row(CARRIER, DAY + 1, MOVEMENT_mark_single, 0, 1);
    assert_row(PLANT, DAY + 1, MOVEMENT_mark_single, 0, 1);
    assert_int_equal(fixture.set.count, 13);
}

/* 医疗废物管理条例 art. 17 and GB 39707-2020 5.4.6: 48 hours in temporary storage, 24 at the plant. */
static void treated_after_both_limits_is_late(void **state)
{
    (void)state;
    for (int hours = 72; hours <= 73; hours++) {
        begin();
        say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, 0, 5000);
        say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 40, 5000);
        say(PLANT, CUSTODY__V1__ACT__ACT_RECEIVE, 50, 5000);
        say(PLANT, CUSTODY__V1__ACT__ACT_FEED, hours, FACT_NO_MASS);
        reckon();
        assert_int_equal(grams_of(MOVEMENT_in_time), hours == 72 ? 5000 : 0);
        assert_int_equal(grams_of(MOVEMENT_late), hours == 72 ? 0 : 5000);
        assert_int_equal(grams_of(MOVEMENT_age_3), hours == 72 ? 5000 : 0);
        assert_int_equal(grams_of(MOVEMENT_age_4), hours == 72 ? 0 : 5000);
    }
}

/* NEEDS D1: only what its manifest's receiver treated counts as disposed of. */
static void treated_elsewhere_than_the_manifest_says_is_not_disposed_of(void **state)
{
    (void)state;
    begin();
    say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, 0, 5000);
    say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 20, 5000);
    struct fact *receive = say(KILN, CUSTODY__V1__ACT__ACT_RECEIVE, 26, 5000);
    receive->manifest = 0;
    fact_countersign(receive, CARRIER);
    say(KILN, CUSTODY__V1__ACT__ACT_FEED, 30, FACT_NO_MASS);
    reckon();
    assert_row(KILN, DAY + 1, MOVEMENT_treated, 5000, 1);
    assert_row(CLINIC, DAY, MOVEMENT_of_strayed, 5000, 1);
    assert_int_equal(grams_of(MOVEMENT_of_disposed), 0);
}

static void what_is_not_treated_yet_is_open(void **state)
{
    (void)state;
    begin();
    say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, 0, 5000);
    say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 20, 5000);
    reckon();
    assert_row(CLINIC, DAY, MOVEMENT_of_open, 5000, 1);
}

static void rejected_waste_comes_back_to_its_generator(void **state)
{
    (void)state;
    begin();
    say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, 0, 5000);
    say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 20, 5000);
    say(PLANT, CUSTODY__V1__ACT__ACT_RECEIVE, 26, FACT_NO_MASS)->verdict =
        CUSTODY__V1__VERDICT__VERDICT_REJECTED;
    fact_countersign(say(CLINIC, CUSTODY__V1__ACT__ACT_STORE, 44, FACT_NO_MASS), CARRIER);
    reckon();
    assert_row(CARRIER, DAY + 1, MOVEMENT_taken, 5000, 1);
    assert_row(CARRIER, DAY + 2, MOVEMENT_sent_back, 5000, 1);
    assert_row(CLINIC, DAY + 2, MOVEMENT_returned, 5000, 1);
    assert_row(CLINIC, DAY, MOVEMENT_of_open, 5000, 1);
    int64_t grams, pieces;
    movement_stock(&fixture.history, CLINIC, &grams, &pieces);
    assert_int_equal(grams, 5000);
    assert_int_equal(pieces, 1);
}

static void bulk_waste_arises_when_it_is_loaded(void **state)
{
    (void)state;
    begin();
    fixture.context.is_bulk = true;
    say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 0, 900000);
    reckon();
    assert_row(CLINIC, DAY, MOVEMENT_generated, 900000, 1);
    assert_row(CLINIC, DAY, MOVEMENT_sent, 900000, 1);
    assert_row(CARRIER, DAY, MOVEMENT_taken, 900000, 1);
}

static void what_was_never_packed_is_no_generators(void **state)
{
    (void)state;
    begin();
    say(CARRIER, CUSTODY__V1__ACT__ACT_LOAD, 0, 5000);
    reckon();
    assert_row(CLINIC, DAY, MOVEMENT_unpacked, 5000, 1);
    assert_row(CARRIER, DAY, MOVEMENT_taken, 5000, 1);
    assert_int_equal(grams_of(MOVEMENT_generated), 0);
    /* The pack that comes in later makes it so. */
    say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, -1, 5000);
    reckon();
    assert_int_equal(grams_of(MOVEMENT_unpacked), 0);
    assert_row(CLINIC, DAY, MOVEMENT_generated, 5000, 1);
    assert_row(CLINIC, DAY, MOVEMENT_sent, 5000, 1);
}

static void marks_are_counted_at_who_made_the_record(void **state)
{
    (void)state;
    begin();
    struct fact *pack = say(CLINIC, CUSTODY__V1__ACT__ACT_PACK, 0, 5000);
    pack->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
    pack->five_gap_us = 3 * UINT64_C(3600000000);
    pack->recorded_us += 30 * CALENDAR_HOUR_US;
    reckon();
    assert_row(CLINIC, DAY, MOVEMENT_mark_typed, 0, 1);
    assert_row(CLINIC, DAY, MOVEMENT_mark_late, 0, 1);
    assert_row(CLINIC, DAY, MOVEMENT_mark_five, 0, 1);
    /* Later than that is a finding, not a mark (rule late_recorded). */
    pack->recorded_us += 30 * CALENDAR_DAY_US;
    reckon();
    for (uint32_t i = 0; i < fixture.set.count; i++)
        assert_int_not_equal(fixture.set.rows[i].account, MOVEMENT_mark_late);
}

static void note_account(void *context, uint8_t account, int64_t grams, int64_t pieces)
{
    struct movement_sums *sums = context;
    sums->grams[account] = grams;
    sums->pieces[account] = pieces;
}

static void rows_are_read_as_they_were_written(void **state)
{
    (void)state;
    static struct movement_sums sums, back;
    uint8_t room[MOVEMENT_VALUE_MAX], key[MOVEMENT_KEY_BYTES], later[MOVEMENT_KEY_BYTES];
    struct movement_key before = {.party = 1, .code = 2, .day = -1, .entry = UINT64_MAX};
    struct movement_key again = {0};
    struct movement_key after = {.party = 1, .code = 2, .day = 0, .entry = 0};
    movement_write_key(&before, key);
    movement_write_key(&after, later);
    assert_true(memcmp(key, later, sizeof key) < 0);
    assert_true(movement_parse_key(span_of(key, sizeof key), &again));
    assert_true(again.party == before.party && again.code == before.code &&
                again.day == before.day && again.entry == before.entry);
    assert_false(movement_parse_key(span_of(key, sizeof key - 1), &again));
    sums.grams[MOVEMENT_generated] = INT64_MIN;
    sums.pieces[MOVEMENT_mark_five] = -3;
    size_t len = movement_write_value(&sums, room);
    assert_true(movement_parse_value(span_of(room, len), note_account, &back));
    assert_memory_equal(&back, &sums, sizeof sums);
    for (size_t i = 1; i < len; i++)
        if (i != 12)
            assert_false(movement_parse_value(span_of(room, i), note_account, &back));
    room[0] = MOVEMENT_ACCOUNT_MAX + 1;
    assert_false(movement_parse_value(span_of(room, len), note_account, &back));
    /* Twice the same account, and an account of nothing: nobody wrote that. */
    const uint8_t twice[] = {1, 2, 0, 1, 2, 0}, nothing[] = {1, 0, 0},
                  backwards[] = {2, 2, 0, 1, 2, 0};
    assert_false(movement_parse_value(span_of(twice, sizeof twice), note_account, &back));
    assert_true(movement_parse_value(span_of(twice, 3), note_account, &back));
    assert_false(movement_parse_value(span_of(nothing, sizeof nothing), note_account, &back));
    assert_false(movement_parse_value(span_of(backwards, sizeof backwards), note_account, &back));
    memset(&sums, 0, sizeof sums);
    assert_int_equal(movement_write_value(&sums, room), 0);
    memset(&sums, 0x80, sizeof sums);
    assert_true(movement_write_value(&sums, room) > 0);
}

static void every_account_has_its_names(void **state)
{
    (void)state;
    for (unsigned number = 0; number < 256; number++) {
        const struct movement_account_row *row = movement_account_find((uint8_t)number);
        if (row == NULL) {
            assert_int_equal(movement_account_sign((uint8_t)number), 0);
            continue;
        }
        assert_true(number >= 1 && number <= MOVEMENT_ACCOUNT_MAX);
        assert_ptr_equal(movement_account_find_name(span_text(row->name)), row);
        assert_true(row->zh[0] != 0 && row->en[0] != 0);
    }
    assert_null(movement_account_find_name(span_text("nothing")));
    assert_int_equal(movement_account_sign(MOVEMENT_generated), 1);
    assert_int_equal(movement_account_sign(MOVEMENT_treated), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bag_from_ward_to_ash_is_booked_once_at_each_hand),
        cmocka_unit_test(treated_after_both_limits_is_late),
        cmocka_unit_test(treated_elsewhere_than_the_manifest_says_is_not_disposed_of),
        cmocka_unit_test(what_is_not_treated_yet_is_open),
        cmocka_unit_test(rejected_waste_comes_back_to_its_generator),
        cmocka_unit_test(bulk_waste_arises_when_it_is_loaded),
        cmocka_unit_test(what_was_never_packed_is_no_generators),
        cmocka_unit_test(marks_are_counted_at_who_made_the_record),
        cmocka_unit_test(rows_are_read_as_they_were_written),
        cmocka_unit_test(every_account_has_its_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
