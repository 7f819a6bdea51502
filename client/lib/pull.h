/* pull.h: following the ledger: every entry's hash into a tree of one's own, compared with the signed root.
 * Never trusts a page: an entry counts when the recomputed root is the checkpoint's. The public part is custody_client_follow. */
#ifndef CUSTODY_CLIENT_LIB_PULL_H
#define CUSTODY_CLIENT_LIB_PULL_H

#include "proto/lineage.h"
#include "client/lib/client.h"

/* A tree as far as it was followed, and what was seen of its entries on the way. */
struct pull {
    struct merkle_edge edge;
    struct digest origins[LINEAGE_MAX]; /* that this ledger accepts; its own first */
    size_t origin_count;
    int64_t last_recorded_us;
    bool checks_signatures;
    uint64_t unread;
    uint64_t signatures;
};

void pull_init(struct pull *pull, const char *origin, bool checks_signatures);
/* The next entry. Its number, form, order in time and, when asked for, its statement's signature are checked. */
CUSTODY_CHECK enum custody_status
pull_take(struct pull *pull, const Custody__V1__Entry *entry, struct custody_problem *problem);

/* How far it followed, as the file `followed` keeps it. What cannot be parsed may have changed a part of `*pull`. */
enum { PULL_POSITION_MAX = 16 + 8 + MERKLE_EDGE_BYTES_MAX + LINEAGE_MAX * DIGEST_SIZE + 64 };
size_t pull_write_position(const struct pull *pull, uint8_t ret[static PULL_POSITION_MAX]);
bool pull_parse_position(struct span bytes, struct pull *pull);

#endif
