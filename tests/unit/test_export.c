/* test_export.c: the files are the tree's, the next export adds only what is new, and one that is killed at any step harms nobody. */
/* wrap: renameat mkdirat unlinkat rmdir syncfs fsync */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/export.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/vault.h"

static struct vault vault;
static struct export_report report;
static struct tiles_report found;
static bool is_public;

/* --- the step at which a child ends ---------------------------------------------------------- */

static int steps_left; /* 0: nobody ends */
static bool ends_at_sync;

static void step(void)
{
    if (steps_left > 0 && --steps_left == 0) {
        raise(SIGKILL);
    }
}

int __real_renameat(int from, const char *name, int to, const char *other);
int __wrap_renameat(int from, const char *name, int to, const char *other);
int __wrap_renameat(int from, const char *name, int to, const char *other)
{
    step();
    return __real_renameat(from, name, to, other);
}

int __real_mkdirat(int folder, const char *name, mode_t mode);
int __wrap_mkdirat(int folder, const char *name, mode_t mode);
int __wrap_mkdirat(int folder, const char *name, mode_t mode)
{
    step();
    return __real_mkdirat(folder, name, mode);
}

int __real_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags);
int __wrap_unlinkat(int folder, const char *name, int flags)
{
    step();
    return __real_unlinkat(folder, name, flags);
}

int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
int __wrap_rmdir(const char *path)
{
    step();
    return __real_rmdir(path);
}

int __real_syncfs(int file);
int __wrap_syncfs(int file);
int __wrap_syncfs(int file)
{
    if (ends_at_sync) {
        raise(SIGKILL);
    }
    step();
    return __real_syncfs(file);
}

int __real_fsync(int file);
int __wrap_fsync(int file);
int __wrap_fsync(int file)
{
    step();
    return __real_fsync(file);
}

/* --- the ledger ------------------------------------------------------------------------------ */

static int setup(void **state)
{
    (void)state;
    vault_open(&vault);
    vault_add(&vault, 300, 0, 0);
    is_public = false;
    steps_left = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vault_close(&vault);
    return 0;
}

static enum custody_status export(void) {
    const struct export_options options =
        {
            .data = vault.data,
            .map_size = VAULT_MAP_SIZE,
            .place = vault.place,
            .origin = ENTRIES_ORIGIN,
            .ledger_key = vault.signer.public_key,
            .without_entries = is_public,
        };
    return export_make(&options, &report);
}

static enum custody_status verify(void)
{
    const struct tiles_options options = {
        .place = vault.place,
        .origin = ENTRIES_ORIGIN,
        .ledger_key = vault.signer.public_key,
        .without_entries = is_public,
    };
    return tiles_verify(&options, &found);
}

static long length_of(const char *name)
{
    struct stat file;
    return stat(vault_path(&vault, name), &file) == 0 ? (long)file.st_size : -1;
}

static void expect_export(uint64_t new_entries)
{
    if (export() != CUSTODY_OK) {
        fail_msg("%s", report.sentence);
    }
    assert_int_equal(report.new_entries, new_entries);
    if (verify() != CUSTODY_OK) {
        fail_msg("%s", found.sentence);
    }
    assert_int_equal(found.head.size, report.entries);
    assert_true(digest_is_equal(&found.head.root, &report.root));
    assert_int_equal(length_of(".new"), -1);
}

/* --- what it makes --------------------------------------------------------------------------- */

