/* test_rotation.c: a device takes the key that both root keys named, in entries under a head that continues its own, and no other. */
#include <stdlib.h>
#include <string.h>

#include "proto/body.h"
#include "client/lib/rotation.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

#define ORIGIN "ledger.example.org/trial"

enum { ENTRIES = 12, SHOWN = 8, BYTES = 1024 };

struct pair {
    uint8_t public_key[PUBLIC_KEY_SIZE], secret_key[SECRET_KEY_SIZE];
    uint64_t sequence;
};
static struct pair first, second, third, root_a, root_b, thief;

/* A small ledger: entry 0 founds it, the others are whatever the test put there. */
static struct {
    uint64_t size;
    uint8_t bytes[ENTRIES][BYTES];
    size_t len[ENTRIES];
    struct digest leaves[ENTRIES];
} tree;
static struct keyring known, learnt;
static struct checkpoint kept;
static struct custody_problem problem;

/* What the ledger answers; made by `answer`. */
static struct {
    Custody__V1__HeadReply reply;
    Custody__V1__Entry entries[SHOWN], *list[SHOWN];
    Custody__V1__InclusionProof proofs[SHOWN];
    Custody__V1__ConsistencyProof consistency;
    struct merkle_proof hashes[SHOWN + 1];
    ProtobufCBinaryData spans[SHOWN + 1][MERKLE_PROOF_MAX];
    uint8_t note[1024];
} said;

static void make(struct pair *ret, uint8_t seed_byte)
{
    uint8_t seed[SEED_SIZE];
    memset(seed, seed_byte, sizeof(seed));
    digest_key_from_seed(seed, ret->public_key, ret->secret_key);
    ret->sequence = 0;
}

static void append(struct pair *author,
                   uint32_t act,
                   const ProtobufCMessage *body,
                   const char *origin,
                   uint8_t outcome)
{
    uint8_t bytes[BYTES];
    struct statement statement;
    const char *field;
    struct statement_header header = {.act = (uint16_t)act,
                                      .clock_quality = CLOCK_DEVICE,
                                      .key_sequence = ++author->sequence,
                                      .occurred_at_us = 1000,
                                      .signed_at_us = 1000,
                                      .origin = statement_origin_digest(origin)};
    memset(header.previous.bytes, author->sequence == 1 ? 0 : 1, DIGEST_SIZE);
    memcpy(header.key, author->public_key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    size_t len = STATEMENT_HEADER_SIZE + body_write(body, bytes + STATEMENT_HEADER_SIZE,
                                                    sizeof(bytes) - STATEMENT_HEADER_SIZE);
    assert_int_equal(statement_parse(span_of(bytes, len), &statement, &field), STATEMENT_OK);
    digest_sign(statement.signature, span_of(bytes, len), author->secret_key);
    const struct entry entry = {.number = tree.size,
                                .recorded_at_us = 2000 + (int64_t)tree.size,
                                .outcome = outcome,
                                .reason = outcome == CUSTODY_OUTCOME_refused ? 426 : 0,
                                .detail = span_text(""),
                                .statement = statement.bytes,
                                .signature = statement.signature};
    tree.len[tree.size] = entry_write(&entry, tree.bytes[tree.size], BYTES);
    assert_int_not_equal(tree.len[tree.size], 0);
    tree.leaves[tree.size] = merkle_leaf(span_of(tree.bytes[tree.size], tree.len[tree.size]));
    tree.size++;
}

static void found(struct pair *one, struct pair *other)
{
    Custody__V1__FoundLedgerBody body = CUSTODY__V1__FOUND_LEDGER_BODY__INIT;
    ProtobufCBinaryData roots[] = {{PUBLIC_KEY_SIZE, one->public_key},
                                   {PUBLIC_KEY_SIZE, other->public_key}};
    body.origin = (char *)ORIGIN;
    body.ledger_key = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, first.public_key};
    body.n_root_keys = 2;
    body.root_keys = roots;
    body.division = (char *)"540400";
    body.utc_offset_minutes = 480;
    tree.size = 0;
    append(one, CUSTODY__V1__ACT__ACT_FOUND_LEDGER, &body.base, ORIGIN, CUSTODY_OUTCOME_granted);
}

