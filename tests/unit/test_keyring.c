/* test_keyring.c: shows which key signs which head, and that only both root keys together change it. */
#include <string.h>

#include "proto/keyring.h"
#include "tests/lib/check.h"

#define ORIGIN "ledger.example.org/trial"

struct pair {
    uint8_t public_key[PUBLIC_KEY_SIZE], secret_key[SECRET_KEY_SIZE];
};
static struct pair first, second, third, root_a, root_b, stranger;
static struct keyring ring;

static void make(struct pair *ret, uint8_t seed_byte)
{
    uint8_t seed[SEED_SIZE];
    memset(seed, seed_byte, sizeof(seed));
    digest_key_from_seed(seed, ret->public_key, ret->secret_key);
}

static int setup(void **state)
{
    (void)state;
    make(&first, 1);
    make(&second, 2);
    make(&third, 3);
    make(&root_a, 11);
    make(&root_b, 12);
    make(&stranger, 13);
    keyring_found(&ring, first.public_key, root_a.public_key, root_b.public_key);
    return digest_init() ? 0 : -1;
}

static bool say(const struct pair *root, const struct pair *next, uint64_t entry)
{
    return keyring_say(&ring, root->public_key, next->public_key, entry);
}

static void assert_key(uint64_t size, const struct pair *expected)
{
    assert_memory_equal(keyring_at(&ring, size), expected->public_key, PUBLIC_KEY_SIZE);
}

static void both_root_keys_change_the_key(void **state)
{
    (void)state;
    assert_false(say(&root_a, &second, 40));
    assert_memory_equal(keyring_in_force(&ring), first.public_key, PUBLIC_KEY_SIZE);
    assert_true(say(&root_b, &second, 43));
    assert_memory_equal(keyring_in_force(&ring), second.public_key, PUBLIC_KEY_SIZE);
    assert_int_equal(ring.keys[1].said[0], 40);
    assert_int_equal(ring.keys[1].said[1], 43);
    /* The entry 43 is the first that only heads of the new key hold. */
    assert_key(0, &first);
    assert_key(43, &first);
    assert_key(44, &second);
    assert_false(say(&root_b, &third, 90));
    assert_true(say(&root_a, &third, 91));
    assert_key(43, &first);
    assert_key(91, &second);
    assert_key(92, &third);
    assert_key(UINT64_MAX, &third);
}

static void one_root_key_alone_changes_nothing(void **state)
{
    (void)state;
    assert_false(say(&root_a, &second, 1));
    assert_false(say(&root_a, &second, 2));
    assert_false(say(&stranger, &second, 3));
    assert_false(say(&first, &second, 4));
    /* The other one names another key: then the first must say that one too. */
    assert_false(say(&root_b, &third, 5));
    assert_false(say(&root_b, &third, 6));
    assert_int_equal(ring.count, 1);
    assert_true(say(&root_a, &third, 7));
    assert_memory_equal(keyring_in_force(&ring), third.public_key, PUBLIC_KEY_SIZE);
}

static void a_key_never_comes_back(void **state)
{
    (void)state;
    assert_false(keyring_may_follow(&ring, first.public_key));
    assert_false(say(&root_a, &first, 1));
    assert_false(ring.is_asked);
    assert_false(say(&root_a, &second, 2));
    assert_true(say(&root_b, &second, 3));
    assert_false(say(&root_a, &first, 4));
    assert_false(say(&root_b, &first, 5));
    assert_memory_equal(keyring_in_force(&ring), second.public_key, PUBLIC_KEY_SIZE);
}

static void there_is_room_for_so_many(void **state)
{
    (void)state;
    struct pair next;
    for (unsigned i = 1; i < KEYRING_MAX; i++) {
        make(&next, (uint8_t)(100 + i));
        assert_false(say(&root_a, &next, 2U * i));
        assert_true(say(&root_b, &next, 2U * i + 1));
    }
    assert_int_equal(ring.count, KEYRING_MAX);
    assert_false(keyring_may_follow(&ring, second.public_key));
    assert_false(say(&root_a, &second, 100));
    assert_false(say(&root_b, &second, 101));
    uint8_t bytes[KEYRING_BYTES_MAX];
    assert_int_not_equal(keyring_write(&ring, bytes, sizeof(bytes)), 0);
}

static size_t sign(const struct pair *pair, uint64_t size, uint8_t note[static 1024])
{
    struct checkpoint checkpoint = {.origin = ORIGIN, .size = size};
    return checkpoint_sign(&checkpoint, pair->secret_key, note, 1024);
}

