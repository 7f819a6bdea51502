/* test_cases.c: what is said of a finding, in whatever order it arrives; nobody settles their own. */
#include <string.h>

#include "proto/rule.h"
#include "daemon/service/cases.h"
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

/* Packed at the day's start and loaded after 60 hours: the finding of article 17 hangs on the packing. */
struct late_bag {
    struct desk_statement *pack, *manifest, *trip, *load;
    Custody__V1__FindingName *name;
};

static struct late_bag sign_late_bag(struct desk *desk)
{
    struct late_bag bag = {0};
    int64_t packed_us = desk->now_us;
    bag.pack =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, packed_us);
    Custody__V1__FindingName *name = arena_alloc(desk->arena, sizeof *name);
    custody__v1__finding_name__init(name);
    name->rule = RULE_medical_storage;
    name->subject = (ProtobufCBinaryData){.len = strlen(DESK_HOSPITAL "/B1"),
                                          .data = (uint8_t *)DESK_HOSPITAL "/B1"};
    name->anchor = desk_name(desk, bag.pack);
    bag.name = name;
    return bag;
}

static void make_late(struct desk *desk, struct late_bag *bag)
{
    Custody__V1__Receipt *receipt = desk_submit(desk, bag->pack, NULL);
    assert_non_null(receipt);
    desk->now_us += 60 * DESK_HOUR;
    bag->manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    bag->trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, desk->now_us,
                        CUSTODY_OUTCOME_recorded);
    bag->load = desk_do(desk, DESK_DRIVER,
                        &desk_load(desk, bag->trip, bag->manifest, DESK_HOSPITAL, "B1")->base,
                        desk->now_us, CUSTODY_OUTCOME_recorded);
}

