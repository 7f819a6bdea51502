/* test_settle.c: sums and open work follow from differences, whatever arrives late. */
#include <string.h>

#include "daemon/service/settle.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    desk.now_us = DESK_DAY + 20 * DESK_HOUR;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static struct desk_statement *issue(struct desk *desk)
{
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    return desk_do(desk, DESK_NURSE, &body.base, DESK_DAY, CUSTODY_OUTCOME_granted);
}

static void a_finding_ends_by_itself_when_the_missing_fact_arrives(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *manifest = issue(desk);
    struct desk_statement *pack = desk_sign(
        desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 2000)->base, DESK_DAY + DESK_HOUR);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
            DESK_DAY + 3 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    const char *before = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(before, "in transit by " DESK_CARRIER));
    assert_non_null(strstr(before, "finding loaded_not_packed"));
    assert_non_null(strstr(desk_render_manifest(desk, manifest), "loaded 1 in transit 1"));
    assert_non_null(desk_submit(desk, pack, NULL));
    const char *after = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_null(strstr(after, "loaded_not_packed"));
    assert_non_null(strstr(after, "2000 g"));
    assert_non_null(strstr(desk_render_manifest(desk, manifest), "loaded 1 in transit 1"));
}

/* Scanned again by the same driver, received twice: nothing is counted twice. */
static void what_is_said_twice_counts_once(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *manifest = issue(desk);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 2000)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    for (int i = 2; i < 4; i++)
        desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
                DESK_DAY + i * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    for (int i = 4; i < 6; i++)
        desk_do(desk, DESK_GATE,
                &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "B1",
                              CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 2000)
                     ->base,
                DESK_DAY + i * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_non_null(
        strstr(desk_render_manifest(desk, manifest),
               "loaded 1 in transit 0 received 1 rejected 0 missing 0 fed 0, 2000 g, 2000 g"));
}

static void a_key_without_standing_moves_nothing(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "T1", 2000)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "T1", 700)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    struct desk_statement *trip = desk_do(desk, DESK_DOCTOR, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DOCTOR, &desk_load(desk, trip, NULL, DESK_HOSPITAL, "T1")->base,
            DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DOCTOR,
            &desk_receive(desk, trip, NULL, DESK_HOSPITAL, "T1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 1)
                 ->base,
            DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "T1");
    assert_non_null(strstr(text, "packed by " DESK_HOSPITAL " 2000 g"));
    assert_non_null(strstr(text, "load by " DESK_CLINIC ": contested -> packed"));
    assert_non_null(strstr(text, "finding contested"));
    assert_non_null(
        strstr(desk_render_container(desk, DESK_CLINIC, "T1"), "packed by " DESK_CLINIC " 700 g"));
}

/* Two loads in one slot of the driver's chain: the countersignature is of the one it names. */
static void a_countersignature_marks_the_statement_it_names(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 2000)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    struct desk_key before = desk->keys[DESK_DRIVER];
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, NULL, DESK_HOSPITAL, "B1")->base,
            DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk->keys[DESK_DRIVER] = before;
    struct desk_statement *second =
        desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, NULL, DESK_HOSPITAL, "B1")->base,
                DESK_DAY + 5 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(desk, second);
    desk_do(desk, DESK_NURSE, &body.base, DESK_DAY + 6 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "B1");
    assert_non_null(strstr(text, "  load by " DESK_CARRIER ": contested -> packed\n"
                                 "  load by " DESK_CARRIER ": applied -> in transit\n"));
}

/* A reusable drum: packed, carried, fed, packed again. */
static void a_drum_filled_twice_is_two_fills(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *manifest = issue(desk);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    static char *drum[] = {(char *)"D1"};
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "D1", 5000)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "D1")->base,
            DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "D1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 0)
                 ->base,
            DESK_DAY + 3 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    feed.batch = (char *)"F1";
    feed.generator = (char *)DESK_HOSPITAL;
    feed.n_containers = 1;
    feed.containers = drum;
    desk_do(desk, DESK_GATE, &feed.base, DESK_DAY + 4 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_non_null(
        strstr(desk_render_container(desk, DESK_HOSPITAL, "D1"), "fed by " DESK_PLANT " 5000 g"));
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "D1", 6000)->base,
            DESK_DAY + 6 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    const char *text = desk_render_container(desk, DESK_HOSPITAL, "D1");
    assert_non_null(strstr(text, "packed by " DESK_HOSPITAL " 6000 g"));
    assert_non_null(strstr(desk_render_manifest(desk, manifest),
                           "loaded 1 in transit 0 received 0 rejected 0 missing 0 fed 1, 5000 g"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_countersignature_marks_the_statement_it_names, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_finding_ends_by_itself_when_the_missing_fact_arrives,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_said_twice_counts_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_without_standing_moves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drum_filled_twice_is_two_fills, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
