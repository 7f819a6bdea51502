/* test_succession.c: a founding that is killed at any rename ends by itself: at the next start, or when it is asked for again. */
/* wrap: rename unlink */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/backup.h"
#include "daemon/ledger/mark.h"
#include "daemon/service/ledger_parts.h"
#include "daemon/service/recover.h"
#include "daemon/service/succession.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

#define PASSPHRASE "correct horse"

static struct desk desk;
static char place[512], away[512], card_file[512], sentence[240];
static struct recover_report report;

/* --- the step at which a child ends ---------------------------------------------------------- */

static int steps_left; /* 0: nobody ends */

static void step(void)
{
    if (steps_left > 0 && --steps_left == 0)
        raise(SIGKILL);
}

int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to)
{
    step();
    return __real_rename(from, to);
}

int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __wrap_unlink(const char *path)
{
    step();
    return __real_unlink(path);
}

/* --- a ledger that is lost ------------------------------------------------------------------- */

static void back_up(void)
{
    struct ledger_keys keys;
    uint8_t secret[HOLDINGS_SECRET_MAX];
    size_t len;
    struct backup_report made;
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
    if (backup_make(&options, &made) != CUSTODY_OK)
        fail_msg("%s", made.sentence);
    ledger_keys_done(&keys);
}

/* The backup lacks one entry that the lost ledger's mark has seen. */
static int setup(void **state)
{
    (void)state;
    steps_left = 0;
    desk_open(&desk, false);
    tempdir_path(&desk.dir, "backup", place, sizeof place);
    tempdir_path(&desk.dir, "away", away, sizeof away);
    tempdir_path(&desk.dir, "card", card_file, sizeof card_file);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    back_up();
    desk_reopen(&desk);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B1", 2000)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(rename(desk.data, away), 0);
    assert_int_equal(unlink(desk.key_file), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    desk_close(&desk);
    return 0;
}

static enum custody_status succeed(void)
{
    const struct recover_options options = {
        .place = place,
        .passphrase = span_text(PASSPHRASE),
        .ledger = desk.options,
        .now_us = desk.now_us,
        .root_seeds = {desk.paper.root_seeds[0], desk.paper.root_seeds[1]},
        .endpoint = "tcp://127.0.0.1:1",
        .announcements = "tcp://127.0.0.1:2",
        .card_file = card_file,
    };
    return recover_successor(&options, sentence, &report);
}

/* True when it came to its end. */
static bool succeed_and_die(int n)
{
    int ended = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        steps_left = n;
        _exit(succeed() == CUSTODY_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &ended, 0), child);
    if (WIFEXITED(ended)) {
        assert_int_equal(WEXITSTATUS(ended), 0);
        return true;
    }
    assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
    return false;
}

static bool is_there(const char *file, const char *suffix)
{
    char path[600];
    snprintf(path, sizeof path, "%s%s", file, suffix);
    return access(path, F_OK) == 0;
}

/* Founded, open to its key, with a card that says so, and nothing beside it. */
static void expect_successor(void)
{
    struct ledger_keys keys;
    uint8_t card[2048];
    size_t len;
    char vkey[CHECKPOINT_VKEY_MAX + 1];
    assert_false(succession_is_open(&desk.options, &keys));
    assert_false(is_there(desk.key_file, ".successor"));
    assert_false(is_there(desk.mark_file, ".successor"));
    assert_false(is_there(desk.data, ".restoring"));
    assert_int_equal(ledger_keys_read(desk.key_file, &keys), CUSTODY_OK);
    assert_string_equal(keys.origin, "ledger.example/desk/2");
    vkey[checkpoint_write_vkey(keys.origin, keys.public_key, vkey, sizeof vkey - 1)] = 0;
    assert_int_equal(mark_read(card_file, card, sizeof card - 1, &len), CUSTODY_OK);
    card[len] = 0;
    assert_non_null(strstr((char *)card, vkey));
    ledger_keys_done(&keys);
    desk_reopen(&desk);
    assert_string_equal(ledger_origin(desk.ledger), "ledger.example/desk/2");
}

