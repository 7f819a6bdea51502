/* lookups.h: everything derived from the journal, in an environment of its own.
 * Never the truth: what is here may be dropped and is rebuilt from the journal.
 *
 * Four layers, newest first. A batch being worked on writes into *pending*; when its journal commit stands, pending joins
 * the *overlay*. lookups_seal makes of the overlay the *sealed* one, which nobody changes any more, and begins an empty one;
 * lookups_project moves the sealed one into *LMDB* in one commit, which also records how far it is; lookups_release then
 * drops the sealed one. lookups_get sees all four. Readers see only what LMDB has committed. Sealing and projecting come
 * after the journal's commit, so look-ups on disk never reflect an entry that is not on disk.
 * Overlay and sealed one are bounded together, save for the batch under way: lookups_is_full says when a new batch must be
 * answered `busy`. How much of it all is in LMDB and how much is not makes no difference to what lookups_get says.
 * Values carry a checksum over table, key and value: a damaged row is CORRUPT, never served.
 * Threads: writer's thread, save lookups_project, which is the projector's, and the snapshots. */
#ifndef CUSTODY_LEDGER_LOOKUPS_H
#define CUSTODY_LEDGER_LOOKUPS_H

#include "daemon/ledger/store.h"
#include "daemon/ledger/tables.h"

struct lookups;

/* `folder` is the data folder: the environment is folder/lookups-<LOOKUPS_FORMAT>. `overlay_max` is in bytes. */
/* CORRUPT when the position row is damaged or missing: drop and rebuild. */
enum custody_status lookups_open(const char *folder,
                                 enum store_mode mode,
                                 uint64_t map_size,
                                 size_t overlay_max,
                                 struct lookups **ret);
void lookups_close(struct lookups *lookups);
/* Remove the environment's files (it must be closed): the next open starts from nothing. */
enum custody_status lookups_drop(const char *folder);

/* The newest format below LOOKUPS_FORMAT of which look-ups lie in the folder; 0: there are none. Those of a newer program are left
 * alone: they stay true of the entries that they reflect, and that program goes on with them. */
uint32_t lookups_find_older(const char *folder);
/* Look-ups of that format, only to be read; whoever asks knows which of their rows have kept their form. */
enum custody_status lookups_open_older(const char *folder,
                                       uint32_t format,
                                       enum store_mode mode,
                                       uint64_t map_size,
                                       struct lookups **ret);
enum custody_status lookups_drop_older(const char *folder, uint32_t format);

/* Entries whose effect is committed to LMDB (as of the last release), and those whose effect lookups_get shows. */
uint64_t lookups_committed(const struct lookups *lookups);
uint64_t lookups_reflected(const struct lookups *lookups);
bool lookups_is_full(const struct lookups *lookups);
size_t lookups_pending_changes(const struct lookups *lookups); /* rows that LMDB lacks changes of */
size_t lookups_overlay(const struct lookups *lookups);         /* bytes of overlay and sealed one */

/* Bytes of the data file in use. */
uint64_t lookups_used(struct lookups *lookups);

/* Point access. `key` has no table byte. What get lends lives until the next revert, discard, release or flush:
 * puts and deletes, of the same row too, leave it as it is. A delete of a row that is not there is OK.
 * INVALID: a key over LOOKUPS_KEY_MAX or a value over LOOKUPS_VALUE_MAX bytes. */
enum custody_status
lookups_get(struct lookups *lookups, enum lookups_table table, struct span key, struct span *ret);
enum custody_status
lookups_put(struct lookups *lookups, enum lookups_table table, struct span key, struct span value);
enum custody_status
lookups_delete(struct lookups *lookups, enum lookups_table table, struct span key);

/* Rows of `table` whose key starts with `prefix`, from the first key >= `from` to before `until` (each has the prefix, or is
 * empty: no bound), as lookups_get shows them, in no order: what is not flushed yet comes last. Reads no flushed row beyond
 * `until`; looks at every change that is not flushed; for what is asked seldom. Stops when `visit` gives false. */
typedef bool lookups_visit(void *context, struct span key, struct span value);
enum custody_status lookups_scan(struct lookups *lookups,
                                 enum lookups_table table,
                                 struct span prefix,
                                 struct span from,
                                 struct span until,
                                 lookups_visit *visit,
                                 void *context);

/* A savepoint inside pending, for one statement that must leave no trace (out of memory half-way). */
size_t lookups_mark(const struct lookups *lookups);
void lookups_revert(struct lookups *lookups, size_t mark);
/* The batch's journal commit stands: pending joins the overlay, which now reflects entries before `entries`. */
enum custody_status lookups_accept(struct lookups *lookups, uint64_t entries);
/* The batch came to nothing: pending is dropped. */
void lookups_discard(struct lookups *lookups);

/* The projector, in this order. The caller sees to it that each step of one thread is seen by the other (a mutex).
 *   lookups_seal     writer's thread, pending empty: true when something is sealed, now or since before; false when LMDB has
 *                    everything. Costs the same however much it is.
 *   lookups_project  projector's thread, any one at a time: commits what is sealed, with its position in the same
 *                    transaction. A failure changes nothing and may be tried again. CORRUPT: a row that a change replaces is
 *                    damaged. UNKNOWN_RESULT: the process must leave.
 *   lookups_release  writer's thread, after lookups_project gave OK: the sealed one is dropped. */
bool lookups_seal(struct lookups *lookups);
enum custody_status lookups_project(struct lookups *lookups);
void lookups_release(struct lookups *lookups);
/* The three in one, until LMDB has everything; for who has no projector. A failure leaves overlay and sealed one in place. */
enum custody_status lookups_flush(struct lookups *lookups);

/* Readers, any thread. */
struct lookups_snapshot;
enum custody_status lookups_snapshot_begin(struct lookups *lookups, struct lookups_snapshot **ret);
void lookups_snapshot_end(struct lookups_snapshot *snapshot);
uint64_t lookups_snapshot_position(const struct lookups_snapshot *snapshot);
/* Rows that were asked for or walked over since it began. */
uint64_t lookups_snapshot_reads(const struct lookups_snapshot *snapshot);
/* Borrowed until the snapshot ends. */
enum custody_status lookups_snapshot_get(struct lookups_snapshot *snapshot,
                                         enum lookups_table table,
                                         struct span key,
                                         struct span *ret);
/* Rows of `table` whose key starts with `prefix`, from the first key >= `from` (which has the prefix, or is empty).
 * Stops when `visit` gives false. */
enum custody_status lookups_snapshot_scan(struct lookups_snapshot *snapshot,
                                          enum lookups_table table,
                                          struct span prefix,
                                          struct span from,
                                          lookups_visit *visit,
                                          void *context);

/* Every row of both that LMDB has, the position too; CORRUPT at the first difference, described in `ret`
 * (at most `cap` bytes, a sentence). */
enum custody_status lookups_compare(struct lookups *a, struct lookups *b, char *ret, size_t cap);
/* Walk every row on a snapshot: its checksum, and count and sum of each table against what the position
 * row says. CORRUPT with a sentence, OK with one too. Any thread. */
enum custody_status lookups_scrub(struct lookups *lookups, char *ret, size_t cap);

#endif
