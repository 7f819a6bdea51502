/* test_tlogproof.c: the offline proof as text: written, read, and every change of it; and the rest of proof.h.
 * Never connects. */
#include <stdlib.h>
#include <string.h>

#include "client/lib/tlogproof.h"
#include "tests/lib/check.h"

enum { LEAVES = 6, OWN = 3, NOTE_MAX = 1024, TEXT_MAX = 8192 };

#define ORIGIN "test.example/ledger"

struct fixture {
    uint8_t ledger_key[PUBLIC_KEY_SIZE], ledger_secret[SECRET_KEY_SIZE];
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    uint8_t bytes[STATEMENT_HEADER_SIZE + 3], signature[SIGNATURE_SIZE];
    uint8_t entry[1024];
    size_t entry_len;
    struct digest leaves[LEAVES];
    char text[TEXT_MAX];
    size_t len;
    struct custody_problem problem;
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

static size_t make_note(struct fixture *f, uint64_t size, uint8_t ret[static NOTE_MAX])
{
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = size};
    assert_true(merkle_root_at(size, read_node, f, &checkpoint.root));
    return checkpoint_sign(&checkpoint, f->ledger_secret, ret, NOTE_MAX);
}

static void write_proof(struct fixture *f, struct span entry)
{
    uint8_t note[NOTE_MAX];
    struct merkle_proof path;
    ProtobufCBinaryData hashes[MERKLE_PROOF_MAX];
    Custody__V1__InclusionProof proof = CUSTODY__V1__INCLUSION_PROOF__INIT;
    assert_true(merkle_prove_inclusion(OWN, LEAVES, read_node, f, &path));
    for (uint32_t i = 0; i < path.count; i++)
        hashes[i] = (ProtobufCBinaryData){.data = path.hashes[i].bytes, .len = DIGEST_SIZE};
    proof.n_hashes = path.count;
    proof.hashes = hashes;
    size_t note_len = make_note(f, LEAVES, note);
    f->len = tlogproof_write(OWN, entry, &proof, span_of(note, note_len), f->text, sizeof(f->text));
    assert_true(f->len > 0);
}

