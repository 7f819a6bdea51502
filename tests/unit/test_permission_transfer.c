/* test_permission_transfer.c: shows who may approve a transfer, reserve numbers and file a document. */
#include <string.h>

#include "proto/rule.h"
#include "tests/lib/check.h"
#include "tests/lib/office.h"

/* ---- blocks of numbers ------------------------------------------------------------------------- */

static char *receivers[1];
static char *codes[1];

static Custody__V1__ReserveNumbersBody reservation(uint32_t party)
{
    Custody__V1__ReserveNumbersBody body = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
    receivers[0] = office_text("uscc:plant");
    codes[0] = office_text("841-001-01");
    body.party = office_text(office_registered[party].name);
    body.count = 10;
    body.receivers = receivers;
    body.n_receivers = 1;
    body.codes = codes;
    body.n_codes = 1;
    return body;
}

static void test_who_may_reserve_numbers(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(DRIVER), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(WITNESS), CUSTODY_REASON_role_missing},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR), 0},
        {OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_not_own_party},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        Custody__V1__ReserveNumbersBody body = reservation(OFFICE_VILLAGE);
        assert_int_equal(office_ask(OFFICE_ACT(RESERVE_NUMBERS), &body).reason, rows[i].reason);
    }
    Custody__V1__ReserveNumbersBody body = reservation(OFFICE_CARRIER);
    office_speak_as(OFFICE_CARRIER, OFFICE_ROLE(DRIVER));
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    body = reservation(OFFICE_BUREAU);
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_kind_missing, "party");
}

static void test_a_block_is_for_receivers_permitted_for_its_codes(void **state)
{
    (void)state;
    office_speak_as(OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR));
    Custody__V1__ReserveNumbersBody body = reservation(OFFICE_VILLAGE);
    codes[0] = office_text("841-*");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_permit_missing, "receivers");
    codes[0] = office_text("HW01");
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    codes[0] = office_text("900-041-49");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_permit_missing, "receivers");
    codes[0] = office_text("*");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_code_malformed, "codes");
    body = reservation(OFFICE_VILLAGE);
    receivers[0] = office_text("uscc:hospital");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_kind_missing, "receivers");
    receivers[0] = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_party_unknown, "receivers");
    body = reservation(OFFICE_VILLAGE);
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    body.effective_until = OFFICE_NOW + 1;
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    body.count = 0;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "count");
    body.count = 1001;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "count");
}

static void test_national_numbers_come_from_a_regulator(void **state)
{
    (void)state;
    Custody__V1__ReserveNumbersBody body = reservation(OFFICE_HOSPITAL);
    body.national_first = office_text("20265404000010");
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_role_missing,
                   "national_first");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body.national_first = office_text("2026540400001");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "national_first");
    body.national_first = office_text("2026540400001x");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "national_first");
    body.national_first = office_text("20265404999995");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds, "count");
    body.count = 5;
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    /* 20265404000005 is taken. */
    body.national_first = office_text("20265404000001");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_number_taken,
                   "national_first");
    body.count = 4;
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
}

/* Transfer Measures article 15: the year, and the prefecture of the origin. */
static void test_national_numbers_are_of_their_prefecture_and_year(void **state)
{
    (void)state;
    Custody__V1__ReserveNumbersBody body = reservation(OFFICE_HOSPITAL);
    body.national_first = office_text("20265405000010");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "national_first");
    body.national_first = office_text("20215404000010");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "national_first");
    body.national_first = office_text("20285404000010");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "national_first");
    body.national_first = office_text("20275404000010");
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
}

static Custody__V1__StatementName block_name;

static void test_who_may_close_a_block(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t reason;
    } rows[] = {
        {OFFICE_VILLAGE, OFFICE_ROLE(GENERATOR), 0},
        {OFFICE_VILLAGE, OFFICE_ROLE(FACILITY), CUSTODY_REASON_role_missing},
        {OFFICE_TOWNSHIP, OFFICE_ROLE(ADMIN), 0},
        {OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR), CUSTODY_REASON_not_own_party},
        {OFFICE_COUNTY_BUREAU, OFFICE_ROLE(REGULATOR), 0},
        {OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_not_own_party},
    };
    Custody__V1__CloseBlockBody body = CUSTODY__V1__CLOSE_BLOCK_BODY__INIT;
    custody__v1__statement_name__init(&block_name);
    block_name.sequence = 3;
    body.block = &block_name;
    office.block = (struct block){.party = OFFICE_VILLAGE, .count = 10};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        assert_int_equal(office_ask(OFFICE_ACT(CLOSE_BLOCK), &body).reason, rows[i].reason);
    }
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    office.block.is_closed = true;
    office_refuses(OFFICE_ACT(CLOSE_BLOCK), &body, CUSTODY_REASON_block_closed, "block");
    block_name.sequence = 4;
    office_refuses(OFFICE_ACT(CLOSE_BLOCK), &body, CUSTODY_REASON_block_unknown, "block");
}

