/* test_enact_table.c: catalogues and divisions as they are set: editions, names, mergers. */
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

/* Why it was refused, "" when it was granted. */
static const char *asked(struct desk *desk, enum desk_actor actor, const ProtobufCMessage *body)
{
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, actor, body, desk->now_us), NULL);
    assert_non_null(receipt);
    desk->now_us += 1000000;
    return receipt->reason_name;
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

static Custody__V1__SetCatalogueBody *
edition(struct desk *desk, const char *name, const char *code, bool more)
{
    Custody__V1__SetCatalogueBody *body = arena_alloc(desk->arena, sizeof *body);
    Custody__V1__CatalogueRow *row = arena_alloc(desk->arena, sizeof *row);
    Custody__V1__CatalogueRow **rows = arena_alloc(desk->arena, sizeof *rows);
    custody__v1__set_catalogue_body__init(body);
    custody__v1__catalogue_row__init(row);
    row->code = (char *)code;
    row->category = (char *)"HW01";
    rows[0] = row;
    body->edition = (char *)name;
    body->rows = rows;
    body->n_rows = 1;
    body->more = more;
    return body;
}

/* National catalogue: an edition in two statements decides from the second on; the next one drops what it does not list. */
static void an_edition_is_in_force_when_its_last_statement_is_here(void **state)
{
    struct desk *desk = *state;
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    assert_string_equal(
        asked(desk, DESK_REGULATOR, &edition(desk, "cn-2021", "841-002-01", true)->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    assert_string_equal(
        asked(desk, DESK_REGULATOR, &edition(desk, "cn-2021", "841-001-01", false)->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    assert_string_equal(
        asked(desk, DESK_REGULATOR, &edition(desk, "cn-2025", "841-002-01", false)->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "code_unlisted");
    assert_string_equal(
        asked(desk, DESK_REGULATOR, &edition(desk, "cn-2025", "841-001-01", false)->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
    desk_reopen(desk);
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_code_outside_the_catalogue_is_a_notice_not_a_refusal),
        TEST(an_unknown_division_is_refused_once_the_table_is_set),
        TEST(an_edition_is_in_force_when_its_last_statement_is_here),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
