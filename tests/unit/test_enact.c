/* test_enact.c: local numbers rise by prefecture and year. */
#include <string.h>

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

static void numbers_rise_by_prefecture_and_year(void **state)
{
    struct desk *desk = *state;
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    for (int i = 1; i <= 3; i++) {
        body.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
        Custody__V1__Receipt *receipt =
            desk_submit(desk, desk_sign(desk, DESK_NURSE, &body.base, desk->now_us), NULL);
        assert_string_equal(receipt->number, arena_format(desk->arena, "L20265404%06d", i));
    }
    Custody__V1__ReserveNumbersBody reserve = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
    char *receivers[] = {(char *)DESK_PLANT}, *codes[] = {(char *)"841-001-01"};
    reserve.party = (char *)DESK_CLINIC;
    reserve.count = 10;
    reserve.n_receivers = 1;
    reserve.receivers = receivers;
    reserve.n_codes = 1;
    reserve.codes = codes;
    reserve.mass_ceiling_g = 100000;
    reserve.effective_until = desk->now_us + 24 * DESK_HOUR;
    Custody__V1__Receipt *block =
        desk_submit(desk, desk_sign(desk, DESK_DOCTOR, &reserve.base, desk->now_us), NULL);
    assert_string_equal(block->number, "L20265404000004");
    body.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    Custody__V1__Receipt *next =
        desk_submit(desk, desk_sign(desk, DESK_NURSE, &body.base, desk->now_us), NULL);
    assert_string_equal(next->number, "L20265404000014");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_rise_by_prefecture_and_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
