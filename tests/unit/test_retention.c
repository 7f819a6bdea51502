/* test_retention.c: no record is erased before the law lets it (rule N23), and each field has its row.
 * Never a real record. */
#include <string.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "daemon/domain/retention.h"
#include "tests/lib/check.h"

#define DAY_US INT64_C(86400000000)

static struct retention_record record_of(enum retention_kind kind)
{
    return (struct retention_record){
        .kind = (uint8_t)kind, .party = 7, .key = 3, .entry = 20, .recorded_us = 1000 * DAY_US};
}

static bool allows(const struct retention_record *record, int64_t ended_us, int64_t now_us)
{
    return retention_stay_of(record, profile_medical(), ended_us, now_us, false, false) ==
           RETENTION_FREE;
}

/* 危险废物转移管理办法 art. 20: ten years; the day before is too early. */
static void a_partys_name_stays_as_long_as_its_manifests(void **state)
{
    (void)state;
    struct retention_record record = record_of(RETENTION_name);
    int64_t end_us = record.recorded_us + 3653 * DAY_US;
    assert_int_equal(retention_end_us(&record, profile_medical(), 0), end_us);
    assert_false(allows(&record, 0, end_us - 1));
    assert_true(allows(&record, 0, end_us));
}

/* 医疗废物管理条例 art. 12: three years, and never while the key is in use. */
static void an_identity_stays_while_its_key_lives(void **state)
{
    (void)state;
    struct retention_record record = record_of(RETENTION_identity);
    assert_false(allows(&record, 0, INT64_MAX - 1));
    int64_t ended_us = 5000 * DAY_US;
    assert_false(allows(&record, ended_us, ended_us + 1096 * DAY_US - 1));
    assert_true(allows(&record, ended_us, ended_us + 1096 * DAY_US));
    /* A key that lapsed before the newest statement that names its record. */
    assert_int_equal(retention_end_us(&record, profile_medical(), 1),
                     record.recorded_us + 1096 * DAY_US);
    /* A key without an end is not over the edge of time. */
    assert_int_equal(retention_end_us(&record, profile_medical(), INT64_MAX), INT64_MAX);
}

/* 危险货物道路运输安全管理办法 art. 24: waybills twelve months. */
static void a_crew_stays_a_year(void **state)
{
    (void)state;
    struct retention_record record = record_of(RETENTION_crew);
    assert_false(allows(&record, 0, record.recorded_us + 365 * DAY_US));
    assert_true(allows(&record, 0, record.recorded_us + 366 * DAY_US));
}

/* RULES.md 6: what may be evidence outlives its time; why it stays is told in one order. */
static void what_may_be_evidence_stays_longer(void **state)
{
    (void)state;
    struct retention_record record = record_of(RETENTION_crew);
    int64_t early_us = record.recorded_us, late_us = record.recorded_us + 366 * DAY_US;
    assert_int_equal(retention_stay_of(&record, profile_medical(), 0, early_us, true, true),
                     RETENTION_TIME);
    assert_int_equal(retention_stay_of(&record, profile_medical(), 0, late_us, true, true),
                     RETENTION_HOLD);
    assert_int_equal(retention_stay_of(&record, profile_medical(), 0, late_us, true, false),
                     RETENTION_HOLD);
    assert_int_equal(retention_stay_of(&record, profile_medical(), 0, late_us, false, true),
                     RETENTION_CASE);
    assert_int_equal(retention_stay_of(&record, profile_medical(), 0, late_us, false, false),
                     RETENTION_FREE);
}

/* The years are the profile's; 0 is for ever. */
static void a_profile_says_how_long(void **state)
{
    (void)state;
    static struct profile profile;
    profile = *profile_medical();
    profile.register_years = 5;
    profile.waybill_months = 18;
    profile.ledger_years = 0;
    assert_int_equal(retention_us(RETENTION_identity, &profile), (5 * 365 + 2) * DAY_US);
    assert_int_equal(retention_us(RETENTION_crew, &profile), (366 + 6 * 31) * DAY_US);
    struct retention_record record = record_of(RETENTION_text);
    assert_int_equal(retention_stay_of(&record, &profile, 0, INT64_MAX, false, false),
                     RETENTION_TIME);
}

