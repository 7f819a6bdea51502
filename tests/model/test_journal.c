/* test_journal.c: journal, tiles and look-ups through random histories of batches, full disks, failing signers, lost
 * look-ups and kill -9; whatever was once committed stands, every head proves consistent with every later one.
 * Never looks at the time: a failing seed fails again. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/ledger/audit.h"
#include "daemon/ledger/mark.h"
#include "daemon/ledger/tree.h"
#include "tests/lib/check.h"
#include "tests/lib/dice.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 256 << 20, OVERLAY_MAX = 4 << 20, STEPS = 900, HEADS_MAX = 4000, KILLS = 25 };

static struct tempdir dir;
static char path[4200];
static struct entries_signer signer;

/* A ledger as the service holds one. */
struct ledger {
    struct journal *journal;
    struct lookups *lookups;
    struct tree *tree;
};

/* What was promised: the head after each commit. */
static struct {
    uint64_t size;
    struct digest root;
} heads[HEADS_MAX];
static size_t head_count;

static int setup(void **state)
{
    (void)state;
    tempdir_create(&dir);
    tempdir_path(&dir, "journal", path, sizeof(path));
    entries_signer_init(&signer, 3);
    head_count = 0;
    signal(SIGXFSZ, SIG_IGN);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tempdir_destroy(&dir);
    return 0;
}

