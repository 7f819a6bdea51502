/* test_permission_key.c: shows who may enrol and revoke which key. */
#include <string.h>

#include "proto/rule.h"
#include "tests/lib/check.h"
#include "tests/lib/office.h"

/* ---- keys -------------------------------------------------------------------------------------- */

static uint8_t new_key[PUBLIC_KEY_SIZE];
static Custody__V1__Role roles[2];
static Custody__V1__Role invited_roles[2];

static Custody__V1__EnrolKeyBody enrolment(uint32_t party, int role)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    memset(new_key, 3, sizeof new_key);
    roles[0] = (Custody__V1__Role)role;
    body.key = office_bytes(new_key);
    body.party = office_text(office_registered[party].name);
    body.roles = roles;
    body.n_roles = 1;
    body.invited_roles = invited_roles;
    return body;
}

static void test_who_may_enrol_a_key_of_whom(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t for_village, for_hospital;
    } rows[] = {
        {OFFICE_BUREAU, OFFICE_ROLE(REGULATOR), 0, 0},
        {OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR), 0, CUSTODY_REASON_not_own_party},
        {OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_not_own_party,
         CUSTODY_REASON_not_own_party},
        {OFFICE_BUREAU, OFFICE_ROLE(ADMIN), CUSTODY_REASON_not_own_party,
         CUSTODY_REASON_not_own_party},
        {OFFICE_BUREAU, OFFICE_ROLE(AUDITOR), CUSTODY_REASON_role_missing,
         CUSTODY_REASON_role_missing},
        {OFFICE_VILLAGE, OFFICE_ROLE(ADMIN), 0, CUSTODY_REASON_not_own_party},
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_role_missing,
         CUSTODY_REASON_role_missing},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN), 0, CUSTODY_REASON_not_own_party},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_role_missing,
         CUSTODY_REASON_role_missing},
        {OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN), CUSTODY_REASON_not_own_party, 0},
        {0, OFFICE_ROLE(ROOT), CUSTODY_REASON_not_own_party, CUSTODY_REASON_not_own_party},
        {0, OFFICE_ROLE(ADMIN), CUSTODY_REASON_not_own_party, CUSTODY_REASON_not_own_party},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        Custody__V1__EnrolKeyBody body =
            enrolment(OFFICE_VILLAGE, CUSTODY__V1__ROLE__ROLE_GENERATOR);
        assert_int_equal(office_ask(OFFICE_ACT(ENROL_KEY), &body).reason, rows[i].for_village);
        body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
        assert_int_equal(office_ask(OFFICE_ACT(ENROL_KEY), &body).reason, rows[i].for_hospital);
    }
}

static void test_each_role_belongs_to_kinds_of_parties(void **state)
{
    (void)state;
    static const struct {
        int role;
        bool hospital, plant, carrier, bureau;
    } rows[] = {
        {CUSTODY__V1__ROLE__ROLE_GENERATOR, true, true, false, false},
        {CUSTODY__V1__ROLE__ROLE_DRIVER, true, true, true, false},
        {CUSTODY__V1__ROLE__ROLE_FACILITY, false, true, false, false},
        {CUSTODY__V1__ROLE__ROLE_REGULATOR, false, false, false, true},
        {CUSTODY__V1__ROLE__ROLE_AUDITOR, false, false, false, true},
        {CUSTODY__V1__ROLE__ROLE_WITNESS, true, true, true, true},
        {CUSTODY__V1__ROLE__ROLE_ADMIN, true, true, true, true},
    };
    static const uint32_t of[] = {OFFICE_HOSPITAL, OFFICE_PLANT, OFFICE_CARRIER, OFFICE_BUREAU};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const bool may[] = {rows[i].hospital, rows[i].plant, rows[i].carrier, rows[i].bureau};
        for (size_t k = 0; k < 4; k++) {
            Custody__V1__EnrolKeyBody body = enrolment(of[k], rows[i].role);
            assert_int_equal(office_ask(OFFICE_ACT(ENROL_KEY), &body).reason,
                             may[k] ? 0 : CUSTODY_REASON_kind_missing);
        }
    }
}

