/* test_pickup.c: at least every two days, every day with beds (医疗废物管理条例 art. 25; RULES.md N12). */
#include "daemon/domain/pickup.h"
#include "tests/lib/check.h"

enum { CLINIC = 3, CARRIER = 4 };
#define DAY_START INT64_C(1779033600000000)
#define HOUR      CALENDAR_HOUR_US
static const int32_t DAY = 20591;

static const struct party_version *with_beds(void *context, uint32_t party, int64_t at_us)
{
    (void)party;
    (void)at_us;
    return context;
}

static struct moment visit_at(int64_t at_us, uint64_t sequence)
{
    return (struct moment){.at_us = at_us,
                           .until_us = at_us,
                           .key = 6,
                           .key_sequence = sequence,
                           .entry = sequence,
                           .party = CARRIER};
}

static bool need_of(const struct pickup_day *day,
                    int64_t after_us,
                    int64_t before_us,
                    uint32_t beds,
                    struct pickup_need *ret)
{
    struct party_version version = {.beds = beds};
    struct law law = *law_default();
    law.party = with_beds;
    law.context = &version;
    return pickup_find_need(day, DAY_START, after_us, before_us, CLINIC, &law, ret);
}

static void the_time_runs_from_the_first_packing_after_a_visit(void **state)
{
    (void)state;
    static struct pickup_day day;
    struct pickup_need need;
    memset(&day, 0, sizeof day);
    pickup_add(&day, 8, LAW_PROFILE_MEDICAL, 1);
    pickup_add(&day, 15, LAW_PROFILE_MEDICAL, 2);
    assert_true(need_of(&day, INT64_MIN, INT64_MAX, 0, &need));
    assert_int_equal(need.due_us, DAY_START + 9 * HOUR + 48 * HOUR);
    assert_true(need_of(&day, DAY_START + 10 * HOUR, INT64_MAX, 0, &need));
    assert_int_equal(need.since_us, DAY_START + 15 * HOUR);
    assert_false(need_of(&day, DAY_START + 10 * HOUR, DAY_START + 15 * HOUR, 0, &need));
    /* Up to 19 beds count as none. */
    assert_true(need_of(&day, INT64_MIN, INT64_MAX, 19, &need));
    assert_int_equal(need.due_us, DAY_START + 57 * HOUR);
    assert_true(need_of(&day, INT64_MIN, INT64_MAX, 20, &need));
    assert_int_equal(need.due_us, DAY_START + 33 * HOUR);
    /* Taken back: as if never packed. */
    pickup_add(&day, 8, LAW_PROFILE_MEDICAL, -1);
    pickup_add(&day, 15, LAW_PROFILE_MEDICAL, -2);
    assert_int_equal(day.count, 0);
    assert_false(pickup_is_waiting(&day));
    /* A family without the rule. */
    pickup_add(&day, 8, LAW_PROFILE_GENERAL, 1);
    assert_false(need_of(&day, INT64_MIN, INT64_MAX, 0, &need));
}

static void a_visit_in_time_keeps_it_a_late_one_breaks_it_none_owes_it(void **state)
{
    (void)state;
    static struct work_set set;
    const struct pickup_need need = {
        .since_us = DAY_START, .due_us = DAY_START + 49 * HOUR, .profile = LAW_PROFILE_MEDICAL};
    struct moment visit = visit_at(DAY_START - HOUR, 1);
    struct moment in_time = visit_at(need.due_us, 2), late = visit_at(need.due_us + 1, 3);
    set.count = 0;
    pickup_judge(&visit, &in_time, &need, CLINIC, DAY, law_default(), &set);
    assert_int_equal(set.count, 0);
    pickup_judge(&visit, &late, &need, CLINIC, DAY, law_default(), &set);
    pickup_judge(&visit, NULL, &need, CLINIC, DAY, law_default(), &set);
    pickup_judge(NULL, NULL, &need, CLINIC, DAY, law_default(), &set);
    assert_int_equal(set.count, 3);
    assert_int_equal(set.rows[0].kind, WORK_FINDING);
    assert_int_equal(set.rows[0].entry_count, 2);
    assert_int_equal(set.rows[0].party, CARRIER);
    assert_int_equal(set.rows[0].generator, CLINIC); /* whoever owes it, the clinic sees it */
    assert_int_equal(set.rows[1].kind, WORK_OBLIGATION);
    assert_int_equal(set.rows[1].due_us, need.due_us);
    assert_int_equal(set.rows[1].subject, tally_number(CLINIC, DAY));
    assert_int_equal(set.rows[2].party, CLINIC); /* nobody came yet: it must arrange it */
}

static void of_an_hour_the_first_visit_counts_whichever_arrives_first(void **state)
{
    (void)state;
    static struct pickup_day day;
    memset(&day, 0, sizeof day);
    struct moment late = visit_at(DAY_START + 8 * HOUR + 5, 2),
                  early = visit_at(DAY_START + 8 * HOUR, 1);
    struct moment next = visit_at(DAY_START + 9 * HOUR, 3);
    assert_true(pickup_visit(&day, DAY_START, &late, MOMENT_FIRST));
    assert_true(pickup_visit(&day, DAY_START, &early, MOMENT_FIRST));
    assert_false(pickup_visit(&day, DAY_START, &late, MOMENT_FIRST));
    assert_true(pickup_visit(&day, DAY_START, &next, MOMENT_FIRST));
    static struct moments visits;
    pickup_visits(&day, DAY_START, &visits);
    assert_int_equal(visits.count, 2);
    assert_int_equal(visits.all[0].key_sequence, 1);
    /* The first is withdrawn: the next of the same hour was there. */
    early.voids = MOMENT_UNSAID;
    assert_true(pickup_visit(&day, DAY_START, &early, MOMENT_AGAIN));
    pickup_visits(&day, DAY_START, &visits);
    assert_int_equal(visits.count, 2);
    assert_int_equal(visits.all[0].key_sequence, 2);
}

