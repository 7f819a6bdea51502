/* test_evidence.c: a receipt that holds, and every one-bit change of it that does not; heads; entries.
 * Never connects. */
#include <stdlib.h>
#include <string.h>

#include "client/lib/evidence.h"
#include "client/lib/problem.h"
#include "tests/lib/check.h"

enum { LEAVES = 7, OWN = 4, NOTE_MAX = 1024 };

#define ORIGIN "test.example/ledger"

struct fixture {
    uint8_t ledger_key[PUBLIC_KEY_SIZE], ledger_secret[SECRET_KEY_SIZE];
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    uint8_t bytes[STATEMENT_HEADER_SIZE + 3];
    struct statement statement;
    struct digest leaves[LEAVES];
    uint8_t head[ENTRY_HEAD_MAX];
    uint8_t entry[ENTRY_SIZE_MAX];
    size_t entry_len;
    uint8_t note[NOTE_MAX];
    struct merkle_proof path;
    ProtobufCBinaryData hashes[MERKLE_PROOF_MAX];
    Custody__V1__InclusionProof proof;
    Custody__V1__Receipt receipt;
    struct evidence_ledger ledger;
};

static bool read_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    const struct fixture *f = context;
    struct merkle_edge edge;
    merkle_edge_init(&edge);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        if (i >= LEAVES)
            return false;
        merkle_edge_append(&edge, &f->leaves[i]);
    }
    *ret = merkle_edge_root(&edge);
    return true;
}

static void make_statement(struct fixture *f)
{
    const char *field;
    struct statement_header header = {.act = 65,
                                      .clock_quality = CLOCK_DEVICE,
                                      .key_sequence = 1,
                                      .occurred_at_us = INT64_C(1779033600000000),
                                      .signed_at_us = INT64_C(1779033600000000),
                                      .origin = statement_origin_digest(ORIGIN)};
    memcpy(header.key, f->key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, f->bytes);
    memcpy(f->bytes + STATEMENT_HEADER_SIZE, "\x12\x01T", 3);
    assert_int_equal(statement_parse(span_of(f->bytes, sizeof(f->bytes)), &f->statement, &field),
                     STATEMENT_OK);
    digest_sign(f->statement.signature, f->statement.bytes, f->secret);
}

static size_t make_note(const struct fixture *f, uint64_t size, uint8_t ret[static NOTE_MAX])
{
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = size};
    assert_true(merkle_root_at(size, read_node, (void *)(uintptr_t)f, &checkpoint.root));
    return checkpoint_sign(&checkpoint, f->ledger_secret, ret, NOTE_MAX);
}

