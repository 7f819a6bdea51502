/* test_query.c: answers from one snapshot, each with what it rests on, to those who may see. */
#include <string.h>

#include "proto/merkle.h"
#include "daemon/ledger/backup.h"
#include "daemon/service/query.h"
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

/* Whoever follows gets every entry or at least its leaf, without gaps, and can recompute the root. */
static void the_feed_recomputes_the_root_even_where_it_may_not_be_read(void **state)
{
    struct desk *desk = *state;
    for (int i = 0; i < 30; i++)
        desk_do(desk, DESK_NURSE,
                &desk_pack(desk, DESK_HOSPITAL, arena_format(desk->arena, "B%d", i), 900)->base,
                desk->now_us, CUSTODY_OUTCOME_recorded);
    for (int reader = 0; reader < 2; reader++) {
        struct merkle_edge edge;
        struct checkpoint head;
        uint64_t readable = 0;
        merkle_edge_init(&edge);
        for (;;) {
            Custody__V1__EntriesRequest request = CUSTODY__V1__ENTRIES_REQUEST__INIT;
            Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
            options.limit = 7;
            request.options = &options;
            request.from = edge.size;
            const Custody__V1__EntriesReply *reply =
                desk_ask(desk, reader == 0 ? DESK_REGULATOR : DESK_DOCTOR, ENVELOPE_ENTRIES,
                         &request.base, &custody__v1__entries_reply__descriptor, NULL);
            assert_non_null(reply);
            assert_true(checkpoint_parse(
                span_of(reply->basis->checkpoint.data, reply->basis->checkpoint.len), &head));
            if (reply->n_entries == 0)
                break;
            for (size_t i = 0; i < reply->n_entries; i++) {
                struct digest leaf;
                assert_int_equal(reply->entries[i]->number, edge.size);
                memcpy(leaf.bytes, reply->entries[i]->leaf_hash.data, DIGEST_SIZE);
                if (reply->entries[i]->bytes.len > 0) {
                    struct digest own = merkle_leaf(
                        span_of(reply->entries[i]->bytes.data, reply->entries[i]->bytes.len));
                    assert_true(digest_is_equal(&own, &leaf));
                    readable++;
                }
                merkle_edge_append(&edge, &leaf);
            }
        }
        struct digest root = merkle_edge_root(&edge);
        assert_int_equal(edge.size, head.size);
        assert_true(digest_is_equal(&root, &head.root));
        assert_true(reader == 0 ? readable == edge.size : readable < edge.size);
    }
}

static void an_answer_links_to_the_head_its_asker_knows(void **state)
{
    struct desk *desk = *state;
    uint8_t old_note[CHECKPOINT_SIZE_MAX];
    struct checkpoint old_head, new_head;
    size_t len = ledger_head(desk->ledger, old_note, NULL);
    assert_true(checkpoint_parse(span_of(old_note, len), &old_head));
    desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    Custody__V1__HeadRequest request = CUSTODY__V1__HEAD_REQUEST__INIT;
    request.known_size = old_head.size;
    const Custody__V1__HeadReply *reply = desk_ask(desk, DESK_NURSE, ENVELOPE_HEAD, &request.base,
                                                   &custody__v1__head_reply__descriptor, NULL);
    assert_true(
        checkpoint_parse(span_of(reply->checkpoint.data, reply->checkpoint.len), &new_head));
    struct merkle_proof proof = proof_of(reply->consistency->n_hashes, reply->consistency->hashes);
    assert_true(merkle_verify_consistency(old_head.size, new_head.size, &old_head.root,
                                          &new_head.root, &proof));
}

