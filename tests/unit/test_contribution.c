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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_told_otherwise_is_counted_once, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
