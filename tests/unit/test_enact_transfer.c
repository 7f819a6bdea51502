/* test_enact_transfer.c: approvals, blocks and documents, and what manifests draw from them. */
#include <string.h>

#include "daemon/service/ledger_parts.h"
#include "daemon/service/registry.h"
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

static Custody__V1__ApproveTransferBody *approve(struct desk *desk)
{
    Custody__V1__ApproveTransferBody *body = arena_alloc(desk->arena, sizeof *body);
    char **codes = arena_alloc(desk->arena, sizeof *codes);
    custody__v1__approve_transfer_body__init(body);
    codes[0] = (char *)"841-001-01";
    body->number = (char *)"A-1";
    body->generator = (char *)DESK_HOSPITAL;
    body->receiver = (char *)DESK_PLANT;
    body->n_codes = 1;
    body->codes = codes;
    body->mass_g = 10000;
    return body;
}

static Custody__V1__ReserveNumbersBody *reserve(struct desk *desk, uint64_t ceiling_g)
{
    Custody__V1__ReserveNumbersBody *body = arena_alloc(desk->arena, sizeof *body);
    char **texts = arena_alloc(desk->arena, 2 * sizeof *texts);
    custody__v1__reserve_numbers_body__init(body);
    texts[0] = (char *)DESK_PLANT;
    texts[1] = (char *)"841-001-01";
    body->party = (char *)DESK_HOSPITAL;
    body->count = 3;
    body->n_receivers = 1;
    body->receivers = texts;
    body->n_codes = 1;
    body->codes = texts + 1;
    body->mass_ceiling_g = ceiling_g;
    body->approval = (char *)"A-1";
    body->effective_until = desk->now_us + 24 * DESK_HOUR;
    return body;
}

static Custody__V1__ManifestPlan *planned(struct desk *desk, uint64_t mass_g)
{
    Custody__V1__ManifestPlan *plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    plan->lines[0]->planned_mass_g = mass_g;
    plan->type = CUSTODY__V1__MANIFEST_TYPE__MANIFEST_CROSS_PROVINCE;
    plan->approval = (char *)"A-1";
    return plan;
}

static const char *issued(struct desk *desk, uint64_t mass_g)
{
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = planned(desk, mass_g);
    return asked(desk, DESK_NURSE, &issue.base);
}

/* Transfer Measures article 28: the weight approved is drawn down, in ledger order; what is cancelled comes back. */
static void an_approval_is_drawn_down_and_given_back(void **state)
{
    struct desk *desk = *state;
    assert_string_equal(issued(desk, 1), "approval_missing");
    assert_string_equal(asked(desk, DESK_REGULATOR, &approve(desk)->base), "");
    assert_string_equal(asked(desk, DESK_REGULATOR, &approve(desk)->base), "approval_exists");
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = planned(desk, 6000);
    struct desk_statement *first =
        desk_do(desk, DESK_NURSE, &issue.base, desk->now_us, CUSTODY_OUTCOME_granted);
    assert_string_equal(issued(desk, 4001), "approval_spent");
    assert_string_equal(issued(desk, 4000), "");
    assert_string_equal(issued(desk, 1), "approval_spent");
    Custody__V1__CancelManifestBody cancel = CUSTODY__V1__CANCEL_MANIFEST_BODY__INIT;
    cancel.manifest = desk_id(first);
    assert_string_equal(asked(desk, DESK_NURSE, &cancel.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &cancel.base), "manifest_ended");
    desk_reopen(desk);
    assert_string_equal(issued(desk, 6001), "approval_spent");
    assert_string_equal(issued(desk, 6000), "");
}

static void a_block_reserves_of_an_approval_until_it_is_closed_or_lapses(void **state)
{
    struct desk *desk = *state;
    assert_string_equal(asked(desk, DESK_REGULATOR, &approve(desk)->base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &reserve(desk, 10001)->base), "approval_spent");
    struct desk_statement *block = desk_do(desk, DESK_NURSE, &reserve(desk, 8000)->base,
                                           desk->now_us, CUSTODY_OUTCOME_granted);
    assert_string_equal(issued(desk, 2001), "approval_spent");
    /* Drawn from the block: the approval has reserved it. */
    Custody__V1__DrawManifestBody draw = CUSTODY__V1__DRAW_MANIFEST_BODY__INIT;
    draw.block = desk_name(desk, block);
    draw.number = (char *)"L20265404000002";
    draw.plan = planned(desk, 3000);
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, DESK_NURSE, &draw.base, desk->now_us), NULL);
    assert_int_equal(receipt->n_findings, 0);
    assert_string_equal(issued(desk, 2001), "approval_spent");
    Custody__V1__CloseBlockBody close = CUSTODY__V1__CLOSE_BLOCK_BODY__INIT;
    close.block = desk_name(desk, block);
    assert_string_equal(asked(desk, DESK_NURSE, &close.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &close.base), "block_closed");
    assert_string_equal(issued(desk, 7001), "approval_spent");
    /* Another one, which lapses unused. */
    assert_string_equal(asked(desk, DESK_NURSE, &reserve(desk, 7000)->base), "");
    assert_string_equal(issued(desk, 1), "approval_spent");
    desk->now_us += 25 * DESK_HOUR;
    assert_string_equal(issued(desk, 7000), "");
    assert_string_equal(issued(desk, 1), "approval_spent");
}

