/* mark.h: the newest published checkpoint, in a small file outside the data folder.
 * Never read while running: it is what a start compares the journal with, so that a ledger that was rolled
 * back (an old copy put in its place, a lost meta page) is refused.
 *
 * Written by temporary file, fsync, rename, fsync of the folder; trails the journal by at most a second. */
#ifndef CUSTODY_LEDGER_MARK_H
#define CUSTODY_LEDGER_MARK_H

#include <custody/status.h>
#include "proto/checkpoint.h"
#include "proto/merkle.h"

enum custody_status mark_write(const char *path, struct span note);
/* NOT_FOUND when there is none; EVIDENCE when it is longer than `cap`. */
enum custody_status mark_read(const char *path, uint8_t *ret, size_t cap, size_t *ret_len);
/* OK; ROLLBACK when the journal is smaller or has another root at that size; EVIDENCE when the note is not one
 * by this ledger's key; CORRUPT when `read_node` does not give the nodes that are needed. `read_node` and `context`
 * give the journal's tree nodes. */
enum custody_status mark_check(struct span note,
                               const char *origin,
                               const uint8_t key[static PUBLIC_KEY_SIZE],
                               uint64_t size,
                               merkle_read_node *read_node,
                               void *context);

#endif
