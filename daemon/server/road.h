/* road.h: the way of a request through the daemon: which queue hands it to whom.
 * Never owns a thread; the server makes the queues and closes them in this order.
 *
 *   front -> submissions -> verifiers -> batches -> writer -> replies -> front
 *   front -> questions -> readers -> replies -> front
 *
 * `replies` has room for every job that exists, so a push to it never fails. */
#ifndef CUSTODY_SERVER_ROAD_H
#define CUSTODY_SERVER_ROAD_H

#include "proto/envelope.h"
#include "daemon/base/queue.h"
#include "daemon/service/ledger.h"
#include "daemon/server/meter.h"

enum { ROAD_LANES_MAX = 64 };

struct road {
    struct ledger *ledger;
    struct meter *meter;
    /* One lane a verifier. All statements of one key take the same lane, so that none overtakes another: what a permission is
     * decided by must not hang on which thread was faster. */
    struct queue *submissions[ROAD_LANES_MAX];
    unsigned lanes;
    struct queue *batches;
    struct queue *questions;
    struct queue *replies;
};

/* The lane of the key that the statement names, whatever its signature will turn out to be worth. */
static inline struct queue *road_lane(const struct road *road, struct span submission)
{
    enum { KEY_AT = SIGNATURE_SIZE + STATEMENT_KEY_OFFSET };
    unsigned key = submission.len < KEY_AT + PUBLIC_KEY_SIZE ? 0 : submission.data[KEY_AT];
    return road->submissions[key % road->lanes];
}

#endif
