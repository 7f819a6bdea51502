/* test_closures.c: a road that a regulator closed by order excuses what it delays; age runs on, and it is counted apart. */
#include <stdio.h>
#include <string.h>

#include "proto/rule.h"
#include "daemon/service/closures.h"
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

static struct desk_statement *close_road(struct desk *desk,
                                         enum desk_actor actor,
                                         const char *order,
                                         const char *division,
                                         int64_t from_hour,
                                         int64_t until_hour)
{
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_ROAD_CLOSED;
    body.order = (char *)order;
    body.division = (char *)division;
    body.from = DESK_DAY + from_hour * DESK_HOUR;
    body.until = DESK_DAY + until_hour * DESK_HOUR;
    return desk_do(desk, actor, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static const Custody__V1__FindingsReply *
findings(struct desk *desk, const char *state, const char *order)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    request.rule = (char *)"medical_storage";
    request.state = (char *)state;
    request.order = (char *)order;
    return desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                    &custody__v1__findings_reply__descriptor, NULL);
}

static const Custody__V1__OpenItem *obligation(struct desk *desk)
{
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    request.rule = (char *)"medical_storage";
    const Custody__V1__UnclosedReply *reply =
        desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base,
                 &custody__v1__unclosed_reply__descriptor, NULL);
    assert_int_equal(reply->n_items, 1);
    return reply->items[0];
}

static void pack(struct desk *desk)
{
    desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
}

/* Three days of landslide, NEEDS 5.6 story 2. */
static void three_days_without_a_road_are_added_when_it_is_read(void **state)
{
    struct desk *desk = *state;
    pack(desk);
    close_road(desk, DESK_REGULATOR, "LZ-2026-7", "540423", 10, 82);
    desk->now_us = DESK_DAY + 60 * DESK_HOUR;
    const Custody__V1__OpenItem *item = obligation(desk);
    assert_int_equal(item->raw_due, DESK_DAY + 48 * DESK_HOUR);
    assert_int_equal(item->due, DESK_DAY + 120 * DESK_HOUR);
    assert_int_equal(item->excused_us, 72 * DESK_HOUR);
    assert_string_equal(item->order, "LZ-2026-7");
    assert_false(item->obligation->overdue);
    assert_int_equal(findings(desk, "", "")->n_findings, 0);
    assert_int_equal(findings(desk, "", "")->excused, 1);
    /* What it excused can be printed by the order's number. */
    const Custody__V1__FindingsReply *excused = findings(desk, "excused", "LZ-2026-7");
    assert_int_equal(excused->n_findings, 1);
    assert_int_equal(excused->findings[0]->state, CUSTODY__V1__FINDING_STATE__FINDING_EXCUSED);
    assert_string_equal(excused->findings[0]->subject, DESK_CLINIC "/B1");
    assert_int_equal(findings(desk, "excused", "other")->n_findings, 0);
    /* Even so much time ends. */
    desk->now_us = DESK_DAY + 121 * DESK_HOUR;
    assert_int_equal(findings(desk, "", "")->n_findings, 1);
    assert_int_equal(findings(desk, "excused", "")->n_findings, 0);
}

static void what_was_met_within_the_longer_time_is_excused_for_good(void **state)
{
    struct desk *desk = *state;
    pack(desk);
    desk->now_us = DESK_DAY + 90 * DESK_HOUR;
    struct desk_statement *manifest = desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          desk->now_us, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_CLINIC, "B1")->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_int_equal(findings(desk, "", "")->n_findings, 1);
    /* The order may come after it all. */
    struct desk_statement *closed = close_road(desk, DESK_REGULATOR, "LZ-2026-7", "540400", 10, 82);
    assert_int_equal(findings(desk, "", "")->n_findings, 0);
    assert_int_equal(findings(desk, "excused", "")->n_findings, 1);
    assert_int_equal(findings(desk, "excused", "")->findings[0]->met_at, DESK_DAY + 90 * DESK_HOUR);
    desk_reopen(desk);
    assert_int_equal(findings(desk, "excused", "")->n_findings, 1);
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(desk, closed);
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_int_equal(findings(desk, "", "")->n_findings, 1);
    assert_int_equal(findings(desk, "excused", "")->n_findings, 0);
}

static void only_a_regulator_of_the_place_with_an_order_excuses(void **state)
{
    struct desk *desk = *state;
    pack(desk);
    close_road(desk, DESK_DOCTOR, "LZ-2026-7", "540423", 10, 82);
    close_road(desk, DESK_REGULATOR, "", "540423", 10, 82);
    close_road(desk, DESK_REGULATOR, "LZ-2026-8", "540421", 10, 82); /* another county */
    close_road(desk, DESK_REGULATOR, "LZ-2026-9", "630000", 10, 82); /* not its own */
    close_road(desk, DESK_REGULATOR, "LZ-2026-10", "540423", 82, 10);
    desk->now_us = DESK_DAY + 60 * DESK_HOUR;
    assert_int_equal(obligation(desk)->excused_us, 0);
    assert_int_equal(findings(desk, "", "")->n_findings, 1);
}

/* What a closure made later comes where its time is, also over pages. */
static void pages_follow_the_lengthened_time(void **state)
{
    struct desk *desk = *state;
    Custody__V1__UnclosedRequest request = CUSTODY__V1__UNCLOSED_REQUEST__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    char order[16];
    size_t len = 0, pages = 0;
    for (int i = 0; i < 6; i++) {
        char code[16];
        snprintf(code, sizeof code, "B%d", i);
        enum desk_actor actor = i % 2 == 0 ? DESK_DOCTOR : DESK_NURSE;
        desk_do(desk, actor,
                &desk_pack(desk, i % 2 == 0 ? DESK_CLINIC : DESK_HOSPITAL, code, 900)->base,
                desk->now_us, CUSTODY_OUTCOME_recorded);
        desk->now_us += DESK_HOUR;
    }
    close_road(desk, DESK_REGULATOR, "LZ-2026-7", "540423", 10, 13); /* the clinic's county */
    request.rule = (char *)"medical_storage";
    request.options = &options;
    options.limit = 2;
    int64_t last = 0;
    for (; pages < 5; pages++) {
        const Custody__V1__UnclosedReply *reply =
            desk_ask(desk, DESK_REGULATOR, ENVELOPE_UNCLOSED, &request.base,
                     &custody__v1__unclosed_reply__descriptor, NULL);
        for (size_t i = 0; i < reply->n_items; i++) {
            assert_true(reply->items[i]->due >= last);
            last = reply->items[i]->due;
            order[len++] = reply->items[i]->subject[strlen(reply->items[i]->subject) - 1];
        }
        if (reply->next_page.len == 0)
            break;
        options.page = reply->next_page;
    }
    order[len] = 0;
    /* Due at 48 + i, the even ones three hours later: 1 49, 0 51, 3 51, 2 53, 5 53, 4 55. */
    assert_int_equal(len, 6);
    assert_int_equal(order[0], '1');
    assert_int_equal(order[5], '4');
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(three_days_without_a_road_are_added_when_it_is_read),
        CASE(what_was_met_within_the_longer_time_is_excused_for_good),
        CASE(only_a_regulator_of_the_place_with_an_order_excuses),
        CASE(pages_follow_the_lengthened_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