static void other_entry(void)
{
    Custody__V1__OpenLedgerBody body = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    append(&root_a, CUSTODY__V1__ACT__ACT_OPEN_LEDGER, &body.base, ORIGIN, CUSTODY_OUTCOME_refused);
}

static void
name_next(struct pair *root, const struct pair *next, const char *origin, uint8_t outcome)
{
    Custody__V1__RotateLedgerKeyBody body = CUSTODY__V1__ROTATE_LEDGER_KEY_BODY__INIT;
    uint8_t proof[SIGNATURE_SIZE];
    keyring_sign_proof(origin, next->secret_key, proof);
    body.next_key = (ProtobufCBinaryData){PUBLIC_KEY_SIZE, (uint8_t *)(uintptr_t)next->public_key};
    body.proof = (ProtobufCBinaryData){sizeof(proof), proof};
    append(root, CUSTODY__V1__ACT__ACT_ROTATE_LEDGER_KEY, &body.base, origin, outcome);
}

static bool read_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    struct digest left, right;
    (void)context;
    if (level == 0) {
        *ret = tree.leaves[index];
        return index < tree.size;
    }
    if (!read_node(NULL, level - 1, 2 * index, &left) ||
        !read_node(NULL, level - 1, 2 * index + 1, &right))
        return false;
    *ret = merkle_node(&left, &right);
    return true;
}

static struct checkpoint head_of(uint64_t size)
{
    struct checkpoint head = {.origin = ORIGIN, .size = size};
    assert_true(merkle_root_at(size, read_node, NULL, &head.root));
    return head;
}

static ProtobufCBinaryData *spans_of(size_t at)
{
    for (uint32_t i = 0; i < said.hashes[at].count; i++)
        said.spans[at][i] = (ProtobufCBinaryData){DIGEST_SIZE, said.hashes[at].hashes[i].bytes};
    return said.spans[at];
}

static void show(uint64_t number)
{
    size_t at = said.reply.n_succession++;
    custody__v1__entry__init(&said.entries[at]);
    custody__v1__inclusion_proof__init(&said.proofs[at]);
    assert_true(merkle_prove_inclusion(number, tree.size, read_node, NULL, &said.hashes[at]));
    said.proofs[at].entry = number;
    said.proofs[at].size = tree.size;
    said.proofs[at].n_hashes = said.hashes[at].count;
    said.proofs[at].hashes = spans_of(at);
    said.entries[at].number = number;
    said.entries[at].leaf_hash = (ProtobufCBinaryData){DIGEST_SIZE, tree.leaves[number].bytes};
    said.entries[at].bytes = (ProtobufCBinaryData){tree.len[number], tree.bytes[number]};
    said.entries[at].proof = &said.proofs[at];
    said.list[at] = &said.entries[at];
}

/* The newest head by that key, and nothing else yet. */
static void answer(const struct pair *signer)
{
    const struct checkpoint head = head_of(tree.size);
    memset(&said, 0, sizeof(said));
    custody__v1__head_reply__init(&said.reply);
    said.reply.succession = said.list;
    said.reply.checkpoint.data = said.note;
    said.reply.checkpoint.len =
        checkpoint_sign(&head, signer->secret_key, said.note, sizeof(said.note));
    if (kept.size == 0)
        return;
    custody__v1__consistency_proof__init(&said.consistency);
    assert_true(
        merkle_prove_consistency(kept.size, tree.size, read_node, NULL, &said.hashes[SHOWN]));
    said.consistency.old_size = kept.size;
    said.consistency.new_size = tree.size;
    said.consistency.n_hashes = said.hashes[SHOWN].count;
    said.consistency.hashes = spans_of(SHOWN);
    said.reply.consistency = &said.consistency;
}

static enum custody_status look(void)
{
    return rotation_check(ORIGIN, &known, &kept, &said.reply, &learnt, &problem);
}

static void assert_refused(void)
{
    memset(&learnt, 0, sizeof(learnt));
    assert_int_equal(look(), CUSTODY_ERR_EVIDENCE);
    assert_int_equal(learnt.count, 0);
}