static bool ends_with(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);
    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* A new digest field must be thought of: only what is known to be another thing keeps the house default. */
static void every_digest_of_the_schema_has_its_kind(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (uint32_t act = 16; act < 128; act++) {
        const ProtobufCMessageDescriptor *descriptor = body_descriptor(act);
        for (unsigned i = 0; descriptor != NULL && i < descriptor->n_fields; i++) {
            const char *field = descriptor->fields[i].name;
            if (!ends_with(field, "_digest") && !ends_with(field, "_digests"))
                continue;
            seen++;
            bool is_no_record =
                strcmp(field, "log_digest") == 0 || act == CUSTODY__V1__ACT__ACT_SET_PROFILE;
            if (!is_no_record && retention_kind_of(field) == RETENTION_other)
                fail_msg("%s: %s has no kind of record", body_act_name(act), field);
        }
    }
    assert_true(seen >= 12);
    assert_int_equal(retention_kind_of("anything"), RETENTION_other);
    assert_true(retention_is_personal(retention_kind_of("identity_digest")));
    assert_true(retention_is_personal(retention_kind_of("escort_digest")));
    assert_false(retention_is_personal(retention_kind_of("name_digest")));
}

static void a_stranger_neither_takes_a_record_nor_keeps_it(void **state)
{
    (void)state;
    struct retention_record record = record_of(RETENTION_crew);
    struct retention_record other = {.kind = RETENTION_identity,
                                     .party = 8,
                                     .key = 9,
                                     .entry = 30,
                                     .recorded_us = 2000 * DAY_US};
    retention_join(&record, &other);
    assert_int_equal(record.kind, RETENTION_crew);
    assert_int_equal(record.party, 7);
    assert_int_equal(record.recorded_us, 1000 * DAY_US);
    other.party = 7;
    retention_join(&record, &other);
    assert_int_equal(record.kind, RETENTION_crew);
    assert_int_equal(record.key, 3);
    assert_int_equal(record.entry, 30);
    assert_int_equal(record.recorded_us, 2000 * DAY_US);
    other.entry = 10;
    other.recorded_us = 1;
    retention_join(&record, &other);
    assert_int_equal(record.entry, 30);
}

static void a_record_comes_back_and_damage_does_not(void **state)
{
    (void)state;
    uint8_t bytes[RETENTION_RECORD_BYTES];
    struct retention_record record = record_of(RETENTION_document), again = {0};
    size_t len = retention_write(&record, bytes);
    assert_true(len > 0);
    assert_true(retention_parse(span_of(bytes, len), &again));
    /* Field by field: what lies between them has no value. */
    assert_int_equal(again.kind, record.kind);
    assert_int_equal(again.party, record.party);
    assert_int_equal(again.key, record.key);
    assert_int_equal(again.entry, record.entry);
    assert_int_equal(again.recorded_us, record.recorded_us);
    assert_false(retention_parse(span_of(bytes, len - 1), &again));
    bytes[0] = 99;
    assert_false(retention_parse(span_of(bytes, len), &again));
    assert_string_equal(retention_name(RETENTION_identity), "identity");
    assert_string_equal(retention_name((enum retention_kind)99), "");
    assert_int_equal(retention_us((enum retention_kind)99, profile_medical()),
                     retention_us(RETENTION_other, profile_medical()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partys_name_stays_as_long_as_its_manifests),
        cmocka_unit_test(an_identity_stays_while_its_key_lives),
        cmocka_unit_test(a_crew_stays_a_year),
        cmocka_unit_test(a_profile_says_how_long),
        cmocka_unit_test(what_may_be_evidence_stays_longer),
        cmocka_unit_test(every_digest_of_the_schema_has_its_kind),
        cmocka_unit_test(a_stranger_neither_takes_a_record_nor_keeps_it),
        cmocka_unit_test(a_record_comes_back_and_damage_does_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
