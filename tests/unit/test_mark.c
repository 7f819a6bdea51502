/* test_mark.c: the small file outside, and the start that compares a journal with it.
 * Never accepts an old copy. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/ledger/journal.h"
#include "daemon/ledger/mark.h"
#include "tests/lib/check.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20 };

static struct tempdir dir;
static char path[4200], mark_path[4200];
static struct entries_signer signer;

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "journal", path, sizeof(path));
    tempdir_path(&dir, "mark", mark_path, sizeof(mark_path));
    entries_signer_init(&signer, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

static void assert_mark(const char *text)
{
    uint8_t bytes[200];
    size_t len;
    assert_int_equal(mark_read(mark_path, bytes, sizeof(bytes), &len), CUSTODY_OK);
    assert_true(span_is_equal(span_of(bytes, len), span_text(text)));
}

static void test_file(void **state)
{
    (void)state;
    uint8_t bytes[200];
    size_t len = 77;
    assert_int_equal(mark_read(mark_path, bytes, sizeof(bytes), &len), CUSTODY_ERR_NOT_FOUND);
    assert_int_equal(len, 77);
    assert_int_equal(mark_write(mark_path, span_text("first")), CUSTODY_OK);
    assert_mark("first");
    assert_int_equal(mark_write(mark_path, span_text("the second")), CUSTODY_OK);
    assert_mark("the second");
    assert_int_equal(mark_read(mark_path, bytes, 9, &len), CUSTODY_ERR_EVIDENCE);
    assert_int_equal(mark_read(mark_path, bytes, 10, &len), CUSTODY_OK);
    assert_int_equal(mark_write("/nowhere/at/all/mark", span_text("x")), CUSTODY_ERR_NOT_FOUND);
    char fresh[4300];
    snprintf(fresh, sizeof(fresh), "%s.new", mark_path);
    assert_int_equal(access(fresh, F_OK), -1);

    /* In the working folder, without a slash. */
    int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(chdir(dir.path), 0);
    assert_int_equal(mark_write("mark", span_text("third")), CUSTODY_OK);
    assert_int_equal(fchdir(here), 0);
    close(here);
    assert_mark("third");
}

static void test_disk_full_leaves_the_old_one(void **state)
{
    (void)state;
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, before;
    assert_int_equal(mark_write(mark_path, span_text("old")), CUSTODY_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 2;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum custody_status status = mark_write(mark_path, span_text("new one"));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(status, CUSTODY_ERR_FULL);
    assert_mark("old");
}

/* All nodes of a journal, computed from its entries. */
struct nodes {
    struct journal_snapshot *snapshot;
};

static bool read_node(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    struct nodes *nodes = context;
    struct merkle_edge edge;
    merkle_edge_init(&edge);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        struct span entry;
        if (journal_read(nodes->snapshot, i, NULL, &entry) != CUSTODY_OK) {
            return false;
        }
        struct digest leaf = merkle_leaf(entry);
        merkle_edge_append(&edge, &leaf);
    }
    *ret = merkle_edge_root(&edge);
    return true;
}

static bool read_nothing(void *context, uint32_t level, uint64_t index, struct digest *ret)
{
    (void)context;
    (void)level;
    (void)index;
    (void)ret;
    return false;
}

/* What a start does: open the journal, read the mark, compare. */
static enum custody_status start(void)
{
    struct journal *journal = NULL;
    struct nodes nodes;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t len;
    assert_int_equal(journal_open(path, STORE_EXISTING, MAP_SIZE, &journal), CUSTODY_OK);
    assert_int_equal(journal_snapshot_begin(journal, &nodes.snapshot), CUSTODY_OK);
    assert_int_equal(mark_read(mark_path, note, sizeof(note), &len), CUSTODY_OK);
    enum custody_status status = mark_check(span_of(note, len), ENTRIES_ORIGIN, signer.public_key,
                                            journal_size(journal), read_node, &nodes);
    journal_snapshot_end(nodes.snapshot);
    journal_close(journal);
    return status;
}