/* ---- approvals --------------------------------------------------------------------------------- */

static char *approved_codes[1];

/* The hospital's of Nyingchi to the plant in Sichuan. */
static Custody__V1__ApproveTransferBody approval(void)
{
    Custody__V1__ApproveTransferBody body = CUSTODY__V1__APPROVE_TRANSFER_BODY__INIT;
    approved_codes[0] = office_text("841-001-01");
    body.number = office_text("A-1");
    body.generator = office_text("uscc:hospital");
    body.receiver = office_text("uscc:far-plant");
    body.codes = approved_codes;
    body.n_codes = 1;
    body.mass_g = 5000;
    return body;
}

static void test_who_may_approve_a_transfer(void **state)
{
    (void)state;
    Custody__V1__ApproveTransferBody body = approval();
    office_grants(OFFICE_ACT(APPROVE_TRANSFER), &body);
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(APPROVE_TRANSFER), &body);
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_not_own_party,
                   "origin_division");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_BUREAU, OFFICE_ROLE(REGULATOR));
    body.origin_division = office_text("540500");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_out_of_bounds,
                   "origin_division");
    body.origin_division = office_text("540000");
    body.destination_division = office_text("520000");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_out_of_bounds,
                   "destination_division");
    body = approval();
    approved_codes[0] = office_text("900-041-49");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_permit_missing, "receiver");
    body = approval();
    body.generator = office_text("uscc:plant");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_kind_missing, "generator");
}

/* Transfer Measures article 27. */
static void test_an_approval_lasts_12_months_at_most_and_no_longer_than_the_permit(void **state)
{
    (void)state;
    Custody__V1__ApproveTransferBody body = approval();
    body.effective_until = OFFICE_NOW + office.profile.approval_us;
    office_grants(OFFICE_ACT(APPROVE_TRANSFER), &body);
    body.effective_until++;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_too_long,
                   "effective_until");
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    office.far_permit.until_us = OFFICE_NOW + OFFICE_DAY;
    body.effective_until = OFFICE_NOW + OFFICE_DAY;
    office_grants(OFFICE_ACT(APPROVE_TRANSFER), &body);
    body.effective_until++;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_too_long,
                   "effective_until");
    office.far_permit.until_us = INT64_MAX;
    office.far_permit.method_count = 1;
    memcpy(office.far_permit.methods[0], "Y11", 4);
    body.method = office_text("Y10");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_method_not_permitted,
                   "method");
}

/* Each end says the same under the same number, once. */
static void test_the_other_end_approves_the_same_terms(void **state)
{
    (void)state;
    office.parties[OFFICE_FAR_PLANT].versions[0].division = 540502;
    Custody__V1__ApproveTransferBody body = approval();
    office.approval = (struct approval){.generator = OFFICE_HOSPITAL,
                                        .receiver = OFFICE_FAR_PLANT,
                                        .origin = 540402,
                                        .destination = 540502,
                                        .ends = APPROVAL_ORIGIN,
                                        .from_us = INT64_MAX,
                                        .until_us = OFFICE_NOW + 9,
                                        .mass_g = 5000,
                                        .pattern_count = 1,
                                        .patterns = {"841-001-01"}};
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_exists, "number");
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(APPROVE_TRANSFER), &body);
    body.mass_g = 5001;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_differs, "mass_g");
    body = approval();
    body.whitelist = true;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_differs,
                   "whitelist");
    body = approval();
    body.effective_until = OFFICE_NOW + 8;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_differs,
                   "effective_until");
    body.effective_until = OFFICE_NOW + 9;
    office_grants(OFFICE_ACT(APPROVE_TRANSFER), &body);
    approved_codes[0] = office_text("841-002-01");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_differs, "codes");
    body = approval();
    body.method = office_text("Y10");
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_approval_differs, "method");
    body = approval();
    office.approval.until_us = OFFICE_NOW;
    office_refuses(OFFICE_ACT(APPROVE_TRANSFER), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
}

static void test_a_block_reserves_its_ceiling_of_an_approval(void **state)
{
    (void)state;
    Custody__V1__ReserveNumbersBody body = reservation(OFFICE_HOSPITAL);
    receivers[0] = office_text("uscc:far-plant");
    body.approval = office_text("A-1");
    body.effective_until = OFFICE_NOW + 5;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_approval_missing, "approval");
    office.approval = (struct approval){.generator = OFFICE_HOSPITAL,
                                        .receiver = OFFICE_FAR_PLANT,
                                        .ends = APPROVAL_BOTH,
                                        .from_us = 1,
                                        .until_us = OFFICE_NOW + 5,
                                        .mass_g = 5000,
                                        .pattern_count = 1,
                                        .patterns = {"841-*"}};
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_field_missing,
                   "mass_ceiling_g");
    body.mass_ceiling_g = 5000;
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    body.mass_ceiling_g = 5001;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_approval_spent,
                   "mass_ceiling_g");
    office.approval.is_whitelist = true;
    office_grants(OFFICE_ACT(RESERVE_NUMBERS), &body);
    body.effective_until++;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    body.effective_until--;
    codes[0] = office_text("HW01");
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_approval_missing, "approval");
    body.n_codes = 0;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_field_missing, "codes");
    body.n_codes = 1;
    body.n_receivers = 0;
    office_refuses(OFFICE_ACT(RESERVE_NUMBERS), &body, CUSTODY_REASON_field_missing, "receivers");
}

