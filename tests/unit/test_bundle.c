/* test_bundle.c: the evidence bundle: made, verified, and what a forger would do to it.
 * The whole way from a ledger, and the script that travels inside, are in tests/system/test_evidence.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/entry.h"
#include "client/lib/bundle.h"
#include "client/lib/tlogproof.h"
#include "tests/lib/check.h"

enum { NOTE_MAX = 1024, TEXT_MAX = 8192, BODY_LEN = 3 + DIGEST_SIZE };

#define ORIGIN "test.example/ledger"

/* A ledger of one entry, whose body names a record by its digest. */
struct fixture {
    uint8_t ledger_key[PUBLIC_KEY_SIZE], ledger_secret[SECRET_KEY_SIZE];
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE];
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    uint8_t record[SALT_SIZE + 5];
    char proof[TEXT_MAX];
    size_t proof_len;
    uint8_t *file;
    size_t len;
    struct custody_problem problem;
};

static void make_entry(struct fixture *f, uint8_t ret[static 1024], size_t *ret_len)
{
    uint8_t bytes[STATEMENT_HEADER_SIZE + BODY_LEN], signature[SIGNATURE_SIZE];
    struct digest digest = digest_sha256(span_of(f->record, sizeof(f->record)));
    struct statement_header header = {.act = 65,
                                      .key_sequence = 1,
                                      .occurred_at_us = 5,
                                      .signed_at_us = 6,
                                      .origin = statement_origin_digest(ORIGIN)};
    memcpy(header.key, f->key, PUBLIC_KEY_SIZE);
    statement_write_header(&header, bytes);
    memcpy(bytes + STATEMENT_HEADER_SIZE, "\x12\x21T", 3);
    memcpy(bytes + STATEMENT_HEADER_SIZE + 3, digest.bytes, DIGEST_SIZE);
    digest_sign(signature, span_of(bytes, sizeof(bytes)), f->secret);
    struct entry entry = {.outcome = CUSTODY_OUTCOME_recorded,
                          .recorded_at_us = 7,
                          .statement = span_of(bytes, sizeof(bytes)),
                          .signature = signature};
    *ret_len = entry_write(&entry, ret, 1024);
    assert_true(*ret_len > 0);
}

static void seal(struct fixture *f, struct bundle *bundle)
{
    free(f->file);
    f->file = NULL;
    assert_int_equal(bundle_seal(bundle, f->key, f->secret, &f->file, &f->len, &f->problem),
                     CUSTODY_OK);
}

static void add_usual(struct fixture *f, struct bundle *bundle)
{
    assert_int_equal(bundle_add(bundle, "README.txt", span_text("read me\n"), &f->problem),
                     CUSTODY_OK);
    assert_int_equal(
        bundle_add_entry(bundle, 0, span_of((const uint8_t *)f->proof, f->proof_len), &f->problem),
        CUSTODY_OK);
    assert_int_equal(bundle_add_record(bundle, span_of(f->record, sizeof(f->record)), &f->problem),
                     CUSTODY_OK);
}

static int set_up(void **state)
{
    static const uint8_t seed[SEED_SIZE] = {1}, ledger_seed[SEED_SIZE] = {2};
    struct fixture *f = calloc(1, sizeof(*f));
    uint8_t entry[1024], note[NOTE_MAX];
    size_t entry_len;
    Custody__V1__InclusionProof path = CUSTODY__V1__INCLUSION_PROOF__INIT;
    digest_init();
    digest_key_from_seed(ledger_seed, f->ledger_key, f->ledger_secret);
    digest_key_from_seed(seed, f->key, f->secret);
    assert_true(checkpoint_write_vkey(ORIGIN, f->ledger_key, f->vkey, sizeof(f->vkey)) > 0);
    memcpy(f->record + SALT_SIZE, "photo", 5);
    make_entry(f, entry, &entry_len);
    struct checkpoint checkpoint = {
        .origin = ORIGIN, .size = 1, .root = merkle_leaf(span_of(entry, entry_len))};
    size_t note_len = checkpoint_sign(&checkpoint, f->ledger_secret, note, sizeof(note));
    f->proof_len = tlogproof_write(0, span_of(entry, entry_len), &path, span_of(note, note_len),
                                   f->proof, sizeof(f->proof));
    assert_true(f->proof_len > 0);
    struct bundle bundle = {0};
    add_usual(f, &bundle);
    seal(f, &bundle);
    bundle_done(&bundle);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    free(f->file);
    free(f);
    return 0;
}

static enum custody_status verify(struct fixture *f, struct bundle_verified *ret)
{
    return bundle_verify(span_of(f->file, f->len), f->vkey, NULL, NULL, ret, &f->problem);
}

static void count_entry(void *context, const struct custody_proved *proved)
{
    assert_string_equal(proved->act, "pack");
    ++*(int *)context;
}