static void copy_data(const char *from, const char *to)
{
    static uint8_t bytes[1 << 20];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t got;
    while ((got = read(in, bytes, sizeof(bytes))) > 0) {
        assert_int_equal(write(out, bytes, (size_t)got), got);
    }
    close(in);
    close(out);
}

static void commit(uint64_t count, bool is_marked)
{
    struct journal *journal = NULL;
    assert_int_equal(journal_open(path, STORE_CREATE, MAP_SIZE, &journal), CUSTODY_OK);
    assert_int_equal(entries_commit(journal, &signer, count, NULL), CUSTODY_OK);
    if (is_marked) {
        assert_int_equal(mark_write(mark_path, journal_head(journal)), CUSTODY_OK);
    }
    journal_close(journal);
}

static void test_yesterdays_file(void **state)
{
    (void)state;
    char data[4300], yesterday[4300], today[4300];
    snprintf(data, sizeof(data), "%s/data.mdb", path);
    snprintf(yesterday, sizeof(yesterday), "%s/yesterday", dir.path);
    snprintf(today, sizeof(today), "%s/today", dir.path);
    commit(10, true);
    assert_int_equal(start(), CUSTODY_OK);
    copy_data(data, yesterday);
    commit(7, false); /* the mark may trail */
    assert_int_equal(start(), CUSTODY_OK);
    commit(3, true);
    assert_int_equal(start(), CUSTODY_OK);
    copy_data(data, today);

    copy_data(yesterday, data);
    assert_int_equal(start(), CUSTODY_ERR_ROLLBACK);
    copy_data(today, data);
    assert_int_equal(start(), CUSTODY_OK);

    /* Yesterday's file that went on, with other entries, past the mark. */
    copy_data(yesterday, data);
    struct entries_signer other = signer;
    entries_signer_init(&other, 2);
    memcpy(other.secret_key, signer.secret_key, sizeof(other.secret_key));
    memcpy(other.public_key, (uint8_t[PUBLIC_KEY_SIZE]){1, 2, 3}, PUBLIC_KEY_SIZE);
    struct journal *journal = NULL;
    assert_int_equal(journal_open(path, STORE_EXISTING, MAP_SIZE, &journal), CUSTODY_OK);
    assert_int_equal(entries_commit(journal, &other, 20, NULL), CUSTODY_OK);
    journal_close(journal);
    assert_int_equal(start(), CUSTODY_ERR_ROLLBACK);
}

static void test_not_evidence(void **state)
{
    (void)state;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    struct entries_signer other;
    entries_signer_init(&other, 9);
    struct checkpoint checkpoint = {.origin = ENTRIES_ORIGIN, .size = 0, .root = merkle_empty()};
    size_t len = entries_sign(&other, &checkpoint, note);
    assert_int_equal(
        mark_check(span_of(note, len), ENTRIES_ORIGIN, signer.public_key, 5, read_nothing, NULL),
        CUSTODY_ERR_EVIDENCE);
    len = entries_sign(&signer, &checkpoint, note);
    assert_int_equal(
        mark_check(span_of(note, len), ENTRIES_ORIGIN, signer.public_key, 5, read_nothing, NULL),
        CUSTODY_OK);
    assert_int_equal(mark_check(span_of(note, len), "ledger.example/other", signer.public_key, 5,
                                read_nothing, NULL),
                     CUSTODY_ERR_EVIDENCE);
    note[len / 2] ^= 1;
    assert_int_equal(
        mark_check(span_of(note, len), ENTRIES_ORIGIN, signer.public_key, 5, read_nothing, NULL),
        CUSTODY_ERR_EVIDENCE);
    checkpoint.size = 3;
    len = entries_sign(&signer, &checkpoint, note);
    assert_int_equal(
        mark_check(span_of(note, len), ENTRIES_ORIGIN, signer.public_key, 5, read_nothing, NULL),
        CUSTODY_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disk_full_leaves_the_old_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yesterdays_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_evidence, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
