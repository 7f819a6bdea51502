/* test_checkpoint.c: shows that checkpoints are C2SP's byte for byte, and that no changed one verifies. */

#include "proto/bytes.h"
#include "proto/checkpoint.h"
#include "tests/lib/check.h"

#define MARK   "\xE2\x80\x94 "
#define ORIGIN "ledger.example/custody"
#define ROOT   "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

struct signer {
    uint8_t key[PUBLIC_KEY_SIZE];
    uint8_t secret[SECRET_KEY_SIZE];
};

static struct signer signer;

/* A note in the making. */
struct draft {
    uint8_t bytes[CHECKPOINT_SIZE_MAX + 1024];
    size_t len;
};

static void add(struct draft *draft, const char *text)
{
    size_t len = strlen(text);
    assert_true(draft->len + len <= sizeof(draft->bytes));
    memcpy(draft->bytes + draft->len, text, len);
    draft->len += len;
}

/* A signature line of any name, key id and signature. */
static void add_line(struct draft *draft, const char *name, uint32_t id, struct span signature)
{
    uint8_t blob[4 + 128];
    char text[256];
    bytes_put_u32(blob, id);
    memcpy(blob + 4, signature.data, signature.len);
    assert_true(bytes_write_base64(span_of(blob, 4 + signature.len), text, sizeof(text)) > 0);
    add(draft, MARK);
    add(draft, name);
    add(draft, " ");
    add(draft, text);
    add(draft, "\n");
}

/* A good line over everything written so far; the blank line is not part of it. */
static void add_signed_line(struct draft *draft, size_t text_len)
{
    uint8_t signature[SIGNATURE_SIZE];
    digest_sign(signature, span_of(draft->bytes, text_len), signer.secret);
    add_line(draft, ORIGIN, checkpoint_key_id(ORIGIN, 1, signer.key),
             span_of(signature, sizeof(signature)));
}

static void start(struct draft *draft, const char *text)
{
    draft->len = 0;
    add(draft, text);
    size_t text_len = draft->len;
    add(draft, "\n");
    add_signed_line(draft, text_len);
}

static enum checkpoint_verdict verify(const struct draft *draft)
{
    struct checkpoint checkpoint;
    return checkpoint_verify(span_of(draft->bytes, draft->len), ORIGIN, signer.key, &checkpoint);
}

static struct draft draft;

/* ---- names and keys ---- */

static void test_published_verifier_keys_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *vkey, *name;
        uint32_t id;
    } cases[] = {
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "PeterNeumann",
         0xc74f20a3},
        {"sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8", "sum.golang.org",
         0x033de0ae},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char name[CHECKPOINT_ORIGIN_MAX + 1], vkey[CHECKPOINT_VKEY_MAX + 1];
        uint8_t key[PUBLIC_KEY_SIZE];
        size_t len = strlen(cases[i].vkey);
        assert_true(checkpoint_parse_vkey(span_text(cases[i].vkey), name, key));
        assert_string_equal(name, cases[i].name);
        assert_int_equal(checkpoint_key_id(name, 1, key), cases[i].id);
        assert_int_equal(checkpoint_write_vkey(name, key, vkey, sizeof(vkey)), len);
        assert_string_equal(vkey, cases[i].vkey);
        assert_int_equal(checkpoint_write_vkey(name, key, vkey, len), 0);
    }
}

/* The example of the signed-note format: a published text with its published signature. */
static void test_a_published_note_has_a_good_signature(void **state)
{
    (void)state;
    static const char text[] = "If you think cryptography is the answer to your problem,\n"
                               "then you don't know what your problem is.\n";
    static const char line[] = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXg"
                               "KvqfqdngotpRZb6KE6RyyBwJnAM=";
    char name[CHECKPOINT_ORIGIN_MAX + 1];
    uint8_t key[PUBLIC_KEY_SIZE], blob[4 + SIGNATURE_SIZE];
    size_t len = 0;
    assert_true(checkpoint_parse_vkey(
        span_text("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"), name,
        key));
    assert_true(bytes_parse_base64(span_text(line), blob, sizeof(blob), &len));
    assert_int_equal(len, sizeof(blob));
    assert_int_equal(bytes_get_u32(blob), 0xc74f20a3);
    assert_true(digest_verify(blob + 4, span_text(text), key));
}

static void test_verifier_keys_that_are_not_exact_are_rejected(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a3+",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another id */
        "PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another name */
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+BBpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", /* another type */
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
        "PeterNeumann+c74f20a3 ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=",
    };
    char name[CHECKPOINT_ORIGIN_MAX + 1] = "untouched";
    uint8_t key[PUBLIC_KEY_SIZE];
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(checkpoint_parse_vkey(span_text(bad[i]), name, key));
    assert_string_equal(name, "untouched");
}

