/* journal.h: keeps entries in order. Never decides, never deletes.
 *
 * One synchronous commit per batch. Before a head is signed the new entries are read back from the transaction and a
 * second code path (libsodium's SHA-256, the stored edge) recomputes the root; a difference stops the process's
 * signing for good. A head that was signed and not committed never leaves the process: journal_commit hands it out only
 * after the commit. Threads: one writer; snapshots from any thread. */
#ifndef CUSTODY_LEDGER_JOURNAL_H
#define CUSTODY_LEDGER_JOURNAL_H

#include "proto/checkpoint.h"
#include "proto/entry.h"
#include "proto/merkle.h"
#include "daemon/ledger/store.h"

struct journal;

enum { JOURNAL_BATCH_MAX = 4096 };

/* Signs a checkpoint into `ret` (CHECKPOINT_SIZE_MAX bytes); returns its length, 0 on failure. */
typedef size_t journal_sign(void *context, const struct checkpoint *checkpoint, uint8_t *ret);

/* CORRUPT when format, head, edge and entries do not fit each other, or the newest entry is not in
 * order; when few entries lie under the edge's last node they are hashed again. STORE_READ_ONLY opens
 * a damaged journal too, so that an audit can say what is wrong with it. */
enum custody_status
journal_open(const char *path, enum store_mode mode, uint64_t map_size, struct journal **ret);
/* An open batch is dropped; every snapshot must have ended. NULL is allowed. */
void journal_close(struct journal *journal);

uint64_t journal_size(const struct journal *journal); /* committed entries */
int64_t
journal_last_recorded_at(const struct journal *journal); /* of the newest entry, 0 when empty */
const struct merkle_edge *journal_edge(const struct journal *journal); /* of the committed tree */
/* The newest committed head, a signed note; empty before the first. Borrowed until the next commit; writer's thread. */
struct span journal_head(const struct journal *journal);

/* A batch, writer's thread. begin gives CORRUPT or UNKNOWN_RESULT for good after a commit that gave
 * one of them. */
enum custody_status journal_begin(struct journal *journal);
/* `entry` is the whole entry: INVALID unless it is one, its number is the next and its recorded_at is
 * later than the one before; at most JOURNAL_BATCH_MAX in a batch. `leaf` is its hash, computed by the
 * caller from the bytes it was made of. */
enum custody_status
journal_append(struct journal *journal, struct span entry, const struct digest *leaf);
/* Read back, compare, sign, put the head, commit. On any failure nothing of the batch is there, except
 * UNKNOWN_RESULT. CORRUPT: the two code paths disagree; do not sign again. INVALID: the signer failed.
 * `*ret_batch` (may be NULL) has the batch's tree nodes, valid until the next journal_begin. An empty
 * batch signs and commits nothing. */
enum custody_status journal_commit(struct journal *journal,
                                   const char *origin,
                                   journal_sign *sign,
                                   void *context,
                                   const struct merkle_batch **ret_batch);
/* Nothing happens when no batch is open. */
void journal_abort(struct journal *journal);
/* An entry of the batch that is open, or of the committed journal; writer's thread; borrowed until the
 * next append, begin, commit or abort. */
enum custody_status journal_peek(struct journal *journal, uint64_t number, struct span *ret);
/* Keep the file zero-filled ahead; between batches. journal_set_ahead says how far: 64 MiB unless told,
 * 0 not at all. */
enum custody_status journal_fill_ahead(struct journal *journal);
void journal_set_ahead(struct journal *journal, uint64_t ahead);
/* Bytes of the data file in use. */
uint64_t journal_used(struct journal *journal);

/* Readers. A snapshot sees every entry committed before it. */
struct journal_snapshot;
enum custody_status journal_snapshot_begin(struct journal *journal, struct journal_snapshot **ret);
void journal_snapshot_end(struct journal_snapshot *snapshot); /* NULL is allowed */
uint64_t journal_snapshot_size(const struct journal_snapshot *snapshot);
struct span journal_snapshot_head(const struct journal_snapshot *snapshot);
/* NOT_FOUND from the snapshot's size on; CORRUPT when the entry is missing or is not one, or when its
 * leaf hash is not `leaf` (may be NULL). Borrowed until the snapshot ends. */
enum custody_status journal_read(struct journal_snapshot *snapshot,
                                 uint64_t number,
                                 const struct digest *leaf,
                                 struct span *ret);

/* For an audit. The row as it is, unchecked; the rows there are, whatever the head says; the edge under
 * the head, NULL when the head's row is damaged (only a STORE_READ_ONLY journal gives such a snapshot:
 * its size is the number of rows, its head empty). */
enum custody_status
journal_read_row(struct journal_snapshot *snapshot, uint64_t number, struct span *ret);
uint64_t journal_snapshot_rows(const struct journal_snapshot *snapshot);
const struct merkle_edge *journal_snapshot_edge(const struct journal_snapshot *snapshot);
/* What lies behind `entry` is read next. */
void journal_snapshot_read_ahead(const struct journal_snapshot *snapshot, struct span entry);

#endif