/* One derived row for every entry: its length under its number. */
static enum custody_status derive(struct ledger *ledger, uint64_t number, struct span entry)
{
    uint8_t key[8];
    uint64_t len = entry.len;
    for (unsigned i = 0; i < 8; i++) {
        key[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    return lookups_put(ledger->lookups, LOOKUPS_RECORDS, span_of(key, 8), span_of(&len, 8));
}

static enum custody_status flush(struct ledger *ledger)
{
    enum custody_status status = tree_put_tiles(ledger->tree);
    if (status == CUSTODY_OK) {
        status = lookups_accept(ledger->lookups, tree_size(ledger->tree));
    }
    return status == CUSTODY_OK ? lookups_flush(ledger->lookups) : status;
}

/* What the look-ups lack, from the journal. */
static enum custody_status replay(struct ledger *ledger)
{
    enum custody_status status = CUSTODY_OK;
    while (status == CUSTODY_OK && tree_size(ledger->tree) < journal_size(ledger->journal)) {
        struct span entry;
        uint64_t number = tree_size(ledger->tree);
        status = journal_peek(ledger->journal, number, &entry);
        if (status != CUSTODY_OK) {
            break;
        }
        struct digest leaf = merkle_leaf(entry);
        if ((status = derive(ledger, number, entry)) == CUSTODY_OK &&
            (status = tree_append(ledger->tree, &leaf, 1)) == CUSTODY_OK) {
            status = lookups_accept(ledger->lookups, number + 1);
        }
    }
    return status;
}

static enum custody_status open_ledger(struct ledger *ret)
{
    enum custody_status status;
    memset(ret, 0, sizeof(*ret));
    if ((status = journal_open(path, STORE_CREATE, MAP_SIZE, &ret->journal)) != CUSTODY_OK ||
        (status = lookups_open(dir.path, STORE_CREATE, MAP_SIZE, OVERLAY_MAX, &ret->lookups)) !=
            CUSTODY_OK ||
        (status = tree_open(ret->lookups, lookups_committed(ret->lookups), &ret->tree)) !=
            CUSTODY_OK) {
        return status;
    }
    return replay(ret);
}

static void close_ledger(struct ledger *ledger)
{
    tree_close(ledger->tree);
    lookups_close(ledger->lookups);
    journal_close(ledger->journal);
}

/* A batch as submit makes one; what a failed one left in pending is dropped. */
static enum custody_status commit(struct ledger *ledger, uint64_t count)
{
    uint8_t bytes[ENTRY_SIZE_MAX];
    const struct merkle_batch *batch;
    uint64_t size = journal_size(ledger->journal);
    enum custody_status status = journal_begin(ledger->journal);
    for (uint64_t i = 0; i < count && status == CUSTODY_OK; i++) {
        struct span entry = entries_make(&signer, size + i, 60 + (size + i) % 7, bytes);
        struct digest leaf = merkle_leaf(entry);
        status = journal_append(ledger->journal, entry, &leaf);
        if (status == CUSTODY_OK) {
            status = derive(ledger, size + i, entry);
        }
    }
    if (status == CUSTODY_OK) {
        status = journal_commit(ledger->journal, ENTRIES_ORIGIN, entries_sign, &signer, &batch);
    } else {
        journal_abort(ledger->journal);
    }
    if (status != CUSTODY_OK) {
        lookups_discard(ledger->lookups);
        return status;
    }
    status = tree_append(ledger->tree, batch->nodes, batch->count);
    return status == CUSTODY_OK ? lookups_accept(ledger->lookups, size + count) : status;
}

static void remember(const struct ledger *ledger)
{
    assert_true(head_count < HEADS_MAX);
    heads[head_count].size = journal_size(ledger->journal);
    heads[head_count].root = merkle_edge_root(journal_edge(ledger->journal));
    head_count++;
}

static void assert_invariants(struct ledger *ledger, struct dice *dice)
{
    struct checkpoint checkpoint;
    struct merkle_proof proof;
    struct digest root;
    uint64_t size = journal_size(ledger->journal);
    assert_int_equal(tree_size(ledger->tree), size);
    assert_int_equal(lookups_reflected(ledger->lookups), size);
    if (size == 0) {
        return;
    }
    assert_int_equal(checkpoint_verify(journal_head(ledger->journal), ENTRIES_ORIGIN,
                                       signer.public_key, &checkpoint),
                     CHECKPOINT_OK);
    assert_int_equal(checkpoint.size, size);
    for (int i = 0; i < 4 && head_count > 0; i++) {
        size_t at = (size_t)dice_below(dice, head_count);
        assert_true(merkle_root_at(heads[at].size, tree_read, ledger->tree, &root));
        assert_true(digest_is_equal(&root, &heads[at].root));
        assert_true(
            merkle_prove_consistency(heads[at].size, size, tree_read, ledger->tree, &proof));
        assert_true(merkle_verify_consistency(heads[at].size, size, &heads[at].root,
                                              &checkpoint.root, &proof));
    }
}

static void assert_audit(struct ledger *ledger)
{
    struct lookups_snapshot *tiles;
    struct audit_report report;
    char sentence[200];
    assert_int_equal(lookups_snapshot_begin(ledger->lookups, &tiles), CUSTODY_OK);
    struct audit_options options = {
        .origin = ENTRIES_ORIGIN, .ledger_key = signer.public_key, .tiles = tiles};
    assert_int_equal(audit_run(ledger->journal, &options, &report), CUSTODY_OK);
    assert_true(report.is_sound && report.tiles_are_sound);
    assert_int_equal(report.entries, journal_size(ledger->journal));
    lookups_snapshot_end(tiles);
    assert_int_equal(lookups_scrub(ledger->lookups, sentence, sizeof(sentence)), CUSTODY_OK);
}

/* The look-ups are those that the journal alone gives. */
static void assert_rebuild_is_equal(struct ledger *ledger)
{
    struct tempdir other;
    char sentence[200];
    struct ledger rebuilt = {.journal = ledger->journal};
    tempdir_create(&other);
    assert_int_equal(
        lookups_open(other.path, STORE_CREATE, MAP_SIZE, OVERLAY_MAX, &rebuilt.lookups),
        CUSTODY_OK);
    assert_int_equal(tree_open(rebuilt.lookups, 0, &rebuilt.tree), CUSTODY_OK);
    assert_int_equal(replay(&rebuilt), CUSTODY_OK);
    assert_int_equal(flush(&rebuilt), CUSTODY_OK);
    assert_int_equal(flush(ledger), CUSTODY_OK);
    enum custody_status status =
        lookups_compare(ledger->lookups, rebuilt.lookups, sentence, sizeof(sentence));
    if (status != CUSTODY_OK) {
        print_message("%s\n", sentence);
    }
    assert_int_equal(status, CUSTODY_OK);
    tree_close(rebuilt.tree);
    lookups_close(rebuilt.lookups);
    tempdir_destroy(&other);
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void test_random_history(void **state)
{
    (void)state;
    struct dice dice;
    struct ledger ledger;
    dice_init(&dice, dice_seed());
    assert_int_equal(open_ledger(&ledger), CUSTODY_OK);
    for (int step = 0; step < STEPS; step++) {
        uint64_t choice = dice_below(&dice, 100);
        uint64_t count =
            dice_chance(&dice, 90) ? dice_between(&dice, 1, 12) : dice_between(&dice, 1, 400);
        uint64_t size = journal_size(ledger.journal);
        if (choice < 60) {
            assert_int_equal(commit(&ledger, count), CUSTODY_OK);
            remember(&ledger);
        } else if (choice < 65) {
            signer.fails = true;
            assert_int_equal(commit(&ledger, count), CUSTODY_ERR_INVALID);
            signer.fails = false;
            assert_int_equal(journal_size(ledger.journal), size);
        } else if (choice < 75) {
            limit_files(journal_used(ledger.journal) + dice_below(&dice, 40000));
            enum custody_status status = commit(&ledger, count);
            limit_files(RLIM_INFINITY);
            assert_true(status == CUSTODY_OK || status == CUSTODY_ERR_FULL);
            assert_int_equal(journal_size(ledger.journal),
                             size + (status == CUSTODY_OK ? count : 0));
            if (status == CUSTODY_OK) {
                remember(&ledger);
            }
        } else if (choice < 85) {
            assert_int_equal(flush(&ledger), CUSTODY_OK);
        } else if (choice < 88) {
            limit_files(lookups_used(ledger.lookups) + dice_below(&dice, 20000));
            enum custody_status status = flush(&ledger);
            limit_files(RLIM_INFINITY);
            assert_true(status == CUSTODY_OK || status == CUSTODY_ERR_FULL);
        } else if (choice < 98) {
            close_ledger(&ledger);
            if (dice_chance(&dice, 20)) {
                assert_int_equal(lookups_drop(dir.path), CUSTODY_OK);
            }
            assert_int_equal(open_ledger(&ledger), CUSTODY_OK);
            assert_int_equal(journal_size(ledger.journal), size);
        } else {
            journal_set_ahead(ledger.journal, 1 << 20);
            assert_int_equal(journal_fill_ahead(ledger.journal), CUSTODY_OK);
        }
        assert_invariants(&ledger, &dice);
    }
    assert_rebuild_is_equal(&ledger);
    assert_audit(&ledger);
    close_ledger(&ledger);
}

/* Commits without end and says each head on the pipe, after its commit. */
static void commit_until_killed(int pipe_end, uint64_t seed)
{
    struct dice dice;
    struct ledger ledger;
    dice_init(&dice, seed);
    if (open_ledger(&ledger) != CUSTODY_OK) {
        _exit(1);
    }
    journal_set_ahead(ledger.journal, 256 << 10);
    for (;;) {
        struct {
            uint64_t size;
            struct digest root;
        } said;
        if (commit(&ledger, dice_between(&dice, 1, 20)) != CUSTODY_OK) {
            _exit(2);
        }
        said.size = journal_size(ledger.journal);
        said.root = merkle_edge_root(journal_edge(ledger.journal));
        if (write(pipe_end, &said, sizeof(said)) != (ssize_t)sizeof(said)) {
            _exit(3);
        }
        if (dice_chance(&dice, 30) && flush(&ledger) != CUSTODY_OK) {
            _exit(4);
        }
        if (dice_chance(&dice, 5) && journal_fill_ahead(ledger.journal) != CUSTODY_OK) {
            _exit(5);
        }
    }
}

static void read_heads(int pipe_end, size_t at_least)
{
    size_t before = head_count;
    while (head_count - before < at_least || at_least == 0) {
        assert_true(head_count < HEADS_MAX);
        ssize_t got = read(pipe_end, &heads[head_count], sizeof(heads[0]));
        if (got == 0) {
            return;
        }
        assert_int_equal(got, sizeof(heads[0]));
        head_count++;
    }
}

static void test_killed_at_any_moment(void **state)
{
    (void)state;
    struct dice dice;
    dice_init(&dice, dice_seed());
    for (int round = 0; round < KILLS; round++) {
        int ends[2], status;
        uint64_t seed = dice_throw(&dice);
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        /* Room for few heads: the child is never far ahead of what is read. */
        fcntl(ends[1], F_SETPIPE_SZ, 4096);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            commit_until_killed(ends[1], seed);
        }
        close(ends[1]);
        read_heads(ends[0], (size_t)dice_between(&dice, 1, 40));
        for (uint64_t i = dice_below(&dice, 2000); i > 0; i--) {
            (void)
                getppid(); /* a moment of any length, so that the kill falls anywhere in a commit */
        }
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        read_heads(ends[0], 0);
        close(ends[0]);

        struct ledger ledger;
        assert_int_equal(open_ledger(&ledger), CUSTODY_OK);
        assert_true(journal_size(ledger.journal) >= heads[head_count - 1].size);
        assert_invariants(&ledger, &dice);
        if (round % 8 == 7) {
            assert_rebuild_is_equal(&ledger);
            assert_audit(&ledger);
        }
        close_ledger(&ledger);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_random_history, setup, teardown),
        cmocka_unit_test_setup_teardown(test_killed_at_any_moment, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
