/* test_dossier.c: one party on one page: who it is, stock by code, what is open, what was found. */
#include <string.h>

#include "daemon/service/dossier.h"
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

static const Custody__V1__DossierReply *
ask(struct desk *desk, enum desk_actor actor, const char *party, Custody__V1__Problem **ret_problem)
{
    Custody__V1__DossierRequest request = CUSTODY__V1__DOSSIER_REQUEST__INIT;
    request.party = (char *)party;
    return desk_ask(desk, actor, ENVELOPE_DOSSIER, &request.base,
                    &custody__v1__dossier_reply__descriptor, ret_problem);
}

static void a_hospital_on_one_page(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 600)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    desk->now_us += 49 * DESK_HOUR;
    const Custody__V1__DossierReply *dossier = ask(desk, DESK_REGULATOR, DESK_HOSPITAL, NULL);
    assert_string_equal(dossier->party->party, DESK_HOSPITAL);
    assert_string_equal(dossier->party->division, "540402");
    assert_int_equal(dossier->party->n_keys, 1);
    assert_int_equal(dossier->n_stock, 1);
    assert_int_equal(dossier->stock[0]->grams, 1500);
    assert_int_equal(dossier->stock[0]->generated_g, 1500);
    assert_int_equal(dossier->stock[0]->pieces, 2);
    assert_false(dossier->stock_is_part);
    assert_int_equal(dossier->open_manifests, 1);
    assert_int_equal(dossier->overdue, 2);
    assert_true(dossier->n_open >= 3);
    assert_int_equal(dossier->n_findings, 1);
    assert_string_equal(dossier->findings[0]->rule, "medical_storage");
    assert_int_equal(dossier->findings[0]->overdue, 2);
    assert_int_equal(dossier->findings[0]->open, 0);
    /* One's own without being named; another's not at all. */
    assert_string_equal(ask(desk, DESK_NURSE, "", NULL)->party->party, DESK_HOSPITAL);
    Custody__V1__Problem *problem = NULL;
    assert_null(ask(desk, DESK_DOCTOR, DESK_HOSPITAL, &problem));
    assert_string_equal(problem->name, "not_visible");
    assert_null(ask(desk, DESK_REGULATOR, "uscc:NOBODY", &problem));
    assert_string_equal(problem->field, "party");
}

/* What was filed about it is on the page, in force or not. */
static void what_was_filed_is_on_the_page(void **state)
{
    struct desk *desk = *state;
    Custody__V1__FileDocumentBody body = CUSTODY__V1__FILE_DOCUMENT_BODY__INIT;
    char *parties[] = {DESK_HOSPITAL, DESK_PLANT};
    body.kind = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_CONTRACT;
    body.number = (char *)"HT-2026-01";
    body.n_parties = 2;
    body.parties = parties;
    body.effective_until = desk->now_us + 10 * DESK_HOUR;
    desk_do(desk, DESK_NURSE, &body.base, desk->now_us, CUSTODY_OUTCOME_granted);
    const Custody__V1__DossierReply *dossier = ask(desk, DESK_REGULATOR, DESK_HOSPITAL, NULL);
    assert_int_equal(dossier->n_documents, 1);
    assert_true(dossier->documents[0]->in_force);
    assert_non_null(strstr(dossier->documents[0]->number, "HT-2026-01"));
    assert_int_equal(ask(desk, DESK_REGULATOR, DESK_PLANT, NULL)->n_documents, 1);
    desk->now_us += 11 * DESK_HOUR;
    assert_false(ask(desk, DESK_REGULATOR, DESK_HOSPITAL, NULL)->documents[0]->in_force);
    assert_string_equal(ask(desk, DESK_REGULATOR, DESK_HOSPITAL, NULL)->uscc, "differs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_hospital_on_one_page, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_filed_is_on_the_page, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