static void test_nobody_makes_a_root_key(void **state)
{
    (void)state;
    Custody__V1__EnrolKeyBody body = enrolment(OFFICE_BUREAU, CUSTODY__V1__ROLE__ROLE_ROOT);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "roles");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office.ledger_is_open = false;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "roles");
    body.n_roles = 0;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_field_missing, "roles");
}

static void test_root_makes_regulators_at_any_time_and_others_only_at_first(void **state)
{
    (void)state;
    office_speak_as(0, OFFICE_ROLE(ROOT));
    Custody__V1__EnrolKeyBody body = enrolment(OFFICE_BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    body = enrolment(OFFICE_BUREAU, CUSTODY__V1__ROLE__ROLE_ADMIN);
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    body = enrolment(OFFICE_BUREAU, CUSTODY__V1__ROLE__ROLE_AUDITOR);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_not_own_party, "party");
    body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_ADMIN);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_not_own_party, "party");
    office.ledger_is_open = false;
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
}

static void test_an_invitation_enrols_one_key_of_its_party_and_roles(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(INVITED));
    office.author.invited_roles = OFFICE_ROLE(GENERATOR) | OFFICE_ROLE(ADMIN);
    Custody__V1__EnrolKeyBody body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_DRIVER);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "roles");
    body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_INVITED);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "roles");
    body = enrolment(OFFICE_VILLAGE, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "party");
    body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    body.replaces = office_bytes(office.target_key);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_not_invited, "replaces");
    body.replaces.len = 0;
    office.author.is_spent = true;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_invitation_spent, "key");
    office.author.is_spent = false;
    office.author.until_us = OFFICE_NOW;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_invitation_spent, "key");
    office.author.until_us = INT64_MAX;
    office.author.is_revoked = true;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_invitation_spent, "key");
}

static void test_an_invitation_does_nothing_else(void **state)
{
    (void)state;
    Custody__V1__RegisterPlaceBody place = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(INVITED) | OFFICE_ROLE(ADMIN));
    place.party = office_text("uscc:hospital");
    place.code = office_text("ward");
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &place, CUSTODY_REASON_role_missing, "key");
}

static void test_an_invitation_says_what_it_invites_to(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    Custody__V1__EnrolKeyBody body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_INVITED);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_field_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
    body.n_invited_roles = 1;
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_FACILITY;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_kind_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_ROOT;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_INVITED;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_role_missing, "invited_roles");
    invited_roles[0] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
    roles[1] = CUSTODY__V1__ROLE__ROLE_GENERATOR;
    body.n_roles = 2;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_out_of_bounds, "roles");
    body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    body.n_invited_roles = 1;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_out_of_bounds, "invited_roles");
}

static void test_a_key_is_enrolled_once(void **state)
{
    (void)state;
    Custody__V1__EnrolKeyBody body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    body.key = office_bytes(office.target_key);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_key_exists, "key");
    /* Only mentioned, as by a countersignature that came first. */
    office.target.is_enrolled = false;
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    body.curve_key = office_bytes(office.taken_curve_key);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_key_exists, "curve_key");
    office.registry.curve_is_taken = NULL;
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    body = enrolment(OFFICE_CLOSED, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_party_closed, "party");
}

static void test_a_replaced_key_is_one_of_the_same_party(void **state)
{
    (void)state;
    Custody__V1__EnrolKeyBody body = enrolment(OFFICE_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    uint8_t nobody[PUBLIC_KEY_SIZE] = {77};
    body.replaces = office_bytes(office.target_key);
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
    office.target.party = OFFICE_VILLAGE;
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_key_unknown, "replaces");
    body.replaces = office_bytes(nobody);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_key_unknown, "replaces");
    /* Replacing revokes: the last regulator may only be replaced by a regulator. */
    office.target.party = OFFICE_BUREAU;
    office.target.roles = OFFICE_ROLE(REGULATOR);
    office.regulator_keys = 1;
    body = enrolment(OFFICE_BUREAU, CUSTODY__V1__ROLE__ROLE_ADMIN);
    body.replaces = office_bytes(office.target_key);
    office_refuses(OFFICE_ACT(ENROL_KEY), &body, CUSTODY_REASON_last_regulator, "replaces");
    body = enrolment(OFFICE_BUREAU, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    body.replaces = office_bytes(office.target_key);
    office_grants(OFFICE_ACT(ENROL_KEY), &body);
}