static uint64_t owed(struct desk *desk, const char *rule)
{
    const ProtobufCBinaryData none = {0};
    const Custody__V1__UnclosedReply *reply = desk_unclosed(desk, DESK_REGULATOR, "54", 0, none);
    uint64_t count = 0;
    for (size_t i = 0; i < reply->n_items; i++)
        count += reply->items[i]->obligation != NULL &&
                 strcmp(reply->items[i]->obligation->rule_name, rule) == 0;
    return count;
}

/* Rule numbers_unused: owed from the reservation on, until the block is closed. */
static void unused_numbers_are_owed_until_the_block_is_closed(void **state)
{
    struct desk *desk = *state;
    Custody__V1__ReserveNumbersBody *body = reserve(desk, 8000);
    body->approval = (char *)"";
    struct desk_statement *block =
        desk_do(desk, DESK_NURSE, &body->base, desk->now_us, CUSTODY_OUTCOME_granted);
    assert_int_equal(owed(desk, "numbers_unused"), 1);
    Custody__V1__CloseBlockBody close = CUSTODY__V1__CLOSE_BLOCK_BODY__INIT;
    close.block = desk_name(desk, block);
    assert_string_equal(asked(desk, DESK_NURSE, &close.base), "");
    assert_int_equal(owed(desk, "numbers_unused"), 0);
}

static Custody__V1__FileDocumentBody *file(struct desk *desk, int64_t until_us)
{
    Custody__V1__FileDocumentBody *body = arena_alloc(desk->arena, sizeof *body);
    custody__v1__file_document_body__init(body);
    body->kind = CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_INSURANCE;
    body->number = (char *)"INS-1";
    body->effective_until = until_us;
    return body;
}

/* Rule document_expired: owed, renewed, and owed no more by who was closed. */
static void a_document_is_owed_until_it_is_renewed_or_its_owner_closed(void **state)
{
    struct desk *desk = *state;
    assert_string_equal(asked(desk, DESK_NURSE, &file(desk, desk->now_us + DESK_HOUR)->base), "");
    assert_int_equal(owed(desk, "document_expired"), 1);
    assert_string_equal(asked(desk, DESK_NURSE, &file(desk, 0)->base), "");
    assert_int_equal(owed(desk, "document_expired"), 0);
    Custody__V1__FileDocumentBody *body = file(desk, desk->now_us + DESK_HOUR);
    body->number = (char *)"INS-2";
    assert_string_equal(asked(desk, DESK_NURSE, &body->base), "");
    assert_int_equal(owed(desk, "document_expired"), 1);
    Custody__V1__ChangePartyBody change = CUSTODY__V1__CHANGE_PARTY_BODY__INIT;
    change.party = (char *)DESK_HOSPITAL;
    change.closed = true;
    assert_string_equal(asked(desk, DESK_REGULATOR, &change.base), "");
    assert_int_equal(owed(desk, "document_expired"), 0);
    change.closed = false;
    assert_string_equal(asked(desk, DESK_REGULATOR, &change.base), "");
    assert_int_equal(owed(desk, "document_expired"), 1);
    struct book *book = desk->ledger->book;
    book_turn(book);
    uint32_t hospital = book_find(book, SUBJECT_PARTY, span_text(DESK_HOSPITAL));
    assert_int_equal(book_party(book, hospital)->documents, 2);
    const struct law *law = book_law(book);
    uint32_t number = registry_document_number(book, CUSTODY__V1__DOCUMENT_KIND__DOCUMENT_INSURANCE,
                                               hospital, span_text("INS-1"));
    assert_true(law->is_on_file(law->context, number, desk->now_us));
    assert_false(law->is_on_file(law->context, number, 1));
    assert_false(law->is_on_file(law->context, 0, desk->now_us));
}

/* A permit's yearly mass is planned against, and what is cancelled is free again. */
static void a_permits_year_is_planned_against(void **state)
{
    struct desk *desk = *state;
    Custody__V1__GrantPermitBody grant = CUSTODY__V1__GRANT_PERMIT_BODY__INIT;
    Custody__V1__Activity treat[] = {CUSTODY__V1__ACTIVITY__ACTIVITY_TREAT};
    char *codes[] = {(char *)"HW01"};
    grant.party = (char *)DESK_OTHER_PLANT;
    grant.number = (char *)"XZ-77";
    grant.n_activities = 1;
    grant.activities = treat;
    grant.n_codes = 1;
    grant.codes = codes;
    grant.mass_yearly_g = 9000;
    assert_string_equal(asked(desk, DESK_REGULATOR, &grant.base), "");
    Custody__V1__IssueManifestBody issue = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    issue.plan = desk_plan(desk, DESK_HOSPITAL, DESK_OTHER_PLANT);
    issue.plan->lines[0]->planned_mass_g = 6000;
    struct desk_statement *first =
        desk_do(desk, DESK_NURSE, &issue.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk->now_us += 1000000;
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "permit_spent");
    Custody__V1__CancelManifestBody cancel = CUSTODY__V1__CANCEL_MANIFEST_BODY__INIT;
    cancel.manifest = desk_id(first);
    assert_string_equal(asked(desk, DESK_NURSE, &cancel.base), "");
    assert_string_equal(asked(desk, DESK_NURSE, &issue.base), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_drawn_number_outside_its_block_is_a_finding),
        TEST(an_approval_is_drawn_down_and_given_back),
        TEST(a_block_reserves_of_an_approval_until_it_is_closed_or_lapses),
        TEST(unused_numbers_are_owed_until_the_block_is_closed),
        TEST(a_document_is_owed_until_it_is_renewed_or_its_owner_closed),
        TEST(a_permits_year_is_planned_against),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
