/* query.h: an answer from one snapshot: hello, head, trace, unclosed, findings, show, prove, entries, party, record, access.
 * Never writes. Any thread; each call takes snapshots of its own and gives them back. */
#ifndef CUSTODY_SERVICE_QUERY_H
#define CUSTODY_SERVICE_QUERY_H

#include "proto/custody.pb-c.h"
#include "proto/envelope.h"
#include "daemon/base/arena.h"
#include "daemon/service/access.h"

struct asking;

struct query {
    /* in */
    const struct access_caller *caller;
    uint16_t kind; /* enum envelope_kind, not SUBMIT and not STATUS (the server's own) */
    struct span body;
    int64_t now_us;
    uint64_t deadline_ns; /* of clock_monotonic_ns: past it the answer is cut or `busy` */
    struct arena *arena;
    /* out, as in submit.h */
    uint16_t outcome;
    struct span reply;
};

void query_answer(struct ledger *ledger, struct query *query);

#endif
