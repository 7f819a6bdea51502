/* test_enact_key.c: what enrolling and revoking change. */
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

/* Whoever enrols with another's CURVE key would be taken for that other at the door. */
static void a_curve_key_belongs_to_one_key(void **state)
{
    struct desk *desk = *state;
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_GENERATOR};
    body.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_STRANGER].public_key};
    body.curve_key = (ProtobufCBinaryData){.len = 32, .data = desk->keys[DESK_NURSE].curve_key};
    body.party = (char *)DESK_CLINIC;
    body.n_roles = 1;
    body.roles = roles;
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, DESK_DOCTOR, &body.base, desk->now_us), NULL);
    assert_string_equal(receipt->reason_name, "key_exists");
    assert_string_equal(receipt->field, "curve_key");
    body.curve_key.data = desk->keys[DESK_STRANGER].curve_key;
    desk_do(desk, DESK_DOCTOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

/* House rule key_doubted: what a key said before it was revoked stays, and is doubted where the regulator says so. */
static void a_key_revoked_in_doubt_is_a_notice_to_its_regulator(void **state)
{
    struct desk *desk = *state;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_NURSE].public_key};
    assert_null(strstr(desk_render_open(desk), "key_doubted"));
    revoke.doubt_since = desk->now_us - DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &revoke.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += DESK_HOUR;
    const char *open = strstr(desk_render_open(desk), "finding key_doubted");
    assert_non_null(open);
    assert_non_null(strstr(open, "by " DESK_HOSPITAL));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_curve_key_belongs_to_one_key),
        TEST(a_key_revoked_in_doubt_is_a_notice_to_its_regulator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
