/* test_store.c: the n-th allocation or LMDB call fails, for every n: no crash, no leak, nothing acknowledged is lost.
 * Never fails a call of a library's own; only what the disk floor asks for. */
/* wrap: malloc calloc realloc mdb_txn_begin mdb_txn_renew mdb_txn_commit mdb_put mdb_del mdb_cursor_put mdb_cursor_del mdb_get mdb_cursor_open */
#include <errno.h>
#include <lmdb.h>
#include <stdlib.h>

#include "daemon/ledger/annex.h"
#include "daemon/ledger/audit.h"
#include "daemon/ledger/tree.h"
#include "tests/lib/check.h"
#include "tests/lib/entries.h"
#include "tests/lib/tempdir.h"

enum { MAP_SIZE = 64 << 20, OVERLAY_MAX = 4 << 20, EACH = 3, BATCHES = 2 };

enum kind { NONE, MEMORY, WRITE, COMMIT, READ };

static enum kind failing;
static int code; /* that LMDB gives */
static uint64_t fail_at, calls;
static bool for_ever, has_failed;

static bool fails(enum kind kind)
{
    if (kind != failing) {
        return false;
    }
    calls++;
    bool is_now = calls == fail_at || (for_ever && calls > fail_at);
    has_failed = has_failed || is_now;
    return is_now;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *data, size_t size);
int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **ret);
int __real_mdb_txn_renew(MDB_txn *txn);
int __real_mdb_txn_commit(MDB_txn *txn);
int __real_mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags);
int __real_mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value);
int __real_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags);
int __real_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __real_mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value);
int __real_mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **ret);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *data, size_t size);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **ret);
int __wrap_mdb_txn_renew(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value);
int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __wrap_mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value);
int __wrap_mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **ret);

void *__wrap_malloc(size_t size)
{
    return fails(MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *data, size_t size)
{
    return fails(MEMORY) ? NULL : __real_realloc(data, size);
}

int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **ret)
{
    return fails((flags & MDB_RDONLY) != 0 ? READ : WRITE)
               ? code
               : __real_mdb_txn_begin(env, parent, flags, ret);
}

int __wrap_mdb_txn_renew(MDB_txn *txn)
{
    return fails(READ) ? code : __real_mdb_txn_renew(txn);
}

/* As LMDB does it: whatever came back, the handle is gone. */
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    if (fails(COMMIT)) {
        mdb_txn_abort(txn);
        return code;
    }
    return __real_mdb_txn_commit(txn);
}

int __wrap_mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags)
{
    return fails(WRITE) ? code : __real_mdb_put(txn, table, key, value, flags);
}

int __wrap_mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value)
{
    return fails(WRITE) ? code : __real_mdb_del(txn, table, key, value);
}

int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags)
{
    return fails(WRITE) ? code : __real_mdb_cursor_put(cursor, key, value, flags);
}

int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags)
{
    return fails(WRITE) ? code : __real_mdb_cursor_del(cursor, flags);
}

int __wrap_mdb_get(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value)
{
    return fails(READ) ? code : __real_mdb_get(txn, table, key, value);
}

int __wrap_mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **ret)
{
    return fails(READ) ? code : __real_mdb_cursor_open(txn, table, ret);
}

static struct tempdir dir;
static char journal_path[4200], annex_path[4200];
static struct entries_signer signer;
static uint64_t acknowledged;
static uint8_t record[64] = "0123456789abcdef a record";
static bool is_record_kept, is_record_erased;

static enum custody_status
batch(struct journal *journal, struct lookups *lookups, struct tree *tree)
{
    const struct merkle_batch *made;
    uint64_t size = journal_size(journal);
    enum custody_status status =
        lookups_put(lookups, LOOKUPS_NAMES, span_of(&size, 8), span_text("row"));
    if (status == CUSTODY_OK) {
        status = entries_commit(journal, &signer, EACH, &made);
    }
    if (status != CUSTODY_OK) {
        lookups_discard(lookups);
        return status;
    }
    acknowledged = journal_size(journal);
    status = tree_append(tree, made->nodes, made->count);
    if (status == CUSTODY_OK) {
        status = lookups_accept(lookups, acknowledged);
    }
    return status;
}

