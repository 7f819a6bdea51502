/* test_submit.c: what becomes of a batch: receipts that verify, repeats, forks, refusals, and nothing lost. */
#include <stdio.h>
#include <string.h>

#include "proto/body.h"
#include "proto/bytes.h"
#include "proto/entry.h"
#include "proto/merkle.h"
#include "daemon/ledger/lookups.h"
#include "daemon/service/submit.h"
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

static struct merkle_proof proof_of(size_t count, const ProtobufCBinaryData *hashes)
{
    struct merkle_proof proof = {.count = (uint32_t)count};
    for (size_t i = 0; i < count; i++)
        memcpy(proof.hashes[i].bytes, hashes[i].data, DIGEST_SIZE);
    return proof;
}

static void check_receipt(const struct desk *desk,
                          const struct desk_statement *statement,
                          const Custody__V1__Receipt *receipt)
{
    struct checkpoint checkpoint;
    struct digest leaf;
    struct entry entry;
    char name[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t key[PUBLIC_KEY_SIZE];
    assert_non_null(receipt);
    assert_true(checkpoint_parse_vkey(span_text(desk->paper.ledger_vkey), name, key));
    assert_int_equal(checkpoint_verify(span_of(receipt->checkpoint.data, receipt->checkpoint.len),
                                       "ledger.example/desk", key, &checkpoint),
                     CHECKPOINT_OK);
    assert_true(entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len),
                              statement->statement.bytes, statement->statement.signature, &leaf,
                              &entry));
    assert_int_equal(entry.outcome, receipt->outcome);
    assert_int_equal(entry.number, receipt->proof->entry);
    struct merkle_proof proof = proof_of(receipt->proof->n_hashes, receipt->proof->hashes);
    assert_true(
        merkle_verify_inclusion(entry.number, checkpoint.size, &leaf, &proof, &checkpoint.root));
}

static void every_receipt_of_a_batch_verifies(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *statements[40];
    Custody__V1__Receipt *receipts[40];
    for (int i = 0; i < 40; i++) {
        char *code = arena_format(desk->arena, "B%d", i);
        statements[i] =
            desk_sign(desk, i % 2 == 0 ? DESK_NURSE : DESK_DOCTOR,
                      &desk_pack(desk, i % 2 == 0 ? DESK_HOSPITAL : DESK_CLINIC, code, 1000)->base,
                      desk->now_us);
    }
    desk_submit_all(desk, statements, 40, receipts, NULL);
    for (int i = 0; i < 40; i++) {
        check_receipt(desk, statements[i], receipts[i]);
        assert_int_equal(receipts[i]->outcome, CUSTODY_OUTCOME_recorded);
        assert_false(receipts[i]->again);
    }
}

static void take_head(const Custody__V1__Receipt *receipt, struct checkpoint *ret)
{
    assert_true(checkpoint_parse(span_of(receipt->checkpoint.data, receipt->checkpoint.len), ret));
}

/* Heads in turn, several of them more than once, and more of them than are kept while a batch is answered. */
static void each_receipt_links_to_the_head_that_its_device_had_seen(void **state)
{
    enum { HEADS = 70, STATEMENTS = 150 };
    struct desk *desk = *state;
    static struct checkpoint heads[HEADS];
    static struct desk_statement *statements[STATEMENTS];
    static Custody__V1__Receipt *receipts[STATEMENTS];
    for (int i = 0; i < HEADS; i++) {
        char *code = arena_format(desk->arena, "H%d", i);
        struct desk_statement *statement = desk_sign(
            desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, code, 1000)->base, desk->now_us);
        take_head(desk_submit(desk, statement, NULL), &heads[i]);
    }
    for (int i = 0; i < STATEMENTS; i++) {
        char *code = arena_format(desk->arena, "S%d", i);
        desk_see(desk, DESK_NURSE, &heads[i / 2 * 32 % HEADS]);
        statements[i] = desk_sign(desk, DESK_NURSE,
                                  &desk_pack(desk, DESK_HOSPITAL, code, 1000)->base, desk->now_us);
    }
    desk_submit_all(desk, statements, STATEMENTS, receipts, NULL);
    for (int i = 0; i < STATEMENTS; i++) {
        struct checkpoint head;
        const struct checkpoint *seen = &heads[i / 2 * 32 % HEADS];
        check_receipt(desk, statements[i], receipts[i]);
        take_head(receipts[i], &head);
        assert_non_null(receipts[i]->consistency);
        struct merkle_proof proof =
            proof_of(receipts[i]->consistency->n_hashes, receipts[i]->consistency->hashes);
        assert_true(
            merkle_verify_consistency(seen->size, head.size, &seen->root, &head.root, &proof));
    }
}