static void test_names_have_no_space_plus_or_control_character(void **state)
{
    (void)state;
    static const char *const good[] = {"a", ORIGIN, "ledger.example/custody/2",
                                       "\xE5\x8C\xBB\xE5\xBA\x9F.example", "a~b"};
    static const char *const bad[] = {"",
                                      "a b",
                                      "a+b",
                                      "a\nb",
                                      "a\tb",
                                      "\x7F",
                                      "a\xC2\xA0-",
                                      "a\xC2\x85-",
                                      "a\xE1\x9A\x80",
                                      "a\xE2\x80\x83",
                                      "a\xE2\x80\xA8",
                                      "a\xE2\x80\xAF",
                                      "a\xE2\x81\x9F",
                                      "a\xE3\x80\x80",
                                      "\xFF"};
    char long_name[CHECKPOINT_ORIGIN_MAX + 1];
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(checkpoint_is_name(span_text(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(checkpoint_is_name(span_text(bad[i])));
    memset(long_name, 'a', sizeof(long_name));
    assert_true(checkpoint_is_name(span_of(long_name, CHECKPOINT_ORIGIN_MAX)));
    assert_false(checkpoint_is_name(span_of(long_name, CHECKPOINT_ORIGIN_MAX + 1)));
}

/* ---- signing and verifying ---- */

static void test_a_signed_checkpoint_is_these_very_bytes(void **state)
{
    (void)state;
    struct checkpoint checkpoint = {
        .origin = ORIGIN, .size = 0, .root = digest_sha256(span_text(""))};
    struct checkpoint back;
    uint8_t note[512];
    size_t len = checkpoint_sign(&checkpoint, signer.secret, note, sizeof(note));
    start(&draft, ORIGIN "\n0\n" ROOT "\n");
    assert_int_equal(len, draft.len);
    assert_memory_equal(note, draft.bytes, len);
    assert_int_equal(checkpoint_verify(span_of(note, len), ORIGIN, signer.key, &back),
                     CHECKPOINT_OK);
    assert_string_equal(back.origin, ORIGIN);
    assert_true(back.size == 0);
    assert_true(digest_is_equal(&back.root, &checkpoint.root));
    for (size_t cap = 0; cap < len; cap++)
        assert_int_equal(checkpoint_sign(&checkpoint, signer.secret, note, cap), 0);
}

static void test_sizes_come_back_up_to_the_largest(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 9, 10, 20852163, UINT64_MAX};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct checkpoint checkpoint = {.origin = ORIGIN, .size = sizes[i]};
        struct checkpoint back;
        uint8_t note[512];
        size_t len = checkpoint_sign(&checkpoint, signer.secret, note, sizeof(note));
        assert_true(checkpoint_parse(span_of(note, len), &back));
        assert_true(back.size == sizes[i]);
    }
}

static void test_an_origin_that_is_no_name_is_not_signed(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a b", "a+b", "a\nb"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct checkpoint checkpoint = {.size = 1};
        uint8_t note[512];
        memcpy(checkpoint.origin, bad[i], strlen(bad[i]));
        assert_int_equal(checkpoint_sign(&checkpoint, signer.secret, note, sizeof(note)), 0);
    }
}

