/* lineage.h: the names of a ledger that was restored: `name`, `name/2`, `name/3`, each the successor of the one before.
 * Never says that there was a predecessor: a name says only what it would have been called (DESIGN 6).
 *
 * A statement that was addressed to a predecessor is the successor's too, bytes and signature as they are. */
#ifndef CUSTODY_PROTO_LINEAGE_H
#define CUSTODY_PROTO_LINEAGE_H

#include "proto/checkpoint.h"

/* Its own and seven predecessors; the first in the line may have been called `name` or `name/1`. */
enum { LINEAGE_MAX = 8 };

/* `name` -> `name/2`, `name/7` -> `name/8`. False when that is too long, or the number too large. */
bool lineage_next(const char *origin, char ret[static CHECKPOINT_ORIGIN_MAX + 1]);
bool lineage_is_successor(const char *origin, const char *of);
/* Addresses under which statements may have been signed that this ledger took: its own first, then its predecessors', the newest
 * first. Returns how many. */
size_t lineage_addresses(const char *origin, struct digest ret[static LINEAGE_MAX]);

#endif