static void the_same_bytes_again_give_the_same_entry(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *pack =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us);
    struct desk_statement *twice[] = {pack, pack};
    Custody__V1__Receipt *receipts[2];
    desk_submit_all(desk, twice, 2, receipts, NULL);
    check_receipt(desk, pack, receipts[0]);
    check_receipt(desk, pack, receipts[1]);
    assert_int_equal(receipts[0]->proof->entry, receipts[1]->proof->entry);
    assert_true(receipts[1]->again);
    desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "B1", 700)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    desk_reopen(desk);
    Custody__V1__Receipt *later = desk_submit(desk, pack, NULL);
    check_receipt(desk, pack, later);
    assert_true(later->again);
    assert_int_equal(later->proof->entry, receipts[0]->proof->entry);
    assert_true(later->proof->size > receipts[0]->proof->size);
}

/* House rule chain_fork. */
static void two_statements_in_one_slot_are_both_recorded_and_a_finding(void **state)
{
    struct desk *desk = *state;
    struct desk_key before = desk->keys[DESK_NURSE];
    struct desk_statement *one =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us);
    desk->keys[DESK_NURSE] = before;
    struct desk_statement *other =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 900)->base, desk->now_us);
    check_receipt(desk, one, desk_submit(desk, one, NULL));
    Custody__V1__Receipt *receipt = desk_submit(desk, other, NULL);
    check_receipt(desk, other, receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_recorded);
    assert_int_equal(receipt->n_findings, 1);
    assert_string_equal(receipt->findings[0]->rule_name, "chain_fork");
    assert_true(desk_submit(desk, one, NULL)->again);
    assert_true(desk_submit(desk, other, NULL)->again);
}

static void a_key_that_is_not_enrolled_waits(void **state)
{
    struct desk *desk = *state;
    Custody__V1__Problem *problem = NULL;
    struct desk_statement *pack = desk_sign(
        desk, DESK_STRANGER, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us);
    assert_null(desk_submit(desk, pack, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_enrolment_awaited);
    assert_true(problem->retryable);
    assert_true(problem->retry_after_ms > 0);
}

/* A body that is not canonical, of an act that exists, signed well: on the ledger as refused, the field named. */
static void authentic_nonsense_is_recorded_as_refused(void **state)
{
    struct desk *desk = *state;
    static const uint8_t bodies[][8] = {{0x0a, 0x01, 'x', 0x0a, 0x01, 'y'},
                                        {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
    static const size_t lengths[] = {6, 6};
    for (size_t i = 0; i < 2; i++) {
        struct desk_key *key = &desk->keys[DESK_NURSE];
        struct statement_header header = {.act = CUSTODY__V1__ACT__ACT_PACK,
                                          .clock_quality = CLOCK_DEVICE,
                                          .key_sequence = ++key->sequence,
                                          .occurred_at_us = desk->now_us,
                                          .signed_at_us = desk->now_us,
                                          .origin = desk->origin,
                                          .previous = key->previous};
        uint8_t bytes[STATEMENT_HEADER_SIZE + 8];
        struct desk_statement nonsense = {0};
        const char *field = NULL;
        memcpy(header.key, key->public_key, PUBLIC_KEY_SIZE);
        statement_write_header(&header, bytes);
        memcpy(bytes + STATEMENT_HEADER_SIZE, bodies[i], lengths[i]);
        struct span span = span_of(bytes, STATEMENT_HEADER_SIZE + lengths[i]);
        assert_int_equal(statement_parse(span, &nonsense.statement, &field), STATEMENT_OK);
        digest_sign(nonsense.statement.signature, span, key->secret_key);
        key->previous = nonsense.statement.id;
        Custody__V1__Receipt *receipt = desk_submit(desk, &nonsense, NULL);
        check_receipt(desk, &nonsense, receipt);
        assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_refused);
        assert_int_equal(receipt->reason, CUSTODY_REASON_content_not_understood);
        assert_true(strlen(receipt->field) > 0);
    }
    /* The author's chain goes on. */
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B9", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
}

static void absurd_values_are_recorded_as_refused_with_their_field(void **state)
{
    struct desk *desk = *state;
    Custody__V1__PackBody *heavy = desk_pack(desk, DESK_HOSPITAL, "B1", UINT64_MAX);
    Custody__V1__PackBody *coded = desk_pack(desk, DESK_HOSPITAL, "B2", 1000);
    coded->containers[0]->waste_code = (char *)"84100101";
    Custody__V1__Receipt *receipt =
        desk_submit(desk, desk_sign(desk, DESK_NURSE, &heavy->base, desk->now_us), NULL);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_refused);
    assert_string_equal(receipt->reason_name, "out_of_bounds");
    assert_string_equal(receipt->field, "containers[0].mass_g");
    assert_true(strlen(receipt->expected) > 0);
    receipt = desk_submit(desk, desk_sign(desk, DESK_NURSE, &coded->base, desk->now_us), NULL);
    assert_string_equal(receipt->reason_name, "code_malformed");
    assert_string_equal(receipt->field, "containers[0].waste_code");
    /* The far future: claimed, never believed. */
    receipt =
        desk_submit(desk,
                    desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B3", 900)->base,
                              INT64_C(9999999999999999)),
                    NULL);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_refused);
    assert_string_equal(receipt->field, "occurred_at");
}

