/* test_tallying.c: plants, late records, marks and stock, through statements. */
#include "daemon/service/tallying.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk_enrol(&desk, DESK_STRANGER, DESK_OTHER_PLANT, CUSTODY__V1__ROLE__ROLE_FACILITY);
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static bool is_open(struct desk *desk, const char *row)
{
    return strstr(desk_render_open(desk), row) != NULL;
}

static void permit(struct desk *desk, uint64_t hourly_g, uint64_t daily_g, uint64_t storage_g)
{
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT,
                                          CUSTODY__V1__ACTIVITY__ACTIVITY_STORE};
    char *codes[] = {(char *)"841-*"};
    body.party = (char *)DESK_OTHER_PLANT;
    body.number = (char *)"P-9";
    body.n_activities = 2;
    body.activities = activities;
    body.n_codes = 1;
    body.codes = codes;
    body.mass_hourly_g = hourly_g;
    body.mass_daily_g = daily_g;
    body.storage_limit_g = storage_g;
    body.effective_from = desk->now_us;
    body.effective_until = desk->now_us + 9000 * DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static void take_in(struct desk *desk, const char *code, uint64_t mass_g, int64_t at_us)
{
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, mass_g)->base, at_us,
            CUSTODY_OUTCOME_recorded);
    Custody__V1__ReceiveBody *body = desk_receive(desk, NULL, NULL, DESK_HOSPITAL, code,
                                                  CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, mass_g);
    struct desk_statement *received =
        desk_do(desk, DESK_STRANGER, &body->base, at_us + 1, CUSTODY_OUTCOME_recorded);
    Custody__V1__CountersignBody sign = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    sign.target = desk_name(desk, received);
    desk_do(desk, DESK_NURSE, &sign.base, at_us + 1, CUSTODY_OUTCOME_recorded);
}

static struct desk_statement *feed(struct desk *desk, const char *code, int64_t at_us)
{
    Custody__V1__FeedBody *body = arena_alloc(desk->arena, sizeof *body);
    custody__v1__feed_body__init(body);
    char **codes = arena_alloc(desk->arena, sizeof *codes);
    codes[0] = (char *)code;
    body->batch = (char *)"F1";
    body->generator = (char *)DESK_HOSPITAL;
    body->line = (char *)"L1";
    body->n_containers = 1;
    body->containers = codes;
    return desk_sign(desk, DESK_STRANGER, &body->base, at_us);
}

/* 固体废物污染环境防治法 art. 80: by hour and day of feeding; and what is in stock. */
static void a_plant_over_its_permit_is_found(void **state)
{
    struct desk *desk = *state;
    permit(desk, 3000, 3500, 4000);
    int64_t start_us = DESK_DAY + 24 * 10 * DESK_HOUR;
    desk->now_us = start_us + 20 * DESK_HOUR;
    take_in(desk, "B1", 2000, start_us + DESK_HOUR);
    take_in(desk, "B2", 1900, start_us + DESK_HOUR);
    assert_false(is_open(desk, "stock_over_permit"));
    take_in(desk, "B3", 600, start_us + DESK_HOUR);
    assert_true(is_open(desk, "finding stock_over_permit " DESK_OTHER_PLANT " by"));
    desk_submit(desk, feed(desk, "B1", start_us + 5 * DESK_HOUR), NULL);
    assert_false(is_open(desk, "stock_over_permit"));
    assert_false(is_open(desk, "plant_hourly"));
    desk_submit(desk, feed(desk, "B2", start_us + 5 * DESK_HOUR + 7), NULL);
    assert_true(is_open(desk, "finding plant_hourly " DESK_OTHER_PLANT " 2026-05-28"));
    assert_true(is_open(desk, "finding plant_daily " DESK_OTHER_PLANT " 2026-05-28"));
}

