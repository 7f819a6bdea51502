/* sync.h: brings kept statements to the ledger: in order, pipelined, each once, every receipt verified before it counts.
 * Never signs and never changes a statement: what is sent again is the same bytes. */
#ifndef CUSTODY_CLIENT_LIB_SYNC_H
#define CUSTODY_CLIENT_LIB_SYNC_H

#include "client/lib/client.h"

enum { SYNC_WINDOW = SPOOL_RECEIPTS_AT_ONCE };

/* A statement on its way. The caller fills the first three; the rest is sync's. */
struct sync_item {
    struct span statement;
    uint8_t signature[SIGNATURE_SIZE];
    const struct span *records;
    size_t record_count;
    uint64_t call; /* 0: not sent yet */
    int64_t sent_ms;
    bool is_done;
    Custody__V1__Receipt
        *receipt; /* when done: either a receipt, verified and linked to the kept head, */
    Custody__V1__Problem *problem; /* or why it will never be taken */
};

/* Send up to SYNC_WINDOW items and wait until each is done. ERR_BUSY, ERR_UNREACHABLE and ERR_TIMEOUT leave some undone: what is
 * done holds nevertheless. The caller gives every item to sync_item_done. */
CUSTODY_CHECK enum custody_status
sync_deliver(struct custody_client *client, struct sync_item *items, size_t count);
void sync_item_done(struct sync_item *item);

#endif
