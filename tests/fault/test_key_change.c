/* test_key_change.c: the change of the ledger's key is killed at every call to the disk: the
 * ledger opens, signs by the key that its entries name, and the next attempt ends what was begun.
 * Never counts a change twice. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/service/ledger_parts.h"
#include "daemon/service/replay.h"
#include "daemon/service/rotate.h"
#include "tests/fault/campaign.h"
#include "tests/fault/disk.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

enum { KILLS = 12 };

static struct desk desk;
static struct disk_image *before;
static uint64_t size_before;
static unsigned said,
    unsaid; /* attempts after which the change stood, and after which it did not */

static enum custody_status change(struct rotate_report *ret)
{
    char sentence[240];
    const struct rotate_options options = {
        .ledger = desk.options,
        .root_seeds = {desk.paper.root_seeds[0], desk.paper.root_seeds[1]},
        .now_us = desk.now_us + DESK_HOUR};
    return rotate_ledger_key(&options, sentence, ret);
}

static int setup(void **state)
{
    (void)state;
    desk_open(&desk, false);
    size_before = journal_size(desk.ledger->journal);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    before = disk_read(desk.dir.path);
    said = unsaid = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_free(before);
    desk_close(&desk);
    return 0;
}

/* The head verifies under the key that the entries name, and under that one alone the next is signed. */
static void assert_it_signs(uint32_t expected_keys)
{
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct checkpoint head;
    size_t len = ledger_head(desk.ledger, note, NULL);
    book_turn(desk.ledger->book);
    const struct keyring *keyring = book_keyring(desk.ledger->book);
    assert_non_null(keyring);
    assert_int_equal(keyring_verify(keyring, span_of(note, len), ledger_origin(desk.ledger), &head),
                     CHECKPOINT_OK);
    if (expected_keys != 0)
        assert_int_equal(keyring->count, expected_keys);
    assert_memory_equal(ledger_keys(desk.ledger)->public_key, keyring_in_force(keyring),
                        PUBLIC_KEY_SIZE);
    assert_true(head.size == size_before || head.size == size_before + 2);
    *(head.size == size_before ? &unsaid : &said) += 1;
}

static void look_and_end(void)
{
    struct rotate_report report;
    char sentence[240];
    enum custody_status status = ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger);
    if (status != CUSTODY_OK)
        fail_msg("it does not open: %s", sentence);
    assert_it_signs(0);
    bool stood = journal_size(desk.ledger->journal) > size_before;
    bool was_filed = !ledger_keys(desk.ledger)->has_next && stood;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    struct ledger_keys file;
    assert_int_equal(ledger_keys_read(desk.key_file, &file), CUSTODY_OK);
    was_filed = was_filed && !file.has_next;
    ledger_keys_done(&file);
    if (!was_filed)
        assert_int_equal(change(&report), CUSTODY_OK);
    assert_int_equal(ledger_keys_read(desk.key_file, &file), CUSTODY_OK);
    assert_false(file.has_next);
    ledger_keys_done(&file);
    desk_reopen(&desk);
    unsigned s = said, u = unsaid;
    assert_it_signs(2);
    said = s, unsaid = u;
    ledger_close(desk.ledger);
    desk.ledger = NULL;
}

/* In a child, so that it can be killed. True when it was. */
static bool killed_at(uint64_t nth)
{
    const struct disk_fault fault = {.nth = nth, .kills = true};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct rotate_report report;
        disk_watch(desk.dir.path, &fault, false);
        _exit(change(&report) == CUSTODY_OK ? 0 : 1);
    }
    int ended;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_true(WIFSIGNALED(ended) || (WIFEXITED(ended) && WEXITSTATUS(ended) == 0));
    return WIFSIGNALED(ended);
}

/* Every call when there is time for all, else every so many. */
static void killed_at_any_call(void **state)
{
    (void)state;
    uint64_t wanted = campaign_wanted(KILLS), nth, tried = 0;
    struct rotate_report report;
    disk_watch(desk.dir.path, NULL, false);
    assert_int_equal(change(&report), CUSTODY_OK);
    uint64_t calls = disk_counted();
    disk_unwatch();
    disk_write(before, desk.dir.path);
    uint64_t step = wanted < calls ? calls / wanted : 1;
    for (nth = 1; nth <= calls; nth += step, tried++) {
        assert_true(killed_at(nth));
        look_and_end();
        disk_write(before, desk.dir.path);
    }
    printf("# killed at %llu of %llu calls: %u times the change stood, %u times it did not\n",
           (unsigned long long)tried, (unsigned long long)calls, said, unsaid);
    assert_true(said > 0 && unsaid > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_any_call, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
