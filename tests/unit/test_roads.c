/* test_roads.c: one plate in two places, out of order and by two keys (NEEDS.md story 5); cleaned after use. */
#include "daemon/service/roads.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 100 * DESK_HOUR;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static void stand_at(struct desk *desk, enum desk_actor actor, double latitude, double longitude)
{
    desk->keys[actor].latitude_e7 = (int32_t)(latitude * 1e7);
    desk->keys[actor].longitude_e7 = (int32_t)(longitude * 1e7);
    desk->keys[actor].accuracy_m = 15;
}

#define TOO_FAST "finding vehicle_too_fast " DESK_PLATE " 2026-05-18 by " DESK_CARRIER

/* Two trips of two keys, 400 km apart within two hours; everything arrives backwards, the departures last. */
static void a_plate_in_two_places_is_found_in_any_order(void **state)
{
    struct desk *desk = *state;
    stand_at(desk, DESK_DRIVER, 29.649, 94.362);
    stand_at(desk, DESK_DOCTOR, 29.652, 90.220);
    struct desk_statement *trip = desk_sign(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                            DESK_DAY + 9 * DESK_HOUR);
    struct desk_statement *load =
        desk_sign(desk, DESK_DRIVER, &desk_load(desk, trip, NULL, DESK_HOSPITAL, "B1")->base,
                  DESK_DAY + 10 * DESK_HOUR);
    struct desk_statement *twin = desk_sign(desk, DESK_DOCTOR, &desk_depart(desk, DESK_PLATE)->base,
                                            DESK_DAY + 12 * DESK_HOUR);
    struct desk_statement *elsewhere =
        desk_sign(desk, DESK_DOCTOR, &desk_load(desk, twin, NULL, DESK_CLINIC, "C1")->base,
                  DESK_DAY + 12 * DESK_HOUR + 1);
    desk_submit(desk, elsewhere, NULL);
    desk_submit(desk, load, NULL);
    assert_null(strstr(desk_render_open(desk), "vehicle_too_fast"));
    desk_submit(desk, twin, NULL);
    assert_null(strstr(desk_render_open(desk), "vehicle_too_fast"));
    desk_submit(desk, trip, NULL);
    assert_non_null(strstr(desk_render_open(desk), TOO_FAST));
}

/* 506 km in four hours: more than the 120 km/h of the house, less than what the profile of the cargo allows. */
static void drive_far(struct desk *desk, bool is_load_last)
{
    desk->now_us = DESK_DAY;
    desk_set_profile(desk, "cn-medical", 1,
                     "base = medical\ncodes = HW01\n[transport]\nplausible_kmh = 200");
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    desk->now_us = DESK_DAY + 100 * DESK_HOUR;
    stand_at(desk, DESK_DRIVER, 29.649, 94.362);
    stand_at(desk, DESK_GATE, 29.649, 99.6);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base,
            DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    struct desk_statement *load =
        desk_sign(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
                  DESK_DAY + 2 * DESK_HOUR + 1);
    if (!is_load_last)
        desk_submit(desk, load, NULL);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                 ->base,
            DESK_DAY + 6 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    if (is_load_last) {
        assert_non_null(strstr(desk_render_open(desk), TOO_FAST));
        desk_submit(desk, load, NULL);
    }
    assert_null(strstr(desk_render_open(desk), "vehicle_too_fast"));
}

/* The numbers are those of the profile in force for what the vehicle carries, whenever it is told what that is. */
static void how_fast_is_too_fast_the_profile_of_the_cargo_says(void **state)
{
    drive_far(*state, false);
}

static void cargo_that_is_told_late_judges_the_drive_too(void **state)
{
    drive_far(*state, true);
}