static void proofs_stand_at_any_size(void **state)
{
    struct desk *desk = *state;
    uint64_t size;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    for (int i = 0; i < 9; i++)
        desk_issue(desk, DESK_NURSE, DESK_HOSPITAL);
    ledger_head(desk->ledger, note, &size);
    Custody__V1__ProveRequest request = CUSTODY__V1__PROVE_REQUEST__INIT;
    request.subject_case = CUSTODY__V1__PROVE_REQUEST__SUBJECT_ENTRY;
    for (request.entry = 0; request.entry < size; request.entry += 5) {
        const Custody__V1__ProveReply *reply =
            desk_ask(desk, DESK_REGULATOR, ENVELOPE_PROVE, &request.base,
                     &custody__v1__prove_reply__descriptor, NULL);
        struct checkpoint head;
        struct digest leaf =
            merkle_leaf(span_of(reply->entry->bytes.data, reply->entry->bytes.len));
        assert_true(checkpoint_parse(
            span_of(reply->basis->checkpoint.data, reply->basis->checkpoint.len), &head));
        struct merkle_proof proof =
            proof_of(reply->entry->proof->n_hashes, reply->entry->proof->hashes);
        assert_true(merkle_verify_inclusion(request.entry, head.size, &leaf, &proof, &head.root));
    }
    Custody__V1__Problem *problem = NULL;
    request.entry = size;
    assert_null(desk_ask(desk, DESK_REGULATOR, ENVELOPE_PROVE, &request.base,
                         &custody__v1__prove_reply__descriptor, &problem));
    assert_int_equal(problem->reason, CUSTODY_REASON_not_found);
}

static void hello_tells_what_a_client_must_know(void **state)
{
    struct desk *desk = *state;
    Custody__V1__HelloRequest request = CUSTODY__V1__HELLO_REQUEST__INIT;
    const Custody__V1__HelloReply *reply = desk_ask(desk, DESK_NURSE, ENVELOPE_HELLO, &request.base,
                                                    &custody__v1__hello_reply__descriptor, NULL);
    assert_string_equal(reply->versions[0], "custody/1");
    assert_string_equal(reply->origin, "ledger.example/desk");
    assert_string_equal(reply->ledger_vkey, desk->paper.ledger_vkey);
    assert_int_equal(reply->statement_limit, STATEMENT_SIZE_MAX);
    assert_int_equal(reply->item_limit, STATEMENT_ITEMS_MAX);
    assert_int_equal(reply->clock, desk->now_us);
    assert_true(reply->demonstration);
    assert_true(reply->n_acts > 40);
    assert_int_equal(reply->succeeded_at, 0);
    assert_int_equal(reply->backed_up, 0);
    const struct backup_mark mark = {.at_us = desk->now_us, .entries = 7, .place = "/backup"};
    assert_int_equal(backup_mark_write(desk->data, "backup", &mark), CUSTODY_OK);
    reply = desk_ask(desk, DESK_NURSE, ENVELOPE_HELLO, &request.base,
                     &custody__v1__hello_reply__descriptor, NULL);
    assert_int_equal(reply->backed_up, 7);
}

static void a_question_that_cannot_be_read_gets_a_problem(void **state)
{
    struct desk *desk = *state;
    struct access_caller caller;
    desk_flush(desk);
    assert_true(access_find(desk->ledger, desk->keys[DESK_NURSE].curve_key, &caller));
    static const uint8_t nonsense[] = {0xff, 0xff, 0xff};
    for (uint16_t kind = 0; kind < 20; kind++) {
        struct query query = {.caller = &caller,
                              .kind = kind,
                              .body = span_of(nonsense, sizeof nonsense),
                              .now_us = desk->now_us,
                              .arena = desk->arena};
        query_answer(desk->ledger, &query);
        assert_int_not_equal(query.outcome, 0);
        assert_true(query.reply.len > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_feed_recomputes_the_root_even_where_it_may_not_be_read,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(an_answer_links_to_the_head_its_asker_knows, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(proofs_stand_at_any_size, setup, teardown),
        cmocka_unit_test_setup_teardown(hello_tells_what_a_client_must_know, setup, teardown),
        cmocka_unit_test_setup_teardown(a_question_that_cannot_be_read_gets_a_problem, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
