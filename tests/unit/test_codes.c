/* test_codes.c: what an edition of the catalogue would add, drop, rename and change, and whom that touches. */
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

static Custody__V1__CatalogueRow *
row(struct desk *desk, const char *code, const char *hazard, const char *replaces)
{
    Custody__V1__CatalogueRow *made = arena_alloc(desk->arena, sizeof *made);
    custody__v1__catalogue_row__init(made);
    made->code = (char *)code;
    made->category = (char *)"HW01";
    made->hazard = (char *)hazard;
    made->replaces = (char *)replaces;
    return made;
}

static const Custody__V1__CatalogueReply *
check(struct desk *desk, enum desk_actor actor, Custody__V1__CatalogueRow **rows, size_t count)
{
    Custody__V1__CatalogueRequest request = CUSTODY__V1__CATALOGUE_REQUEST__INIT;
    request.n_rows = count;
    request.rows = rows;
    return desk_ask(desk, actor, ENVELOPE_CATALOGUE, &request.base,
                    &custody__v1__catalogue_reply__descriptor, NULL);
}

static const Custody__V1__CodeChange *find(const Custody__V1__CatalogueReply *reply,
                                           const char *code)
{
    for (size_t i = 0; i < reply->n_changes; i++)
        if (strcmp(reply->changes[i]->code, code) == 0)
            return reply->changes[i];
    return NULL;
}

static void set_first_edition(struct desk *desk)
{
    Custody__V1__SetCatalogueBody body = CUSTODY__V1__SET_CATALOGUE_BODY__INIT;
    Custody__V1__CatalogueRow *rows[] = {
        row(desk, "841-001-01", "In", ""), row(desk, "841-002-01", "In", ""),
        row(desk, "841-003-01", "In", ""), row(desk, "841-004-01", "T", "")};
    body.edition = (char *)"cn-2021";
    body.n_rows = 4;
    body.rows = rows;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += DESK_HOUR;
}

static void before_the_first_edition_all_is_added(void **state)
{
    struct desk *desk = *state;
    Custody__V1__CatalogueRow *rows[] = {row(desk, "841-001-01", "In", "")};
    const Custody__V1__CatalogueReply *reply = check(desk, DESK_REGULATOR, rows, 1);
    assert_string_equal(reply->edition, "");
    assert_int_equal(reply->n_changes, 1);
    assert_int_equal(reply->changes[0]->kind, CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED);
    assert_int_equal(reply->unchanged, 0);
}

static void codes_are_added_dropped_renamed_changed_or_stay(void **state)
{
    struct desk *desk = *state;
    set_first_edition(desk);
    Custody__V1__CatalogueRow *rows[] = {
        row(desk, "841-001-01", "In", ""), row(desk, "841-006-01", "In", "841-002-01"),
        row(desk, "841-004-01", "T/C", ""), row(desk, "841-007-01", "In", "")};
    const Custody__V1__CatalogueReply *reply = check(desk, DESK_REGULATOR, rows, 4);
    assert_string_equal(reply->edition, "cn-2021");
    assert_int_equal(reply->unchanged, 1);
    assert_null(find(reply, "841-001-01"));
    assert_int_equal(find(reply, "841-002-01")->kind, CUSTODY__V1__CODE_CHANGE_KIND__CODE_RENAMED);
    assert_string_equal(find(reply, "841-002-01")->other, "841-006-01");
    assert_int_equal(find(reply, "841-003-01")->kind, CUSTODY__V1__CODE_CHANGE_KIND__CODE_DROPPED);
    assert_int_equal(find(reply, "841-004-01")->kind, CUSTODY__V1__CODE_CHANGE_KIND__CODE_CHANGED);
    assert_string_equal(find(reply, "841-004-01")->hazard, "T/C");
    assert_int_equal(find(reply, "841-006-01")->kind, CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED);
    assert_int_equal(find(reply, "841-007-01")->kind, CUSTODY__V1__CODE_CHANGE_KIND__CODE_ADDED);
    assert_false(reply->cut);
}

static void what_uses_a_dropped_code_is_told(void **state)
{
    struct desk *desk = *state;
    set_first_edition(desk);
    struct desk_statement *manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    assert_non_null(manifest);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    Custody__V1__ApproveTransferBody approve = CUSTODY__V1__APPROVE_TRANSFER_BODY__INIT;
    char *codes[] = {(char *)"841-001-01"};
    approve.number = (char *)"A-1";
    approve.generator = (char *)DESK_HOSPITAL;
    approve.receiver = (char *)DESK_PLANT;
    approve.n_codes = 1;
    approve.codes = codes;
    approve.mass_g = 10000;
    desk_do(desk, DESK_REGULATOR, &approve.base, desk->now_us, CUSTODY_OUTCOME_granted);
    Custody__V1__CatalogueRow *rows[] = {row(desk, "841-002-01", "In", "")};
    const Custody__V1__CatalogueReply *reply = check(desk, DESK_REGULATOR, rows, 1);
    const Custody__V1__CodeChange *change = find(reply, "841-001-01");
    assert_non_null(change);
    assert_int_equal(change->n_manifests, 1);
    assert_string_equal(change->manifests[0], "L20265404000001");
    assert_int_equal(change->n_approvals, 1);
    assert_string_equal(change->approvals[0], "A-1");
    assert_int_equal(change->n_permits, 1);
    assert_int_equal(change->stock_g, 900);
    assert_int_equal(change->stock_parties, 1);
    assert_int_equal(find(reply, "841-003-01")->n_manifests, 0);
}

static void it_is_a_regulators_question_about_rows(void **state)
{
    struct desk *desk = *state;
    Custody__V1__CatalogueRow *rows[] = {row(desk, "841-001-01", "In", "")};
    assert_null(check(desk, DESK_NURSE, rows, 1));
    assert_null(check(desk, DESK_REGULATOR, rows, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_the_first_edition_all_is_added),
        TEST(codes_are_added_dropped_renamed_changed_or_stay),
        TEST(what_uses_a_dropped_code_is_told),
        TEST(it_is_a_regulators_question_about_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