static void a_head_is_signed_by_the_key_of_its_size(void **state)
{
    (void)state;
    uint8_t note[1024];
    struct checkpoint found;
    say(&root_a, &second, 10);
    say(&root_b, &second, 11);
    size_t len = sign(&first, 11, note);
    assert_int_equal(keyring_verify(&ring, span_of(note, len), ORIGIN, &found), CHECKPOINT_OK);
    assert_int_equal(found.size, 11);
    len = sign(&first, 12, note);
    assert_int_equal(keyring_verify(&ring, span_of(note, len), ORIGIN, &found),
                     CHECKPOINT_UNSIGNED);
    len = sign(&second, 12, note);
    assert_int_equal(keyring_verify(&ring, span_of(note, len), ORIGIN, &found), CHECKPOINT_OK);
    len = sign(&second, 11, note);
    assert_int_equal(keyring_verify(&ring, span_of(note, len), ORIGIN, &found),
                     CHECKPOINT_UNSIGNED);
    assert_int_equal(keyring_verify(&ring, span_text("nothing"), ORIGIN, &found),
                     CHECKPOINT_MALFORMED);
    static const struct keyring none;
    assert_int_equal(keyring_verify(&none, span_of(note, len), ORIGIN, &found),
                     CHECKPOINT_UNSIGNED);
}

static void the_next_key_says_itself_whose_it_is(void **state)
{
    (void)state;
    uint8_t proof[SIGNATURE_SIZE];
    keyring_sign_proof(ORIGIN, second.secret_key, proof);
    assert_true(keyring_check_proof(ORIGIN, second.public_key, proof));
    assert_false(keyring_check_proof(ORIGIN "/2", second.public_key, proof));
    assert_false(keyring_check_proof(ORIGIN, third.public_key, proof));
}

static void it_is_read_as_it_was_written(void **state)
{
    (void)state;
    uint8_t bytes[KEYRING_BYTES_MAX];
    struct keyring back;
    say(&root_a, &second, 10);
    say(&root_b, &second, 11);
    say(&root_b, &third, 12);
    size_t len = keyring_write(&ring, bytes, sizeof(bytes));
    assert_true(keyring_parse(span_of(bytes, len), &back));
    assert_true(keyring_say(&back, root_a.public_key, third.public_key, 13));
    assert_memory_equal(keyring_at(&back, 14), third.public_key, PUBLIC_KEY_SIZE);
    for (size_t cut = 0; cut < len; cut++)
        assert_false(keyring_parse(span_of(bytes, cut), &back));
    bytes[0] = KEYRING_MAX + 1;
    assert_false(keyring_parse(span_of(bytes, len), &back));
}

static void keys_travel_as_text(void **state)
{
    (void)state;
    char text[KEYRING_TEXT_MAX], again[KEYRING_TEXT_MAX], origin[CHECKPOINT_ORIGIN_MAX + 1];
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    struct keyring back;
    size_t len = checkpoint_write_vkey(ORIGIN, first.public_key, vkey, sizeof(vkey));
    assert_true(keyring_parse_vkeys(span_of(vkey, len), origin, &back));
    assert_memory_equal(keyring_at(&back, UINT64_MAX), first.public_key, PUBLIC_KEY_SIZE);
    say(&root_a, &second, 10);
    say(&root_b, &second, 11);
    say(&root_b, &third, 12);
    say(&root_a, &third, 13);
    len = keyring_write_vkeys(&ring, ORIGIN, text, sizeof(text));
    assert_true(keyring_parse_vkeys(span_of(text, len), origin, &back));
    assert_string_equal(origin, ORIGIN);
    for (uint64_t size = 9; size < 16; size++)
        assert_memory_equal(keyring_at(&back, size), keyring_at(&ring, size), PUBLIC_KEY_SIZE);
    assert_int_equal(keyring_write_vkeys(&back, ORIGIN, again, sizeof(again)), len);
    assert_memory_equal(again, text, len);
    assert_int_equal(keyring_write_vkeys(&back, ORIGIN, again, len), 0);
    /* The last alone has no end, and each signs larger heads than the one before. */
    assert_false(keyring_parse_vkeys(span_text(""), origin, &back));
    assert_false(keyring_parse_vkeys(span_of(text, strcspn(text, "\n")), origin, &back));
    text[strcspn(text, " ")] = '\n';
    assert_false(keyring_parse_vkeys(span_of(text, len), origin, &back));
    ring.keys[1].until = 11;
    len = keyring_write_vkeys(&ring, ORIGIN, text, sizeof(text));
    assert_false(keyring_parse_vkeys(span_of(text, len), origin, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(both_root_keys_change_the_key, setup),
        cmocka_unit_test_setup(one_root_key_alone_changes_nothing, setup),
        cmocka_unit_test_setup(a_key_never_comes_back, setup),
        cmocka_unit_test_setup(there_is_room_for_so_many, setup),
        cmocka_unit_test_setup(a_head_is_signed_by_the_key_of_its_size, setup),
        cmocka_unit_test_setup(the_next_key_says_itself_whose_it_is, setup),
        cmocka_unit_test_setup(it_is_read_as_it_was_written, setup),
        cmocka_unit_test_setup(keys_travel_as_text, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
