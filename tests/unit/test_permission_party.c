/* test_permission_party.c: shows who may register, change, permit and suspend whom, and for which reason and field the rest is refused. */
#include <string.h>

#include "proto/rule.h"
#include "tests/lib/check.h"
#include "tests/lib/office.h"

/* ---- office.parties and places ------------------------------------------------------------------------ */

static Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR, 0};

static Custody__V1__RegisterPartyBody new_party(const char *division, const char *parent)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR;
    body.party = office_text("uscc:new");
    body.kinds = kinds;
    body.n_kinds = 1;
    body.division = office_text(division);
    body.parent = office_text(parent);
    return body;
}

static void test_a_regulator_registers_parties_of_its_division(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "");
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
    office_speak_as(OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body.division = office_text("630100");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_division_unknown, "division");
    body = new_party("540421", "uscc:nobody");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_party_unknown, "parent");
    body = new_party("540421", "uscc:closed");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_party_closed, "parent");
    body = new_party("540421", "");
    body.party = office_text("uscc:plant");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_party_exists, "party");
    body = new_party("540421", "");
    body.n_kinds = 0;
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_field_missing, "kinds");
}

static void test_a_township_centre_sponsors_its_villages(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "uscc:township");
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN));
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(GENERATOR));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN));
    body.parent = office_text("");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    /* Not what it is not itself, not one that watches others, not elsewhere. */
    body = new_party("540421", "uscc:township");
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_parent_not_allowed, "kinds");
    body = new_party("540422", "uscc:township");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_parent_not_allowed,
                   "division");
    body = new_party("540421", "gov:county");
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    office_speak_as(OFFICE_COUNTY_BUREAU, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_parent_not_allowed, "kinds");
}

static void test_root_registers_anybody_before_the_opening(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_role_missing, "key");
    office.ledger_is_open = false;
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_REGULATOR;
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
}

static void test_a_place_is_registered_by_who_looks_after_its_party(void **state)
{
    (void)state;
    Custody__V1__RegisterPlaceBody body = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    body.party = office_text("uscc:village");
    body.code = office_text("point");
    office_grants(OFFICE_ACT(REGISTER_PLACE), &body);
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(ADMIN));
    office_grants(OFFICE_ACT(REGISTER_PLACE), &body);
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN));
    office_grants(OFFICE_ACT(REGISTER_PLACE), &body);
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR));
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_not_own_party, "party");
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_not_own_party, "party");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    body.party = office_text("uscc:hospital");
    body.code = office_text("store");
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_place_exists, "code");
    body.code = office_text("ward");
    office_grants(OFFICE_ACT(REGISTER_PLACE), &body);
    body.division = office_text("630100");
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_division_unknown, "division");
    body.party = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_party_unknown, "party");
    body.party = office_text("uscc:closed");
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &body, CUSTODY_REASON_party_closed, "party");
}

/* ---- vehicles and permits ---------------------------------------------------------------------- */

static void test_a_vehicle_is_filed_for_a_carrier_without_overlap(void **state)
{
    (void)state;
    Custody__V1__RegisterVehicleBody body = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    Custody__V1__VehicleName name = CUSTODY__V1__VEHICLE_NAME__INIT;
    name.plate = office_text("G12345");
    body.vehicle = &name;
    body.carrier = office_text("uscc:carrier");
    office_grants(OFFICE_ACT(REGISTER_VEHICLE), &body);
    /* A truck from elsewhere is filed by any regulator. */
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(REGISTER_VEHICLE), &body);
    office_speak_as(OFFICE_CARRIER, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body.carrier = office_text("uscc:plant");
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_kind_missing, "carrier");
    body.carrier = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_party_unknown, "carrier");
    body.carrier = office_text("uscc:carrier");
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    office.vehicle_is_known = true;
    struct vehicle_filing filing = {.from_us = OFFICE_NOW + 100, .until_us = OFFICE_NOW + 200};
    vehicle_add_filing(&office.vehicle, &filing);
    body.effective_until = OFFICE_NOW + 100;
    office_grants(OFFICE_ACT(REGISTER_VEHICLE), &body);
    body.effective_until = OFFICE_NOW + 101;
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_vehicle_exists, "vehicle");
    body.effective_until = 0;
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_vehicle_exists, "vehicle");
    body.effective_from = OFFICE_NOW + 200;
    office_grants(OFFICE_ACT(REGISTER_VEHICLE), &body);
    office.vehicle.count = VEHICLE_FILINGS_MAX;
    for (uint32_t i = 0; i < VEHICLE_FILINGS_MAX; i++) {
        office.vehicle.filings[i] = filing;
    }
    office_refuses(OFFICE_ACT(REGISTER_VEHICLE), &body, CUSTODY_REASON_out_of_bounds, "vehicle");
}

