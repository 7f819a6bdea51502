/* test_replay.c: look-ups made anew equal the live ones; the audit names what lies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "daemon/domain/work.h"
#include "daemon/ledger/lookups.h"
#include "daemon/service/replay.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static int setup(void **state)
{
    static struct desk desk;
    desk_open(&desk, false);
    for (int i = 0; i < 20; i++)
        desk_do(&desk, DESK_NURSE,
                &desk_pack(&desk, DESK_HOSPITAL, arena_format(desk.arena, "B%d", i), 900)->base,
                desk.now_us, CUSTODY_OUTCOME_recorded);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    *state = &desk;
    return 0;
}

static int teardown(void **state)
{
    desk_close(*state);
    return 0;
}

static struct replay_audit run(struct desk *desk)
{
    struct replay_audit audit;
    char sentence[240];
    enum custody_status status =
        replay_audit(&desk->options, true, 1, NULL, NULL, &audit, sentence);
    if (status != CUSTODY_OK)
        fail_msg("the audit stopped: %s", sentence);
    return audit;
}

static void a_sound_ledger_is_found_sound_and_left_as_it_was(void **state)
{
    struct desk *desk = *state;
    struct replay_audit audit = run(desk);
    assert_true(audit.journal.is_sound);
    assert_true(audit.lookups_are_sound);
    assert_int_equal(audit.journal.entries, audit.lookups_reflect);
    char sentence[240];
    assert_int_equal(ledger_open(&desk->options, NULL, NULL, sentence, &desk->ledger), CUSTODY_OK);
}

/* Only what came after a checkpoint that somebody kept; what lies under it is tied to it by the tiles. */
static void what_came_after_a_kept_checkpoint_is_audited(void **state)
{
    struct desk *desk = *state;
    struct replay_audit audit;
    char sentence[240];
    uint8_t note[CHECKPOINT_SIZE_MAX], other[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    desk_reopen(desk);
    size_t len = ledger_head(desk->ledger, note, &size);
    for (int i = 0; i < 5; i++)
        desk_do(desk, DESK_NURSE,
                &desk_pack(desk, DESK_HOSPITAL, arena_format(desk->arena, "C%d", i), 900)->base,
                desk->now_us, CUSTODY_OUTCOME_recorded);
    ledger_close(desk->ledger);
    desk->ledger = NULL;
    assert_int_equal(replay_audit_since(&desk->options, span_of(note, len), true, 1, NULL, NULL,
                                        &audit, sentence),
                     CUSTODY_OK);
    assert_true(audit.journal.is_sound && audit.lookups_are_sound);
    assert_int_equal(audit.journal.entries, size + 5);
    /* One that this ledger never signed. */
    memcpy(other, note, len);
    other[len - 10] ^= 1;
    assert_int_equal(replay_audit_since(&desk->options, span_of(other, len), true, 1, NULL, NULL,
                                        &audit, sentence),
                     CUSTODY_ERR_EVIDENCE);
    assert_string_equal(sentence, "the checkpoint given is not one of this ledger");
}

static void a_changed_row_of_the_lookups_is_named(void **state)
{
    struct desk *desk = *state;
    struct lookups *lookups;
    /* One byte of a record, its checksum made to fit: only a rebuild can tell. */
    assert_int_equal(lookups_open(desk->data, STORE_EXISTING, 256 << 20, 1 << 20, &lookups),
                     CUSTODY_OK);
    uint8_t key[9] = {SUBJECT_CONTAINER};
    struct span value;
    bytes_put_u64(key + 1, 3);
    assert_int_equal(lookups_get(lookups, LOOKUPS_RECORDS, span_of(key, sizeof key), &value),
                     CUSTODY_OK);
    uint8_t copy[4096];
    assert_true(value.len > 0 && value.len < sizeof copy);
    memcpy(copy, value.data, value.len);
    copy[value.len - 1] ^= 1;
    size_t len = value.len;
    assert_int_equal(
        lookups_put(lookups, LOOKUPS_RECORDS, span_of(key, sizeof key), span_of(copy, len)),
        CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, lookups_reflected(lookups)), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    lookups_close(lookups);
    struct replay_audit audit = run(desk);
    assert_true(audit.journal.is_sound);
    assert_false(audit.lookups_are_sound);
    assert_true(strlen(audit.lookups_sentence) > 0);
    char sentence[240];
    struct changeover_report changeover;
    assert_int_equal(replay_rebuild(&desk->options, NULL, NULL, &changeover, sentence), CUSTODY_OK);
    assert_true(run(desk).lookups_are_sound);
}

/* One bit of one statement in the journal's file. */
static void a_flipped_byte_of_the_journal_is_named(void **state)
{
    struct desk *desk = *state;
    char path[600], *bytes;
    snprintf(path, sizeof path, "%s/journal/data.mdb", desk->data);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    size_t len = (size_t)ftell(file);
    bytes = malloc(len);
    assert_non_null(bytes);
    rewind(file);
    assert_int_equal(fread(bytes, 1, len, file), len);
    /* The label of bag 7 stands in one entry only; every page that shows it is flipped. */
    static const char label[] = "\x0a\x02"
                                "B7";
    size_t found = 0;
    for (size_t i = 0; i + sizeof label < len; i++)
        if (memcmp(bytes + i, label, sizeof label - 1) == 0) {
            assert_int_equal(fseek(file, (long)(i + 3), SEEK_SET), 0);
            assert_int_equal(fputc('7' ^ 2, file), '7' ^ 2);
            found++;
        }
    free(bytes);
    assert_int_equal(fclose(file), 0);
    assert_true(found > 0);
    struct replay_audit audit = run(desk);
    assert_false(audit.journal.is_sound);
    assert_true(audit.journal.byte_is_known);
    assert_int_equal(audit.journal.was, '7' ^ 2);
    assert_int_equal(audit.journal.should_be, '7');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_ledger_is_found_sound_and_left_as_it_was, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_came_after_a_kept_checkpoint_is_audited, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_changed_row_of_the_lookups_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flipped_byte_of_the_journal_is_named, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
