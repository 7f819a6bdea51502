/* test_scrub.c: the journal is read again share by share, all of it, and what is damaged is named and does not end the round. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/scrub.h"
#include "daemon/ledger/tree.h"
#include "tests/lib/check.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

enum { ENTRIES = 60, MAP_SIZE = 64 << 20 };

static struct tempdir dir;
static char journal_path[PATH_MAX];
static struct journal *journal;
static struct lookups *lookups;
static struct tree *tree;
static struct scrub_mark mark;

/* The entry's bytes, lent by a snapshot that the caller ends. */
static struct span entry_of(struct journal_snapshot *snapshot, uint64_t number)
{
    struct span bytes;
    assert_int_equal(journal_read(snapshot, number, NULL, &bytes), CUSTODY_OK);
    return bytes;
}

static int setup(void **state)
{
    (void)state;
    struct entries_signer signer;
    struct journal_snapshot *snapshot;
    struct digest leaves[ENTRIES];
    tempdir_create(&dir);
    tempdir_path(&dir, "journal", journal_path, sizeof journal_path);
    entries_signer_init(&signer, 1);
    assert_int_equal(journal_open(journal_path, STORE_CREATE, MAP_SIZE, &journal), CUSTODY_OK);
    assert_int_equal(lookups_open(dir.path, STORE_CREATE, MAP_SIZE, 1 << 20, &lookups), CUSTODY_OK);
    assert_int_equal(tree_open(lookups, 0, &tree), CUSTODY_OK);
    assert_int_equal(entries_commit(journal, &signer, ENTRIES, NULL), CUSTODY_OK);
    assert_int_equal(journal_snapshot_begin(journal, &snapshot), CUSTODY_OK);
    for (uint64_t i = 0; i < ENTRIES; i++)
        leaves[i] = merkle_leaf(entry_of(snapshot, i));
    journal_snapshot_end(snapshot);
    assert_int_equal(tree_append(tree, leaves, ENTRIES), CUSTODY_OK);
    assert_int_equal(tree_put_tiles(tree), CUSTODY_OK);
    assert_int_equal(lookups_accept(lookups, ENTRIES), CUSTODY_OK);
    assert_int_equal(lookups_flush(lookups), CUSTODY_OK);
    mark = (struct scrub_mark){0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tree_close(tree);
    lookups_close(lookups);
    journal_close(journal);
    tempdir_destroy(&dir);
    return 0;
}

/* A bit of the entry's last byte, in the file beneath the map. */
static void damage(uint64_t number)
{
    char path[PATH_MAX + 16];
    struct journal_snapshot *snapshot;
    struct stat found;
    assert_int_equal(journal_snapshot_begin(journal, &snapshot), CUSTODY_OK);
    struct span entry = entry_of(snapshot, number);
    snprintf(path, sizeof path, "%s/data.mdb", journal_path);
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(fstat(file, &found), 0);
    uint8_t *all = malloc((size_t)found.st_size);
    assert_non_null(all);
    assert_int_equal(pread(file, all, (size_t)found.st_size, 0), found.st_size);
    const uint8_t *at = memmem(all, (size_t)found.st_size, entry.data, entry.len);
    assert_non_null(at);
    off_t offset = at - all + (off_t)entry.len - 1;
    uint8_t byte = all[offset] ^ 1;
    assert_int_equal(pwrite(file, &byte, 1, offset), 1);
    free(all);
    close(file);
    journal_snapshot_end(snapshot);
}

static enum custody_status scrub(uint64_t share, int64_t now_us)
{
    return scrub_journal(journal, lookups, share, now_us, &mark);
}

static void a_round_is_made_of_shares(void **state)
{
    (void)state;
    int64_t now_us = 1000;
    for (uint64_t read = 7; read < ENTRIES; read += 7) {
        assert_int_equal(scrub(7, ++now_us), CUSTODY_OK);
        assert_int_equal(mark.position, read);
        assert_int_equal(mark.at_us, now_us);
        assert_int_equal(mark.whole_us, 0);
    }
    assert_int_equal(scrub(7, ++now_us), CUSTODY_OK);
    assert_int_equal(mark.position, 0);
    assert_int_equal(mark.whole_us, now_us);
    /* The next begins anew, and the day of the last stays known. */
    assert_int_equal(scrub(7, now_us + 1), CUSTODY_OK);
    assert_int_equal(mark.position, 7);
    assert_int_equal(mark.whole_us, now_us);
}

static void damage_is_named_and_read_past(void **state)
{
    (void)state;
    damage(20);
    damage(50);
    assert_int_equal(scrub(ENTRIES, 5), CUSTODY_ERR_CORRUPT);
    assert_int_equal(mark.damaged, 2);
    assert_int_equal(mark.first_damage, 20);
    assert_int_equal(mark.whole_us, 5);
    /* It is still told while the next round has not come that far, and again when it has. */
    assert_int_equal(scrub(45, 6), CUSTODY_ERR_CORRUPT);
    assert_int_equal(mark.damaged, 1);
    assert_int_equal(scrub(ENTRIES, 7), CUSTODY_ERR_CORRUPT);
    assert_int_equal(mark.damaged, 2);
    assert_int_equal(mark.position, 0);
}

static void the_mark_is_read_back(void **state)
{
    (void)state;
    struct scrub_mark read;
    char path[PATH_MAX];
    assert_int_equal(scrub_mark_read(dir.path, &read), CUSTODY_ERR_NOT_FOUND);
    mark = (struct scrub_mark){
        .at_us = 4, .position = UINT64_MAX, .whole_us = 3, .damaged = 2, .first_damage = 1};
    assert_int_equal(scrub_mark_write(dir.path, &mark), CUSTODY_OK);
    assert_int_equal(scrub_mark_read(dir.path, &read), CUSTODY_OK);
    assert_memory_equal(&read, &mark, sizeof read);
    tempdir_path(&dir, "last-scrub", path, sizeof path);
    static const char *const wrong[] = {"",
                                        "custody-scrub-mark/1\n1\n2\n3\n4\n",
                                        "custody-scrub-mark/2\n1\n2\n3\n4\n5\n",
                                        "custody-scrub-mark/1\n1\n2\n3\n4\n5\n6\n",
                                        "custody-scrub-mark/1\n-1\n2\n3\n4\n5\n",
                                        "custody-scrub-mark/1\n18446744073709551615\n2\n3\n4\n5\n"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int file = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        assert_int_equal(write(file, wrong[i], strlen(wrong[i])), strlen(wrong[i]));
        close(file);
        assert_int_equal(scrub_mark_read(dir.path, &read), CUSTODY_ERR_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_round_is_made_of_shares, setup, teardown),
        cmocka_unit_test_setup_teardown(damage_is_named_and_read_past, setup, teardown),
        cmocka_unit_test_setup_teardown(the_mark_is_read_back, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