/* ---- documents --------------------------------------------------------------------------------- */

static char *named[2];
static Custody__V1__ManifestLine filed_line;
static Custody__V1__ManifestLine *filed_lines[] = {&filed_line, &filed_line};

static Custody__V1__FileDocumentBody document(Custody__V1__DocumentKind kind)
{
    Custody__V1__FileDocumentBody body = CUSTODY__V1__FILE_DOCUMENT_BODY__INIT;
    custody__v1__manifest_line__init(&filed_line);
    filed_line.waste_code = office_text("841-001-01");
    filed_line.planned_mass_g = 5000;
    named[0] = office_text("uscc:hospital");
    named[1] = office_text("uscc:plant");
    body.kind = kind;
    body.number = office_text("MP-1");
    body.parties = named;
    body.n_parties = 2;
    body.lines = filed_lines;
    body.n_lines = 1;
    body.effective_until = OFFICE_NOW + 5;
    return body;
}

static void test_who_may_file_a_document(void **state)
{
    (void)state;
    static const struct {
        uint32_t party;
        unsigned roles;
        uint16_t plan, contract;
    } rows[] = {
        {OFFICE_HOSPITAL, OFFICE_ROLE(GENERATOR), 0, 0},
        {OFFICE_HOSPITAL, OFFICE_ROLE(WITNESS), CUSTODY_REASON_role_missing,
         CUSTODY_REASON_role_missing},
        {OFFICE_PLANT, OFFICE_ROLE(FACILITY), CUSTODY_REASON_not_own_party, 0},
        {OFFICE_CARRIER, OFFICE_ROLE(DRIVER), CUSTODY_REASON_not_own_party,
         CUSTODY_REASON_not_own_party},
        {OFFICE_BUREAU, OFFICE_ROLE(REGULATOR), 0, 0},
        {OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR), CUSTODY_REASON_not_own_party,
         CUSTODY_REASON_not_own_party},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        office_speak_as(rows[i].party, rows[i].roles);
        Custody__V1__FileDocumentBody body =
            document(CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN);
        assert_int_equal(office_ask(OFFICE_ACT(FILE_DOCUMENT), &body).reason, rows[i].plan);
        body.kind = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT;
        assert_int_equal(office_ask(OFFICE_ACT(FILE_DOCUMENT), &body).reason, rows[i].contract);
    }
}

static void test_a_document_is_about_somebody_and_says_what_once(void **state)
{
    (void)state;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    Custody__V1__FileDocumentBody body =
        document(CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_EMERGENCY_PLAN);
    body.n_parties = 0;
    office_grants(OFFICE_ACT(FILE_DOCUMENT), &body);
    body.n_lines = 2;
    office_refuses(OFFICE_ACT(FILE_DOCUMENT), &body, CUSTODY_REASON_out_of_bounds, "lines");
    body.n_lines = 0;
    office_grants(OFFICE_ACT(FILE_DOCUMENT), &body);
    body.effective_until = OFFICE_NOW;
    office_refuses(OFFICE_ACT(FILE_DOCUMENT), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_until");
    body = document(CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT);
    named[1] = office_text("uscc:nobody");
    office_refuses(OFFICE_ACT(FILE_DOCUMENT), &body, CUSTODY_REASON_party_unknown, "parties");
    body = document(CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN);
    office.plan.filing_count = DOCUMENT_FILINGS_MAX;
    office_refuses(OFFICE_ACT(FILE_DOCUMENT), &body, CUSTODY_REASON_table_full, "number");
}

#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_may_reserve_numbers),
        TEST(test_a_block_is_for_receivers_permitted_for_its_codes),
        TEST(test_national_numbers_come_from_a_regulator),
        TEST(test_national_numbers_are_of_their_prefecture_and_year),
        TEST(test_who_may_close_a_block),
        TEST(test_who_may_approve_a_transfer),
        TEST(test_an_approval_lasts_12_months_at_most_and_no_longer_than_the_permit),
        TEST(test_the_other_end_approves_the_same_terms),
        TEST(test_a_block_reserves_its_ceiling_of_an_approval),
        TEST(test_who_may_file_a_document),
        TEST(test_a_document_is_about_somebody_and_says_what_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
