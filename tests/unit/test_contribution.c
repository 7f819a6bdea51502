/* test_contribution.c: what a container gave is taken back before it gives anew. */
#include <string.h>

#include "daemon/service/contribution.h"
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

static void amend(struct desk *desk, const struct desk_statement *pack, uint64_t mass_g)
{
    Custody__V1__AmendBody amend = CUSTODY__V1__AMEND_BODY__INIT;
    Custody__V1__AmendedContainer amended = CUSTODY__V1__AMENDED_CONTAINER__INIT;
    Custody__V1__AmendedContainer *amendments[] = {&amended};
    amended.code = (char *)"B1";
    amended.mass_g = mass_g;
    amended.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    amend.target = desk_name(desk, pack);
    amend.generator = (char *)DESK_HOSPITAL;
    amend.n_containers = 1;
    amend.containers = amendments;
    amend.reason = CUSTODY__V1__REASON_CLASS__REASON_MISTAKE;
    desk_do(desk, DESK_NURSE, &amend.base, DESK_DAY + 4 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

static void what_is_told_otherwise_is_counted_once(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    struct desk_statement *pack =
        desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 2000)->base, DESK_DAY,
                CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 500)->base, DESK_DAY,
            CUSTODY_OUTCOME_recorded);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    for (int i = 1; i < 3; i++)
        desk_do(desk, DESK_DRIVER,
                &desk_load(desk, trip, manifest, DESK_HOSPITAL, i == 1 ? "B1" : "B2")->base,
                DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_non_null(strstr(desk_render_manifest(desk, manifest),
                           "loaded 2 in transit 2 received 0 rejected 0 missing 0 fed 0, 2500 g"));
    amend(desk, pack, 2600);
    assert_non_null(strstr(desk_render_manifest(desk, manifest),
                           "loaded 2 in transit 2 received 0 rejected 0 missing 0 fed 0, 3100 g"));
}

/* 20 kg come to the plant and are fed, 23 kg come out; the feed is told last. */
static void feed_and_yield(struct desk *desk)
{
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    desk->now_us = DESK_DAY + 20 * DESK_HOUR;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 20000)->base,
            DESK_DAY + DESK_HOUR, CUSTODY_OUTCOME_recorded);
    struct desk_statement *trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base,
                                          DESK_DAY + 2 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, trip, manifest, DESK_HOSPITAL, "B1")->base,
            DESK_DAY + 3 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_GATE,
            &desk_receive(desk, trip, manifest, DESK_HOSPITAL, "B1",
                          CUSTODY__V1__VERDICT__VERDICT_ACCEPTED, 20000)
                 ->base,
            DESK_DAY + 6 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    Custody__V1__YieldBody yield = CUSTODY__V1__YIELD_BODY__INIT;
    yield.batch = (char *)"K1";
    yield.n_outputs = 1;
    yield.outputs = desk_pack(desk, DESK_PLANT, "R1", 23000)->containers;
    yield.outputs[0]->waste_code = (char *)"772-003-18";
    desk_do(desk, DESK_GATE, &yield.base, DESK_DAY + 9 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    assert_non_null(strstr(desk_render_open(desk), "finding batch_exceeds_feed"));
    char *codes[] = {(char *)"B1"};
    Custody__V1__FeedBody feed = CUSTODY__V1__FEED_BODY__INIT;
    feed.generator = (char *)DESK_HOSPITAL;
    feed.batch = (char *)"K1";
    feed.n_containers = 1;
    feed.containers = codes;
    desk_do(desk, DESK_GATE, &feed.base, DESK_DAY + 8 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
}

/* HJ 1259-2022 6.3 (RULES.md N19): what was fed is medical waste, and its profile lets a fifth more come out. */
static void a_batch_is_weighed_by_the_profile_of_what_was_fed(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY;
    desk_set_profile(desk, "cn-medical", 1,
                     "base = medical\ncodes = HW01\n[batch]\ntolerance_per_mille = 200");
    feed_and_yield(desk);
    assert_null(strstr(desk_render_open(desk), "batch_exceeds_feed"));
}

static void without_a_profile_of_its_own_the_house_weighs_the_batch(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY;
    feed_and_yield(desk);
    assert_non_null(strstr(desk_render_open(desk), "finding batch_exceeds_feed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_told_otherwise_is_counted_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_batch_is_weighed_by_the_profile_of_what_was_fed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(without_a_profile_of_its_own_the_house_weighs_the_batch,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
