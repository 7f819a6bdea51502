/* road.h: the way of a request through the daemon: which queue hands it to whom.
 * Never owns a thread; the server makes the queues and closes them in this order.
 *
 *   front -> submissions -> verifiers -> batches -> writer -> replies -> front
 *   front -> questions -> readers -> replies -> front
 *
 * `replies` has room for every job that exists, so a push to it never fails. */
#ifndef CUSTODY_SERVER_ROAD_H
#define CUSTODY_SERVER_ROAD_H

#include "daemon/base/queue.h"
#include "daemon/service/ledger.h"
#include "daemon/server/meter.h"

struct road {
    struct ledger *ledger;
    struct meter *meter;
    struct queue *submissions;
    struct queue *batches;
    struct queue *questions;
    struct queue *replies;
};

#endif