static void a_true_bundle(void **state)
{
    struct fixture *f = *state;
    struct bundle_verified verified;
    int seen = 0;
    assert_true(bundle_is_one(span_of(f->file, f->len)));
    assert_int_equal(bundle_verify(span_of(f->file, f->len), f->vkey, count_entry, &seen, &verified,
                                   &f->problem),
                     CUSTODY_OK);
    assert_int_equal(verified.entries, 1);
    assert_int_equal(verified.records, 1);
    assert_int_equal(seen, 1);
    assert_memory_equal(verified.maker, f->key, PUBLIC_KEY_SIZE);
}

static void every_bit(void **state)
{
    struct fixture *f = *state;
    struct bundle_verified verified;
    for (size_t bit = 0; bit < 8 * f->len; bit++) {
        f->file[bit / 8] = (uint8_t)(f->file[bit / 8] ^ (1 << bit % 8));
        enum custody_status status = verify(f, &verified);
        assert_true(status == CUSTODY_ERR_EVIDENCE || status == CUSTODY_ERR_INVALID);
        assert_true(f->problem.field[0] != '\0');
        f->file[bit / 8] = (uint8_t)(f->file[bit / 8] ^ (1 << bit % 8));
    }
}

static void another_ledgers_key(void **state)
{
    struct fixture *f = *state;
    struct bundle_verified verified;
    assert_true(checkpoint_write_vkey(ORIGIN, f->key, f->vkey, sizeof(f->vkey)) > 0);
    assert_int_equal(verify(f, &verified), CUSTODY_ERR_EVIDENCE);
}

/* A forger who packs anew, with sums that fit: `at` is the member that he writes over. */
static enum custody_status forge(struct fixture *f, const char *at, const char *content)
{
    struct zip_member members[16];
    struct bundle_verified verified;
    struct bundle bundle = {0};
    size_t count = 0;
    assert_int_equal(zip_parse(span_of(f->file, f->len), members, 16, &count, &f->problem),
                     CUSTODY_OK);
    for (size_t i = 0; i + 2 < count; i++)
        assert_int_equal(
            bundle_add(&bundle, members[i].name,
                       strcmp(members[i].name, at) == 0 ? span_text(content) : members[i].content,
                       &f->problem),
            CUSTODY_OK);
    uint8_t *file = NULL;
    size_t len = 0;
    /* The forger has the maker's public key only, and signs with his own. */
    assert_int_equal(bundle_seal(&bundle, f->key, f->ledger_secret, &file, &len, &f->problem),
                     CUSTODY_OK);
    enum custody_status status =
        bundle_verify(span_of(file, len), f->vkey, NULL, NULL, &verified, &f->problem);
    free(file);
    bundle_done(&bundle);
    return status;
}

static void sums_made_anew(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(forge(f, "README.txt", "believe me\n"), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(f->problem.field, "SIGNATURE");
}

/* Under the maker's own signature: the entries prove themselves all the same. */
static void a_maker_who_lies(void **state)
{
    struct fixture *f = *state;
    struct bundle_verified verified;
    const struct span proof = span_of((const uint8_t *)f->proof, f->proof_len);
    struct bundle bundle = {0};
    assert_int_equal(bundle_add_entry(&bundle, 1, proof, &f->problem), CUSTODY_OK);
    seal(f, &bundle);
    bundle_done(&bundle);
    assert_int_equal(verify(f, &verified), CUSTODY_ERR_EVIDENCE);
    assert_non_null(strstr(f->problem.field, "0000000001"));

    assert_int_equal(bundle_add_entry(&bundle, 0, proof, &f->problem), CUSTODY_OK);
    assert_int_equal(
        bundle_add_record(&bundle, span_text("salt salt salt salt other"), &f->problem),
        CUSTODY_OK);
    seal(f, &bundle);
    bundle_done(&bundle);
    assert_int_equal(verify(f, &verified), CUSTODY_ERR_EVIDENCE);
    assert_memory_equal(f->problem.field, "records/", 8);

    assert_int_equal(bundle_add(&bundle, "README.txt", span_text("nothing"), &f->problem),
                     CUSTODY_OK);
    seal(f, &bundle);
    bundle_done(&bundle);
    assert_int_equal(verify(f, &verified), CUSTODY_ERR_INVALID);
}

static void names_that_are_taken_or_none(void **state)
{
    struct fixture *f = *state;
    struct bundle bundle = {0};
    assert_int_equal(bundle_add(&bundle, "a", span_text("1"), &f->problem), CUSTODY_OK);
    assert_int_equal(bundle_add(&bundle, "a", span_text("2"), &f->problem), CUSTODY_ERR_INVALID);
    assert_int_equal(bundle_add(&bundle, "../a", span_text("2"), &f->problem), CUSTODY_ERR_INVALID);
    assert_int_equal(bundle.count, 1);
    bundle_done(&bundle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_true_bundle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_bit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_ledgers_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sums_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_maker_who_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_that_are_taken_or_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