static enum custody_status work(struct journal *journal, struct lookups *lookups, struct tree *tree)
{
    enum custody_status status = CUSTODY_OK;
    for (int i = 0; i < BATCHES && status == CUSTODY_OK; i++) {
        status = batch(journal, lookups, tree);
        if (status == CUSTODY_OK) {
            status = tree_put_tiles(tree);
        }
        if (status == CUSTODY_OK) {
            status = lookups_accept(lookups, journal_size(journal));
        }
        if (status == CUSTODY_OK) {
            status = lookups_flush(lookups);
        }
    }
    return status;
}

static enum custody_status read_all(struct journal *journal, struct lookups *lookups)
{
    struct lookups_snapshot *tiles = NULL;
    struct audit_report report = {0};
    char sentence[200];
    enum custody_status status = lookups_snapshot_begin(lookups, &tiles);
    struct audit_options options = {
        .origin = ENTRIES_ORIGIN, .ledger_key = signer.public_key, .tiles = tiles};
    if (status == CUSTODY_OK) {
        status = audit_run(journal, &options, &report);
    }
    if (status == CUSTODY_OK && failing == NONE) {
        assert_true(report.is_sound && report.tiles_are_sound);
    }
    if (status == CUSTODY_OK) {
        status = lookups_scrub(lookups, sentence, sizeof(sentence));
    }
    lookups_snapshot_end(tiles);
    return status;
}

static enum custody_status use_annex(void)
{
    struct annex *annex = NULL;
    struct span span = span_of(record, sizeof(record));
    struct digest digest = digest_sha256(span);
    uint8_t got[64];
    size_t len;
    enum custody_status status = annex_open(annex_path, STORE_CREATE, MAP_SIZE, &annex);
    if (status == CUSTODY_OK) {
        status = annex_put(annex, &span, 1);
        is_record_kept = is_record_kept || status == CUSTODY_OK;
    }
    if (status == CUSTODY_OK) {
        status = annex_get(annex, &digest, got, sizeof(got), &len);
    }
    if (status == CUSTODY_OK) {
        status = annex_erase(annex, &digest);
        is_record_erased = is_record_erased || status == CUSTODY_OK;
    }
    annex_close(annex);
    return status;
}

/* Everything that the disk floor does, once. */
static enum custody_status cycle(void)
{
    struct journal *journal = NULL;
    struct lookups *lookups = NULL;
    struct tree *tree = NULL;
    enum custody_status status;
    if ((status = journal_open(journal_path, STORE_CREATE, MAP_SIZE, &journal)) == CUSTODY_OK &&
        (status = lookups_open(dir.path, STORE_CREATE, MAP_SIZE, OVERLAY_MAX, &lookups)) ==
            CUSTODY_OK &&
        (status = tree_open(lookups, lookups_committed(lookups), &tree)) == CUSTODY_OK &&
        (status = work(journal, lookups, tree)) == CUSTODY_OK &&
        (status = read_all(journal, lookups)) == CUSTODY_OK) {
        status = use_annex();
    }
    tree_close(tree);
    lookups_close(lookups);
    journal_close(journal);
    return status;
}

/* The fault is over: all that was acknowledged is there, and a new start goes on. */
static void assert_recovers(void)
{
    struct journal *journal = NULL;
    struct annex *annex = NULL;
    struct digest digest = digest_sha256(span_of(record, sizeof(record)));
    uint8_t got[64];
    size_t len;
    assert_int_equal(journal_open(journal_path, STORE_CREATE, MAP_SIZE, &journal), CUSTODY_OK);
    assert_int_equal(journal_size(journal), acknowledged);
    assert_int_equal(entries_commit(journal, &signer, EACH, NULL), CUSTODY_OK);
    journal_close(journal);
    assert_int_equal(annex_open(annex_path, STORE_CREATE, MAP_SIZE, &annex), CUSTODY_OK);
    enum custody_status status = annex_get(annex, &digest, got, sizeof(got), &len);
    assert_true(status == CUSTODY_OK || status == CUSTODY_ERR_NOT_FOUND);
    if (is_record_erased || !is_record_kept) {
        assert_int_equal(status, CUSTODY_ERR_NOT_FOUND);
    }
    annex_close(annex);
}