/* Founded; the device has seen three entries; then the key was changed from the first to the second. */
static int setup(void **state)
{
    static const uint8_t unknown[PUBLIC_KEY_SIZE];
    (void)state;
    make(&first, 1);
    make(&second, 2);
    make(&third, 3);
    make(&root_a, 11);
    make(&root_b, 12);
    make(&thief, 13);
    found(&root_a, &root_b);
    other_entry();
    other_entry();
    kept = head_of(3);
    keyring_found(&known, first.public_key, unknown, unknown);
    name_next(&root_a, &second, ORIGIN, CUSTODY_OUTCOME_granted);
    name_next(&root_b, &second, ORIGIN, CUSTODY_OUTCOME_granted);
    other_entry();
    return digest_init() ? 0 : -1;
}

static void the_key_that_both_root_keys_named_is_taken(void **state)
{
    (void)state;
    answer(&second);
    show(0), show(3), show(4);
    assert_int_equal(look(), CUSTODY_OK);
    assert_memory_equal(keyring_in_force(&learnt), second.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(keyring_at(&learnt, 4), first.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(keyring_at(&learnt, 5), second.public_key, PUBLIC_KEY_SIZE);
}

static void several_changes_are_taken_at_once(void **state)
{
    (void)state;
    name_next(&root_b, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    name_next(&root_a, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    answer(&third);
    show(0), show(3), show(4), show(6), show(7);
    assert_int_equal(look(), CUSTODY_OK);
    assert_int_equal(learnt.count, 3);
    assert_memory_equal(keyring_at(&learnt, 7), second.public_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(keyring_at(&learnt, 8), third.public_key, PUBLIC_KEY_SIZE);
    /* The middle one left out. */
    answer(&third);
    show(0), show(6), show(7);
    assert_int_equal(look(), CUSTODY_OK);
    answer(&second);
    show(0), show(3), show(4), show(6), show(7);
    assert_refused();
}

static void one_root_key_is_not_enough(void **state)
{
    (void)state;
    answer(&second);
    show(0), show(3);
    assert_refused();
    answer(&second);
    show(0), show(3), show(3);
    assert_refused();
    answer(&second);
    show(0);
    assert_refused();
    answer(&second);
    assert_refused();
    name_next(&root_a, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    name_next(&root_a, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    answer(&third);
    show(0), show(3), show(4), show(6), show(7);
    assert_refused();
}

/* He has the first key and can sign heads with it, but the root keys are on paper. */
static void a_thief_of_the_ledgers_key_passes_on_to_no_other(void **state)
{
    (void)state;
    tree.size = 3;
    name_next(&thief, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    name_next(&first, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    answer(&third);
    show(0), show(3), show(4);
    assert_refused();
    /* Root keys of his own, in a history of his own: it does not continue the kept head. */
    found(&thief, &first);
    other_entry();
    other_entry();
    name_next(&thief, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    name_next(&first, &third, ORIGIN, CUSTODY_OUTCOME_granted);
    answer(&third);
    show(0), show(3), show(4);
    assert_refused();
    /* And a device that has verified nothing is shown that history: no head by the key that it knows leads there. */
    kept.size = 0;
    answer(&third);
    show(0), show(3), show(4);
    assert_refused();
}

static void what_was_not_granted_or_not_for_this_ledger_counts_for_nothing(void **state)
{
    (void)state;
    tree.size = 3;
    name_next(&root_a, &second, ORIGIN, CUSTODY_OUTCOME_granted);
    name_next(&root_b, &second, ORIGIN, CUSTODY_OUTCOME_refused);
    answer(&second);
    show(0), show(3), show(4);
    assert_refused();
    tree.size = 4;
    name_next(&root_b, &second, ORIGIN "/2", CUSTODY_OUTCOME_granted);
    answer(&second);
    show(0), show(3), show(4);
    assert_refused();
}

static void an_entry_must_be_in_the_tree_as_it_is_shown(void **state)
{
    (void)state;
    answer(&second);
    show(0), show(3), show(4);
    said.hashes[1].hashes[0].bytes[0] ^= 1;
    assert_refused();
    answer(&second);
    show(0), show(3), show(4);
    said.entries[2].proof = NULL;
    assert_refused();
    answer(&second);
    show(0), show(3), show(4);
    said.entries[2].bytes.len = 0;
    assert_refused();
    answer(&second);
    show(0), show(3), show(4);
    said.note[30] ^= 1;
    assert_refused();
    answer(&second);
    show(0), show(3), show(4);
    said.reply.consistency = NULL;
    assert_refused();
}

static void who_has_verified_nothing_begins_at_the_old_keys_last_head(void **state)
{
    (void)state;
    static uint8_t passage[1024];
    const struct checkpoint crossing = head_of(5);
    size_t len = checkpoint_sign(&crossing, first.secret_key, passage, sizeof(passage));
    kept = crossing;
    answer(&second);
    show(0), show(3), show(4);
    kept.size = 0;
    assert_refused();
    said.reply.passage = (ProtobufCBinaryData){len, passage};
    assert_int_equal(look(), CUSTODY_OK);
    assert_memory_equal(keyring_in_force(&learnt), second.public_key, PUBLIC_KEY_SIZE);
    /* By another key it is no beginning. */
    len = checkpoint_sign(&crossing, second.secret_key, passage, sizeof(passage));
    said.reply.passage = (ProtobufCBinaryData){len, passage};
    assert_refused();
}

static void what_was_learnt_is_kept(void **state)
{
    (void)state;
    struct tempdir dir;
    struct card card = {.origin = ORIGIN};
    struct keyring back;
    uint8_t note[1024];
    tempdir_create(&dir);
    memcpy(card.ledger_key, first.public_key, PUBLIC_KEY_SIZE);
    assert_int_equal(rotation_open(dir.path, &card, &back, &problem), CUSTODY_OK);
    assert_memory_equal(keyring_at(&back, UINT64_MAX), first.public_key, PUBLIC_KEY_SIZE);
    answer(&second);
    show(0), show(3), show(4);
    assert_int_equal(look(), CUSTODY_OK);
    assert_int_equal(rotation_save(dir.path, ORIGIN, &learnt, &problem), CUSTODY_OK);
    assert_int_equal(rotation_open(dir.path, &card, &back, &problem), CUSTODY_OK);
    const struct evidence_ledger ledger = {.origin = ORIGIN, .keyring = &back};
    struct checkpoint head = head_of(4), ignored;
    size_t len = checkpoint_sign(&head, first.secret_key, note, sizeof(note));
    assert_int_equal(evidence_check_note(&ledger, span_of(note, len), &ignored, &problem),
                     CUSTODY_OK);
    /* The old key signs no head of later. */
    head = head_of(6);
    len = checkpoint_sign(&head, first.secret_key, note, sizeof(note));
    assert_int_equal(evidence_check_note(&ledger, span_of(note, len), &ignored, &problem),
                     CUSTODY_ERR_EVIDENCE);
    assert_true(rotation_is_due(&ledger, span_of(note, len)));
    /* Another ledger's card begins anew. */
    memcpy(card.ledger_key, third.public_key, PUBLIC_KEY_SIZE);
    assert_int_equal(rotation_open(dir.path, &card, &back, &problem), CUSTODY_OK);
    assert_int_equal(back.count, 1);
    assert_memory_equal(keyring_in_force(&back), third.public_key, PUBLIC_KEY_SIZE);
    tempdir_destroy(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_key_that_both_root_keys_named_is_taken, setup),
        cmocka_unit_test_setup(several_changes_are_taken_at_once, setup),
        cmocka_unit_test_setup(one_root_key_is_not_enough, setup),
        cmocka_unit_test_setup(a_thief_of_the_ledgers_key_passes_on_to_no_other, setup),
        cmocka_unit_test_setup(what_was_not_granted_or_not_for_this_ledger_counts_for_nothing,
                               setup),
        cmocka_unit_test_setup(an_entry_must_be_in_the_tree_as_it_is_shown, setup),
        cmocka_unit_test_setup(who_has_verified_nothing_begins_at_the_old_keys_last_head, setup),
        cmocka_unit_test_setup(what_was_learnt_is_kept, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
