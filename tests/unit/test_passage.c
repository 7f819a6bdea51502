/* test_passage.c: the head that the old key signed last is kept, and nothing else under its name. */
#include <stdio.h>

#include "daemon/ledger/mark.h"
#include "daemon/service/passage.h"
#include "tests/lib/check.h"
#include "tests/lib/tempdir.h"

#define ORIGIN "ledger.example.org/trial"

static void it_is_given_back_to_who_knows_the_key(void **state)
{
    (void)state;
    const uint8_t seeds[2][SEED_SIZE] = {{1}, {2}};
    uint8_t former[PUBLIC_KEY_SIZE], next[PUBLIC_KEY_SIZE], secrets[2][SECRET_KEY_SIZE];
    uint8_t note[1024], back[CHECKPOINT_SIZE_MAX];
    const struct checkpoint head = {.origin = ORIGIN, .size = 7};
    struct tempdir dir;
    char path[4200];
    size_t len;
    uint64_t size;
    assert_true(digest_init());
    tempdir_create(&dir);
    digest_key_from_seed(seeds[0], former, secrets[0]);
    digest_key_from_seed(seeds[1], next, secrets[1]);
    assert_int_equal(passage_read(dir.path, ORIGIN, former, back, &len, &size),
                     CUSTODY_ERR_NOT_FOUND);
    /* The next key alone has signed it: there is nothing to keep. */
    size_t note_len = checkpoint_sign(&head, secrets[1], note, sizeof note);
    assert_int_equal(passage_keep(dir.path, ORIGIN, former, span_of(note, note_len)), CUSTODY_OK);
    assert_int_equal(passage_read(dir.path, ORIGIN, former, back, &len, &size),
                     CUSTODY_ERR_NOT_FOUND);
    note_len = checkpoint_cosign(&head, secrets[0], note, note_len, sizeof note);
    assert_int_equal(passage_keep(dir.path, ORIGIN, former, span_of(note, note_len)), CUSTODY_OK);
    assert_int_equal(passage_read(dir.path, ORIGIN, former, back, &len, &size), CUSTODY_OK);
    assert_int_equal(len, note_len);
    assert_memory_equal(back, note, len);
    assert_int_equal(size, 7);
    assert_int_equal(passage_read(dir.path, ORIGIN, next, back, &len, &size),
                     CUSTODY_ERR_NOT_FOUND);
    /* What was hurt since is not handed on. */
    note[20] ^= 1;
    snprintf(path, sizeof path, "%s/passage-%08x", dir.path,
             (unsigned)checkpoint_key_id(ORIGIN, 1, former));
    assert_int_equal(mark_write(path, span_of(note, note_len)), CUSTODY_OK);
    assert_int_equal(passage_read(dir.path, ORIGIN, former, back, &len, &size),
                     CUSTODY_ERR_EVIDENCE);
    tempdir_destroy(&dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_given_back_to_who_knows_the_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