static void test_a_permit_is_granted_by_a_regulator_of_the_place(void **state)
{
    (void)state;
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity activities[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *codes[] = {office_text("HW01")};
    body.party = office_text("uscc:plant");
    body.activities = activities;
    body.n_activities = 1;
    body.codes = codes;
    body.n_codes = 1;
    office_grants(OFFICE_ACT(GRANT_PERMIT), &body);
    office_speak_as(OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_not_own_party, "party");
    office_speak_as(OFFICE_PLANT, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    body.effective_until = OFFICE_NOW + 1;
    office_grants(OFFICE_ACT(GRANT_PERMIT), &body);
    body.effective_from = OFFICE_NOW + 1;
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    body.effective_from = 0;
    codes[0] = office_text("*");
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_code_malformed, "codes");
    body.n_codes = 0;
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds, "codes");
    body.n_activities = 0;
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_field_missing, "activities");
    body.party = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_party_unknown, "party");
}

/* ---- from outside ------------------------------------------------------------------------------ */

/* 外省车辆备案: whoever lets it in registers a carrier or a receiver of another province, and looks after it. */
static void test_a_bureau_lets_in_carriers_and_receivers_of_another_province(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("510100", "");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_division_unknown, "division");
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_CARRIER;
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
    kinds[0] = CUSTODY__V1__PARTY_KIND__PARTY_FACILITY;
    office_grants(OFFICE_ACT(REGISTER_PARTY), &body);
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_division_unknown, "division");
    /* Another prefecture of the ledger has a regulator of its own. */
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body.division = office_text("540500");
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    Custody__V1__RegisterPlaceBody place = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    place.party = office_text("uscc:far-plant");
    place.code = office_text("hall");
    office_grants(OFFICE_ACT(REGISTER_PLACE), &place);
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(REGISTER_PLACE), &place);
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(REGISTER_PLACE), &place, CUSTODY_REASON_not_own_party, "party");
}

static void test_nobody_is_registered_in_a_division_that_was_merged(void **state)
{
    (void)state;
    Custody__V1__RegisterPartyBody body = new_party("540421", "");
    office.merged = 540421;
    office_refuses(OFFICE_ACT(REGISTER_PARTY), &body, CUSTODY_REASON_division_merged, "division");
}

/* ---- permits ----------------------------------------------------------------------------------- */

static Custody__V1__Activity treat[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
static char *hw01[1];

static Custody__V1__GrantPermitBody new_permit(const char *number)
{
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    hw01[0] = office_text("HW01");
    body.party = office_text("uscc:plant");
    body.number = office_text(number);
    body.n_activities = 1;
    body.activities = treat;
    body.n_codes = 1;
    body.codes = hw01;
    return body;
}

static void test_a_permits_number_is_one_partys(void **state)
{
    (void)state;
    Custody__V1__GrantPermitBody body = new_permit("P-1");
    office_grants(OFFICE_ACT(GRANT_PERMIT), &body);
    body = new_permit("P-2");
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_number_taken, "number");
    body = new_permit("P-9");
    office.parties[OFFICE_PLANT].permits = PERMITS_MAX;
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_table_full, "party");
    office.parties[OFFICE_PLANT].permits = PERMITS_MAX - 1;
    office_grants(OFFICE_ACT(GRANT_PERMIT), &body);
    char *methods[] = {office_text("Y10"), office_text("123456789")};
    body.methods = methods;
    body.n_methods = 1;
    office_grants(OFFICE_ACT(GRANT_PERMIT), &body);
    body.n_methods = 2;
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_out_of_bounds, "methods");
}

