/* test_registered.c: what people are told of a party: how it stands, its permits, blocks, approvals and documents. */
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

static const Custody__V1__PartyReply *
party(struct desk *desk, enum desk_actor actor, const char *name)
{
    Custody__V1__PartyRequest request = CUSTODY__V1__PARTY_REQUEST__INIT;
    request.party = (char *)name;
    return desk_ask(desk, actor, ENVELOPE_PARTY, &request.base,
                    &custody__v1__party_reply__descriptor, NULL);
}

static void grant(struct desk *desk, const ProtobufCMessage *body)
{
    desk_do(desk, DESK_REGULATOR, body, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += 1000000;
}

static void a_party_is_told_as_it_stands_now(void **state)
{
    struct desk *desk = *state;
    Custody__V1__ChangePartyBody change = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    change.party = (char *)DESK_HOSPITAL;
    change.sector = (char *)"Q8411";
    change.beds = 120;
    grant(desk, &change.base);
    const Custody__V1__PartyReply *reply = party(desk, DESK_REGULATOR, DESK_HOSPITAL);
    assert_string_equal(reply->sector, "Q8411");
    assert_int_equal(reply->beds, 120);
    assert_false(reply->closed || reply->suspended);
    /* Rule party_code_check, GB 32100-2015: a mark, and the party is registered all the same. */
    assert_true(reply->code_differs);
    Custody__V1__SuspendBody suspend = CUSTODY__V1__SUSPEND_BODY__INIT;
    suspend.subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PARTY;
    suspend.party = (char *)DESK_HOSPITAL;
    suspend.order = (char *)"2026-1";
    suspend.effective_until = desk->now_us + DESK_HOUR;
    grant(desk, &suspend.base);
    reply = party(desk, DESK_REGULATOR, DESK_HOSPITAL);
    assert_true(reply->suspended);
    assert_true(reply->suspended_until == suspend.effective_until);
    change = (Custody__V1__ChangePartyBody)CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    change.party = (char *)DESK_HOSPITAL;
    change.closed = true;
    change.successor = (char *)DESK_CLINIC;
    grant(desk, &change.base);
    reply = party(desk, DESK_REGULATOR, DESK_HOSPITAL);
    assert_true(reply->closed);
    assert_string_equal(reply->successor, DESK_CLINIC);
}

static void a_permit_shows_its_emergency_its_methods_and_its_suspension(void **state)
{
    struct desk *desk = *state;
    Custody__V1__GrantPermitBody body = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity treat[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *codes[] = {(char *)"HW01"}, *methods[] = {(char *)"Y10"};
    body.party = (char *)DESK_OTHER_PLANT;
    body.number = (char *)"E-1";
    body.n_activities = 1;
    body.activities = treat;
    body.n_codes = 1;
    body.codes = codes;
    body.n_methods = 1;
    body.methods = methods;
    body.order = (char *)"2026-emergency";
    body.effective_until = desk->now_us + DESK_HOUR;
    grant(desk, &body.base);
    const Custody__V1__PartyReply *reply = party(desk, DESK_REGULATOR, DESK_OTHER_PLANT);
    const Custody__V1__PermitView *permit = reply->permits[reply->n_permits - 1];
    assert_string_equal(permit->number, "E-1");
    assert_string_equal(permit->order, "2026-emergency");
    assert_string_equal(permit->methods[0], "Y10");
    assert_true(permit->in_force);
    Custody__V1__SuspendBody suspend = CUSTODY__V1__SUSPEND_BODY__INIT;
    suspend.subject_case = CUSTODY__V1__SUSPEND_BODY__SUBJECT_PERMIT;
    suspend.permit = (char *)"E-1";
    suspend.order = (char *)"2026-2";
    grant(desk, &suspend.base);
    reply = party(desk, DESK_REGULATOR, DESK_OTHER_PLANT);
    permit = reply->permits[reply->n_permits - 1];
    assert_true(permit->suspended && !permit->in_force);
    assert_int_equal(permit->suspended_until, 0);
}

/* The report of unused and expired numbers. */
static void blocks_are_told_with_what_was_used_of_them(void **state)
{
    struct desk *desk = *state;
    Custody__V1__ReserveNumbersBody reserve = CUSTODY__V1__RESERVE_NUMBERS_BODY__INIT;
    char *receivers[] = {(char *)DESK_PLANT}, *codes[] = {(char *)"841-001-01"};
    reserve.party = (char *)DESK_CLINIC;
    reserve.count = 10;
    reserve.n_receivers = 1;
    reserve.receivers = receivers;
    reserve.n_codes = 1;
    reserve.codes = codes;
    reserve.effective_until = desk->now_us + 24 * DESK_HOUR;
    struct desk_statement *block =
        desk_do(desk, DESK_DOCTOR, &reserve.base, desk->now_us, CUSTODY_OUTCOME_granted);
    Custody__V1__DrawManifestBody draw = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    draw.block = desk_name(desk, block);
    draw.number = (char *)"L20265404000003";
    draw.plan = desk_plan(desk, DESK_CLINIC, DESK_PLANT);
    desk->now_us += 1000000;
    desk_do(desk, DESK_DOCTOR, &draw.base, desk->now_us, CUSTODY_OUTCOME_recorded);
    const Custody__V1__PartyReply *reply = party(desk, DESK_DOCTOR, "");
    assert_int_equal(reply->n_blocks, 1);
    assert_string_equal(reply->blocks[0]->first, "L20265404000001");
    assert_string_equal(reply->blocks[0]->last, "L20265404000010");
    assert_int_equal(reply->blocks[0]->count, 10);
    assert_int_equal(reply->blocks[0]->used, 1);
    assert_false(reply->blocks[0]->lapsed || reply->blocks[0]->closed);
    assert_int_equal(reply->blocks[0]->block->id.len, DIGEST_SIZE);
    assert_memory_equal(reply->blocks[0]->block->id.data, draw.block->id.data, DIGEST_SIZE);
    desk->now_us += 25 * DESK_HOUR;
    assert_true(party(desk, DESK_DOCTOR, "")->blocks[0]->lapsed);
    Custody__V1__CloseBlockBody close = CUSTODY__V1__CLOSE_BLOCK_BODY__INIT;
    close.block = desk_name(desk, block);
    desk_do(desk, DESK_DOCTOR, &close.base, desk->now_us, CUSTODY_OUTCOME_granted);
    assert_true(party(desk, DESK_DOCTOR, "")->blocks[0]->closed);
}

static void approvals_and_documents_are_told_with_what_is_left(void **state)
{
    struct desk *desk = *state;
    Custody__V1__ApproveTransferBody approve = CUSTODY__V1__APPROVE_TRANSFER_BODY__INIT;
    char *codes[] = {(char *)"841-001-01"};
    approve.number = (char *)"A-1";
    approve.generator = (char *)DESK_HOSPITAL;
    approve.receiver = (char *)DESK_PLANT;
    approve.n_codes = 1;
    approve.codes = codes;
    approve.mass_g = 10000;
    grant(desk, &approve.base);
    Custody__V1__FileDocumentBody file = CUSTODY__V1__FILE_DOCUMENT_BODY__INIT;
    Custody__V1__ManifestLine line = CUSTODY__V1__MANIFEST_LINE__INIT, *lines[] = {&line};
    char *parties[] = {(char *)DESK_HOSPITAL, (char *)DESK_PLANT};
    line.waste_code = (char *)"841-001-01";
    line.planned_mass_g = 8000;
    file.kind = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_MANAGEMENT_PLAN;
    file.number = (char *)"MP-1";
    file.n_parties = 2;
    file.parties = parties;
    file.n_lines = 1;
    file.lines = lines;
    grant(desk, &file.base);
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    issue.plan->lines[0]->planned_mass_g = 3000;
    issue.plan->approval = (char *)"A-1";
    issue.plan->plan = (char *)"MP-1";
    desk_do(desk, DESK_NURSE, &issue.base, desk->now_us, CUSTODY_OUTCOME_granted);
    const Custody__V1__PartyReply *reply = party(desk, DESK_NURSE, "");
    assert_int_equal(reply->n_approvals, 1);
    assert_string_equal(reply->approvals[0]->number, "A-1");
    assert_int_equal(reply->approvals[0]->left_g, 7000);
    assert_true(reply->approvals[0]->origin && reply->approvals[0]->destination);
    assert_int_equal(reply->n_documents, 1);
    assert_string_equal(reply->documents[0]->number, "MP-1");
    assert_string_equal(reply->documents[0]->parties[1], DESK_PLANT);
    assert_int_equal(reply->documents[0]->lines[0]->left_g, 5000);
    assert_true(reply->documents[0]->in_force);
    /* The other party named has it too. */
    assert_int_equal(party(desk, DESK_GATE, "")->n_documents, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_party_is_told_as_it_stands_now),
        TEST(a_permit_shows_its_emergency_its_methods_and_its_suspension),
        TEST(blocks_are_told_with_what_was_used_of_them),
        TEST(approvals_and_documents_are_told_with_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
