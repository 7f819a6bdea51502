/* test_ledger.c: a ledger opens with all its parts agreeing, or says why it does not. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/lookups.h"
#include "daemon/service/ledger.h"
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

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, len, out), len);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void what_was_recorded_is_there_after_a_restart(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    const char *before = desk_render_container(desk, DESK_HOSPITAL, "B1");
    uint8_t head[CHECKPOINT_SIZE_MAX], again[CHECKPOINT_SIZE_MAX];
    size_t len = ledger_head(desk->ledger, head, NULL);
    desk_reopen(desk);
    assert_int_equal(ledger_head(desk->ledger, again, NULL), len);
    assert_memory_equal(head, again, len);
    assert_string_equal(desk_render_container(desk, DESK_HOSPITAL, "B1"), before);
}

static void lookups_that_were_lost_are_made_anew(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    const char *before = desk_render_container(desk, DESK_HOSPITAL, "B1");
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    assert_int_equal(lookups_drop(desk->data), CUSTODY_OK);
    char sentence[240];
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger), CUSTODY_OK);
    assert_string_equal(desk_render_container(desk, DESK_HOSPITAL, "B1"), before);
}

/* A row is damaged on disk while the ledger runs: nobody is answered from it, and the next start is well. */
static void damaged_lookups_are_condemned_and_made_anew(void **state)
{
    struct desk *desk = *state;
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    const char *before = desk_render_container(desk, DESK_HOSPITAL, "B1");
    desk_flush(desk);
    /* The label of the bag stands in the row of its name, and so in the file. */
    struct span key = span_of(desk->keys[DESK_NURSE].public_key, PUBLIC_KEY_SIZE);
    desk_flip(desk, "lookups-3/data.mdb", key, key.len);
    Custody__V1__Problem *problem = NULL;
    struct desk_statement *pack =
        desk_sign(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B2", 900)->base, desk->now_us);
    assert_null(desk_submit(desk, pack, &problem));
    assert_true(problem->retryable);
    assert_true(ledger_is_condemned(desk->ledger));
    desk_reopen(desk);
    assert_false(ledger_is_condemned(desk->ledger));
    assert_non_null(desk_submit(desk, pack, NULL));
    assert_string_equal(desk_render_container(desk, DESK_HOSPITAL, "B1"), before);
}

/* Yesterday's journal put back in place. */
static void a_rolled_back_ledger_is_refused(void **state)
{
    struct desk *desk = *state;
    char journal[600], copy[600], sentence[240];
    snprintf(journal, sizeof journal, "%s/journal/data.mdb", desk->data);
    tempdir_path(&desk->dir, "yesterday", copy, sizeof copy);
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    copy_file(journal, copy);
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger), CUSTODY_OK);
    desk_do(desk, DESK_NURSE, &desk_pack(desk, DESK_HOSPITAL, "B1", 900)->base, desk->now_us,
            CUSTODY_OUTCOME_recorded);
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    copy_file(copy, journal);
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger),
                     CUSTODY_ERR_ROLLBACK);
    assert_non_null(strstr(sentence, "older"));
}

static void a_key_file_that_others_may_read_is_refused(void **state)
{
    struct desk *desk = *state;
    char sentence[240];
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    assert_int_equal(chmod(desk->key_file, 0640), 0);
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger),
                     CUSTODY_ERR_PERMISSION);
    assert_non_null(strstr(sentence, "0600"));
    assert_int_equal(chmod(desk->key_file, 0600), 0);
}

static void waiting_for_entries_ends_in_time(void **state)
{
    struct desk *desk = *state;
    uint64_t size;
    uint8_t head[CHECKPOINT_SIZE_MAX];
    ledger_head(desk->ledger, head, &size);
    desk_flush(desk);
    assert_true(ledger_wait(desk->ledger, size, 0));
    assert_false(ledger_wait(desk->ledger, size + 1, 1));
}

static void keys_round_trip_and_are_never_replaced(void **state)
{
    struct desk *desk = *state;
    struct ledger_keys keys, again;
    char path[600];
    tempdir_path(&desk->dir, "other-key", path, sizeof path);
    assert_int_equal(ledger_keys_read(desk->key_file, &keys), CUSTODY_OK);
    assert_int_equal(ledger_keys_write(path, &keys), CUSTODY_OK);
    assert_int_equal(ledger_keys_write(path, &keys), CUSTODY_ERR_EXISTS);
    assert_int_equal(ledger_keys_read(path, &again), CUSTODY_OK);
    assert_memory_equal(&keys, &again, sizeof keys);
    assert_int_equal(ledger_keys_read(desk->mark_file, &again), CUSTODY_ERR_PERMISSION);
    ledger_keys_done(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_recorded_is_there_after_a_restart, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lookups_that_were_lost_are_made_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_lookups_are_condemned_and_made_anew, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_rolled_back_ledger_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_file_that_others_may_read_is_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(waiting_for_entries_ends_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_round_trip_and_are_never_replaced, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