static void assert_every_fault(enum kind kind, int with_code, bool is_for_ever, unsigned at_least)
{
    unsigned runs = 0;
    code = with_code;
    for_ever = is_for_ever;
    for (fail_at = 1;; fail_at++) {
        tempdir_create(&dir);
        tempdir_path(&dir, "journal", journal_path, sizeof(journal_path));
        tempdir_path(&dir, "annex", annex_path, sizeof(annex_path));
        acknowledged = calls = 0;
        is_record_kept = is_record_erased = has_failed = false;
        failing = kind;
        enum custody_status status = cycle();
        failing = NONE;
        if (has_failed && for_ever) {
            assert_int_not_equal(status, CUSTODY_OK);
        }
        if (!has_failed) {
            assert_int_equal(status, CUSTODY_OK);
        }
        assert_recovers();
        tempdir_destroy(&dir);
        if (!has_failed) {
            break;
        }
        runs++;
    }
    assert_true(runs >= at_least);
}

static void test_memory(void **state)
{
    (void)state;
    assert_every_fault(MEMORY, 0, false, 20);
    assert_every_fault(MEMORY, 0, true, 20);
}

static void test_writes(void **state)
{
    (void)state;
    assert_every_fault(WRITE, MDB_MAP_FULL, false, 20);
    assert_every_fault(WRITE, ENOMEM, true, 20);
}

static void test_reads(void **state)
{
    (void)state;
    assert_every_fault(READ, EIO, false, 30);
    assert_every_fault(READ, MDB_CORRUPTED, true, 30);
}

static void test_commits(void **state)
{
    (void)state;
    assert_every_fault(COMMIT, ENOSPC, false, 10);
    assert_every_fault(COMMIT, EIO, false, 10);
    assert_every_fault(COMMIT, EIO, true, 10);
}

/* What a commit's failure means, and what a journal does after it. */
static void test_meaning_of_a_failed_commit(void **state)
{
    (void)state;
    static const struct {
        int code;
        enum custody_status status;
        bool goes_on;
    } cases[] = {
        {ENOSPC, CUSTODY_ERR_FULL, true},
        {EDQUOT, CUSTODY_ERR_FULL, true},
        {EFBIG, CUSTODY_ERR_FULL, true},
        {MDB_MAP_FULL, CUSTODY_ERR_FULL, true},
        {ENOMEM, CUSTODY_ERR_MEMORY, true},
        {EIO, CUSTODY_ERR_UNKNOWN_RESULT, false},
        {MDB_PANIC, CUSTODY_ERR_UNKNOWN_RESULT, false},
        {EINVAL, CUSTODY_ERR_UNKNOWN_RESULT, false},
        {MDB_CORRUPTED, CUSTODY_ERR_CORRUPT, false},
        {MDB_PAGE_NOTFOUND, CUSTODY_ERR_CORRUPT, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct journal *journal = NULL;
        tempdir_create(&dir);
        tempdir_path(&dir, "journal", journal_path, sizeof(journal_path));
        assert_int_equal(journal_open(journal_path, STORE_CREATE, MAP_SIZE, &journal), CUSTODY_OK);
        assert_int_equal(entries_commit(journal, &signer, 3, NULL), CUSTODY_OK);
        failing = COMMIT;
        code = cases[i].code;
        calls = 0;
        fail_at = 1;
        for_ever = false;
        assert_int_equal(entries_commit(journal, &signer, 3, NULL), cases[i].status);
        failing = NONE;
        assert_int_equal(journal_size(journal), 3);
        assert_int_equal(entries_commit(journal, &signer, 3, NULL),
                         cases[i].goes_on ? CUSTODY_OK : cases[i].status);
        journal_close(journal);
        tempdir_destroy(&dir);
    }
}

int main(void)
{
    entries_signer_init(&signer, 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_commits),
        cmocka_unit_test(test_meaning_of_a_failed_commit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
