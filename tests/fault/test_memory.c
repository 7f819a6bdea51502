/* test_memory.c: the n-th allocation of the daemon's own code fails, or an LMDB call that may find no memory, no room in its map, in its
 * transaction or among its readers, once or from then on, in the middle of a working day (DESIGN 8, TLOG 4.4 F4, F5): what is left
 * opens, holds every receipt that left, counts nothing twice.
 * Never fails a call of a library's own. */
/* wrap: clock_monotonic_ns malloc calloc realloc mdb_txn_begin mdb_txn_renew mdb_put mdb_del mdb_cursor_put mdb_cursor_del mdb_cursor_open */
#include <errno.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/fault/campaign.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"

enum { FAILURES = 8 };

/* STORE: every call; SNAPSHOT: a reader's beginning; CHANGE: what makes a transaction larger. */
enum kind { NONE, MEMORY, STORE, SNAPSHOT, CHANGE };

struct failure {
    enum kind kind;
    int code; /* that LMDB gives */
    uint64_t nth;
    bool is_for_ever;
};

static struct failure failure;
static uint64_t calls, failed;

/* `kinds`: those that this call is one of, as bits. */
static bool fails(unsigned kinds)
{
    if (failure.kind == NONE || (kinds >> failure.kind & 1) == 0)
        return false;
    calls++;
    if (failure.nth == 0 || calls < failure.nth || (calls > failure.nth && !failure.is_for_ever))
        return false;
    failed++;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *data, size_t size);
int __real_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **ret);
int __real_mdb_txn_renew(MDB_txn *txn);
int __real_mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags);
int __real_mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value);
int __real_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags);
int __real_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __real_mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **ret);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *data, size_t size);
int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **ret);
int __wrap_mdb_txn_renew(MDB_txn *txn);
int __wrap_mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value);
int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags);
int __wrap_mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **ret);

void *__wrap_malloc(size_t size)
{
    return fails(1 << MEMORY) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails(1 << MEMORY) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *data, size_t size)
{
    return fails(1 << MEMORY) ? NULL : __real_realloc(data, size);
}

int __wrap_mdb_txn_begin(MDB_env *env, MDB_txn *parent, unsigned flags, MDB_txn **ret)
{
    unsigned kinds = 1 << STORE | ((flags & MDB_RDONLY) != 0 ? 1 << SNAPSHOT : 0);
    return fails(kinds) ? failure.code : __real_mdb_txn_begin(env, parent, flags, ret);
}

int __wrap_mdb_txn_renew(MDB_txn *txn)
{
    return fails(1 << STORE | 1 << SNAPSHOT) ? failure.code : __real_mdb_txn_renew(txn);
}

int __wrap_mdb_put(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value, unsigned flags)
{
    return fails(1 << STORE | 1 << CHANGE) ? failure.code
                                           : __real_mdb_put(txn, table, key, value, flags);
}

int __wrap_mdb_del(MDB_txn *txn, MDB_dbi table, MDB_val *key, MDB_val *value)
{
    return fails(1 << STORE | 1 << CHANGE) ? failure.code : __real_mdb_del(txn, table, key, value);
}

int __wrap_mdb_cursor_put(MDB_cursor *cursor, MDB_val *key, MDB_val *value, unsigned flags)
{
    return fails(1 << STORE | 1 << CHANGE) ? failure.code
                                           : __real_mdb_cursor_put(cursor, key, value, flags);
}

int __wrap_mdb_cursor_del(MDB_cursor *cursor, unsigned flags)
{
    return fails(1 << STORE | 1 << CHANGE) ? failure.code : __real_mdb_cursor_del(cursor, flags);
}

int __wrap_mdb_cursor_open(MDB_txn *txn, MDB_dbi table, MDB_cursor **ret)
{
    return fails(1 << STORE) ? failure.code : __real_mdb_cursor_open(txn, table, ret);
}

static struct drill drill;

static void begin(const struct drill *hurt, const void *how)
{
    (void)hurt;
    failure = *(const struct failure *)how;
    calls = failed = 0;
}

static uint64_t hits(void)
{
    return failed;
}

static struct drill_fault fault_of(const struct failure *how)
{
    return (struct drill_fault){begin, hits, how, NULL};
}

static void suffer(const char *what, enum kind kind, int code, uint64_t at_least)
{
    struct dice dice;
    struct failure how = {.kind = kind, .code = code};
    struct drill_fault fault = fault_of(&how);
    uint64_t wanted = campaign_wanted(FAILURES), hit = 0, receipts = 0;
    dice_init(&dice, dice_seed());
    drill_count(&drill, &fault);
    uint64_t all = calls;
    assert_true(all >= at_least);
    for (uint64_t tried = 0; tried < wanted && tried < 2 * all; tried++) {
        how.nth = wanted >= 2 * all ? tried / 2 + 1 : 1 + dice_below(&dice, all);
        how.is_for_ever = tried % 2 == 1;
        struct drill_result result = drill_under(&drill, &fault);
        if (!result.is_sound)
            fail_msg("%s, call %lu of %lu%s: %zu receipts had left", what, (unsigned long)how.nth,
                     (unsigned long)all, how.is_for_ever ? " and all after it" : "",
                     result.receipts);
        hit += result.is_hit;
        receipts += result.receipts;
    }
    failure = (struct failure){0};
    assert_true(hit > 0);
    printf(
        "# %s: %lu faults injected at %lu calls, %lu receipts compared, lost 0, counted twice 0\n",
        what, (unsigned long)hit, (unsigned long)all, (unsigned long)receipts);
}

static void an_allocation_fails(void **state)
{
    (void)state;
    suffer("no memory", MEMORY, 0, 20);
}

static void the_map_is_full(void **state)
{
    (void)state;
    suffer("map full", STORE, MDB_MAP_FULL, 100);
}

static void lmdb_has_no_memory(void **state)
{
    (void)state;
    suffer("no memory in LMDB", STORE, ENOMEM, 100);
}

static void no_place_for_a_reader(void **state)
{
    (void)state;
    suffer("readers full", SNAPSHOT, MDB_READERS_FULL, 4);
}

static void the_transaction_is_full(void **state)
{
    (void)state;
    suffer("transaction full", CHANGE, MDB_TXN_FULL, 100);
}

static int setup(void **state)
{
    (void)state;
    drill_open(&drill);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    drill_close(&drill);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_allocation_fails),     cmocka_unit_test(the_map_is_full),
        cmocka_unit_test(lmdb_has_no_memory),      cmocka_unit_test(no_place_for_a_reader),
        cmocka_unit_test(the_transaction_is_full),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
