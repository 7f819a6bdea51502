/* test_digest.c: shows that digest.c agrees with the published vectors and is as strict as libsodium. */

#include "proto/bytes.h"
#include "proto/digest.h"
#include "tests/lib/check.h"

static void parse(const char *hex, uint8_t *ret, size_t len)
{
    assert_true(bytes_parse_hex(span_text(hex), ret, len));
}

static void assert_digest(const struct digest *digest, const char *hex)
{
    char text[2 * DIGEST_SIZE + 1];
    bytes_write_hex(span_of(digest->bytes, DIGEST_SIZE), text);
    assert_string_equal(text, hex);
}

/* FIPS 180-4's examples. */
static void test_both_libraries_give_the_published_digests(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct span text = span_text(pairs[i][0]);
        struct digest first = digest_sha256(text);
        struct digest second = digest_sha256_second(&text, 1);
        assert_digest(&first, pairs[i][1]);
        assert_digest(&second, pairs[i][1]);
    }
}

static void test_parts_give_the_digest_of_the_whole(void **state)
{
    (void)state;
    uint8_t data[300];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7);
    struct digest whole = digest_sha256(span_of(data, sizeof(data)));
    for (size_t cut = 0; cut <= sizeof(data); cut++) {
        const struct span parts[] = {span_of(data, cut), span_of(NULL, 0),
                                     span_of(data + cut, sizeof(data) - cut)};
        struct digest first = digest_sha256_of(parts, 3);
        struct digest second = digest_sha256_second(parts, 3);
        assert_true(digest_is_equal(&whole, &first));
        assert_true(digest_is_equal(&whole, &second));
    }
}

static void test_equality_sees_every_bit(void **state)
{
    (void)state;
    struct digest a = digest_sha256(span_text("a"));
    for (size_t bit = 0; bit < 8 * DIGEST_SIZE; bit++) {
        struct digest b = a;
        b.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(digest_is_equal(&a, &b));
        struct digest zero = {{0}};
        assert_true(digest_is_zero(&zero));
        zero.bytes[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(digest_is_zero(&zero));
    }
}

/* RFC 8032 section 7.1, tests 1 and 3. */
static void test_signatures_match_the_published_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *seed, *public_key, *message, *signature;
    } cases[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b4"
         "6bd25bf5f0595bbe24655141438e7a100b"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84dc6"
         "594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t seed[SEED_SIZE], expected_key[PUBLIC_KEY_SIZE], expected[SIGNATURE_SIZE];
        uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE], signature[SIGNATURE_SIZE];
        uint8_t message[2];
        size_t message_len = strlen(cases[i].message) / 2;
        parse(cases[i].seed, seed, sizeof(seed));
        parse(cases[i].public_key, expected_key, sizeof(expected_key));
        parse(cases[i].signature, expected, sizeof(expected));
        parse(cases[i].message, message, message_len);
        digest_key_from_seed(seed, key, secret);
        assert_memory_equal(key, expected_key, sizeof(key));
        digest_sign(signature, span_of(message, message_len), secret);
        assert_memory_equal(signature, expected, sizeof(signature));
        assert_true(digest_verify(signature, span_of(message, message_len), key));
    }
}

static void test_a_signature_with_any_bit_changed_is_rejected(void **state)
{
    (void)state;
    static const uint8_t seed[SEED_SIZE] = {1};
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE], signature[SIGNATURE_SIZE];
    digest_key_from_seed(seed, key, secret);
    digest_sign(signature, span_text("pack"), secret);
    assert_false(digest_verify(signature, span_text("pick"), key));
    for (size_t bit = 0; bit < 8 * SIGNATURE_SIZE; bit++) {
        signature[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        assert_false(digest_verify(signature, span_text("pack"), key));
        signature[bit / 8] ^= (uint8_t)(1U << (bit % 8));
    }
    assert_true(digest_verify(signature, span_text("pack"), key));
}

/* The identity as key and as R, with S = 0, satisfies the bare equation for every message; other
 * libraries accept it. Ours is the stricter verdict. */
static void test_a_key_of_small_order_signs_nothing(void **state)
{
    (void)state;
    static const uint8_t identity[PUBLIC_KEY_SIZE] = {1};
    static const uint8_t signature[SIGNATURE_SIZE] = {1};
    static const uint8_t zero[PUBLIC_KEY_SIZE] = {0};
    assert_false(digest_verify(signature, span_text("anything"), identity));
    assert_false(digest_verify(signature, span_text("anything"), zero));
}

/* S and S + the group's order sign the same: only the smaller may count, or bytes could be changed
 * without the key. */
static void test_a_signature_has_one_form_only(void **state)
{
    (void)state;
    static const uint8_t order[32] = {0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58,       0xD6,
                                      0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, [31] = 0x10};
    static const uint8_t seed[SEED_SIZE] = {2};
    uint8_t key[PUBLIC_KEY_SIZE], secret[SECRET_KEY_SIZE], signature[SIGNATURE_SIZE];
    unsigned carry = 0;
    digest_key_from_seed(seed, key, secret);
    digest_sign(signature, span_text("pack"), secret);
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + order[i];
        signature[32 + i] = (uint8_t)(carry & 0xFF);
        carry >>= 8;
    }
    assert_int_equal(carry, 0);
    assert_false(digest_verify(signature, span_text("pack"), key));
}

static void test_wiping_leaves_zeros(void **state)
{
    (void)state;
    struct digest secret = digest_sha256(span_text("secret"));
    digest_wipe(&secret, sizeof(secret));
    assert_true(digest_is_zero(&secret));
}

static int set_up(void **state)
{
    (void)state;
    return digest_init() && digest_init() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_libraries_give_the_published_digests),
        cmocka_unit_test(test_parts_give_the_digest_of_the_whole),
        cmocka_unit_test(test_equality_sees_every_bit),
        cmocka_unit_test(test_signatures_match_the_published_vectors),
        cmocka_unit_test(test_a_signature_with_any_bit_changed_is_rejected),
        cmocka_unit_test(test_a_key_of_small_order_signs_nothing),
        cmocka_unit_test(test_a_signature_has_one_form_only),
        cmocka_unit_test(test_wiping_leaves_zeros),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
