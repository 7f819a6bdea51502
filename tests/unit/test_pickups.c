/* test_pickups.c: visits and waiting waste across days, in whatever order they arrive (医疗废物管理条例 art. 25). */
#include "daemon/service/pickups.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 500 * DESK_HOUR;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static struct desk_statement *pack(struct desk *desk, const char *code, int hour)
{
    return desk_sign(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, code, 900)->base,
                     DESK_DAY + hour * DESK_HOUR);
}

/* Nothing to collect: still a visit. */
static struct desk_statement *visit(struct desk *desk, enum desk_actor actor, int hour)
{
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    Custody__V1__LoadBody *body = desk_load(desk, trip, NULL, DESK_CLINIC, "x");
    body->n_containers = 0;
    return desk_sign(desk, actor, &body->base, DESK_DAY + hour * DESK_HOUR);
}

static bool is_open(struct desk *desk, const char *row)
{
    return strstr(desk_render_open(desk), row) != NULL;
}

#define OWED "due collection_interval " DESK_CLINIC " 2026-05-18"
#define LATE "finding collection_interval " DESK_CLINIC " 2026-05-18"

static void a_visit_ends_the_wait_and_a_late_one_is_told(void **state)
{
    struct desk *desk = *state;
    desk_submit(desk, pack(desk, "B1", 1), NULL);
    assert_true(is_open(desk, OWED)); /* and long overdue */
    struct desk_statement *late = visit(desk, DESK_DRIVER, 52);
    struct desk_statement *in_time = visit(desk, DESK_DRIVER, 40);
    desk_submit(desk, late, NULL);
    assert_false(is_open(desk, OWED));
    assert_true(is_open(desk, LATE));
    /* The visit in between comes in last: the finding ends by itself. */
    desk_submit(desk, in_time, NULL);
    assert_false(is_open(desk, LATE));
}

static void the_next_wait_is_the_last_visitors_to_end(void **state)
{
    struct desk *desk = *state;
    desk_submit(desk, pack(desk, "B1", 1), NULL);
    desk_submit(desk, visit(desk, DESK_DRIVER, 10), NULL);
    assert_false(is_open(desk, "collection_interval"));
    desk_submit(desk, pack(desk, "B2", 24 * 12), NULL); /* 12 days later nobody was there since */
    assert_true(
        is_open(desk, "due collection_interval " DESK_CLINIC " 2026-05-30 by " DESK_CARRIER));
}

/* Over a year's end, and the pack before the visit that it waits for arrives last. */
static void a_year_later_the_visit_is_still_found(void **state)
{
    struct desk *desk = *state;
    const int year = 365 * 24;
    desk->now_us = DESK_DAY + (year + 500) * DESK_HOUR;
    desk_submit(desk, visit(desk, DESK_DRIVER, 1), NULL);
    desk_submit(desk, visit(desk, DESK_DRIVER, year + 100), NULL);
    assert_false(is_open(desk, "collection_interval"));
    desk_submit(desk, pack(desk, "B1", year + 10), NULL);
    assert_true(is_open(desk, "finding collection_interval " DESK_CLINIC " 2027-05-18"));
    desk_submit(desk, visit(desk, DESK_DRIVER, year + 48), NULL);
    assert_false(is_open(desk, "collection_interval"));
}

static void only_a_carrier_visits(void **state)
{
    struct desk *desk = *state;
    desk_submit(desk, pack(desk, "B1", 1), NULL);
    desk_submit(desk, visit(desk, DESK_DOCTOR, 10), NULL);
    desk_submit(desk, visit(desk, DESK_GATE, 11), NULL);
    assert_true(is_open(desk, OWED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_visit_ends_the_wait_and_a_late_one_is_told, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_next_wait_is_the_last_visitors_to_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_year_later_the_visit_is_still_found, setup, teardown),
        cmocka_unit_test_setup_teardown(only_a_carrier_visits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
