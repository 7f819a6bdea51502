/* store.h: one LMDB environment: opening it, its read and write transactions.
 * Never knows what the bytes mean.
 *
 * Caveats first. Only LMDB's default synchronous mode is used: no NOSYNC, NOMETASYNC, WRITEMAP (TLOG 4.2). The map size
 * is fixed at opening. No DUPSORT. Memory read from a transaction lives until that transaction ends or, in a write
 * transaction, until the next put. After a commit or an abort the handle is gone, whatever came back. One process has an
 * environment open at a time: store_open takes an exclusive flock on `<path>/owner` and gives CUSTODY_ERR_BUSY
 * otherwise (STORE_READ_ONLY takes a shared one). STORE_BESIDE reads while another process has the environment open, and takes
 * no lock of ours; its snapshots hold back that process's pages as any others do, so they are to be short.
 * Threads: one writer at a time, and a write transaction ends in the thread that began it; any number of readers (MDB_NOTLS),
 * each snapshot used by one thread at a time. */
#ifndef CUSTODY_LEDGER_STORE_H
#define CUSTODY_LEDGER_STORE_H

#include <custody/status.h>
#include "proto/span.h"

struct store;
struct store_txn; /* a write transaction, or a snapshot */

enum store_mode { STORE_CREATE, STORE_EXISTING, STORE_READ_ONLY, STORE_BESIDE };

/* `tables` named tables at most; `path` is a folder. STORE_CREATE makes the folder (mode 0700; its parents must exist)
 * and the files that are not there; the other modes give NOT_FOUND. */
enum custody_status store_open(
    const char *path, enum store_mode mode, uint64_t map_size, uint32_t tables, struct store **ret);
/* Every transaction and cursor must have ended. NULL is allowed. */
void store_close(struct store *store);
/* Remove the files of an environment that is not open, and its folder. OK when there is none, BUSY while it is open. */
enum custody_status store_remove(const char *path);
/* A named table, created when it is not there (write modes); NULL names the main one, whose keys beside ours are the
 * names of the others. To be called before any transaction of other threads. CORRUPT when the table on disk has other
 * keys than asked for. */
enum custody_status
store_table(struct store *store, const char *name, bool integer_keys, uint32_t *ret_table);

enum custody_status store_begin(struct store *store, struct store_txn **ret);
enum custody_status store_snapshot(struct store *store, struct store_txn **ret);
/* A put, append or delete that failed is remembered: commit then aborts and gives that status. FULL: nothing written, the
 * store is well. UNKNOWN_RESULT (EIO, MDB_PANIC): what is on disk is not known; the process must answer nothing and leave. */
enum custody_status store_commit(struct store_txn **txn);
void store_abort(struct store_txn **txn); /* also ends a snapshot; NULL is allowed */

enum custody_status
store_get(struct store_txn *txn, uint32_t table, struct span key, struct span *ret);
enum custody_status
store_put(struct store_txn *txn, uint32_t table, struct span key, struct span value);
/* Key must be larger than every key in the table (MDB_APPEND). */
enum custody_status
store_append(struct store_txn *txn, uint32_t table, struct span key, struct span value);
/* NOT_FOUND when there was none; that is not remembered. */
enum custody_status store_delete(struct store_txn *txn, uint32_t table, struct span key);
/* Rows of a table. */
enum custody_status store_count(struct store_txn *txn, uint32_t table, uint64_t *ret);

/* Walk a table in key order. */
struct store_cursor;
enum custody_status
store_cursor_open(struct store_txn *txn, uint32_t table, struct store_cursor **ret);
void store_cursor_close(struct store_cursor *cursor);
/* First pair with key >= `at`; NOT_FOUND at the end. */
enum custody_status store_cursor_seek(struct store_cursor *cursor,
                                      struct span at,
                                      struct span *ret_key,
                                      struct span *ret_value);
enum custody_status
store_cursor_next(struct store_cursor *cursor, struct span *ret_key, struct span *ret_value);
/* The pair with this very key; NOT_FOUND when there is none. */
enum custody_status
store_cursor_find(struct store_cursor *cursor, struct span at, struct span *ret_value);

/* Change many rows of a write transaction, which remembers failures as it does those of a put. From one key to the next larger
 * one nearby the cursor needs no way down from the root. It must be closed before the transaction ends.
 * insert: `ret_room`: `len` bytes, to be filled before the next call. EXISTS: nothing is changed, `ret_old` is lent, and the
 * cursor stands on that row, as it does after find; then replace (of that same key) and delete are possible. */
enum custody_status store_cursor_insert(struct store_cursor *cursor,
                                        struct span key,
                                        size_t len,
                                        uint8_t **ret_room,
                                        struct span *ret_old);
enum custody_status
store_cursor_replace(struct store_cursor *cursor, struct span key, size_t len, uint8_t **ret_room);
enum custody_status store_cursor_delete(struct store_cursor *cursor);

/* Bytes the data file uses; keep the file zero-filled at least `ahead` bytes beyond that (a reserve, and faster commits). To
 * be called by the writer between transactions; writes and syncs at most 4 MiB a call, only past the end of the file, and
 * once `ahead` is reached only every 4 MiB. FULL when the disk does not have it, or the map no room for it. */
uint64_t store_used(struct store *store);
enum custody_status store_fill_ahead(struct store *store, uint64_t ahead);
/* Overwrite with zeros every copy of a value in the data file: what LMDB deletes or moves stays in pages that are not in
 * use. `live` (16 to 512 bytes, a secret that nothing else can contain) is lent by a snapshot and is overwritten last, in
 * place: until then the wiping can be repeated, from then on there is no copy. Writer, between transactions. */
enum custody_status store_wipe(struct store *store, struct span live);
/* Tell the kernel that what lies behind `place` (bytes lent by a transaction) is read next. */
void store_read_ahead(const struct store *store, struct span place);
/* Clear readers of dead processes; returns how many. Opening does it, and every 64th commit. */
int store_check_readers(struct store *store);

#endif