static void test_an_emergency_activation_lapses_by_itself(void **state)
{
    (void)state;
    Custody__V1__GrantPermitBody body = new_permit("P-9");
    body.order = office_text("林政令〔2026〕3号");
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &body, CUSTODY_REASON_field_missing,
                   "effective_until");
    body.effective_until = OFFICE_NOW + OFFICE_DAY;
    office_grants(OFFICE_ACT(GRANT_PERMIT), &body);
}

/* ---- changes ----------------------------------------------------------------------------------- */

static Custody__V1__ChangePartyBody change(const char *party)
{
    Custody__V1__ChangePartyBody body = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    body.party = office_text(party);
    return body;
}

static void test_who_may_change_a_party(void **state)
{
    (void)state;
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
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_role_missing},
        {OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN), CUSTODY_REASON_not_own_party},
        {0, OFFICE_ROLE(ROOT), CUSTODY_REASON_role_missing},
    };
    Custody__V1__ChangePartyBody body = change("uscc:village");
    body.beds = 3;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        assert_int_equal(office_ask(OFFICE_ACT(CHANGE_PARTY), &body).reason, rows[i].reason);
    }
    body = change("uscc:nobody");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_party_unknown, "party");
}

static void test_what_an_admin_may_not_change_of_its_party(void **state)
{
    (void)state;
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(ADMIN));
    Custody__V1__ChangePartyBody body = change("uscc:village");
    body.sector = office_text("Q8423");
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    body.closed = true;
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_role_missing, "closed");
    body = change("uscc:village");
    body.division = office_text("540402");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_role_missing, "division");
    body = change("uscc:village");
    body.n_kinds = 1;
    body.kinds = kinds;
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_role_missing, "kinds");
    body = change("uscc:village");
    body.successor = office_text("uscc:hospital");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_role_missing, "successor");
}

static void test_who_moves_a_party_answers_for_both_places(void **state)
{
    (void)state;
    Custody__V1__ChangePartyBody body = change("uscc:hospital");
    body.division = office_text("540421");
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    body.division = office_text("540502");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_not_own_party, "division");
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    body.division = office_text("630100");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_division_unknown, "division");
}

static void test_a_closed_party_may_have_a_successor(void **state)
{
    (void)state;
    Custody__V1__ChangePartyBody body = change("uscc:hospital");
    body.successor = office_text("uscc:township");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_out_of_bounds, "successor");
    body.closed = true;
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    body.successor = office_text("uscc:hospital");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_out_of_bounds, "successor");
    body.successor = office_text("uscc:closed");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_party_closed, "successor");
    body.successor = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_party_unknown, "successor");
    /* A closed one can be opened again, or given another successor. */
    body = change("uscc:closed");
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    /* Nobody closes the office that it speaks for. */
    body = change("gov:bureau");
    body.closed = true;
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_role_missing, "party");
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
}

static void test_a_change_reaches_back_before_nothing_and_has_room(void **state)
{
    (void)state;
    Custody__V1__ChangePartyBody body = change("uscc:hospital");
    body.parent = office_text("uscc:hospital");
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    body.parent = office_text("uscc:closed");
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_party_closed, "parent");
    body = change("uscc:hospital");
    office.ledger_is_open = false;
    office_speak_as(0, OFFICE_ROLE(ROOT));
    body.effective_from = -5;
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_reaches_back, "effective_from");
    body.effective_from = 0;
    struct party_version version = office.parties[OFFICE_HOSPITAL].versions[0];
    while (office.parties[OFFICE_HOSPITAL].count < PARTY_VERSIONS_MAX) {
        version.from_us++;
        assert_true(party_add_version(&office.parties[OFFICE_HOSPITAL], &version));
    }
    office_refuses(OFFICE_ACT(CHANGE_PARTY), &body, CUSTODY_REASON_table_full, "party");
}

/* ---- suspensions ------------------------------------------------------------------------------- */

static Custody__V1__SuspendBody suspend_party(const char *party)
{
    Custody__V1__SuspendBody body = CUSTODY__V1__SUSPEND_BODY__INIT;
    body.subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PARTY;
    body.party = office_text(party);
    body.order = office_text("林环罚〔2026〕1号");
    return body;
}