static void test_who_may_revoke_a_key(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {OFFICE_BUREAU, OFFICE_ROLE(REGULATOR), 0},
        {OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR), 0},
        {OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_VILLAGE, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN), CUSTODY_REASON_not_own_party},
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_role_missing},
        {0, OFFICE_ROLE(ROOT), 0},
    };
    office.target.party = OFFICE_VILLAGE;
    body.key = office_bytes(office.target_key);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        assert_int_equal(office_ask(OFFICE_ACT(REVOKE_KEY), &body).reason, rows[i].reason);
    }
}

static void test_a_revocation_is_of_a_key_that_speaks(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = office_bytes(new_key);
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_key_unknown, "key");
    body.key = office_bytes(office.target_key);
    body.doubt_since = OFFICE_NOW + 1;
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_out_of_bounds, "doubt_since");
    body.doubt_since = OFFICE_NOW - 1;
    office_grants(OFFICE_ACT(REVOKE_KEY), &body);
    office.target.is_revoked = true;
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_key_revoked, "key");
    office.target.is_revoked = false;
    office.target.is_enrolled = false;
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_key_unknown, "key");
}

static void test_the_last_regulator_key_stays(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = office_bytes(office.target_key);
    office.target.party = OFFICE_BUREAU;
    office.target.roles = OFFICE_ROLE(REGULATOR);
    office_grants(OFFICE_ACT(REVOKE_KEY), &body);
    office.regulator_keys = 1;
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_last_regulator, "key");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_last_regulator, "key");
}

static void test_only_root_revokes_root(void **state)
{
    (void)state;
    Custody__V1__RevokeKeyBody body = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    body.key = office_bytes(office.target_key);
    office.target.party = 0;
    office.target.roles = OFFICE_ROLE(ROOT);
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_not_own_party, "key");
    office_speak_as(0, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(REVOKE_KEY), &body, CUSTODY_REASON_not_own_party, "key");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_grants(OFFICE_ACT(REVOKE_KEY), &body);
}

static void test_speaking_for_a_party_is_its_own_or_its_parents_admins(void **state)
{
    (void)state;
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR));
    assert_true(permission_speaks_for(&office.author, OFFICE_VILLAGE,
                                      &office.parties[OFFICE_VILLAGE], OFFICE_NOW));
    assert_false(permission_speaks_for(&office.author, OFFICE_HOSPITAL,
                                       &office.parties[OFFICE_HOSPITAL], OFFICE_NOW));
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(GENERATOR));
    assert_false(permission_speaks_for(&office.author, OFFICE_VILLAGE,
                                       &office.parties[OFFICE_VILLAGE], OFFICE_NOW));
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN));
    assert_true(permission_speaks_for(&office.author, OFFICE_VILLAGE,
                                      &office.parties[OFFICE_VILLAGE], OFFICE_NOW));
    assert_false(
        permission_speaks_for(&office.author, OFFICE_VILLAGE, &office.parties[OFFICE_VILLAGE], 0));
    assert_false(permission_speaks_for(&office.author, OFFICE_VILLAGE, NULL, OFFICE_NOW));
    office_speak_as(0, OFFICE_ROLE(ADMIN));
    assert_false(permission_speaks_for(&office.author, 0, NULL, OFFICE_NOW));
    assert_false(permission_speaks_for(&office.author, OFFICE_HOSPITAL,
                                       &office.parties[OFFICE_HOSPITAL], OFFICE_NOW));
}

/*MORE*/
#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_may_enrol_a_key_of_whom),
        TEST(test_each_role_belongs_to_kinds_of_parties),
        TEST(test_nobody_makes_a_root_key),
        TEST(test_root_makes_regulators_at_any_time_and_others_only_at_first),
        TEST(test_an_invitation_enrols_one_key_of_its_party_and_roles),
        TEST(test_an_invitation_does_nothing_else),
        TEST(test_an_invitation_says_what_it_invites_to),
        TEST(test_a_key_is_enrolled_once),
        TEST(test_a_replaced_key_is_one_of_the_same_party),
        TEST(test_who_may_revoke_a_key),
        TEST(test_a_revocation_is_of_a_key_that_speaks),
        TEST(test_the_last_regulator_key_stays),
        TEST(test_only_root_revokes_root),
        TEST(test_speaking_for_a_party_is_its_own_or_its_parents_admins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
