/* test_today.c: one screen a day: nothing, what is new, what will be late tonight, why, and where to go. */
#include <string.h>

#include "proto/rule.h"
#include "daemon/service/today.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static const Custody__V1__TodayReply *
ask_seen(struct desk *desk, enum desk_actor actor, uint64_t since, int64_t seen_us)
{
    Custody__V1__TodayRequest request = CUSTODY__V1__TODAY_REQUEST__INIT;
    request.since = since;
    request.seen_at = seen_us;
    return desk_ask(desk, actor, ENVELOPE_TODAY, &request.base,
                    &custody__v1__today_reply__descriptor, NULL);
}

static const Custody__V1__TodayReply *ask(struct desk *desk, enum desk_actor actor, uint64_t since)
{
    return ask_seen(desk, actor, since, 0);
}

static void nothing_needs_anybody_on_a_quiet_day(void **state)
{
    struct desk *desk = *state;
    const Custody__V1__TodayReply *today = ask(desk, DESK_REGULATOR, 0);
    assert_int_equal(today->overdue, 0);
    assert_int_equal(today->late_count, 0);
    assert_int_equal(today->n_visits, 0);
    assert_int_equal(today->health->forks, 0);
    assert_int_equal(today->health->size, today->size);
    /* The end of the civil day: midnight at +08:00. */
    assert_int_equal(today->late_by, DESK_DAY + 24 * DESK_HOUR);
}

static void late_tonight_then_overdue_then_worth_a_visit(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 3; i++) {
        char code[] = {'C', (char)('0' + i), 0};
        desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, code, 900)->base, desk->now_us,
                CUSTODY_OUTCOME_recorded);
    }
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "H1", 5000)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    /* In the second night at 23:00 they have an hour: due at 48 h is the midnight that ends the day. */
    desk->now_us = DESK_DAY + 47 * DESK_HOUR;
    const Custody__V1__TodayReply *today = ask(desk, DESK_REGULATOR, 0);
    assert_int_equal(today->late_by, DESK_DAY + 48 * DESK_HOUR);
    assert_int_equal(today->late_count, 4);
    assert_int_equal(today->late_g, 3 * 900 + 5000);
    assert_int_equal(today->n_late, 2);
    assert_string_equal(today->late[0]->party, DESK_CLINIC);
    assert_int_equal(today->late[0]->count, 3);
    assert_int_equal(today->overdue, 0);
    assert_int_equal(today->n_visits, 0);

    desk->now_us = DESK_DAY + 49 * DESK_HOUR;
    today = ask(desk, DESK_REGULATOR, 1);
    assert_int_equal(today->overdue, 4);
    assert_int_equal(today->n_causes, 1);
    assert_string_equal(today->causes[0]->rule, "medical_storage");
    assert_int_equal(today->causes[0]->overdue, 4);
    assert_int_equal(today->n_visits, 2);
    assert_string_equal(today->visits[0]->party, DESK_CLINIC);
    /* Three overdue breaches at 8, and the pickup that is due tonight. */
    assert_int_equal(today->visits[0]->score, 25);
    assert_string_equal(today->visits[0]->why_zh, "逾期 3 项：废物暂存超过规定时间");
    assert_string_equal(today->visits[0]->why_en,
                        "3 overdue: waste was in temporary storage for longer than the limit");
    assert_string_equal(today->visits[1]->lower_en,
                        "closing or settling it takes the score from 9 to 1");
    assert_non_null(strstr(today->visits[0]->lower_en, "from 25 to 1"));
    assert_true(today->new_entries > 0);
    assert_int_equal(today->new_findings, 4);
    assert_int_equal(today->n_newest, 4);
    /* What was seen is not new. */
    assert_int_equal(ask(desk, DESK_REGULATOR, today->basis->as_of)->new_findings, 0);
    /* What passed its limit at midnight, with nobody saying anything, is new to who looked before and not to who looked after. */
    uint64_t seen = today->basis->as_of;
    today = ask_seen(desk, DESK_REGULATOR, seen, DESK_DAY + 47 * DESK_HOUR);
    assert_int_equal(today->new_entries, 0);
    assert_int_equal(today->new_findings, 4);
    assert_int_equal(today->n_newest, 4);
    today = ask_seen(desk, DESK_REGULATOR, seen, DESK_DAY + 48 * DESK_HOUR + 1);
    assert_int_equal(today->new_findings, 0);
    /* A party sees its own. */
    today = ask(desk, DESK_DOCTOR, 0);
    assert_int_equal(today->overdue, 3);
    assert_int_equal(today->n_visits, 0);
}

static void points_grow_with_weight_and_mass(void **state)
{
    (void)state;
    assert_int_equal(today_points(RULE_medical_storage, true, true, 0), 10);
    assert_int_equal(today_points(RULE_medical_storage, false, true, 0), 8);
    assert_int_equal(today_points(RULE_contested, true, true, 0), 3);
    assert_int_equal(today_points(RULE_late_cluster, true, true, 0), 30);
    assert_int_equal(today_points(0, false, true, 0), 2);
    assert_int_equal(today_points(RULE_medical_storage, false, false, 250000), 3);
    assert_int_equal(today_points(RULE_medical_storage, false, false, UINT64_MAX), 101);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_needs_anybody_on_a_quiet_day, setup, teardown),
        cmocka_unit_test_setup_teardown(late_tonight_then_overdue_then_worth_a_visit, setup,
                                        teardown),
        cmocka_unit_test(points_grow_with_weight_and_mass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
