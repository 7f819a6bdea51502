/* test_recover.c: the same ledger again, or its successor, and never a second history. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/backup.h"
#include "daemon/ledger/mark.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/recover.h"
#include "daemon/service/rotate.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define PASSPHRASE "correct horse"

static struct desk desk;
static char place[512], away[512], sentence[240];
static struct recover_report report;

static struct desk_statement *pack(const char *code)
{
    return desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, code, 2000)->base,
                   desk.now_us, CUSTODY_OUTCOME_recorded);
}

static void back_up(void)
{
    struct ledger_keys keys;
    uint8_t secret[HOLDINGS_SECRET_MAX];
    size_t len;
    struct backup_report made;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(ledger_keys_read(desk.key_file, &keys), CUSTODY_OK);
    assert_int_equal(mark_read(desk.key_file, secret, sizeof secret, &len), CUSTODY_OK);
    const struct backup_options options = {
        .data = desk.data,
        .map_size = desk.options.map_size,
        .place = place,
        .origin = keys.origin,
        .ledger_key = keys.public_key,
        .secret = span_of(secret, len),
        .passphrase = span_text(PASSPHRASE),
        .is_quick = true,
        .now_us = desk.now_us,
    };
    enum custody_status status = backup_make(&options, &made);
    if (status != CUSTODY_OK)
        fail_msg("%s", made.sentence);
    ledger_keys_done(&keys);
    desk_reopen(&desk);
}

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    tempdir_path(&desk.dir, "backup", place, sizeof place);
    tempdir_path(&desk.dir, "away", away, sizeof away);
    pack("B1");
    back_up();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static struct recover_options options_of(void)
{
    return (struct recover_options){
        .place = place,
        .passphrase = span_text(PASSPHRASE),
        .ledger = desk.options,
        .now_us = desk.now_us,
        .root_seeds = {desk.paper.root_seeds[0], desk.paper.root_seeds[1]},
        .endpoint = "tcp://127.0.0.1:1",
        .announcements = "tcp://127.0.0.1:2",
    };
}

/* The machine is lost: the data folder is elsewhere. */
static void lose(void)
{
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(rename(desk.data, away), 0);
}

static void nothing_is_left(void)
{
    char path[600];
    snprintf(path, sizeof path, "%s.restoring", desk.data);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof path, "%s.drill", desk.data);
    assert_int_equal(access(path, F_OK), -1);
    snprintf(path, sizeof path, "%s.drill.key", desk.data);
    assert_int_equal(access(path, F_OK), -1);
}