static void a_manifest_to_a_plant_without_a_permit_is_refused_and_recorded(void **state)
{
    struct desk *desk = *state;
    Custody__V1__IssueManifestBody body = CUSTODY__V1__ISSUE_MANIFEST_BODY__INIT;
    body.plan = desk_plan(desk, DESK_HOSPITAL, DESK_OTHER_PLANT);
    struct desk_statement *asked = desk_sign(desk, DESK_NURSE, &body.base, desk->now_us);
    Custody__V1__Receipt *receipt = desk_submit(desk, asked, NULL);
    check_receipt(desk, asked, receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_refused);
    assert_string_equal(receipt->reason_name, "permit_missing");
    body.plan = desk_plan(desk, DESK_HOSPITAL, DESK_PLANT);
    asked = desk_sign(desk, DESK_NURSE, &body.base, desk->now_us);
    receipt = desk_submit(desk, asked, NULL);
    check_receipt(desk, asked, receipt);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_granted);
    assert_string_equal(receipt->number, "L20265404000001");
}

static void a_revoked_keys_statements_are_held_until_confirmed(void **state)
{
    struct desk *desk = *state;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_DOCTOR].public_key};
    struct desk_statement *before =
        desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "C1", 800)->base, desk->now_us,
                CUSTODY_OUTCOME_recorded);
    desk_do(desk, DESK_REGULATOR, &revoke.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "C2", 800)->base, desk->now_us,
            CUSTODY_OUTCOME_held);
    assert_true(desk_submit(desk, before, NULL)->again);
    assert_non_null(strstr(desk_render_container(desk, DESK_CLINIC, "C1"), "packed by"));
    assert_non_null(
        strstr(desk_render_container(desk, DESK_CLINIC, "C2"), "pack by " DESK_CLINIC ": held"));
    assert_null(strstr(desk_render_container(desk, DESK_CLINIC, "C2"), "packed by"));
}

static void a_key_past_its_end_is_held_and_asks_in_vain(void **state)
{
    struct desk *desk = *state;
    Custody__V1__EnrolKeyBody enrol = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_GENERATOR, CUSTODY__V1__ROLE__ROLE_ADMIN};
    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    enrol.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_STRANGER].public_key};
    enrol.party = (char *)DESK_CLINIC;
    enrol.roles = roles;
    enrol.n_roles = 2;
    enrol.effective_until = desk->now_us + DESK_HOUR;
    desk_do(desk, DESK_REGULATOR, &enrol.base, desk->now_us, CUSTODY_OUTCOME_granted);
    desk_do(desk, DESK_STRANGER, &desk_pack(desk, DESK_CLINIC, "E1", 800)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    int64_t within_us = desk->now_us;
    desk->now_us += 2 * DESK_HOUR;
    /* Though it says that it was packed while the key was good. */
    desk_do(desk, DESK_STRANGER, &desk_pack(desk, DESK_CLINIC, "E2", 800)->base, within_us,
            CUSTODY_OUTCOME_held);
    struct desk_statement *asked = desk_sign(desk, DESK_STRANGER, &open.base, desk->now_us);
    const Custody__V1__Receipt *receipt = desk_submit(desk, asked, NULL);
    assert_int_equal(receipt->outcome, CUSTODY_OUTCOME_refused);
    assert_string_equal(receipt->reason_name, "key_revoked");
}

/* A revocation and a statement on their way at once: the ledger's order decides, in one batch as in two, and a rebuild says the
 * same (TLOG 4.4 F11). */