static void measure_off(struct desk *desk, enum desk_actor actor, const char *of, int64_t start_us)
{
    Custody__V1__MeasureBody body = CUSTODY__V1__MEASURE_BODY__INIT;
    Custody__V1__PlaceName place = CUSTODY__V1__PLACE_NAME__INIT;
    body.kind = CUSTODY__V1__MEASUREMENT__MEASURE_LINE_STATE;
    place.party = (char *)of;
    place.code = (char *)"L1";
    body.place = &place;
    body.from = start_us + 4 * DESK_HOUR;
    body.until = start_us + 6 * DESK_HOUR;
    desk_do(desk, actor, &body.base, start_us + 7 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

/* A feed while the line stood still, whichever is told first; of another's line only the authority speaks. */
static void a_line_that_was_off_treated_nothing(void **state)
{
    struct desk *desk = *state;
    measure_off(desk, DESK_DRIVER, DESK_OTHER_PLANT, DESK_DAY);
    take_in(desk, "B1", 900, DESK_DAY + DESK_HOUR);
    desk_submit(desk, feed(desk, "B1", DESK_DAY + 5 * DESK_HOUR), NULL);
    assert_false(is_open(desk, "treated_while_off"));
    measure_off(desk, DESK_REGULATOR, DESK_OTHER_PLANT, DESK_DAY);
    assert_true(is_open(desk, "finding treated_while_off " DESK_OTHER_PLANT " 2026-05-18"));
}

static void a_stopped_plant_says_so_itself(void **state)
{
    struct desk *desk = *state;
    take_in(desk, "B1", 900, DESK_DAY + DESK_HOUR);
    desk_submit(desk, feed(desk, "B1", DESK_DAY + 5 * DESK_HOUR), NULL);
    Custody__V1__IncidentBody body = CUSTODY__V1__INCIDENT_BODY__INIT;
    body.kind = CUSTODY__V1__INCIDENT_KIND__INCIDENT_PLANT_STOPPED;
    body.from = DESK_DAY + 5 * DESK_HOUR;
    body.until = DESK_DAY + 9 * DESK_HOUR;
    /* A stop is known until the statement's own time and no further. */
    desk_do(desk, DESK_STRANGER, &body.base, body.from - 1, CUSTODY_OUTCOME_recorded);
    assert_false(is_open(desk, "treated_while_off"));
    desk_do(desk, DESK_STRANGER, &body.base, body.until, CUSTODY_OUTCOME_recorded);
    assert_true(is_open(desk, "finding treated_while_off " DESK_OTHER_PLANT " 2026-05-18"));
}

/* NEEDS.md story 3: a month typed up in one evening is one finding. */
static void a_month_typed_in_one_evening_is_found(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + (24 * 30 + 19) * DESK_HOUR;
    for (int day = 0; day < 28; day++) {
        const char *first = arena_format(desk->arena, "A%d", day);
        const char *second = arena_format(desk->arena, "Z%d", day);
        desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, first, 900)->base,
                DESK_DAY + 24 * day * DESK_HOUR, CUSTODY_OUTCOME_recorded);
        desk->now_us += 60000000;
        if (day == 0)
            assert_true(is_open(desk, "finding late_recorded " DESK_HOSPITAL " 2026-06-17"));
        desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, second, 900)->base,
                DESK_DAY + 24 * day * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    }
    desk->now_us += 60000000;
    assert_true(is_open(desk, "finding late_cluster " DESK_HOSPITAL " 2026-06-17"));
    assert_false(is_open(desk, "late_recorded"));
}

/* House rule late_recorded (RULES.md N19): a departure names no code, and is late by the profile that serves every code. */
static void how_late_is_too_late_the_profile_says(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY;
    desk_set_profile(desk, "cn-hazardous", 1, "[record]\nlate_hours = 720");
    desk->now_us = DESK_DAY + 24 * 20 * DESK_HOUR;
    desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, DESK_DAY + DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    assert_false(is_open(desk, "late_recorded"));
    desk_set_profile(desk, "cn-hazardous", 2, "[record]\nlate_hours = 240");
    desk->now_us = DESK_DAY + 24 * 40 * DESK_HOUR;
    desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, DESK_DAY + 24 * 21 * DESK_HOUR,
            CUSTODY_OUTCOME_recorded);
    assert_true(is_open(desk, "finding late_recorded " DESK_CARRIER));
}

static void many_typed_weights_in_a_month_are_a_notice(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 20; i++) {
        assert_false(is_open(desk, "mark_pattern"));
        Custody__V1__PackBody *body =
            desk_pack(desk, DESK_CLINIC, arena_format(desk->arena, "M%d", i), 900);
        body->containers[0]->mass_source = CUSTODY__V1__MASS_SOURCE__MASS_TYPED;
        desk_do(desk, DESK_DOCTOR, &body->base, desk->now_us, CUSTODY_OUTCOME_recorded);
    }
    assert_true(is_open(desk, "finding mark_pattern " DESK_CLINIC " 2026-05 by " DESK_CLINIC));
}

/* GB 18597-2023. */
static void a_place_over_its_capacity_is_found_and_emptied(void **state)
{
    struct desk *desk = *state;
    Custody__V1__RegisterPlaceBody place = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    place.party = (char *)DESK_CLINIC;
    place.code = (char *)"store";
    place.kind = CUSTODY__V1__PLACE_KIND__PLACE_VILLAGE_POINT;
    place.division = (char *)"540423";
    place.capacity_g = 1500;
    place.effective_from = desk->now_us;
    desk_do(desk, DESK_REGULATOR, &place.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += 24 * DESK_HOUR;
    for (int i = 0; i < 2; i++) {
        assert_false(is_open(desk, "place_overfull"));
        Custody__V1__PackBody *body =
            desk_pack(desk, DESK_CLINIC, arena_format(desk->arena, "S%d", i), 900);
        body->place = (char *)"store";
        desk_do(desk, DESK_DOCTOR, &body->base, desk->now_us, CUSTODY_OUTCOME_recorded);
    }
    assert_true(is_open(desk, "finding place_overfull " DESK_CLINIC "/store by " DESK_CLINIC));
    desk->now_us += DESK_HOUR;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          desk->now_us, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, NULL, DESK_CLINIC, "S1")->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    assert_true(is_open(desk, "place_overfull")); /* the driver alone moves nothing */
    struct desk_statement *manifest = desk_issue(desk, DESK_DOCTOR, DESK_CLINIC);
    desk->now_us += DESK_HOUR;
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_CLINIC, "S1")->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_false(is_open(desk, "place_overfull"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plant_over_its_permit_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_line_that_was_off_treated_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stopped_plant_says_so_itself, setup, teardown),
        cmocka_unit_test_setup_teardown(a_month_typed_in_one_evening_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(how_late_is_too_late_the_profile_says, setup, teardown),
        cmocka_unit_test_setup_teardown(many_typed_weights_in_a_month_are_a_notice, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_place_over_its_capacity_is_found_and_emptied, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
