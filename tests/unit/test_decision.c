/* test_decision.c: shows what every decision shares: who is who, where, and what the author may. */
#include <string.h>

#include "daemon/domain/decision.h"
#include "tests/lib/check.h"
#include "tests/lib/office.h"

static struct permission_request request;

static struct decision deciding(void)
{
    request = (struct permission_request){.act = OFFICE_ACT(CHANGE_PARTY),
                                          .author = &office.author,
                                          .now_us = OFFICE_NOW,
                                          .ledger_is_open = office.ledger_is_open};
    return (struct decision){&request, &office.registry};
}

static struct named_party party_of(uint32_t number)
{
    return (struct named_party){.number = number,
                                .record = &office.parties[number],
                                .now = party_at(&office.parties[number], OFFICE_NOW)};
}

static void test_a_party_is_found_open_or_however_it_stands(void **state)
{
    (void)state;
    struct decision decision = deciding();
    struct named_party party;
    assert_true(
        decision_is_granted(decision_find_party(&decision, "uscc:hospital", "party", &party)));
    assert_int_equal(party.number, OFFICE_HOSPITAL);
    assert_int_equal(decision_find_party(&decision, "uscc:closed", "party", &party).reason,
                     CUSTODY_REASON_party_closed);
    assert_true(
        decision_is_granted(decision_find_registered(&decision, "uscc:closed", "party", &party)));
    assert_int_equal(decision_find_registered(&decision, "", "party", &party).reason,
                     CUSTODY_REASON_party_unknown);
    office.parties[OFFICE_HOSPITAL].versions[0].from_us = OFFICE_NOW + 1;
    assert_int_equal(decision_find_registered(&decision, "uscc:hospital", "party", &party).reason,
                     CUSTODY_REASON_party_closed);
}

static void test_what_is_merged_belongs_to_its_successors_regulator(void **state)
{
    (void)state;
    struct decision decision = deciding();
    uint32_t division;
    assert_true(decision_is_granted(decision_find_division(&decision, "540421", &division)));
    assert_int_equal(division, 540421);
    assert_int_equal(decision_find_division(&decision, "54042", &division).reason,
                     CUSTODY_REASON_division_unknown);
    office.merged = 542621;
    assert_true(decision_regulates(&decision, 542621));
    office.merged = 0;
    assert_false(decision_regulates(&decision, 542621));
    assert_true(decision_is_outside(&decision, 510100));
    assert_false(decision_is_outside(&decision, 540500));
    assert_false(decision_is_outside(&decision, 0));
}

static void test_a_party_from_outside_is_its_registrars(void **state)
{
    (void)state;
    struct decision decision = deciding();
    struct named_party far = party_of(OFFICE_FAR_PLANT);
    assert_true(decision_regulates_party(&decision, &far));
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    assert_true(decision_regulates_party(&decision, &far));
    office_speak_as(OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR));
    assert_false(decision_regulates_party(&decision, &far));
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(ADMIN));
    assert_false(decision_regulates_party(&decision, &far));
    /* One that root registered is nobody's but the whole ledger's. */
    office.parties[OFFICE_FAR_PLANT].registrar = 0;
    office_speak_as(0, OFFICE_ROLE(REGULATOR));
    assert_false(decision_regulates_party(&decision, &far));
}

static void test_a_suspended_regulator_regulates_nothing(void **state)
{
    (void)state;
    struct decision decision = deciding();
    assert_true(decision_is_regulator(&decision));
    const struct suspension suspension = {.from_us = 1, .until_us = INT64_MAX};
    suspension_add(&office.parties[OFFICE_BUREAU].suspensions, &suspension);
    assert_false(decision_is_regulator(&decision));
    assert_false(decision_regulates(&decision, 540402));
}

static void test_who_might_do_it_for_another_is_told_so(void **state)
{
    (void)state;
    struct decision decision = deciding();
    struct named_party village = party_of(OFFICE_VILLAGE);
    assert_int_equal(decision_refuse_for(&decision, "party").reason, CUSTODY_REASON_not_own_party);
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR));
    assert_int_equal(decision_refuse_for(&decision, "party").reason, CUSTODY_REASON_role_missing);
    assert_false(decision_speaks_for(&decision, &village)); /* not by this act's row */
    office_speak_as(OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN));
    assert_true(decision_speaks_for(&decision, &village));
    assert_true(decision_looks_after(&decision, &village));
}

static void test_a_permit_is_found_by_code_method_and_time(void **state)
{
    (void)state;
    const struct registry *registry = &office.registry;
    struct span code = span_text("841-001-01"), none = {0};
    uint32_t index = 9;
    assert_ptr_equal(decision_find_permit(registry, OFFICE_PLANT, DECISION_TAKES_WASTE, code, none,
                                          OFFICE_NOW, &index),
                     &office.permit);
    assert_int_equal(index, 0);
    office.permit.method_count = 1;
    memcpy(office.permit.methods[0], "Y10", 4);
    assert_non_null(decision_find_permit(registry, OFFICE_PLANT, DECISION_TAKES_WASTE, code,
                                         span_text("Y10"), OFFICE_NOW, NULL));
    assert_null(decision_find_permit(registry, OFFICE_PLANT, DECISION_TAKES_WASTE, code,
                                     span_text("Y11"), OFFICE_NOW, NULL));
    assert_null(decision_find_permit(registry, OFFICE_HOSPITAL, DECISION_TAKES_WASTE, code, none,
                                     OFFICE_NOW, NULL));
}

#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_party_is_found_open_or_however_it_stands),
        TEST(test_what_is_merged_belongs_to_its_successors_regulator),
        TEST(test_a_party_from_outside_is_its_registrars),
        TEST(test_a_suspended_regulator_regulates_nothing),
        TEST(test_who_might_do_it_for_another_is_told_so),
        TEST(test_a_permit_is_found_by_code_method_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
