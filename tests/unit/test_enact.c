/* test_enact.c: what a granted permission changes: catalogues, divisions, numbers, permits, what never reaches back. */
#include <string.h>

#include "daemon/service/enact.h"
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

static void a_code_outside_the_catalogue_is_a_notice_not_a_refusal(void **state)
{
    struct desk *desk = *state;
    Custody__V1__PackBody *odd = desk_pack(desk, DESK_HOSPITAL, "B1", 900);
    odd->containers[0]->waste_code = (char *)"900-999-49";
    desk_do(desk, DESK_NURSE, &odd->base, desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "B1"), "code_unknown"));
    Custody__V1__SetCatalogueBody catalogue = CUSTODY__V1__SET_CATALOGUE_BODY__INIT;
    Custody__V1__CatalogueRow row = CUSTODY__V1__CATALOGUE_ROW__INIT, *rows[] = {&row};
    row.code = (char *)"841-001-01";
    row.category = (char *)"HW01";
    row.hazard = (char *)"In";
    catalogue.edition = (char *)"cn-2021";
    catalogue.n_rows = 1;
    catalogue.rows = rows;
    desk_do(desk, DESK_REGULATOR, &catalogue.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += DESK_HOUR;
    odd = desk_pack(desk, DESK_HOSPITAL, "B2", 900);
    odd->containers[0]->waste_code = (char *)"900-999-49";
    desk_do(desk, DESK_NURSE, &odd->base, desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_non_null(
        strstr(desk_render_container(desk, DESK_HOSPITAL, "B2"), "finding code_unknown"));
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B3", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    assert_null(strstr(desk_render_container(desk, DESK_HOSPITAL, "B3"), "code_unknown"));
}

static void an_unknown_division_is_refused_once_the_table_is_set(void **state)
{
    struct desk *desk = *state;
    Custody__V1__SetDivisionsBody table = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    Custody__V1__Division division = CUSTODY__V1__DIVISION__INIT, *divisions[] = {&division};
    division.code = (char *)"540402";
    division.parent = (char *)"540400";
    division.name = (char *)"巴宜区";
    table.n_divisions = 1;
    table.divisions = divisions;
    desk_do(desk, DESK_REGULATOR, &table.base, desk->now_us, CUSTODY_OUTCOME_granted);
    Custody__V1__RegisterPartyBody party = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR};
    party.party = (char *)"uscc:125404000000000090";
    party.n_kinds = 1;
    party.kinds = kinds;
    party.division = (char *)"540499";
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, DESK_REGULATOR, &party.base, desk->now_us), NULL);
    assert_string_equal(receipt->reason_name, "division_unknown");
    party.division = (char *)"540402";
    desk_do(desk, DESK_REGULATOR, &party.base, desk->now_us, CUSTODY_OUTCOME_granted);
    receipt = desk_submit(desk, desk_sign(desk, DESK_REGULATOR, &party.base, desk->now_us), NULL);
    assert_string_equal(receipt->reason_name, "party_exists");
}

/* A filing asked for from last week, once the ledger is open, holds from now. */
static void a_permission_never_reaches_back(void **state)
{
    struct desk *desk = *state;
    desk->now_us = DESK_DAY + 10 * DESK_HOUR;
    struct desk_statement *before =
        desk_do(desk, DESK_DRIVER, &desk_depart(desk, "川A·样0002")->base, DESK_DAY + 5 * DESK_HOUR,
                CUSTODY_OUTCOME_recorded);
    Custody__V1__RegisterVehicleBody filing = CUSTODY__V1__REGISTER_VEHICLE_BODY__INIT;
    filing.vehicle = desk_depart(desk, "川A·样0002")->vehicle;
    filing.carrier = (char *)DESK_CARRIER;
    filing.licence = (char *)"51-2";
    filing.effective_from = DESK_DAY - 100 * DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &filing.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += DESK_HOUR;
    Custody__V1__Receipt *early =
        desk_submit(desk,
                    desk_sign(desk, DESK_DRIVER, &desk_depart(desk, "川A·样0002")->base,
                              DESK_DAY + 6 * DESK_HOUR),
                    NULL);
    assert_int_equal(early->n_findings, 1);
    assert_string_equal(early->findings[0]->rule_name, "vehicle_unregistered");
    Custody__V1__Receipt *late = desk_submit(
        desk, desk_sign(desk, DESK_DRIVER, &desk_depart(desk, "川A·样0002")->base, desk->now_us),
        NULL);
    assert_int_equal(late->n_findings, 0);
    assert_true(desk_submit(desk, before, NULL)->again);
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

static void a_drawn_number_outside_its_block_is_a_finding(void **state)
{
    struct desk *desk = *state;
    Custody__V1__DrawManifestBody body = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    struct desk_statement *no_block =
        desk_sign(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "X", 500)->base, desk->now_us);
    body.block = desk_name(desk, no_block);
    body.number = (char *)"L20265404000777";
    body.plan = desk_plan(desk, DESK_CLINIC, DESK_OTHER_PLANT);
    desk_submit(desk, no_block, NULL);
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, DESK_DOCTOR, &body.base, desk->now_us), NULL);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_recorded);
    assert_int_equal(receipt->n_findings, 2);
    bool outside = false, not_permitted = false;
    for (size_t i = 0; i < receipt->n_findings; i++) {
        outside |= strcmp(receipt->findings[i]->rule_name, "drawn_outside_block") == 0;
        not_permitted |= strcmp(receipt->findings[i]->rule_name, "receiver_not_permitted") == 0;
    }
    assert_true(outside && not_permitted);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_curve_key_belongs_to_one_key, setup, teardown),
        cmocka_unit_test_setup_teardown(a_code_outside_the_catalogue_is_a_notice_not_a_refusal,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_division_is_refused_once_the_table_is_set, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_permission_never_reaches_back, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_rise_by_prefecture_and_year, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drawn_number_outside_its_block_is_a_finding, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
