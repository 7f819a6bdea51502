/* test_rotate.c: the ledger's key is changed by both root keys, and a power cut at any step leaves a ledger that signs. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/mark.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/replay.h"
#include "daemon/service/rotate.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static char sentence[240];
static struct rotate_report report;
static uint8_t first_key[PUBLIC_KEY_SIZE];

static void pack(const char *code)
{
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, code, 2000)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
}

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    pack("B1");
    memcpy(first_key, ledger_keys(desk.ledger)->public_key, sizeof first_key);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static enum custody_status try_with(const uint8_t *first, const uint8_t *second)
{
    const struct rotate_options options = {
        .ledger = desk.options, .root_seeds = {first, second}, .now_us = desk.now_us};
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    return rotate_ledger_key(&options, sentence, &report);
}

static void rotate(void)
{
    if (try_with(desk.paper.root_seeds[0], desk.paper.root_seeds[1]) != CUSTODY_OK)
        fail_msg("%s", sentence);
    desk_reopen(&desk);
}

static struct ledger_keys keys_in_file(void)
{
    struct ledger_keys keys;
    assert_int_equal(ledger_keys_read(desk.key_file, &keys), CUSTODY_OK);
    return keys;
}

static enum checkpoint_verdict head_verdict(const uint8_t *key, uint64_t *ret_size)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct checkpoint head;
    size_t len = ledger_head(desk.ledger, note, ret_size);
    return checkpoint_verify(span_of(note, len), ledger_origin(desk.ledger), key, &head);
}

static void audit(void)
{
    struct replay_audit found;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(replay_audit(&desk.options, true, 1, NULL, NULL, &found, sentence),
                     CUSTODY_OK);
    if (!found.journal.is_sound || !found.lookups_are_sound)
        fail_msg("%s; %s", found.journal.sentence, found.lookups_sentence);
    desk_reopen(&desk);
}

static void heads_are_signed_by_the_new_key_from_there_on(void **state)
{
    (void)state;
    uint64_t size;
    struct stat file;
    rotate();
    struct ledger_keys keys = keys_in_file();
    assert_memory_not_equal(keys.public_key, first_key, PUBLIC_KEY_SIZE);
    assert_false(keys.has_next);
    assert_false(report.was_cut_off);
    assert_int_equal(stat(desk.key_file, &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    /* The head with the change in it is signed by both. */
    assert_int_equal(head_verdict(keys.public_key, &size), CHECKPOINT_OK);
    assert_int_equal(head_verdict(first_key, &size), CHECKPOINT_OK);
    assert_int_equal(size, report.size);
    pack("B2");
    assert_int_equal(head_verdict(keys.public_key, &size), CHECKPOINT_OK);
    assert_int_equal(head_verdict(first_key, &size), CHECKPOINT_UNSIGNED);
    const struct keyring *keyring = book_keyring(desk.ledger->book);
    assert_int_equal(keyring->count, 2);
    assert_memory_equal(keyring_at(keyring, report.size - 1), first_key, PUBLIC_KEY_SIZE);
    assert_memory_equal(keyring_at(keyring, report.size), keys.public_key, PUBLIC_KEY_SIZE);
    audit();
    rotate();
    pack("B3");
    audit();
    assert_int_equal(book_keyring(desk.ledger->book)->count, 3);
}

static void the_old_secret_is_gone_from_the_file(void **state)
{
    (void)state;
    uint8_t text[4096];
    char seed[2 * SEED_SIZE + 1];
    size_t len;
    struct ledger_keys before = keys_in_file();
    bytes_write_hex(span_of(before.secret_key, SEED_SIZE), seed);
    rotate();
    assert_int_equal(mark_read(desk.key_file, text, sizeof text, &len), CUSTODY_OK);
    assert_null(memmem(text, len, seed, 2 * SEED_SIZE));
}

static void two_root_keys_are_needed(void **state)
{
    (void)state;
    const uint8_t stranger[SEED_SIZE] = {1};
    uint64_t size;
    assert_int_equal(try_with(desk.paper.root_seeds[0], stranger), CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "second root key"));
    assert_int_equal(try_with(desk.paper.root_seeds[0], desk.paper.root_seeds[0]),
                     CUSTODY_ERR_INVALID);
    assert_non_null(strstr(sentence, "two different"));
    desk_reopen(&desk);
    struct ledger_keys keys = keys_in_file();
    assert_false(keys.has_next);
    assert_memory_equal(keys.public_key, first_key, PUBLIC_KEY_SIZE);
    assert_int_equal(head_verdict(first_key, &size), CHECKPOINT_OK);
}

