/* submit.h: a batch of verified statements -> one commit -> receipts.
 * Never answers before the commit that the answer speaks of: submit_batch returns only after it.
 *
 * Writer's thread. If the commit fails every submission of the batch is answered `unavailable` with nothing applied. */
#ifndef CUSTODY_SERVICE_SUBMIT_H
#define CUSTODY_SERVICE_SUBMIT_H

#include "proto/envelope.h"
#include "proto/statement.h"
#include "daemon/base/arena.h"
#include "daemon/service/ledger.h"

enum { SUBMIT_BATCH_MAX = 1024 };

struct submission {
    /* in: borrowed, alive until the reply has been taken */
    const struct statement
        *statement;             /* verified by statement_verify against this ledger's origin */
    const struct span *records; /* for the annex */
    uint32_t record_count;
    bool enrol_only;     /* came through an invitation's connection: only ACT_ENROL_KEY is taken */
    struct arena *arena; /* the reply is made here */
    /* out */
    uint16_t outcome;  /* 0: `reply` is a Receipt; else `reply` is a Problem with that outcome */
    struct span reply; /* packed */
};

/* UNKNOWN_RESULT: answer nothing, leave the process. Anything else: every submission has its answer. */
enum custody_status submit_batch(struct ledger *ledger,
                                 struct submission *const *submissions,
                                 size_t count,
                                 int64_t now_us);
/* What can be done between batches: a generation of look-ups handed over or released (projection.h), mark written, file
 * filled ahead. `idle`: nothing waits.
 * Returns milliseconds until it wants to be called again at the latest. */
int submit_rest(struct ledger *ledger, bool idle);

/* A packed Problem for an answer that never reached the ledger. `field`, `expected`, `got` may be NULL. */
struct span submit_problem(struct arena *arena,
                           uint32_t reason,
                           const char *field,
                           const char *expected,
                           const char *got,
                           uint32_t retry_after_ms,
                           uint16_t *ret_outcome);

#endif
