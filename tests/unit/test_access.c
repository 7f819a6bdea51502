/* test_access.c: a connection is who its CURVE key says, as the registry stands now. */
#include <string.h>

#include "daemon/service/access.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static void an_enrolled_key_is_found_with_its_standing(void **state)
{
    (void)state;
    static struct desk desk;
    struct access_caller caller;
    desk_open(&desk, false);
    desk_flush(&desk);
    assert_true(access_find(desk.ledger, desk.keys[DESK_NURSE].curve_key, &caller));
    assert_int_equal(caller.division, 540402);
    assert_int_equal(caller.roles,
                     1 << CUSTODY__V1__ROLE__ROLE_GENERATOR | 1 << CUSTODY__V1__ROLE__ROLE_ADMIN);
    assert_int_equal(caller.kinds, 1 << CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR);
    assert_true(access_may_ask(&caller, ENVELOPE_TRACE));
    assert_false(access_find(desk.ledger, desk.keys[DESK_STRANGER].curve_key, &caller));
    assert_false(access_may_ask(&caller, ENVELOPE_HELLO));
    desk_close(&desk);
}

static void a_revoked_key_is_nobody_at_the_next_request(void **state)
{
    (void)state;
    static struct desk desk;
    struct access_caller caller;
    desk_open(&desk, false);
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk.keys[DESK_NURSE].public_key};
    desk_do(&desk, DESK_REGULATOR, &revoke.base, desk.now_us, CUSTODY_OUTCOME_granted);
    desk_flush(&desk);
    assert_false(access_find(desk.ledger, desk.keys[DESK_NURSE].curve_key, &caller));
    assert_true(access_find(desk.ledger, desk.keys[DESK_DOCTOR].curve_key, &caller));
    desk_close(&desk);
}

/* An invitation opens the door for one enrolment, and then no more. */
static void an_invitation_may_ask_little_and_is_spent_once(void **state)
{
    (void)state;
    static struct desk desk;
    struct access_caller caller;
    desk_open(&desk, false);
    struct desk_key *stranger = &desk.keys[DESK_STRANGER];
    Custody__V1__EnrolKeyBody invite = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role invited[] = {CUSTODY__V1__ROLE__ROLE_INVITED},
                      may_be[] = {CUSTODY__V1__ROLE__ROLE_DRIVER};
    invite.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = stranger->public_key};
    invite.curve_key = (ProtobufCBinaryData){.len = 32, .data = stranger->curve_key};
    invite.party = (char *)DESK_CARRIER;
    invite.n_roles = 1;
    invite.roles = invited;
    invite.n_invited_roles = 1;
    invite.invited_roles = may_be;
    desk_do(&desk, DESK_DRIVER, &invite.base, desk.now_us, CUSTODY_OUTCOME_granted);
    desk_flush(&desk);
    assert_true(access_find(desk.ledger, stranger->curve_key, &caller));
    assert_true(access_may_ask(&caller, ENVELOPE_HELLO));
    assert_true(access_may_ask(&caller, ENVELOPE_SUBMIT));
    assert_false(access_may_ask(&caller, ENVELOPE_TRACE));
    assert_false(access_may_ask(&caller, ENVELOPE_UNCLOSED));

    uint8_t device[PUBLIC_KEY_SIZE] = {1, 2, 3}, device_curve[32] = {4, 5, 6};
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    enrol.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = device};
    enrol.curve_key = (ProtobufCBinaryData){.len = 32, .data = device_curve};
    enrol.party = (char *)DESK_CARRIER;
    enrol.n_roles = 1;
    enrol.roles = may_be;
    desk_do(&desk, DESK_STRANGER, &enrol.base, desk.now_us, CUSTODY_OUTCOME_granted);
    device[0] = 9;
    Custody__V1__Receipt *again =
        desk_submit(&desk, desk_sign(&desk, DESK_STRANGER, &enrol.base, desk.now_us), NULL);
    assert_non_null(again);
    assert_int_equal(again->outcome, CUSTODY_OUTCOME_refused);
    assert_string_equal(again->reason_name, "invitation_spent");
    desk_flush(&desk);
    assert_false(access_find(desk.ledger, stranger->curve_key, &caller));
    assert_true(access_find(desk.ledger, device_curve, &caller));
    assert_int_equal(caller.roles, 1 << CUSTODY__V1__ROLE__ROLE_DRIVER);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_enrolled_key_is_found_with_its_standing),
        cmocka_unit_test(a_revoked_key_is_nobody_at_the_next_request),
        cmocka_unit_test(an_invitation_may_ask_little_and_is_spent_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