static void of_an_hour_the_first_loads_are_kept_in_whatever_order(void **state)
{
    (void)state;
    static struct pickup_day day;
    for (int backwards = 0; backwards < 2; backwards++) {
        memset(&day, 0, sizeof day);
        for (uint64_t i = 0; i < 9; i++) {
            uint64_t sequence = backwards ? 9 - i : i + 1;
            struct moment visit = visit_at(DAY_START + 8 * HOUR + (int64_t)sequence, sequence);
            pickup_visit(&day, DAY_START, &visit, MOMENT_FIRST);
        }
        assert_int_equal(day.visits.count, PICKUP_VISITS);
        for (uint32_t i = 0; i < PICKUP_VISITS; i++)
            assert_int_equal(day.visits.all[i].key_sequence, i + 1);
    }
}

static void the_nearest_day_is_found_through_its_bit(void **state)
{
    (void)state;
    struct pickup_index index = {0};
    assert_int_equal(pickup_next_bit(index.visits, 0, PICKUP_DAYS), -1);
    assert_true(pickup_set_bit(index.visits, 365, true));
    assert_true(pickup_set_bit(index.visits, 8, true));
    assert_false(pickup_set_bit(index.visits, 8, true));
    assert_int_equal(pickup_next_bit(index.visits, 9, PICKUP_DAYS), 365);
    assert_int_equal(pickup_last_bit(index.visits, 364), 8);
    assert_int_equal(pickup_last_bit(index.visits, 7), -1);
    assert_true(pickup_set_bit(index.visits, 8, false));
    assert_false(pickup_bit(index.visits, 8));
}

/* Whole bytes are looked at: each start must find what a look at each bit finds. */
static void the_nearest_bit_is_the_same_as_bit_by_bit(void **state)
{
    (void)state;
    struct pickup_index index = {0};
    for (uint32_t day = 0; day < PICKUP_DAYS; day += 1 + day % 23)
        pickup_set_bit(index.waiting, day, true);
    for (int32_t at = 0; at < PICKUP_DAYS; at++) {
        int32_t next = at, last = at;
        while (next < PICKUP_DAYS - 7 && !pickup_bit(index.waiting, (uint32_t)next))
            next++;
        while (last >= 0 && !pickup_bit(index.waiting, (uint32_t)last))
            last--;
        assert_int_equal(pickup_next_bit(index.waiting, at, PICKUP_DAYS - 7),
                         next < PICKUP_DAYS - 7 ? next : -1);
        assert_int_equal(pickup_last_bit(index.waiting, at), last);
    }
    assert_int_equal(pickup_next_bit(index.waiting, -5, PICKUP_DAYS), 0);
    assert_int_equal(pickup_last_bit(index.waiting, -1), -1);
}

static void records_are_written_and_read_and_bounded(void **state)
{
    (void)state;
    static struct pickup_day day, read;
    static uint8_t bytes[16384];
    struct pickup_index index = {0}, index_read;
    memset(&day, 0, sizeof day);
    for (uint32_t i = 0; i < PICKUP_HOURS + 8; i++)
        pickup_add(&day, i % 24, 2 + i / 24, 1);
    assert_int_equal(day.count, PICKUP_HOURS);
    struct moment visit = visit_at(DAY_START, 1);
    assert_true(pickup_visit(&day, DAY_START, &visit, MOMENT_FIRST));
    size_t len = pickup_write_day(&day, bytes, sizeof bytes);
    assert_true(pickup_parse_day(span_of(bytes, len), &read));
    assert_memory_equal(read.waiting, day.waiting, sizeof day.waiting);
    assert_int_equal(read.visits.count, 1);
    assert_false(pickup_parse_day(span_of(bytes, len - 1), &read));
    pickup_set_bit(index.waiting, 77, true);
    len = pickup_write_index(&index, bytes, sizeof bytes);
    assert_true(pickup_parse_index(span_of(bytes, len), &index_read));
    assert_memory_equal(&index, &index_read, sizeof index);
    assert_false(pickup_parse_index(span_of(bytes, len - 1), &index_read));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_time_runs_from_the_first_packing_after_a_visit),
        cmocka_unit_test(a_visit_in_time_keeps_it_a_late_one_breaks_it_none_owes_it),
        cmocka_unit_test(of_an_hour_the_first_visit_counts_whichever_arrives_first),
        cmocka_unit_test(of_an_hour_the_first_loads_are_kept_in_whatever_order),
        cmocka_unit_test(the_nearest_day_is_found_through_its_bit),
        cmocka_unit_test(the_nearest_bit_is_the_same_as_bit_by_bit),
        cmocka_unit_test(records_are_written_and_read_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