static void test_a_note_with_any_bit_changed_does_not_verify(void **state)
{
    (void)state;
    start(&draft, ORIGIN "\n7\n" ROOT "\n");
    assert_int_equal(verify(&draft), CHECKPOINT_OK);
    for (size_t bit = 0; bit < 8 * draft.len; bit++) {
        draft.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_int_not_equal(verify(&draft), CHECKPOINT_OK);
        draft.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
}

static void test_a_note_cut_short_anywhere_does_not_verify(void **state)
{
    (void)state;
    start(&draft, ORIGIN "\n7\n" ROOT "\n");
    size_t len = draft.len;
    for (draft.len = 0; draft.len < len; draft.len++)
        assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
    add(&draft, "\n");
    assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
}

static void test_texts_that_are_no_checkpoint_are_malformed_though_signed(void **state)
{
    (void)state;
    static const char *const bad[] = {
        ORIGIN "\n7\n",
        ORIGIN "\n07\n" ROOT "\n",
        ORIGIN "\n\n" ROOT "\n",
        ORIGIN "\n-7\n" ROOT "\n",
        ORIGIN "\n18446744073709551616\n" ROOT "\n",
        ORIGIN "\n7 \n" ROOT "\n",
        ORIGIN "\r\n7\n" ROOT "\n",
        ORIGIN "\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n",
        ORIGIN "\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n", /* unused bits */
        ORIGIN "\n7\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        ORIGIN "\n7\n" ROOT " \n",
        ORIGIN "\n7\n" ROOT "\n\n",       /* an empty extension line */
        ORIGIN "\n7\n" ROOT "\n\nmore\n", /* likewise: the split is at the last blank line */
        ORIGIN "\n7\n" ROOT "\ntab\there\n",
        ORIGIN "\n7\n" ROOT "\n\xFF\n",
        "\n" ORIGIN "\n7\n" ROOT "\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(&draft, bad[i]);
        assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
    }
}

static void test_extension_lines_are_passed_over(void **state)
{
    (void)state;
    start(&draft, ORIGIN "\n7\n" ROOT "\nextension one\n" MARK "two\n");
    assert_int_equal(verify(&draft), CHECKPOINT_OK);
}

/* A parser that splits at the first blank line would take the inner text and its signature. */
static void test_a_note_is_split_at_its_last_blank_line(void **state)
{
    (void)state;
    start(&draft, ORIGIN "\n7\n" ROOT "\n");
    size_t text_len = draft.len;
    add(&draft, "\n");
    add_signed_line(&draft, text_len);
    assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
}

static void test_signature_lines_that_are_not_exact_spoil_the_note(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "- other AAAAAAAA\n",
        "\xE2\x80\x94other AAAAAAAA\n",
        MARK "other\n",
        MARK "other \n",
        MARK " AAAAAAAA\n",
        MARK "ot+her AAAAAAAA\n",
        MARK "ot\xC2\xA0her AAAAAAAA\n",
        MARK "other AAAA\n",     /* no key id */
        MARK "other AAAAAA==\n", /* a key id, no signature */
        MARK "other AAAAAAA\n",
        MARK "other AAAAAAAA \n",
        MARK "other AAAAAAAA AAAAAAAA\n",
        MARK "other AAAAAAB=\n", /* unused bits */
        "more text\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        start(&draft, ORIGIN "\n7\n" ROOT "\n");
        add(&draft, bad[i]);
        assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
    }
}

static void test_lines_by_unknown_keys_are_ignored(void **state)
{
    (void)state;
    static const uint8_t cosignature[72] = {1};
    uint32_t id = checkpoint_key_id(ORIGIN, 1, signer.key);
    start(&draft, ORIGIN "\n7\n" ROOT "\n");
    add_line(&draft, "witness.example", 7, span_of(cosignature, sizeof(cosignature)));
    add_line(&draft, ORIGIN, id + 1, span_of(cosignature, 64));      /* our name, another key */
    add_line(&draft, "other.example", id, span_of(cosignature, 64)); /* our key id, another name */
    assert_int_equal(verify(&draft), CHECKPOINT_OK);
}

static void test_a_note_without_a_line_by_the_key_is_unsigned(void **state)
{
    (void)state;
    static const uint8_t signature[64] = {1};
    uint32_t id = checkpoint_key_id(ORIGIN, 1, signer.key);
    draft.len = 0;
    add(&draft, ORIGIN "\n7\n" ROOT "\n\n");
    add_line(&draft, ORIGIN, id ^ 1, span_of(signature, sizeof(signature)));
    assert_int_equal(verify(&draft), CHECKPOINT_UNSIGNED);
}

static void test_one_bad_line_by_the_key_rejects_all(void **state)
{
    (void)state;
    static const uint8_t signature[72] = {1};
    uint32_t id = checkpoint_key_id(ORIGIN, 1, signer.key);
    start(&draft, ORIGIN "\n7\n" ROOT "\n");
    size_t good_len = draft.len;
    add_line(&draft, ORIGIN, id, span_of(signature, 64));
    assert_int_equal(verify(&draft), CHECKPOINT_BAD_SIGNATURE);
    /* Of any other length it is just as bad. */
    draft.len = good_len;
    add_line(&draft, ORIGIN, id, span_of(signature, 72));
    assert_int_equal(verify(&draft), CHECKPOINT_BAD_SIGNATURE);
    draft.len = good_len;
    add_line(&draft, ORIGIN, id, span_of(signature, 1));
    assert_int_equal(verify(&draft), CHECKPOINT_BAD_SIGNATURE);
}

static void test_another_origin_is_told_apart_from_a_bad_signature(void **state)
{
    (void)state;
    struct checkpoint checkpoint;
    start(&draft, ORIGIN "/2\n7\n" ROOT "\n");
    assert_int_equal(verify(&draft), CHECKPOINT_OTHER_ORIGIN);
    assert_true(checkpoint_parse(span_of(draft.bytes, draft.len), &checkpoint));
    assert_string_equal(checkpoint.origin, ORIGIN "/2");
}