static void the_files_are_those_of_the_tree(void **state)
{
    (void)state;
    expect_export(300);
    assert_int_equal(report.new_files, 5); /* and the checkpoint */
    assert_int_equal(length_of("tile/0/000"), 8192);
    assert_int_equal(length_of("tile/0/001.p/44"), 44 * 32);
    assert_int_equal(length_of("tile/1/000.p/1"), 32);
    assert_true(length_of("tile/entries/000") > 256 * 200);
    assert_true(length_of("tile/entries/001.p/44") > 44 * 200);
    assert_int_equal(length_of("tile/2/000.p/0"), -1);
    struct stat file;
    assert_int_equal(stat(vault_path(&vault, "tile/entries/000"), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0600);
    assert_int_equal(stat(vault_path(&vault, "tile/entries"), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0700);
}

static void the_next_export_adds_only_what_is_new(void **state)
{
    (void)state;
    expect_export(300);
    uint64_t first_bytes = report.new_bytes;
    expect_export(0);
    assert_int_equal(report.new_files, 0);

    vault_add(&vault, 10, 0, 0);
    expect_export(10);
    assert_true(report.new_bytes < first_bytes / 2);
    /* Who still reads the older checkpoint finds its partial tiles, */
    assert_int_equal(length_of("tile/0/001.p/44"), 44 * 32);
    assert_int_equal(length_of("tile/0/001.p/54"), 54 * 32);
    /* until the full one is there. */
    vault_add(&vault, 202, 0, 0);
    expect_export(202);
    assert_int_equal(length_of("tile/0/001"), 8192);
    assert_int_equal(length_of("tile/0/001.p"), -1);
    assert_int_equal(length_of("tile/entries/001.p"), -1);
    assert_int_equal(length_of("tile/1/000.p/1"), 32);
    assert_int_equal(length_of("tile/1/000.p/2"), 64);
    assert_int_equal(length_of("tile/0/002.p"), -1);
}

static void an_empty_ledger_is_a_checkpoint(void **state)
{
    (void)state;
    vault_close(&vault);
    vault_open(&vault);
    vault_add(&vault, 0, 0, 0);
    /* A ledger has a head from its first entry on. */
    assert_int_equal(export(), CUSTODY_ERR_EVIDENCE);
    vault_add(&vault, 1, 0, 0);
    expect_export(1);
    assert_int_equal(length_of("tile/0/000.p/1"), 32);
    assert_int_equal(length_of("tile/1"), -1);
}

/* More than 65,536 entries: a full tile of level 1 and a third level. */
static void three_levels(void **state)
{
    (void)state;
    enum { MORE = 65536 + 512 - 300 };
    for (uint64_t added = 0; added < MORE;) {
        uint64_t count = MORE - added < JOURNAL_BATCH_MAX ? MORE - added : JOURNAL_BATCH_MAX;
        vault_add(&vault, count, 0, 0);
        added += count;
    }
    expect_export(300 + MORE);
    assert_int_equal(length_of("tile/1/000"), 8192);
    assert_int_equal(length_of("tile/1/001.p/2"), 64);
    assert_int_equal(length_of("tile/2/000.p/1"), 32);
    assert_int_equal(length_of("tile/0/257"), 8192);
    assert_int_equal(length_of("tile/entries/257.p"), -1);
    vault_flip(&vault, "tile/1/000", 32 * 77 + 5);
    assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(found.bad_file, "tile/1/000");
    vault_flip(&vault, "tile/1/000", 32 * 77 + 5);
    vault_flip(&vault, "tile/2/000.p/1", 1);
    assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(found.bad_file, "tile/2/000.p/1");
}

static void the_public_form_shows_no_entry(void **state)
{
    (void)state;
    is_public = true;
    mode_t mask = umask(0077);
    expect_export(300);
    umask(mask);
    assert_int_equal(length_of("tile/entries"), -1);
    struct stat file;
    assert_int_equal(stat(vault_path(&vault, "tile/0/000"), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0644);
    assert_int_equal(stat(vault_path(&vault, "checkpoint"), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0644);
    assert_int_equal(stat(vault_path(&vault, "tile/0"), &file), 0);
    assert_int_equal(file.st_mode & 0777, 0755);
    /* Nobody adds entries to what a server shows, and nobody takes a place with entries for a public one. */
    is_public = false;
    assert_int_equal(export(), CUSTODY_ERR_EXISTS);
    assert_non_null(strstr(report.sentence, "public form"));
    assert_int_equal(length_of("tile/entries"), -1);
    assert_int_equal(verify(), CUSTODY_ERR_EVIDENCE);
    assert_string_equal(found.bad_file, "tile/entries/000");
    tempdir_path(&vault.dir, "other", vault.place, sizeof(vault.place));
    expect_export(300);
    is_public = true;
    assert_int_equal(export(), CUSTODY_ERR_EXISTS);
    assert_non_null(strstr(report.sentence, "has entries"));
}

/* --- what it refuses ------------------------------------------------------------------------- */

static void another_ledger_has_another_place(void **state)
{
    (void)state;
    struct vault other;
    vault_open(&other);
    entries_signer_init(&other.signer, 2);
    vault_add(&other, 400, 0, 0);
    expect_export(300);
    char data[512];
    memcpy(data, vault.data, sizeof(data));
    struct entries_signer own = vault.signer;
    /* The same name with another key: what lies there is not this ledger's. */
    memcpy(vault.data, other.data, sizeof(data));
    vault.signer = other.signer;
    assert_int_equal(export(), CUSTODY_ERR_EVIDENCE);
    memcpy(vault.data, data, sizeof(data));
    vault.signer = own;
    expect_export(0);
    vault_close(&other);
}

/* Two pasts under one key: the one that is published stays. */
static void another_past_is_not_published(void **state)
{
    (void)state;
    char data[512];
    struct vault other;
    vault_open(&other);
    vault_add(&other, 200, 0, 0);
    expect_export(300);
    memcpy(data, vault.data, sizeof(data));
    memcpy(vault.data, other.data, sizeof(data));
    assert_int_equal(export(), CUSTODY_ERR_ROLLBACK);
    vault_close(&other);
    vault_open(&other);
    memset(other.signer.public_key, 7, PUBLIC_KEY_SIZE); /* it stands in every statement */
    vault_add(&other, 310, 0, 0);
    memcpy(vault.data, other.data, sizeof(data));
    assert_int_equal(export(), CUSTODY_ERR_EVIDENCE);
    memcpy(vault.data, data, sizeof(data));
    assert_int_equal(verify(), CUSTODY_OK);
    assert_int_equal(found.head.size, 300);
    vault_add(&vault, 10, 0, 0);
    expect_export(10);
    vault_close(&other);
}

static void one_export_at_a_time(void **state)
{
    (void)state;
    expect_export(300);
    int folder = open(vault.place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(flock(folder, LOCK_EX), 0);
    assert_int_equal(export(), CUSTODY_ERR_BUSY);
    close(folder);
    expect_export(0);
}

/* Nothing is built on what lies; without the checkpoint everything is compared with the ledger. */
static void a_damaged_tile_stops_it_and_is_written_anew(void **state)
{
    (void)state;
    static const char *const names[] = {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"};
    expect_export(300);
    vault_add(&vault, 10, 0, 0);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        vault_flip(&vault, names[i], 10);
        assert_int_equal(export(), CUSTODY_ERR_EVIDENCE);
        assert_non_null(strstr(report.sentence, names[i]));
        assert_int_equal(report.new_files, 0);
        vault_flip(&vault, names[i], 10);
        assert_int_equal(verify(), CUSTODY_OK);
        assert_int_equal(found.head.size, 300);
    }
    vault_flip(&vault, "tile/0/000", 10);
    vault_flip(&vault, "tile/entries/000", 10);
    assert_int_equal(unlink(vault_path(&vault, "checkpoint")), 0);
    expect_export(310);
    assert_int_equal(report.new_files, 4); /* these two, and the wider partial ones */
}

/* A limit on files is a full disk here. What is published stays, and with room the export goes on. */
static void a_full_disk_publishes_nothing(void **state)
{
    (void)state;
    struct rlimit before, limit;
    signal(SIGXFSZ, SIG_IGN);
    expect_export(300);
    vault_add(&vault, 250, 0, 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    unsigned refused = 0;
    for (rlim_t room = 0; room < 200000; room += 3999) {
        limit = before;
        limit.rlim_cur = room;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        enum custody_status status = export();
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        if (verify() != CUSTODY_OK) {
            fail_msg("%s", found.sentence);
        }
        if (status == CUSTODY_OK) {
            break;
        }
        assert_int_equal(status, CUSTODY_ERR_FULL);
        assert_non_null(strstr(report.sentence, "cannot be written"));
        assert_int_equal(found.head.size, 300);
        refused++;
    }
    assert_true(refused > 3);
    expect_export(found.head.size == 300 ? 250 : 0);
    assert_int_equal(found.head.size, 550);
}

/* --- killed ---------------------------------------------------------------------------------- */

/* An export in a child that ends at its n-th step; true when it came to its end. */
static bool export_and_die(int n)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        steps_left = n;
        _exit(export() == CUSTODY_OK ? 0 : 1);
    }
    int ended = 0;
    assert_int_equal(waitpid(child, &ended, 0), child);
    if (WIFEXITED(ended)) {
        assert_int_equal(WEXITSTATUS(ended), 0);
        return true;
    }
    assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
    return false;
}

/* After a power loss files that were not published, and so not synced, may be gone, empty, cut or zeroes: the next export finds out. */
static void a_power_loss_takes_what_is_not_published(void **state)
{
    static const char *const names[] = {"tile/0/001", "tile/0/002.p/38", "tile/1/000.p/2",
                                        "tile/entries/001", "tile/entries/002.p/38"};
    struct dice dice;
    unsigned lost = 0;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < 12; round++) {
        vault_close(&vault);
        assert_int_equal(setup(state), 0);
        expect_export(300);
        vault_add(&vault, 250, 0, 0);
        ends_at_sync = true;
        assert_false(export_and_die(0));
        ends_at_sync = false;
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            static const uint8_t zeros[64];
            char path[700];
            snprintf(path, sizeof(path), "%s", vault_path(&vault, names[i]));
            long len = length_of(names[i]);
            int file = open(path, O_RDWR | O_CLOEXEC);
            uint64_t fate = dice_below(&dice, 5);
            assert_true(file >= 0);
            if (fate == 0) {
                assert_int_equal(unlink(path), 0);
            } else if (fate == 1 || fate == 2) {
                assert_int_equal(ftruncate(file, fate == 1 ? 0 : len / 2), 0);
            } else if (fate == 3) {
                assert_int_equal(pwrite(file, zeros, sizeof(zeros), len - 64), 64);
            }
            lost += fate < 4 ? 1 : 0;
            close(file);
        }
        assert_int_equal(verify(), CUSTODY_OK);
        assert_int_equal(found.head.size, 300);
        expect_export(250);
    }
    assert_true(lost > 10);
}

/* Whoever reads sees the older tree or the newer, whole; and the next export ends what this one began. */
static void killed_at_any_step(void **state)
{
    (void)state;
    bool is_first[] = {true, false}, is_done = false;
    int kills = 0;
    for (int round = 0; round < 2; round++) {
        is_done = false;
        for (int n = 1; !is_done; n++) {
            char place[512];
            memcpy(place, vault.place, sizeof(place));
            snprintf(vault.place, sizeof(vault.place), "%.400s-%d-%d", place, round, n);
            if (!is_first[round]) {
                vault_close(&vault);
                vault_open(&vault);
                vault_add(&vault, 300, 0, 0);
                expect_export(300);
                vault_add(&vault, 250, 0, 0);
            }
            is_done = export_and_die(n);
            kills += is_done ? 0 : 1;
            enum custody_status status = verify();
            if (is_first[round] && status != CUSTODY_OK) {
                assert_string_equal(found.bad_file, "checkpoint"); /* nothing is published yet */
            } else {
                if (status != CUSTODY_OK) {
                    fail_msg("killed at step %d: %s", n, found.sentence);
                }
                assert_true(found.head.size == 300 || found.head.size == 550);
            }
            uint64_t published = status == CUSTODY_OK ? found.head.size : 0;
            expect_export((is_first[round] ? 300 : 550) - published);
            assert_int_equal(length_of("tile/0/000.p"), -1);
            if (is_first[round]) {
                memcpy(vault.place, place, sizeof(place));
            }
        }
    }
    assert_true(kills > 30);
    print_message("    # killed at %d steps\n", kills);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_files_are_those_of_the_tree),
        TEST(the_next_export_adds_only_what_is_new),
        TEST(an_empty_ledger_is_a_checkpoint),
        TEST(three_levels),
        TEST(the_public_form_shows_no_entry),
        TEST(another_ledger_has_another_place),
        TEST(another_past_is_not_published),
        TEST(one_export_at_a_time),
        TEST(a_damaged_tile_stops_it_and_is_written_anew),
        TEST(a_full_disk_publishes_nothing),
        TEST(a_power_loss_takes_what_is_not_published),
        TEST(killed_at_any_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