static void test_a_regulator_of_the_place_suspends(void **state)
{
    (void)state;
    Custody__V1__SuspendBody body = suspend_party("uscc:hospital");
    office_grants(OFFICE_ACT(SUSPEND), &body);
    body.order = office_text("");
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_field_missing, "order");
    body = suspend_party("uscc:hospital");
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_out_of_bounds, "effective_until");
    body.effective_until = OFFICE_NOW + 1;
    office_grants(OFFICE_ACT(SUSPEND), &body);
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_not_own_party, "party");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_role_missing, "key");
    /* Nobody but its own key could lift that again. */
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body = suspend_party("gov:bureau");
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_role_missing, "party");
    body = suspend_party("uscc:nobody");
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_party_unknown, "party");
    body.subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT__NOT_SET;
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_field_missing, "subject");
}

static void test_permits_are_suspended_by_number_and_vehicles_by_plate(void **state)
{
    (void)state;
    Custody__V1__SuspendBody body = suspend_party("");
    body.subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PERMIT;
    body.permit = office_text("P-1");
    office_grants(OFFICE_ACT(SUSPEND), &body);
    body.permit = office_text("P-9");
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_permit_unknown, "permit");
    body.permit = office_text("P-1");
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_not_own_party, "permit");
    /* Of the plant that it let in, Nyingchi's bureau suspends the permit. */
    body.permit = office_text("P-2");
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_not_own_party, "permit");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(SUSPEND), &body);
    office.far_permit.suspensions.count = SUSPENSIONS_MAX;
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_table_full, "subject");
    Custody__V1__VehicleName vehicle = CUSTODY__V1__VEHICLE_NAME__INIT;
    body.subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_VEHICLE;
    body.vehicle = &vehicle;
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_vehicle_unknown, "vehicle");
    office.vehicle_is_known = true;
    office_grants(OFFICE_ACT(SUSPEND), &body);
    office_speak_as(OFFICE_CARRIER, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(SUSPEND), &body, CUSTODY_REASON_role_missing, "key");
}

/* A suspended party asks for nothing and is given nothing, but can be changed and let go on. */
static void test_a_suspended_party_is_as_good_as_closed(void **state)
{
    (void)state;
    struct suspension suspension = {.from_us = 5, .until_us = OFFICE_NOW + 1};
    suspension_add(&office.parties[OFFICE_PLANT].suspensions, &suspension);
    Custody__V1__GrantPermitBody permit = new_permit("P-1");
    office_refuses(OFFICE_ACT(GRANT_PERMIT), &permit, CUSTODY_REASON_party_closed, "party");
    Custody__V1__ChangePartyBody body = change("uscc:plant");
    office_grants(OFFICE_ACT(CHANGE_PARTY), &body);
    Custody__V1__SuspendBody lift = suspend_party("uscc:plant");
    lift.effective_until = OFFICE_NOW + 1;
    office_grants(OFFICE_ACT(SUSPEND), &lift);
    suspension_add(&office.parties[OFFICE_BUREAU].suspensions, &suspension);
    office_refuses(OFFICE_ACT(SUSPEND), &lift, CUSTODY_REASON_not_own_party, "party");
}

#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_regulator_registers_parties_of_its_division),
        TEST(test_a_township_centre_sponsors_its_villages),
        TEST(test_root_registers_anybody_before_the_opening),
        TEST(test_a_place_is_registered_by_who_looks_after_its_party),
        TEST(test_a_vehicle_is_filed_for_a_carrier_without_overlap),
        TEST(test_a_permit_is_granted_by_a_regulator_of_the_place),
        TEST(test_a_bureau_lets_in_carriers_and_receivers_of_another_province),
        TEST(test_nobody_is_registered_in_a_division_that_was_merged),
        TEST(test_a_permits_number_is_one_partys),
        TEST(test_an_emergency_activation_lapses_by_itself),
        TEST(test_who_may_change_a_party),
        TEST(test_what_an_admin_may_not_change_of_its_party),
        TEST(test_who_moves_a_party_answers_for_both_places),
        TEST(test_a_closed_party_may_have_a_successor),
        TEST(test_a_change_reaches_back_before_nothing_and_has_room),
        TEST(test_a_regulator_of_the_place_suspends),
        TEST(test_permits_are_suspended_by_number_and_vehicles_by_plate),
        TEST(test_a_suspended_party_is_as_good_as_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