/* A vehicle of which nobody knows the load: the profile for what has no code, in force when it drove. */
static void an_unknown_load_is_judged_by_the_profile_without_codes(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY;
    desk_set_profile(desk, "cn-hazardous", 1, "[transport]\nplausible_kmh = 200");
    desk->now_us = DESK_DAY + 10 * DESK_HOUR;
    desk_set_profile(desk, "cn-hazardous", 2, "[transport]\nplausible_kmh = 90");
    desk->now_us = DESK_DAY + 100 * DESK_HOUR;
    for (int hour = 1; hour <= 13; hour += 12) {
        stand_at(desk, DESK_DRIVER, 29.649, 94.362);
        struct desk_statement *trip =
            desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                    DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
        stand_at(desk, DESK_DRIVER, 29.649, 99.6);
        desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, NULL, DESK_HOSPITAL, "B1")->base,
                DESK_DAY + (hour + 3) * DESK_HOUR, CUSTODY_OUTCOME_recorded);
        if (hour == 1)
            assert_null(strstr(desk_render_open(desk), "vehicle_too_fast"));
    }
    assert_non_null(strstr(desk_render_open(desk), TOO_FAST));
}

static void use_truck(struct desk *desk, int hour, const char *code)
{
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, code, 900)->base,
            DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, code)->base,
            DESK_DAY + (hour + 1) * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, code,
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                 ->base,
            DESK_DAY + (hour + 3) * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static void clean(struct desk *desk, int hour)
{
    Custody__V1__CleanBody body = CUSTODY__V1__CLEAN_BODY__INIT;
    body.subject_case = CUSTODY__V1__CLEAN_BODY__SUBJECT_VEHICLE;
    body.vehicle = desk_depart(desk, DESK_PLATE)->vehicle;
    desk_do(desk, DESK_DRIVER, &body.base, DESK_DAY + hour * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

/* GB 39707-2020 5.5.2. */
static void a_truck_is_cleaned_after_medical_waste_and_before_the_next_trip(void **state)
{
    struct desk *desk = *state;
    use_truck(desk, 8, "B1");
    assert_non_null(strstr(desk_render_open(desk), "due uncleaned " DESK_PLATE));
    use_truck(desk, 20, "B2");
    assert_non_null(strstr(desk_render_open(desk), "finding reused_uncleaned " DESK_PLATE));
    clean(desk, 15); /* told late, but done in time: both trips' ends are judged anew */
    const char *open = desk_render_open(desk);
    assert_null(strstr(open, "reused_uncleaned"));
    assert_non_null(strstr(open, "due uncleaned " DESK_PLATE)); /* after the second trip */
    clean(desk, 30);
    assert_null(strstr(desk_render_open(desk), "uncleaned"));
}

/* The gate names the manifest alone, and the load that says which truck it was arrives last. */
static void a_receipt_without_a_trip_ends_the_one_that_brought_it(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY, CUSTODY_OUTCOME_recorded);
    struct desk_statement *load =
        desk_sign(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
                  DESK_DAY + DESK_HOUR);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, NULL, manifest, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 900)
                 ->base,
            DESK_DAY + 3 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_null(strstr(desk_render_open(desk), "uncleaned"));
    desk_submit(desk, load, NULL);
    assert_non_null(strstr(desk_render_open(desk), "due uncleaned " DESK_PLATE));
}

static void what_a_trip_of_nothing_left_behind_needs_no_cleaning(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, NULL, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_REJECTED, 0)
                 ->base,
            DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_null(strstr(desk_render_open(desk), "uncleaned"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plate_in_two_places_is_found_in_any_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(how_fast_is_too_fast_the_profile_of_the_cargo_says, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(cargo_that_is_told_late_judges_the_drive_too, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_unknown_load_is_judged_by_the_profile_without_codes,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_truck_is_cleaned_after_medical_waste_and_before_the_next_trip, setup, teardown),
        cmocka_unit_test_setup_teardown(a_receipt_without_a_trip_ends_the_one_that_brought_it,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_trip_of_nothing_left_behind_needs_no_cleaning, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