static void it_is_asked_for_again_after_any_step(void **state)
{
    int kills = 0;
    bool is_done = false;
    for (int n = 1; !is_done; n++) {
        assert_int_equal(setup(state), 0);
        is_done = succeed_and_die(n);
        kills += is_done ? 0 : 1;
        if (!is_done && succeed() != CUSTODY_OK)
            fail_msg("killed at step %d, then: %s", n, sentence);
        if (!is_done) {
            assert_int_equal(report.newest_size, report.entries + 1);
            assert_string_equal(report.origin, "ledger.example/desk/2");
        }
        expect_successor();
        assert_int_equal(teardown(state), 0);
    }
    assert_true(kills >= 6);
    print_message("    # killed at %d steps\n", kills);
}

static void the_next_start_ends_it_once_it_stands(void **state)
{
    int finished = 0;
    bool is_done = false;
    for (int n = 1; !is_done; n++) {
        struct ledger_keys keys;
        assert_int_equal(setup(state), 0);
        is_done = succeed_and_die(n);
        /* Before the data folder has its name there is nothing to start, and nothing that was lost. */
        if (!is_there(desk.data, "")) {
            assert_false(succession_is_open(&desk.options, &keys));
            assert_true(is_there(desk.mark_file, ""));
        } else {
            if (succession_is_open(&desk.options, &keys)) {
                finished++;
                ledger_keys_done(&keys);
                if (succession_finish(&desk.options, sentence) != CUSTODY_OK)
                    fail_msg("%s", sentence);
            }
            expect_successor();
        }
        assert_int_equal(teardown(state), 0);
    }
    assert_int_equal(finished, 2); /* the key has no name, the mark has none */
}

/* What an attempt left is no obstacle to the same ledger's return, nor taken for its own. */
static void a_left_over_is_nobodys(void **state)
{
    struct ledger_keys keys;
    char mark[600];
    assert_int_equal(setup(state), 0);
    snprintf(mark, sizeof mark, "%s.successor", desk.mark_file);
    for (int n = 1; !is_there(mark, "") || !is_there(desk.key_file, ".successor"); n++)
        assert_false(succeed_and_die(n));
    assert_false(is_there(desk.data, ""));
    assert_int_equal(rename(away, desk.data), 0);
    assert_false(succession_is_open(&desk.options, &keys)); /* the lost one was found again */
    assert_int_equal(rename(desk.data, away), 0);
    const struct recover_options same = {
        .place = place,
        .passphrase = span_text(PASSPHRASE),
        .ledger = desk.options,
        .now_us = desk.now_us,
    };
    assert_int_equal(unlink(desk.mark_file), 0);
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct holdings holdings;
    assert_int_equal(holdings_open(place, &holdings), CUSTODY_OK);
    memcpy(note, holdings.note, holdings.note_len);
    assert_int_equal(mark_write(desk.mark_file, span_of(note, holdings.note_len)), CUSTODY_OK);
    holdings_done(&holdings);
    if (recover_same(&same, sentence, &report) != CUSTODY_OK)
        fail_msg("%s", sentence);
    assert_false(succession_is_open(&desk.options, &keys));
    desk_reopen(&desk);
    assert_string_equal(ledger_origin(desk.ledger), "ledger.example/desk");
    assert_int_equal(teardown(state), 0);
}

static void a_card_of_others_is_not_replaced(void **state)
{
    assert_int_equal(setup(state), 0);
    assert_int_equal(mark_write(card_file, span_text("custody-ledger/1\n")), CUSTODY_OK);
    assert_int_equal(succeed(), CUSTODY_ERR_EXISTS);
    assert_false(is_there(desk.key_file, ".successor"));
    assert_int_equal(unlink(card_file), 0);
    assert_int_equal(succeed(), CUSTODY_OK);
    expect_successor();
    /* And it stands: another one is not founded over it. */
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(succeed(), CUSTODY_ERR_EXISTS);
    desk_reopen(&desk);
    assert_int_equal(teardown(state), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_asked_for_again_after_any_step),
        cmocka_unit_test(the_next_start_ends_it_once_it_stands),
        cmocka_unit_test(a_left_over_is_nobodys),
        cmocka_unit_test(a_card_of_others_is_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