static struct desk_statement *
explain(struct desk *desk, enum desk_actor actor, Custody__V1__FindingName *name)
{
    Custody__V1__ExplainBody body = CUSTODY__V1__EXPLAIN_BODY__INIT;
    body.finding = name;
    body.reason = CUSTODY__V1__REASON_CLASS__REASON_CAPACITY;
    return desk_do(desk, actor, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static struct desk_statement *
settle(struct desk *desk, enum desk_actor actor, Custody__V1__FindingName *name)
{
    Custody__V1__SettleBody body = CUSTODY__V1__SETTLE_BODY__INIT;
    body.finding = name;
    body.order = (char *)"LZ-2026-9";
    return desk_do(desk, actor, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static struct desk_statement *
withdraw(struct desk *desk, enum desk_actor actor, const struct desk_statement *target)
{
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(desk, target);
    return desk_do(desk, actor, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static const Custody__V1__FindingsReply *
ask(struct desk *desk, const char *state, const char *id, Custody__V1__Problem **ret_problem)
{
    Custody__V1__FindingsRequest request = CUSTODY__V1__FINDINGS_REQUEST__INIT;
    request.state = (char *)state;
    request.id = (char *)id;
    request.rule = (char *)(id[0] == 0 ? "medical_storage" : "");
    return desk_ask(desk, DESK_REGULATOR, ENVELOPE_FINDINGS, &request.base,
                    &custody__v1__findings_reply__descriptor, ret_problem);
}

static void expect(struct desk *desk, size_t standing, size_t settled)
{
    assert_int_equal(ask(desk, "", "", NULL)->n_findings, standing);
    assert_int_equal(ask(desk, "settled", "", NULL)->n_findings, settled);
    assert_int_equal(ask(desk, "all", "", NULL)->n_findings, standing + settled);
    /* Counts go with the rows. */
    assert_int_equal(ask(desk, "all", "", NULL)->total, standing + settled);
}

static void explained_then_settled_by_somebody_else(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    make_late(desk, &bag);
    const Custody__V1__FindingsReply *reply = ask(desk, "open", "", NULL);
    assert_int_equal(reply->n_findings, 1);
    assert_int_equal(reply->findings[0]->state, CUSTODY__V1__FINDING_STATE__FINDING_OPEN);
    assert_int_equal(strlen(reply->findings[0]->id), 12);
    const char *id = reply->findings[0]->id;

    explain(desk, DESK_NURSE, bag.name);
    assert_int_equal(ask(desk, "open", "", NULL)->n_findings, 0);
    assert_int_equal(ask(desk, "explained", "", NULL)->n_findings, 1);
    expect(desk, 1, 0);

    /* Its own party settles nothing, and neither does a carrier; the words stand in the case all the same. */
    settle(desk, DESK_NURSE, bag.name);
    settle(desk, DESK_DRIVER, bag.name);
    expect(desk, 1, 0);
    reply = ask(desk, "", id, NULL);
    assert_int_equal(reply->n_findings, 1);
    assert_non_null(reply->case_file);
    assert_int_equal(reply->case_file->n_words, 3);
    assert_string_equal(reply->case_file->words[0]->act, "explain");
    assert_true(reply->case_file->words[0]->effective);
    assert_false(reply->case_file->words[1]->effective);
    assert_false(reply->case_file->words[2]->effective);

    struct desk_statement *settled = settle(desk, DESK_REGULATOR, bag.name);
    expect(desk, 0, 1);
    reply = ask(desk, "settled", "", NULL);
    assert_int_equal(reply->findings[0]->state, CUSTODY__V1__FINDING_STATE__FINDING_SETTLED);
    assert_string_equal(reply->findings[0]->order, "LZ-2026-9");

    /* Taken back, it is open again, and everybody sees that it was settled once. */
    withdraw(desk, DESK_NURSE, settled);
    expect(desk, 0, 1);
    withdraw(desk, DESK_REGULATOR, settled);
    expect(desk, 1, 0);
    reply = ask(desk, "", id, NULL);
    assert_true(reply->findings[0]->reopened);
    assert_true(reply->case_file->reopened);
}

static void the_name_that_the_ledger_gives_is_the_one_that_is_signed(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    make_late(desk, &bag);
    const char *id = ask(desk, "", "", NULL)->findings[0]->id;
    const Custody__V1__FindingName *name = ask(desk, "", id, NULL)->case_file->name;
    assert_int_equal(name->rule, bag.name->rule);
    assert_int_equal(name->subject.len, bag.name->subject.len);
    assert_memory_equal(name->subject.data, bag.name->subject.data, name->subject.len);
    assert_memory_equal(name->anchor->key.data, bag.name->anchor->key.data, 32);
    assert_memory_equal(name->anchor->id.data, bag.name->anchor->id.data, 32);
    assert_int_equal(name->anchor->sequence, bag.name->anchor->sequence);
}

/* Every order of: the bag is late, explain, settle, withdraw of the settlement. */
static void the_order_of_arrival_makes_no_difference(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    explain(desk, DESK_NURSE, bag.name);
    struct desk_statement *settled = settle(desk, DESK_REGULATOR, bag.name);
    expect(desk, 0, 0);
    make_late(desk, &bag);
    expect(desk, 0, 1);
    withdraw(desk, DESK_REGULATOR, settled);
    expect(desk, 1, 0);
    assert_int_equal(ask(desk, "explained", "", NULL)->n_findings, 1);
}

static void a_word_that_was_withdrawn_before_it_came_has_no_effect(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    make_late(desk, &bag);
    Custody__V1__SettleBody body = CUSTODY__V1__SETTLE_BODY__INIT;
    body.finding = bag.name;
    struct desk_statement *settled = desk_sign(desk, DESK_REGULATOR, &body.base, desk->now_us);
    withdraw(desk, DESK_REGULATOR, settled);
    assert_non_null(desk_submit(desk, settled, NULL));
    expect(desk, 1, 0);
}

/* The hospital's second device, which is lost and revoked: what it says is held. */
static void lose_device(struct desk *desk)
{
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_GENERATOR};
    enrol.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_STRANGER].public_key};
    enrol.party = (char *)DESK_HOSPITAL;
    enrol.n_roles = 1;
    enrol.roles = roles;
    desk_do(desk, DESK_REGULATOR, &enrol.base, desk->now_us, CUSTODY_OUTCOME_granted);
    revoke.key = enrol.key;
    desk_do(desk, DESK_REGULATOR, &revoke.base, desk->now_us, CUSTODY_OUTCOME_granted);
}

static void
countersign(struct desk *desk, enum desk_actor actor, const struct desk_statement *target)
{
    Custody__V1__CountersignBody body = CUSTODY__V1__COUNTERSIGN_BODY__INIT;
    body.target = desk_name(desk, target);
    desk_do(desk, actor, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
}

static void a_held_withdrawal_of_a_word_waits_for_its_confirmation(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    make_late(desk, &bag);
    lose_device(desk);
    struct desk_statement *word = explain(desk, DESK_NURSE, bag.name);
    Custody__V1__WithdrawBody body = CUSTODY__V1__WITHDRAW_BODY__INIT;
    body.target = desk_name(desk, word);
    struct desk_statement *held =
        desk_do(desk, DESK_STRANGER, &body.base, desk->now_us, CUSTODY_OUTCOME_held);
    assert_int_equal(ask(desk, "explained", "", NULL)->n_findings, 1);
    countersign(desk, DESK_NURSE, held);
    assert_int_equal(ask(desk, "explained", "", NULL)->n_findings, 0);
    /* And what was held itself counts from its confirmation on. */
    Custody__V1__ExplainBody late = CUSTODY__V1__EXPLAIN_BODY__INIT;
    late.finding = bag.name;
    late.reason = CUSTODY__V1__REASON_CLASS__REASON_CAPACITY;
    struct desk_statement *again =
        desk_do(desk, DESK_STRANGER, &late.base, desk->now_us, CUSTODY_OUTCOME_held);
    assert_int_equal(ask(desk, "explained", "", NULL)->n_findings, 0);
    countersign(desk, DESK_NURSE, again);
    assert_int_equal(ask(desk, "explained", "", NULL)->n_findings, 1);
}

static void a_finding_that_ended_is_absent_and_its_case_is_kept(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    make_late(desk, &bag);
    const char *id = ask(desk, "", "", NULL)->findings[0]->id;
    settle(desk, DESK_REGULATOR, bag.name);
    /* An earlier load, which arrives late, shows that it was in time after all. */
    desk_do(desk, DESK_DRIVER, &desk_load(desk, bag.trip, bag.manifest, DESK_HOSPITAL, "B1")->base,
            desk->now_us - 30 * DESK_HOUR, CUSTODY_OUTCOME_recorded);
    expect(desk, 0, 0);
    const Custody__V1__FindingsReply *reply = ask(desk, "", id, NULL);
    assert_int_equal(reply->n_findings, 0);
    assert_int_equal(reply->case_file->state, CUSTODY__V1__FINDING_STATE__FINDING_ABSENT);
    assert_int_equal(reply->case_file->n_words, 1);
    Custody__V1__Problem *problem = NULL;
    assert_null(ask(desk, "", "0123456789ab", &problem));
    assert_string_equal(problem->name, "not_found");
    assert_null(ask(desk, "", "xyz", &problem));
    assert_string_equal(problem->field, "id");
}

/* What is still owed stays in the list whatever is said of it. */
static void an_obligation_is_settled_once_it_was_met(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    assert_non_null(desk_submit(desk, bag.pack, NULL));
    desk->now_us += 50 * DESK_HOUR;
    settle(desk, DESK_REGULATOR, bag.name);
    expect(desk, 1, 0);
    const char *id = ask(desk, "", "", NULL)->findings[0]->id;
    assert_int_equal(ask(desk, "", id, NULL)->n_findings, 1);
    assert_int_equal(ask(desk, "", id, NULL)->case_file->n_words, 1);
    bag.manifest = desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    bag.trip = desk_do(desk, DESK_DRIVER, &desk_depart(desk, DESK_PLATE)->base, desk->now_us,
                       CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_DRIVER, &desk_load(desk, bag.trip, bag.manifest, DESK_HOSPITAL, "B1")->base,
            desk->now_us, CUSTODY_OUTCOME_recorded);
    expect(desk, 0, 1);
}

static void an_inspection_is_seen_in_the_finding(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    make_late(desk, &bag);
    Custody__V1__InspectBody body = CUSTODY__V1__INSPECT_BODY__INIT;
    body.party = (char *)DESK_HOSPITAL;
    body.outcome = 2;
    body.n_findings = 1;
    body.findings = &bag.name;
    desk_do(desk, DESK_REGULATOR, &body.base, desk->now_us, CUSTODY_OUTCOME_recorded);
    assert_true(ask(desk, "", "", NULL)->findings[0]->inspected);
    assert_int_equal(ask(desk, "open", "", NULL)->n_findings, 1);
}

static void a_restart_and_a_rebuild_know_the_same(void **state)
{
    struct desk *desk = *state;
    struct late_bag bag = sign_late_bag(desk);
    explain(desk, DESK_NURSE, bag.name);
    make_late(desk, &bag);
    settle(desk, DESK_REGULATOR, bag.name);
    expect(desk, 0, 1);
    desk_reopen(desk);
    expect(desk, 0, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(explained_then_settled_by_somebody_else),
        CASE(the_name_that_the_ledger_gives_is_the_one_that_is_signed),
        CASE(the_order_of_arrival_makes_no_difference),
        CASE(a_word_that_was_withdrawn_before_it_came_has_no_effect),
        CASE(a_held_withdrawal_of_a_word_waits_for_its_confirmation),
        CASE(a_finding_that_ended_is_absent_and_its_case_is_kept),
        CASE(an_obligation_is_settled_once_it_was_met),
        CASE(an_inspection_is_seen_in_the_finding),
        CASE(a_restart_and_a_rebuild_know_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