static void test_as_many_signatures_as_the_limit_and_no_more(void **state)
{
    (void)state;
    static const uint8_t signature[64] = {1};
    start(&draft, ORIGIN "\n7\n" ROOT "\n");
    for (size_t lines = 1; lines < CHECKPOINT_SIGNATURES_MAX; lines++) {
        assert_int_equal(verify(&draft), CHECKPOINT_OK);
        add_line(&draft, "w.example", (uint32_t)lines, span_of(signature, sizeof(signature)));
    }
    assert_int_equal(verify(&draft), CHECKPOINT_OK);
    add_line(&draft, "w.example", 99, span_of(signature, sizeof(signature)));
    assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
}

static void test_a_note_over_the_size_limit_is_malformed(void **state)
{
    (void)state;
    static char text[CHECKPOINT_SIZE_MAX];
    static const char head[] = ORIGIN "\n7\n" ROOT "\n";
    const size_t signature_part = 1 + sizeof(MARK) - 1 + sizeof(ORIGIN) - 1 + 1 + 92 + 1;
    const size_t fits = CHECKPOINT_SIZE_MAX - signature_part;
    memset(text, 'x', sizeof(text));
    memcpy(text, head, sizeof(head) - 1);
    text[fits - 1] = '\n';
    text[fits] = '\0';
    start(&draft, text);
    assert_int_equal(draft.len, CHECKPOINT_SIZE_MAX);
    assert_int_equal(verify(&draft), CHECKPOINT_OK);
    text[fits - 1] = 'x';
    text[fits] = '\n';
    text[fits + 1] = '\0';
    start(&draft, text);
    assert_int_equal(verify(&draft), CHECKPOINT_MALFORMED);
}

static int set_up(void **state)
{
    (void)state;
    static const uint8_t seed[SEED_SIZE] = {42};
    if (!digest_init())
        return -1;
    digest_key_from_seed(seed, signer.key, signer.secret);
    return 0;
}

static void test_two_keys_sign_one_checkpoint(void **state)
{
    (void)state;
    const uint8_t seed[SEED_SIZE] = {9};
    struct signer other;
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = 7}, back;
    uint8_t note[1024];
    digest_key_from_seed(seed, other.key, other.secret);
    size_t len = checkpoint_sign(&checkpoint, other.secret, note, sizeof(note));
    size_t both = checkpoint_cosign(&checkpoint, signer.secret, note, len, sizeof(note));
    assert_true(both > len);
    assert_int_equal(checkpoint_verify(span_of(note, both), ORIGIN, signer.key, &back),
                     CHECKPOINT_OK);
    assert_int_equal(checkpoint_verify(span_of(note, both), ORIGIN, other.key, &back),
                     CHECKPOINT_OK);
    assert_int_equal(back.size, 7);
    assert_int_equal(checkpoint_cosign(&checkpoint, signer.secret, note, len, both - 1), 0);
    checkpoint.size = 8;
    assert_int_equal(checkpoint_cosign(&checkpoint, signer.secret, note, len, sizeof(note)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_verifier_keys_are_read_and_written),
        cmocka_unit_test(test_a_published_note_has_a_good_signature),
        cmocka_unit_test(test_verifier_keys_that_are_not_exact_are_rejected),
        cmocka_unit_test(test_names_have_no_space_plus_or_control_character),
        cmocka_unit_test(test_a_signed_checkpoint_is_these_very_bytes),
        cmocka_unit_test(test_sizes_come_back_up_to_the_largest),
        cmocka_unit_test(test_an_origin_that_is_no_name_is_not_signed),
        cmocka_unit_test(test_a_note_with_any_bit_changed_does_not_verify),
        cmocka_unit_test(test_a_note_cut_short_anywhere_does_not_verify),
        cmocka_unit_test(test_texts_that_are_no_checkpoint_are_malformed_though_signed),
        cmocka_unit_test(test_extension_lines_are_passed_over),
        cmocka_unit_test(test_a_note_is_split_at_its_last_blank_line),
        cmocka_unit_test(test_signature_lines_that_are_not_exact_spoil_the_note),
        cmocka_unit_test(test_lines_by_unknown_keys_are_ignored),
        cmocka_unit_test(test_a_note_without_a_line_by_the_key_is_unsigned),
        cmocka_unit_test(test_one_bad_line_by_the_key_rejects_all),
        cmocka_unit_test(test_another_origin_is_told_apart_from_a_bad_signature),
        cmocka_unit_test(test_as_many_signatures_as_the_limit_and_no_more),
        cmocka_unit_test(test_a_note_over_the_size_limit_is_malformed),
        cmocka_unit_test(test_two_keys_sign_one_checkpoint),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
