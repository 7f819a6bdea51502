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

/* Signs a checkpoint into `ret` (CHECKPOINT_SIZE_MAX bytes); returns its length, 0 on failure. */
typedef size_t journal_sign(void *context, const struct checkpoint *checkpoint, uint8_t *ret);

enum custody_status
journal_open(const char *path, enum store_mode mode, uint64_t map_size, struct journal **ret);
void journal_close(struct journal *journal);

uint64_t journal_size(const struct journal *journal); /* committed entries */
int64_t
journal_last_recorded_at(const struct journal *journal); /* of the newest entry, 0 when empty */
const struct merkle_edge *journal_edge(const struct journal *journal); /* of the committed tree */
/* The newest committed head, a signed note; empty before the first. Borrowed until the next commit; writer's thread. */
struct span journal_head(const struct journal *journal);

/* A batch, writer's thread. `entry` is the whole entry; its number must be the next one (INVALID otherwise).
 * `leaf` is its hash, computed by the caller from the bytes it was made of. */
enum custody_status journal_begin(struct journal *journal);
enum custody_status
journal_append(struct journal *journal, struct span entry, const struct digest *leaf);
/* Read back, compare, sign, put the head, commit. On any failure nothing of the batch is there, except
 * UNKNOWN_RESULT. CORRUPT: the two code paths disagree; do not sign again. `*ret_batch` (may be NULL) has the batch's
 * tree nodes, valid until the next journal_begin. */
enum custody_status journal_commit(struct journal *journal,
                                   const char *origin,
                                   journal_sign *sign,
                                   void *context,
                                   const struct merkle_batch **ret_batch);
void journal_abort(struct journal *journal);
/* An entry of the batch that is open, or of the committed journal; writer's thread; borrowed until the next append. */
enum custody_status journal_peek(struct journal *journal, uint64_t number, struct span *ret);
/* Keep the file filled ahead; between batches. */
enum custody_status journal_fill_ahead(struct journal *journal);

/* Readers. A snapshot sees every entry committed before it. */
struct journal_snapshot;
enum custody_status journal_snapshot_begin(struct journal *journal, struct journal_snapshot **ret);
void journal_snapshot_end(struct journal_snapshot *snapshot); /* NULL is allowed */
uint64_t journal_snapshot_size(const struct journal_snapshot *snapshot);
struct span journal_snapshot_head(const struct journal_snapshot *snapshot);
/* An entry, its leaf hash compared with `leaf` when that is not NULL: CORRUPT when it differs. Borrowed until
 * the snapshot ends. */
enum custody_status journal_read(struct journal_snapshot *snapshot,
                                 uint64_t number,
                                 const struct digest *leaf,
                                 struct span *ret);

#endif