static int set_up(void **state)
{
    static const uint8_t seed[SEED_SIZE] = {1}, ledger_seed[SEED_SIZE] = {2};
    struct fixture *f = calloc(1, sizeof(*f));
    digest_init();
    digest_key_from_seed(ledger_seed, f->ledger_key, f->ledger_secret);
    digest_key_from_seed(seed, f->key, f->secret);
    f->ledger = (struct evidence_ledger){.origin = ORIGIN, .key = f->ledger_key};
    make_statement(f);
    struct entry entry = {.outcome = CUSTODY_OUTCOME_recorded,
                          .number = OWN,
                          .recorded_at_us = INT64_C(1779033601000000),
                          .statement = f->statement.bytes,
                          .signature = f->statement.signature};
    f->entry_len = entry_write(&entry, f->entry, sizeof(f->entry));
    for (size_t i = 0; i < LEAVES; i++)
        f->leaves[i] = merkle_leaf(span_of(&i, sizeof(i)));
    f->leaves[OWN] = merkle_leaf(span_of(f->entry, f->entry_len));
    assert_true(merkle_prove_inclusion(OWN, LEAVES, read_node, f, &f->path));
    custody__v1__inclusion_proof__init(&f->proof);
    f->proof.entry = OWN;
    f->proof.size = LEAVES;
    f->proof.n_hashes = f->path.count;
    f->proof.hashes = f->hashes;
    for (uint32_t i = 0; i < f->path.count; i++)
        f->hashes[i] = (ProtobufCBinaryData){.data = f->path.hashes[i].bytes, .len = DIGEST_SIZE};
    custody__v1__receipt__init(&f->receipt);
    f->receipt.outcome = CUSTODY__V1__OUTCOME__OUTCOME_RECORDED;
    f->receipt.entry_head.data = f->head;
    f->receipt.entry_head.len = entry_write_head(&entry, f->head);
    f->receipt.checkpoint.data = f->note;
    f->receipt.checkpoint.len = make_note(f, LEAVES, f->note);
    f->receipt.proof = &f->proof;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static enum custody_status check(struct fixture *f, struct evidence_receipt *ret)
{
    struct custody_problem problem;
    struct evidence_receipt proved;
    enum custody_status status =
        evidence_check_receipt(&f->ledger, &f->receipt, f->statement.bytes, f->statement.signature,
                               ret == NULL ? &proved : ret, &problem);
    if (status != CUSTODY_OK)
        assert_true(problem.field[0] != '\0' && problem.expected[0] != '\0');
    return status;
}

static void a_true_receipt(void **state)
{
    struct fixture *f = *state;
    struct evidence_receipt proved;
    assert_int_equal(check(f, &proved), CUSTODY_OK);
    assert_int_equal(proved.entry, OWN);
    assert_int_equal(proved.outcome, CUSTODY_OUTCOME_recorded);
    assert_int_equal(proved.checkpoint.size, LEAVES);
    assert_true(digest_is_equal(&proved.leaf, &f->leaves[OWN]));
}

static void each_bit(struct fixture *f, uint8_t *bytes, size_t len)
{
    for (size_t bit = 0; bit < 8 * len; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    assert_int_equal(check(f, NULL), CUSTODY_OK);
}

static void each_bit_of_the_head(void **state)
{
    struct fixture *f = *state;
    each_bit(f, f->head, f->receipt.entry_head.len);
}

static void each_bit_of_the_proof(void **state)
{
    struct fixture *f = *state;
    for (uint32_t i = 0; i < f->path.count; i++)
        each_bit(f, f->path.hashes[i].bytes, DIGEST_SIZE);
}

static void each_bit_of_the_checkpoint(void **state)
{
    struct fixture *f = *state;
    each_bit(f, f->note, f->receipt.checkpoint.len);
}

static void each_bit_of_the_statement(void **state)
{
    struct fixture *f = *state;
    each_bit(f, f->bytes, sizeof(f->bytes));
    each_bit(f, f->statement.signature, SIGNATURE_SIZE);
}

static void proofs_of_other_things(void **state)
{
    struct fixture *f = *state;
    f->proof.entry = OWN + 1;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->proof.entry = OWN;
    f->proof.size = LEAVES + 1;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->proof.size = LEAVES;
    f->proof.n_hashes--;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->proof.n_hashes++;
    f->hashes[0].len--;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->hashes[0].len++;
    f->proof.n_hashes = 2 * (size_t)MERKLE_PROOF_MAX;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->receipt.proof = NULL;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
}

static void words_that_differ_from_the_entry(void **state)
{
    struct fixture *f = *state;
    f->receipt.outcome = CUSTODY__V1__OUTCOME__OUTCOME_GRANTED;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->receipt.outcome = CUSTODY__V1__OUTCOME__OUTCOME_RECORDED;
    f->receipt.reason = 405;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
}

static void another_ledger(void **state)
{
    struct fixture *f = *state;
    f->ledger.origin = "other.example/ledger";
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
    f->ledger.origin = ORIGIN;
    f->ledger.key = f->key;
    assert_int_equal(check(f, NULL), CUSTODY_ERR_EVIDENCE);
}

/* Every pair of sizes, with the right proof, with a changed one, and without. */
static void consistency_of_heads(void **state)
{
    struct fixture *f = *state;
    struct custody_problem problem;
    for (uint64_t older = 1; older <= LEAVES; older++) {
        for (uint64_t newer = 1; newer <= LEAVES; newer++) {
            struct checkpoint a = {.origin = ORIGIN, .size = older};
            struct checkpoint b = {.origin = ORIGIN, .size = newer};
            struct merkle_proof path = {0};
            ProtobufCBinaryData hashes[MERKLE_PROOF_MAX];
            Custody__V1__ConsistencyProof proof = CUSTODY__V1__CONSISTENCY_PROOF__INIT;
            assert_true(merkle_root_at(older, read_node, f, &a.root));
            assert_true(merkle_root_at(newer, read_node, f, &b.root));
            if (newer < older) {
                assert_int_equal(evidence_check_consistency(&a, &b, NULL, &problem),
                                 CUSTODY_ERR_ROLLBACK);
                continue;
            }
            assert_true(merkle_prove_consistency(older, newer, read_node, f, &path));
            for (uint32_t i = 0; i < path.count; i++)
                hashes[i] = (ProtobufCBinaryData){.data = path.hashes[i].bytes, .len = DIGEST_SIZE};
            proof.old_size = older;
            proof.new_size = newer;
            proof.n_hashes = path.count;
            proof.hashes = hashes;
            assert_int_equal(evidence_check_consistency(&a, &b, &proof, &problem), CUSTODY_OK);
            for (uint32_t i = 0; i < path.count; i++) {
                path.hashes[i].bytes[3] ^= 1;
                assert_int_equal(evidence_check_consistency(&a, &b, &proof, &problem),
                                 CUSTODY_ERR_EVIDENCE);
                path.hashes[i].bytes[3] ^= 1;
            }
            a.root.bytes[0] ^= 1;
            assert_int_equal(evidence_check_consistency(&a, &b, &proof, &problem),
                             CUSTODY_ERR_EVIDENCE);
            a.root.bytes[0] ^= 1;
            if (older != newer)
                assert_int_equal(evidence_check_consistency(&a, &b, NULL, &problem),
                                 CUSTODY_ERR_EVIDENCE);
        }
    }
}

static void entries_and_their_bytes(void **state)
{
    struct fixture *f = *state;
    struct custody_problem problem;
    struct checkpoint checkpoint;
    struct entry parsed;
    struct statement statement;
    struct digest origins[] = {statement_origin_digest("other"), statement_origin_digest(ORIGIN)};
    Custody__V1__Entry entry = CUSTODY__V1__ENTRY__INIT;
    struct span bytes = span_of(f->entry, f->entry_len);
    entry.number = OWN;
    entry.bytes = (ProtobufCBinaryData){.data = f->entry, .len = f->entry_len};
    entry.leaf_hash = (ProtobufCBinaryData){.data = f->leaves[OWN].bytes, .len = DIGEST_SIZE};
    entry.proof = &f->proof;
    assert_true(checkpoint_parse(span_of(f->note, f->receipt.checkpoint.len), &checkpoint));
    assert_int_equal(evidence_check_entry(&entry, &checkpoint, &problem), CUSTODY_OK);
    assert_int_equal(evidence_check_entry(&entry, NULL, &problem), CUSTODY_OK);
    assert_int_equal(evidence_check_bytes(bytes, OWN, origins, 2, &parsed, &statement, &problem),
                     CUSTODY_OK);
    assert_int_equal(evidence_check_bytes(bytes, OWN, origins, 1, &parsed, &statement, &problem),
                     CUSTODY_ERR_EVIDENCE);
    assert_int_equal(
        evidence_check_bytes(bytes, OWN + 1, origins, 2, &parsed, &statement, &problem),
        CUSTODY_ERR_EVIDENCE);
    for (size_t bit = 0; bit < 8 * f->entry_len; bit++) {
        f->entry[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_int_equal(evidence_check_entry(&entry, &checkpoint, &problem), CUSTODY_ERR_EVIDENCE);
        f->entry[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    entry.bytes.len = 0; /* not for this asker: the leaf is still proved */
    assert_int_equal(evidence_check_entry(&entry, &checkpoint, &problem), CUSTODY_OK);
    f->leaves[OWN].bytes[0] ^= 1;
    assert_int_equal(evidence_check_entry(&entry, &checkpoint, &problem), CUSTODY_ERR_EVIDENCE);
    entry.leaf_hash.len = 31;
    assert_int_equal(evidence_check_entry(&entry, &checkpoint, &problem), CUSTODY_ERR_EVIDENCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_true_receipt, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_bit_of_the_head, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_bit_of_the_proof, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_bit_of_the_checkpoint, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_bit_of_the_statement, set_up, tear_down),
        cmocka_unit_test_setup_teardown(proofs_of_other_things, set_up, tear_down),
        cmocka_unit_test_setup_teardown(words_that_differ_from_the_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_ledger, set_up, tear_down),
        cmocka_unit_test_setup_teardown(consistency_of_heads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_and_their_bytes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