static void a_revocation_and_a_statement_race_by_the_ledgers_order(void **state)
{
    struct desk *desk = *state;
    Custody__V1__RevokeKeyBody revoke = CUSTODY__V1__REVOKE_KEY_BODY__INIT;
    char before[2][512], after[512];
    revoke.key =
        (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = desk->keys[DESK_DOCTOR].public_key};
    /* Packed a day ago and a second ago, they say: their own time is no plea. */
    struct desk_statement *all[] = {
        desk_sign(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "R1", 800)->base, desk->now_us),
        desk_sign(desk, DESK_REGULATOR, &revoke.base, desk->now_us),
        desk_sign_at(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "R2", 800)->base,
                     desk->now_us - 24 * DESK_HOUR, desk->now_us - 24 * DESK_HOUR),
    };
    Custody__V1__Receipt *receipts[3];
    desk_submit_all(desk, all, 3, receipts, NULL);
    assert_int_equal(receipts[0]->outcome, CUSTODY_OUTCOME_recorded);
    assert_int_equal(receipts[1]->outcome, CUSTODY_OUTCOME_granted);
    assert_int_equal(receipts[2]->outcome, CUSTODY_OUTCOME_held);
    /* Sent again after it, what came before stays what it was; and what is new is held in a batch of its own too. */
    Custody__V1__Receipt *again = desk_submit(desk, all[0], NULL);
    assert_true(again->again && again->outcome == CUSTODY__V1__OUTCOME__OUTCOME_RECORDED);
    again = desk_submit(desk, all[2], NULL);
    assert_true(again->again && again->outcome == CUSTODY__V1__OUTCOME__OUTCOME_HELD);
    desk_do(desk, DESK_DOCTOR, &desk_pack(desk, DESK_CLINIC, "R3", 800)->base, desk->now_us,
            CUSTODY_OUTCOME_held);
    snprintf(before[0], sizeof before[0], "%s", desk_render_container(desk, DESK_CLINIC, "R1"));
    snprintf(before[1], sizeof before[1], "%s", desk_render_container(desk, DESK_CLINIC, "R2"));
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    assert_int_equal(lookups_drop(desk->data), CUSTODY_OK);
    desk_reopen(desk);
    snprintf(after, sizeof after, "%s", desk_render_container(desk, DESK_CLINIC, "R1"));
    assert_string_equal(after, before[0]);
    snprintf(after, sizeof after, "%s", desk_render_container(desk, DESK_CLINIC, "R2"));
    assert_string_equal(after, before[1]);
}

/* One bit of the journal's file: a repeat is not answered with an entry that is no longer what was signed. */
static void a_damaged_entry_is_not_told_again(void **state)
{
    struct desk *desk = *state;
    struct desk_statement *pack =
        desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "DAMAGED-1", 900)->base,
                desk->now_us, CUSTODY_OUTCOME_recorded);
    check_receipt(desk, pack, desk_submit(desk, pack, NULL));
    desk_flip(desk, "journal/data.mdb", span_text("DAMAGED-1"), 0);
    Custody__V1__Problem *problem = NULL;
    assert_null(desk_submit(desk, pack, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_disk_failed);
}

static void a_record_that_no_digest_names_is_turned_away(void **state)
{
    struct desk *desk = *state;
    Custody__V1__Problem *problem = NULL;
    struct desk_statement *pack =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us);
    pack->records[0] = span_text("0123456789abcdef somebody's name");
    pack->record_count = 1;
    assert_null(desk_submit(desk, pack, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_record_unnamed);
    pack->record_count = 0;
    assert_non_null(desk_submit(desk, pack, NULL));
}

/* Below the reserve all is answered alike; what is there can be read, and with room again it goes on. */
static void below_the_disk_reserve_statements_are_delayed(void **state)
{
    struct desk *desk = *state;
    Custody__V1__Problem *problem = NULL;
    desk->options.disk_reserve = UINT64_C(1) << 62;
    desk_reopen(desk);
    struct desk_statement *pack =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "R1", 900)->base, desk->now_us);
    assert_null(desk_submit(desk, pack, &problem));
    assert_int_equal(problem->outcome, CUSTODY__V1__OUTCOME__OUTCOME_BUSY);
    assert_int_equal(problem->reason, CUSTODY_REASON_disk_reserve);
    assert_true(problem->retryable && problem->retry_after_ms >= 1000);
    assert_non_null(desk_unclosed(desk, DESK_REGULATOR, "540400", 0, (ProtobufCBinaryData){0}));
    desk->options.disk_reserve = 1;
    desk_reopen(desk);
    Custody__V1__Receipt *receipt = desk_submit(desk, pack, NULL);
    assert_non_null(receipt);
    assert_false(receipt->again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_damaged_entry_is_not_told_again, setup, teardown),
        cmocka_unit_test_setup_teardown(every_receipt_of_a_batch_verifies, setup, teardown),
        cmocka_unit_test_setup_teardown(each_receipt_links_to_the_head_that_its_device_had_seen,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_same_bytes_again_give_the_same_entry, setup, teardown),
        cmocka_unit_test_setup_teardown(two_statements_in_one_slot_are_both_recorded_and_a_finding,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_not_enrolled_waits, setup, teardown),
        cmocka_unit_test_setup_teardown(below_the_disk_reserve_statements_are_delayed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(authentic_nonsense_is_recorded_as_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(absurd_values_are_recorded_as_refused_with_their_field,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_manifest_to_a_plant_without_a_permit_is_refused_and_recorded, setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_keys_statements_are_held_until_confirmed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_key_past_its_end_is_held_and_asks_in_vain, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_revocation_and_a_statement_race_by_the_ledgers_order,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_that_no_digest_names_is_turned_away, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