static void the_same_ledger_comes_back(void **state)
{
    (void)state;
    char *before = desk_render_container(&desk, DESK_HOSPITAL, "B1"), kept[4096];
    snprintf(kept, sizeof kept, "%s", before);
    lose();
    assert_int_equal(unlink(desk.key_file), 0); /* the keys come from the backup too */
    assert_int_equal(mkdir(desk.data, 0700), 0);
    struct recover_options options = options_of();
    if (recover_same(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    struct stat found;
    assert_int_equal(stat(desk.key_file, &found), 0);
    assert_int_equal(found.st_mode & 0777, 0600);
    desk_reopen(&desk);
    assert_string_equal(desk_render_container(&desk, DESK_HOSPITAL, "B1"), kept);
    assert_int_equal(report.entries, report.newest_size);
    nothing_is_left();
    /* And it goes on, under the same name. */
    pack("B2");
}

/* The mark is by a key that the backup does not know: newer all the same, and no hindrance for a successor. */
static void a_backup_of_before_a_change_of_key_founds_a_successor(void **state)
{
    (void)state;
    struct rotate_report rotated;
    const struct rotate_options rotate = {
        .ledger = desk.options,
        .root_seeds = {desk.paper.root_seeds[0], desk.paper.root_seeds[1]},
        .now_us = desk.now_us};
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(rotate_ledger_key(&rotate, sentence, &rotated), CUSTODY_OK);
    desk_reopen(&desk);
    pack("B2");
    uint64_t size = journal_size(desk.ledger->journal);
    lose();
    assert_int_equal(unlink(desk.key_file), 0);
    struct recover_options options = options_of();
    assert_int_equal(recover_same(&options, sentence, &report), CUSTODY_ERR_ROLLBACK);
    if (recover_successor(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    assert_int_equal(report.newest_size, size);
    desk_reopen(&desk);
    /* It has one key, its own, and that one may be changed too. */
    assert_int_equal(book_keyring(desk.ledger->book)->count, 1);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(rotate_ledger_key(&rotate, sentence, &rotated), CUSTODY_OK);
    desk_reopen(&desk);
    assert_int_equal(book_keyring(desk.ledger->book)->count, 2);
}

static void yesterdays_backup_is_not_put_back_as_today(void **state)
{
    (void)state;
    pack("B2");
    lose();
    struct recover_options options = options_of();
    assert_int_equal(recover_same(&options, sentence, &report), CUSTODY_ERR_ROLLBACK);
    assert_non_null(strstr(sentence, "1 entries were recorded and published after"));
    assert_non_null(strstr(sentence, "--successor"));
    assert_int_equal(access(desk.data, F_OK), -1);
    /* Without a mark nobody can know. */
    assert_int_equal(unlink(desk.mark_file), 0);
    assert_int_equal(recover_same(&options, sentence, &report), CUSTODY_ERR_NOT_FOUND);
    assert_non_null(strstr(sentence, "--successor"));
    assert_int_equal(rename(away, desk.data), 0);
    desk_reopen(&desk);
}

static void what_is_there_is_not_replaced(void **state)
{
    (void)state;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    struct recover_options options = options_of();
    assert_int_equal(recover_same(&options, sentence, &report), CUSTODY_ERR_EXISTS);
    assert_int_equal(recover_successor(&options, sentence, &report), CUSTODY_ERR_EXISTS);
    assert_non_null(strstr(sentence, "key file"));
    options.passphrase = span_text("another");
    assert_int_equal(recover_same(&options, sentence, &report), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(sentence, "the passphrase does not open the keys");
    options.place = "/nowhere/at/all";
    assert_int_equal(recover_same(&options, sentence, &report), CUSTODY_ERR_NOT_FOUND);
    desk_reopen(&desk);
    nothing_is_left();
}

static void a_drill_touches_nothing(void **state)
{
    (void)state;
    pack("B2");
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    struct recover_options options = options_of();
    if (recover_drill(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    assert_true(report.entries > 0);
    nothing_is_left();
    desk_reopen(&desk);
    assert_non_null(strstr(desk_render_container(&desk, DESK_HOSPITAL, "B2"), "packed"));
}

/* ---- a successor --------------------------------------------------------------------------------- */

static struct desk_statement *resign(struct desk_statement *statement)
{
    struct desk_statement *copy = arena_alloc(desk.arena, sizeof *copy);
    assert_non_null(copy);
    *copy = *statement;
    return copy;
}

/* Loses B2 and makes the successor of what was backed up before; gives B2's statement. */
static struct desk_statement *lose_and_succeed(void)
{
    struct desk_statement *lost = resign(pack("B2"));
    uint8_t note[CHECKPOINT_SIZE_MAX];
    uint64_t size;
    ledger_head(desk.ledger, note, &size);
    lose();
    assert_int_equal(unlink(desk.key_file), 0);
    struct recover_options options = options_of();
    if (recover_successor(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    assert_int_equal(report.newest_size, size);
    assert_int_equal(report.newest_size, report.entries + 1);
    assert_string_equal(report.origin, "ledger.example/desk/2");
    desk_reopen(&desk);
    nothing_is_left();
    return lost;
}

static void a_successor_ties_itself_to_what_was_lost(void **state)
{
    (void)state;
    struct span bytes;
    struct entry entry;
    struct statement statement;
    const char *field;
    lose_and_succeed();
    assert_string_equal(ledger_origin(desk.ledger), "ledger.example/desk/2");
    assert_int_equal(journal_size(desk.ledger->journal), report.entries + 2);
    assert_int_equal(journal_peek(desk.ledger->journal, report.entries, &bytes), CUSTODY_OK);
    assert_true(entry_parse(bytes, &entry));
    assert_int_equal(entry.outcome, CUSTODY_OUTCOME_granted);
    assert_int_equal(statement_parse(entry.statement, &statement, &field), STATEMENT_OK);
    assert_int_equal(statement.header.act, CUSTODY__V1__ACT__ACT_FOUND_LEDGER);
    assert_memory_equal(statement.header.key, desk.paper.root_keys[0], PUBLIC_KEY_SIZE);
    Custody__V1__FoundLedgerBody *body =
        custody__v1__found_ledger_body__unpack(NULL, statement.body.len, statement.body.data);
    assert_string_equal(body->predecessor->origin, "ledger.example/desk");
    assert_int_equal(body->predecessor->restored_size, report.entries);
    assert_memory_equal(body->predecessor->restored_root.data, report.root.bytes, DIGEST_SIZE);
    struct checkpoint newest;
    assert_true(checkpoint_parse(span_of(body->predecessor->newest_checkpoint.data,
                                         body->predecessor->newest_checkpoint.len),
                                 &newest));
    assert_int_equal(newest.size, report.newest_size);
    custody__v1__found_ledger_body__free_unpacked(body, NULL);
    assert_int_equal(journal_peek(desk.ledger->journal, report.entries + 1, &bytes), CUSTODY_OK);
    assert_true(entry_parse(bytes, &entry));
    assert_int_equal(statement_parse(entry.statement, &statement, &field), STATEMENT_OK);
    assert_int_equal(statement.header.act, CUSTODY__V1__ACT__ACT_COUNTERSIGN);
    assert_memory_equal(statement.header.key, desk.paper.root_keys[1], PUBLIC_KEY_SIZE);
}

static void it_takes_what_was_addressed_to_its_predecessor(void **state)
{
    (void)state;
    size_t count;
    struct desk_statement *lost = lose_and_succeed();
    const struct digest *addresses = ledger_addresses(desk.ledger, &count);
    assert_int_equal(count, 2);
    assert_true(digest_is_equal(&addresses[1], &desk.origin));
    Custody__V1__Receipt *receipt = desk_submit(&desk, lost, NULL);
    assert_non_null(receipt);
    assert_int_equal(receipt->outcome, CUSTODY__V1__OUTCOME__OUTCOME_RECORDED);
    assert_false(receipt->again);
    assert_non_null(strstr(desk_render_container(&desk, DESK_HOSPITAL, "B2"), "packed"));
    /* What it has already is the same entry. */
    receipt = desk_submit(&desk, lost, NULL);
    assert_true(receipt->again);
    /* New statements have the new address, and the key's chain goes on. */
    desk.origin = *ledger_origin_digest(desk.ledger);
    pack("B3");
}

/* A device had seen heads that were lost with the ledger: they say nothing of the successor's entries. */
static void what_was_seen_of_the_lost_part_proves_no_clock_wrong(void **state)
{
    (void)state;
    struct checkpoint seen = {.size = 0};
    uint8_t note[CHECKPOINT_SIZE_MAX];
    pack("B2");
    size_t len = ledger_head(desk.ledger, note, NULL);
    assert_true(checkpoint_parse(span_of(note, len), &seen));
    desk_see(&desk, DESK_NURSE, &seen);
    struct desk_statement *lost = resign(desk_sign(
        &desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B3", 100)->base, desk.now_us));
    int64_t then_us = desk.now_us;
    desk.now_us += 30 * 24 * DESK_HOUR; /* the successor is made a month later */
    lose();
    assert_int_equal(unlink(desk.key_file), 0);
    struct recover_options options = options_of();
    if (recover_successor(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    desk_reopen(&desk);
    assert_true(seen.size > report.entries);
    bool is_wrong;
    book_turn(desk.ledger->book);
    assert_int_equal(apply_effective_us(desk.ledger->book, &lost->statement.header,
                                        journal_size(desk.ledger->journal), desk.now_us, &is_wrong),
                     then_us);
    assert_false(is_wrong);
}

static void a_rebuild_and_an_audit_know_it_too(void **state)
{
    (void)state;
    struct desk_statement *lost = lose_and_succeed();
    assert_non_null(desk_submit(&desk, lost, NULL));
    char kept[4096];
    snprintf(kept, sizeof kept, "%s", desk_render_open(&desk));
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(lookups_drop(desk.data), CUSTODY_OK);
    desk_reopen(&desk);
    assert_string_equal(desk_render_open(&desk), kept);
    size_t count;
    ledger_addresses(desk.ledger, &count);
    assert_int_equal(count, 2);
}

/* A successor is backed up and lost in its turn: the next one takes what was addressed to either. */
static void a_successor_has_a_successor(void **state)
{
    (void)state;
    size_t count;
    struct desk_statement *lost = lose_and_succeed();
    struct digest first = desk.origin;
    tempdir_path(&desk.dir, "second", place, sizeof place);
    desk.origin = *ledger_origin_digest(desk.ledger);
    back_up();
    tempdir_path(&desk.dir, "away-again", away, sizeof away);
    lose();
    assert_int_equal(unlink(desk.key_file), 0);
    struct recover_options options = options_of();
    if (recover_successor(&options, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    assert_string_equal(report.origin, "ledger.example/desk/3");
    desk_reopen(&desk);
    const struct digest *addresses = ledger_addresses(desk.ledger, &count);
    assert_int_equal(count, 3);
    assert_true(digest_is_equal(&addresses[1], &first));
    assert_true(digest_is_equal(&addresses[2], &desk.origin));
    assert_non_null(desk_submit(&desk, lost, NULL));
}

static void the_wrong_root_keys_make_nothing(void **state)
{
    (void)state;
    static const uint8_t stranger[SEED_SIZE] = {9};
    lose();
    assert_int_equal(unlink(desk.key_file), 0);
    struct recover_options options = options_of();
    options.root_seeds[1] = stranger;
    assert_int_equal(recover_successor(&options, sentence, &report), CUSTODY_ERR_INVALID);
    assert_string_equal(sentence, "the second root key is not one of this ledger's");
    options.root_seeds[1] = options.root_seeds[0];
    assert_int_equal(recover_successor(&options, sentence, &report), CUSTODY_ERR_INVALID);
    assert_int_equal(access(desk.key_file, F_OK), -1);
    assert_int_equal(access(desk.data, F_OK), -1);
    options = options_of();
    options.newest = span_text("not a checkpoint");
    assert_int_equal(recover_successor(&options, sentence, &report), CUSTODY_ERR_EVIDENCE);
    nothing_is_left();
    options = options_of();
    assert_int_equal(recover_successor(&options, sentence, &report), CUSTODY_OK);
    assert_int_equal(
        strncmp(report.card, "custody-ledger/1\norigin: ledger.example/desk/2\nledger: ", 54), 0);
    desk_reopen(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_ledger_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_backup_of_before_a_change_of_key_founds_a_successor,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(yesterdays_backup_is_not_put_back_as_today, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_there_is_not_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(a_drill_touches_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_successor_ties_itself_to_what_was_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(it_takes_what_was_addressed_to_its_predecessor, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_seen_of_the_lost_part_proves_no_clock_wrong, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_rebuild_and_an_audit_know_it_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_successor_has_a_successor, setup, teardown),
        cmocka_unit_test_setup_teardown(the_wrong_root_keys_make_nothing, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
