/* test_changeover.c: the process is killed, or its disk is full, at every call while look-ups of an older format give way: the next
 * start has the new ones whole, the old ones gone, and what they said differently written down. */
/* wrap: unlink rmdir */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/base/logger.h"
#include "daemon/ledger/lookups.h"
#include "daemon/service/changeover.h"
#include "daemon/service/replay.h"
#include "tests/fault/disk.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"
#include "tests/lib/desk.h"

static struct desk desk;
static struct disk_image
    *before; /* a ledger whose look-ups are of the older format, and lack one obligation */
static uint64_t removals_left; /* 0: no limit; the last of them kills instead */

int __real_unlink(const char *path);
int __real_rmdir(const char *path);
int __wrap_unlink(const char *path);
int __wrap_rmdir(const char *path);

static void count_removal(void)
{
    if (removals_left > 0 && --removals_left == 0)
        raise(SIGKILL);
}

int __wrap_unlink(const char *path)
{
    count_removal();
    return __real_unlink(path);
}

int __wrap_rmdir(const char *path)
{
    count_removal();
    return __real_rmdir(path);
}

static bool take_key(void *context, struct span key, struct span value)
{
    (void)value;
    memcpy(context, key.data, WORK_KEY_BYTES);
    return false;
}

static void hide_an_obligation(void)
{
    struct lookups *lookups;
    uint8_t key[WORK_KEY_BYTES] = {0};
    const uint8_t kind = WORK_OBLIGATION;
    assert_int_equal(lookups_open(desk.data, STORE_EXISTING, 256 << 20, 1 << 20, &lookups),
                     CUSTODY_OK);
    assert_int_equal(lookups_scan(lookups, LOOKUPS_WORK, span_of(&kind, 1), span_of(NULL, 0),
                                  span_of(NULL, 0), take_key, key),
                     CUSTODY_OK);
    assert_int_equal(key[0], WORK_OBLIGATION);
    assert_int_equal(lookups_delete(lookups, LOOKUPS_WORK, span_of(key, sizeof key)), CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, lookups_reflected(lookups)), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    lookups_close(lookups);
}

static int setup(void **state)
{
    (void)state;
    char from[600], to[600];
    desk_open(&desk, false);
    desk_do(&desk, DESK_NURSE, &desk_pack(&desk, DESK_HOSPITAL, "B1", 900)->base, desk.now_us,
            CUSTODY_OUTCOME_recorded);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    hide_an_obligation();
    snprintf(from, sizeof from, "%s/lookups-%d", desk.data, (int)LOOKUPS_FORMAT);
    snprintf(to, sizeof to, "%s/lookups-%d", desk.data, (int)CHANGEOVER_READS_SINCE);
    assert_int_equal(rename(from, to), 0);
    before = disk_read(desk.dir.path);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    disk_free(before);
    desk_close(&desk);
    return 0;
}

/* What a start that is not disturbed makes of it. */
static void check_resolved(void)
{
    char sentence[240], path[600], line[1200];
    struct replay_audit audit;
    assert_int_equal(ledger_open(&desk.options, NULL, NULL, sentence, &desk.ledger), CUSTODY_OK);
    ledger_close(desk.ledger);
    desk.ledger = NULL;
    assert_int_equal(lookups_find_older(desk.data), 0);
    assert_int_equal(replay_audit(&desk.options, false, 1, NULL, NULL, &audit, sentence),
                     CUSTODY_OK);
    assert_true(audit.journal.is_sound && audit.lookups_are_sound);
    snprintf(path, sizeof path, "%s/changeover-%d-%d", desk.data, (int)CHANGEOVER_READS_SINCE,
             (int)LOOKUPS_FORMAT);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_non_null(strstr(line, "is obligation "));
    assert_null(fgets(line, sizeof line, file));
    fclose(file);
}

static enum custody_status fill_ahead(void)
{
    char sentence[240];
    struct changeover_report report;
    return replay_ahead(&desk.options, NULL, NULL, &report, sentence);
}

static enum custody_status start(void)
{
    char sentence[240];
    struct ledger *ledger = NULL;
    enum custody_status status = ledger_open(&desk.options, NULL, NULL, sentence, &ledger);
    ledger_close(ledger);
    return status;
}

/* It, in a process of its own; gives its wait status. */
static int suffer(enum custody_status (*it)(void), const struct disk_fault *fault, uint64_t removal)
{
    int status;
    disk_write(before, desk.dir.path);
    pid_t child = drill_fork();
    if (child == 0) {
        logger_set_level(LOGGER_ERROR);
        removals_left = removal;
        if (fault != NULL)
            disk_watch(desk.dir.path, fault, false);
        int failed = it() == CUSTODY_OK ? 0 : 1;
        _exit((disk_failed() > 0 ? 2 : 0) + failed);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void killed_at_every_call_of(enum custody_status (*it)(void))
{
    uint64_t killed = 0;
    for (uint64_t nth = 1;; nth++) {
        const struct disk_fault fault = {.nth = nth, .kills = true};
        int status = suffer(it, &fault, 0);
        check_resolved();
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
        assert_int_equal(WTERMSIG(status), SIGKILL);
        killed++;
    }
    assert_true(killed > 10);
    print_message("# killed at each of %llu calls\n", (unsigned long long)killed);
}

static void killed_at_every_call(void **state)
{
    (void)state;
    killed_at_every_call_of(start);
}

static void killed_ahead_of_time(void **state)
{
    (void)state;
    killed_at_every_call_of(fill_ahead);
}

static void killed_at_every_removal(void **state)
{
    (void)state;
    uint64_t killed = 0;
    for (uint64_t nth = 1;; nth++) {
        int status = suffer(start, NULL, nth);
        check_resolved();
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
        assert_int_equal(WTERMSIG(status), SIGKILL);
        killed++;
    }
    /* data.mdb, lock.mdb, owner, and the folder */
    assert_true(killed >= 4);
}

static void a_full_disk_at_every_write(void **state)
{
    (void)state;
    uint64_t failed = 0;
    for (uint64_t nth = 1;; nth++) {
        const struct disk_fault fault = {.calls = DISK_WRITE, .nth = nth, .error = ENOSPC};
        int status = suffer(start, &fault, 0);
        check_resolved();
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) < 2) {
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
        failed++;
    }
    assert_true(failed > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_at_every_call, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_ahead_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(killed_at_every_removal, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_disk_at_every_write, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