/* The next key is in the file, nothing on the ledger. */
static void make_next_key(struct ledger_keys *ret)
{
    *ret = keys_in_file();
    ledger_keys_make_next(ret);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(ledger_keys_replace(desk.key_file, ret), CUSTODY_OK);
}

static void cut_off_before_the_entry_nothing_has_changed(void **state)
{
    (void)state;
    struct ledger_keys made;
    uint64_t size;
    make_next_key(&made);
    desk_reopen(&desk);
    pack("B2");
    assert_int_equal(head_verdict(first_key, &size), CHECKPOINT_OK);
    /* A running ledger takes no such act, though the next key is at hand. */
    rotate();
    assert_memory_equal(ledger_keys(desk.ledger)->public_key, made.next_public, PUBLIC_KEY_SIZE);
}

static void cut_off_after_the_entry_the_new_key_signs(void **state)
{
    (void)state;
    struct ledger_keys made;
    uint8_t mark[CHECKPOINT_SIZE_MAX];
    size_t mark_len;
    uint64_t size;
    make_next_key(&made);
    assert_int_equal(mark_read(desk.mark_file, mark, sizeof mark, &mark_len), CUSTODY_OK);
    rotate();
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    /* Key file and mark as they were when the batch was committed. */
    assert_int_equal(ledger_keys_replace(desk.key_file, &made), CUSTODY_OK);
    assert_int_equal(mark_write(desk.mark_file, span_of(mark, mark_len)), CUSTODY_OK);
    desk_reopen(&desk);
    pack("B2");
    assert_int_equal(head_verdict(made.next_public, &size), CHECKPOINT_OK);
    assert_int_equal(head_verdict(first_key, &size), CHECKPOINT_UNSIGNED);
    assert_memory_equal(keys_in_file().public_key, first_key, PUBLIC_KEY_SIZE);
    audit();
    /* The next attempt only ends it: the key is changed once. */
    rotate();
    assert_true(report.was_cut_off);
    assert_memory_equal(keys_in_file().public_key, made.next_public, PUBLIC_KEY_SIZE);
    assert_false(keys_in_file().has_next);
    assert_int_equal(book_keyring(desk.ledger->book)->count, 2);
    audit();
}

static void a_mark_of_the_old_key_does_not_stop_a_start(void **state)
{
    (void)state;
    uint8_t mark[CHECKPOINT_SIZE_MAX];
    size_t len;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(mark_read(desk.mark_file, mark, sizeof mark, &len), CUSTODY_OK);
    rotate();
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(mark_write(desk.mark_file, span_of(mark, len)), CUSTODY_OK);
    desk_reopen(&desk);
    pack("B2");
}

static void an_old_head_begins_an_audit(void **state)
{
    (void)state;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct replay_audit found;
    size_t len = ledger_head(desk.ledger, note, NULL);
    rotate();
    pack("B2");
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(replay_audit_since(&desk.options, span_of(note, len), true, 1, NULL, NULL,
                                        &found, sentence),
                     CUSTODY_OK);
    assert_true(found.journal.is_sound);
}

/* A thief of the old key signs a head of today. */
static void the_old_key_signs_nothing_more(void **state)
{
    (void)state;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct ledger_keys old = keys_in_file();
    struct ledger *ledger = NULL;
    rotate();
    struct checkpoint forged = {.size = journal_size(desk.ledger->journal)};
    snprintf(forged.origin, sizeof forged.origin, "%s", old.origin);
    forged.root = merkle_edge_root(journal_edge(desk.ledger->journal));
    pack("B2");
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    size_t len = checkpoint_sign(&forged, old.secret_key, note, sizeof note);
    assert_int_equal(mark_write(desk.mark_file, span_of(note, len)), CUSTODY_OK);
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &ledger),
                     CUSTODY_ERR_EVIDENCE);
    /* Nor does a daemon with the old key file. */
    assert_int_equal(unlink(desk.mark_file), 0);
    assert_int_equal(ledger_keys_replace(desk.key_file, &old), CUSTODY_OK);
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &ledger),
                     CUSTODY_ERR_CORRUPT);
    assert_non_null(strstr(sentence, "not signed by the key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(heads_are_signed_by_the_new_key_from_there_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_old_secret_is_gone_from_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(two_root_keys_are_needed, setup, teardown),
        cmocka_unit_test_setup_teardown(cut_off_before_the_entry_nothing_has_changed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(cut_off_after_the_entry_the_new_key_signs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_mark_of_the_old_key_does_not_stop_a_start, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_old_head_begins_an_audit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_old_key_signs_nothing_more, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