static int set_up(void **state)
{
    static const uint8_t seed[SEED_SIZE] = {1}, ledger_seed[SEED_SIZE] = {2};
    struct fixture *f = calloc(1, sizeof(*f));
    digest_init();
    digest_key_from_seed(ledger_seed, f->ledger_key, f->ledger_secret);
    digest_key_from_seed(seed, f->key, f->secret);
    assert_true(checkpoint_write_vkey(ORIGIN, f->ledger_key, f->vkey, sizeof(f->vkey)) > 0);
    struct statement_header header = {.act = 65,
                                      .key_sequence = 1,
                                      .occurred_at_us = 5,
                                      .signed_at_us = 6,
                                      .origin = statement_origin_digest(ORIGIN)};
    memcpy(header.key, f->key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, f->bytes);
    memcpy(f->bytes + STATEMENT_HEADER_SIZE, "\x12\x01T", 3);
    digest_sign(f->signature, span_of(f->bytes, sizeof(f->bytes)), f->secret);
    struct entry entry = {.outcome = CUSTODY_OUTCOME_recorded,
                          .number = OWN,
                          .recorded_at_us = 7,
                          .statement = span_of(f->bytes, sizeof(f->bytes)),
                          .signature = f->signature};
    f->entry_len = entry_write(&entry, f->entry, sizeof(f->entry));
    for (size_t i = 0; i < LEAVES; i++)
        f->leaves[i] = merkle_leaf(span_of(&i, sizeof(i)));
    f->leaves[OWN] = merkle_leaf(span_of(f->entry, f->entry_len));
    write_proof(f, span_of(f->entry, f->entry_len));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static enum custody_status verify(struct fixture *f, struct custody_proved *ret)
{
    return custody_proof_verify(f->text, f->len, f->vkey, ret, &f->problem);
}

static void a_true_proof(void **state)
{
    struct fixture *f = *state;
    struct custody_proved proved;
    assert_memory_equal(f->text, "c2sp.org/tlog-proof@v1\nextra ", 29);
    assert_int_equal(verify(f, &proved), CUSTODY_OK);
    assert_int_equal(proved.entry, OWN);
    assert_int_equal(proved.size, LEAVES);
    assert_true(proved.has_statement);
    assert_string_equal(proved.act, "pack");
    assert_int_equal(proved.outcome, CUSTODY_OUTCOME_recorded);
    assert_int_equal(proved.occurred_at_us, 5);
    assert_int_equal(proved.recorded_at_us, 7);
    assert_memory_equal(proved.key, f->key, PUBLIC_KEY_SIZE);
}

/* Each bit of the text: never verified; and nothing of it handed on. */
static void every_bit(void **state)
{
    struct fixture *f = *state;
    for (size_t bit = 0; bit < 8 * f->len; bit++) {
        struct custody_proved proved = {.entry = 99};
        f->text[bit / 8] = (char)(f->text[bit / 8] ^ (1 << bit % 8));
        enum custody_status status = verify(f, &proved);
        assert_true(status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_INVALID);
        assert_true(f->problem.field[0] != '\0');
        assert_int_equal(proved.entry, 99);
        f->text[bit / 8] = (char)(f->text[bit / 8] ^ (1 << bit % 8));
    }
}

static void every_cut(void **state)
{
    struct fixture *f = *state;
    struct custody_proved proved;
    size_t len = f->len;
    for (f->len = 0; f->len < len; f->len++) {
        char *exact = malloc(f->len == 0 ? 1 : f->len); /* reading beyond it would be noticed */
        memcpy(exact, f->text, f->len);
        enum custody_status status =
            custody_proof_verify(exact, f->len, f->vkey, &proved, &f->problem);
        assert_true(status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_INVALID);
        free(exact);
    }
}

static void without_the_entry(void **state)
{
    struct fixture *f = *state;
    struct custody_proved proved;
    struct tlogproof *proof = malloc(sizeof(*proof));
    write_proof(f, span_of(NULL, 0));
    assert_int_equal(tlogproof_parse(span_of(f->text, f->len), proof, &f->problem), CUSTODY_OK);
    assert_int_equal(proof->index, OWN);
    assert_int_equal(proof->entry_len, 0);
    assert_int_equal(verify(f, &proved), CUSTODY_ERR_INVALID);
    assert_string_equal(f->problem.field, "extra");
    free(proof);
}

static void another_key(void **state)
{
    struct fixture *f = *state;
    struct custody_proved proved;
    assert_true(checkpoint_write_vkey(ORIGIN, f->key, f->vkey, sizeof(f->vkey)) > 0);
    assert_int_equal(verify(f, &proved), CUSTODY_ERR_EVIDENCE);
    assert_true(checkpoint_write_vkey("other", f->ledger_key, f->vkey, sizeof(f->vkey)) > 0);
    assert_int_equal(verify(f, &proved), CUSTODY_ERR_EVIDENCE);
    f->vkey[0] = '+';
    assert_int_equal(verify(f, &proved), CUSTODY_ERR_INVALID);
}

static void too_little_room(void **state)
{
    struct fixture *f = *state;
    Custody__V1__InclusionProof proof = CUSTODY__V1__INCLUSION_PROOF__INIT;
    char text[64];
    for (size_t cap = 0; cap < sizeof(text); cap++)
        assert_int_equal(tlogproof_write(1, span_of(f->entry, f->entry_len), &proof,
                                         span_text("note"), text, cap),
                         0);
}

static void checkpoints_alone(void **state)
{
    struct fixture *f = *state;
    struct custody_proved proved;
    uint8_t note[NOTE_MAX];
    size_t len = make_note(f, LEAVES, note);
    assert_int_equal(custody_checkpoint_verify((char *)note, len, f->vkey, &proved, &f->problem),
                     CUSTODY_OK);
    assert_int_equal(proved.size, LEAVES);
    assert_false(proved.has_statement);
    note[len - 5] ^= 1;
    assert_int_equal(custody_checkpoint_verify((char *)note, len, f->vkey, &proved, &f->problem),
                     CUSTODY_ERR_EVIDENCE);
}

static void two_checkpoints(void **state)
{
    struct fixture *f = *state;
    uint8_t older[NOTE_MAX], newer[NOTE_MAX];
    struct merkle_proof path;
    size_t older_len = make_note(f, 3, older), newer_len = make_note(f, LEAVES, newer);
    assert_true(merkle_prove_consistency(3, LEAVES, read_node, f, &path));
    const uint8_t *hashes = path.hashes[0].bytes;
    assert_int_equal(custody_consistency_verify((char *)older, older_len, (char *)newer, newer_len,
                                                hashes, path.count, f->vkey, &f->problem),
                     CUSTODY_OK);
    assert_int_equal(custody_consistency_verify((char *)newer, newer_len, (char *)older, older_len,
                                                hashes, path.count, f->vkey, &f->problem),
                     CUSTODY_ERR_ROLLBACK);
    path.hashes[0].bytes[0] ^= 1;
    assert_int_equal(custody_consistency_verify((char *)older, older_len, (char *)newer, newer_len,
                                                hashes, path.count, f->vkey, &f->problem),
                     CUSTODY_ERR_EVIDENCE);
    assert_int_equal(custody_consistency_verify((char *)older, older_len, (char *)newer, newer_len,
                                                hashes, 1000, f->vkey, &f->problem),
                     CUSTODY_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_true_proof, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_the_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_little_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(checkpoints_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_checkpoints, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
