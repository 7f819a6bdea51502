/* test_permission_table.c: shows who may set divisions, catalogues and profiles. */
#include <string.h>

#include "tests/lib/check.h"
#include "tests/lib/office.h"

static Custody__V1__Division row;
static Custody__V1__Division *divisions[] = {&row};

static Custody__V1__SetDivisionsBody table(const char *code, const char *successor)
{
    Custody__V1__SetDivisionsBody body = CUSTODY__V1__SET_DIVISIONS_BODY__INIT;
    custody__v1__division__init(&row);
    row.code = office_text(code);
    row.successor = office_text(successor);
    row.name = office_text("米林市");
    body.n_divisions = 1;
    body.divisions = divisions;
    return body;
}

static void test_a_regulator_sets_its_divisions_and_the_whole_ones_those_outside(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = table("540422", "");
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    body = table("540502", "");
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_not_own_party,
                   "divisions.code");
    body = table("630100", "");
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_not_own_party,
                   "divisions.code");
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_role_missing, "key");
    office.ledger_is_open = false;
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
}

static void test_another_clock_is_a_profiles_and_not_a_divisions(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = table("540422", "");
    body.divisions[0]->utc_offset_minutes = 480;
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    body.divisions[0]->utc_offset_minutes = 360;
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_out_of_bounds,
                   "divisions.utc_offset_minutes");
}

static void test_a_successor_is_another_division_of_the_table(void **state)
{
    (void)state;
    Custody__V1__SetDivisionsBody body = table("540422", "540481");
    office_grants(OFFICE_ACT(SET_DIVISIONS), &body);
    body = table("540422", "540422");
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_out_of_bounds,
                   "divisions.successor");
    body = table("540422", "630101");
    office_refuses(OFFICE_ACT(SET_DIVISIONS), &body, CUSTODY_REASON_division_unknown,
                   "divisions.successor");
}

static void test_a_catalogue_is_set_for_the_whole_ledger(void **state)
{
    (void)state;
    Custody__V1__SetCatalogueBody body = CUSTODY__V1__SET_CATALOGUE_BODY__INIT;
    body.edition = office_text("cn-2025");
    office_refuses(OFFICE_ACT(SET_CATALOGUE), &body, CUSTODY_REASON_role_missing, "key");
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(SET_CATALOGUE), &body);
    assert_int_equal(catalogue_begin(&office.catalogue, span_text("cn-2025"), 77, 5), 0);
    office_grants(OFFICE_ACT(SET_CATALOGUE), &body);
    body.effective_from = 77;
    office_grants(OFFICE_ACT(SET_CATALOGUE), &body);
    body.effective_from = 78;
    office_refuses(OFFICE_ACT(SET_CATALOGUE), &body, CUSTODY_REASON_out_of_bounds,
                   "effective_from");
    office.catalogue.count = CATALOGUE_EDITIONS_MAX;
    body.edition = office_text("cn-2031");
    office_refuses(OFFICE_ACT(SET_CATALOGUE), &body, CUSTODY_REASON_table_full, "edition");
}

static void test_a_profile_is_set_where_its_author_is_the_regulator(void **state)
{
    (void)state;
    Custody__V1__SetProfileBody body = CUSTODY__V1__SET_PROFILE_BODY__INIT;
    char *served[] = {office_text("540500")};
    office_refuses(OFFICE_ACT(SET_PROFILE), &body, CUSTODY_REASON_role_missing, "divisions");
    body.n_divisions = 1;
    body.divisions = served;
    office_refuses(OFFICE_ACT(SET_PROFILE), &body, CUSTODY_REASON_not_own_party, "divisions");
    served[0] = office_text("630100");
    office_refuses(OFFICE_ACT(SET_PROFILE), &body, CUSTODY_REASON_division_unknown, "divisions");
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(SET_PROFILE), &body, CUSTODY_REASON_role_missing, "key");
}

/* What else it needs: test_edition.c. */
static void test_a_profile_is_set_by_a_regulator_or_before_the_opening_by_root(void **state)
{
    (void)state;
    static char words[] = "[profile]\nname = cn-test\nfamily = f\nedition = 1\n";
    struct digest digest = digest_sha256(span_text(words));
    Custody__V1__SetProfileBody body = CUSTODY__V1__SET_PROFILE_BODY__INIT;
    body.name = office_text("cn-test");
    body.edition = 1;
    body.text_digest = (ProtobufCBinaryData){DIGEST_SIZE, digest.bytes};
    body.text = (ProtobufCBinaryData){sizeof words - 1, (uint8_t *)words};
    office_speak_as(OFFICE_PROVINCE, OFFICE_ROLE(REGULATOR));
    office_grants(OFFICE_ACT(SET_PROFILE), &body);
    body.edition = 2;
    office_refuses(OFFICE_ACT(SET_PROFILE), &body, CUSTODY_REASON_text_differs, "edition");
    body.edition = 1;
    office_speak_as(0, OFFICE_ROLE(ROOT));
    office_refuses(OFFICE_ACT(SET_PROFILE), &body, CUSTODY_REASON_role_missing, "key");
    office.ledger_is_open = false;
    office_grants(OFFICE_ACT(SET_PROFILE), &body);
}

/* Rule N23. */
static void test_a_record_is_erased_by_its_partys_regulator_when_its_time_is_over(void **state)
{
    (void)state;
    uint8_t digest[DIGEST_SIZE] = {1};
    Custody__V1__EraseBody body = CUSTODY__V1__ERASE_BODY__INIT;
    body.digest = office_bytes(digest);
    body.order = office_text("2036-1");
    office_grants(OFFICE_ACT(ERASE), &body);
    office.erasure = CUSTODY_REASON_record_retained;
    office_refuses(OFFICE_ACT(ERASE), &body, CUSTODY_REASON_record_retained, "digest");
    office_speak_as(OFFICE_OTHER_BUREAU, OFFICE_ROLE(REGULATOR));
    office_refuses(OFFICE_ACT(ERASE), &body, CUSTODY_REASON_not_own_party, "digest");
    office.erasure = CUSTODY_REASON_record_unknown;
    office_refuses(OFFICE_ACT(ERASE), &body, CUSTODY_REASON_record_unknown, "digest");
    office.erasure = 0;
    office_speak_as(OFFICE_HOSPITAL, OFFICE_ROLE(ADMIN));
    office_refuses(OFFICE_ACT(ERASE), &body, CUSTODY_REASON_role_missing, "key");
}

#define TEST(name) cmocka_unit_test_setup(name, office_open)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_regulator_sets_its_divisions_and_the_whole_ones_those_outside),
        TEST(test_a_successor_is_another_division_of_the_table),
        TEST(test_another_clock_is_a_profiles_and_not_a_divisions),
        TEST(test_a_catalogue_is_set_for_the_whole_ledger),
        TEST(test_a_profile_is_set_by_a_regulator_or_before_the_opening_by_root),
        TEST(test_a_record_is_erased_by_its_partys_regulator_when_its_time_is_over),
        TEST(test_a_profile_is_set_where_its_author_is_the_regulator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
