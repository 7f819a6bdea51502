/* meter.h: the server's own counters, and all that is counted, told twice from one list: to STATUS and to Prometheus.
 * Never says anything of one user. Threads: any. */
#ifndef CUSTODY_SERVER_METER_H
#define CUSTODY_SERVER_METER_H

#include "proto/envelope.h"
#include "daemon/base/arena.h"
#include "daemon/base/exposition.h"
#include "daemon/base/metric.h"
#include "daemon/service/ledger.h"

struct road;

/* Columns: name, what it counts. */
#define METER_COUNTERS(X)                                                                          \
    X(connections_accepted, "connections taken")                                                   \
    X(connections_cut, "connections cut for sending or holding more than they may")                \
    X(door_admitted, "handshakes admitted")                                                        \
    X(door_denied, "handshakes denied")                                                            \
    X(messages, "messages taken from the request socket")                                          \
    X(malformed, "messages that are not a request of this protocol")                               \
    X(unanswerable, "of these, messages without a call number: dropped")                           \
    X(turned_away, "statements turned away: not one, bad signature, other origin, too large")      \
    X(not_admitted, "requests by keys that may not ask them")                                      \
    X(busy_queue, "requests answered busy: queues or jobs full")                                   \
    X(busy_quota, "requests answered busy: a key's or party's share spent")                        \
    X(unheeded,                                                                                    \
      "requests dropped: their sender was cut, for going on against busy or for another excess")   \
    X(replies, "answers handed to the request socket")                                             \
    X(replies_dropped, "answers dropped: the asker is gone or does not read")                      \
    X(heads_announced, "checkpoints published")

/* The same, of what also gets less. */
#define METER_GAUGES(X)                                                                            \
    X(bytes_unread, "bytes of answers that their askers have not read yet")                        \
    X(connections_open, "connections open now")                                                    \
    X(jobs_in_flight, "requests taken and not answered yet")                                       \
    X(users, "keys that the front remembers")

struct meter {
#define METER_X(name, help) struct metric_counter name;
    METER_COUNTERS(METER_X)
    METER_GAUGES(METER_X)
#undef METER_X
    struct metric_counter problems[LEDGER_REASONS_END]; /* by reason */
    struct metric_counter requests[ENVELOPE_KINDS];
    struct metric_histogram latency[ENVELOPE_KINDS]; /* frames in to answer out */
    struct metric_histogram verify;                  /* one statement */
    int64_t started_at_us;
};

/* An answer that is a Problem left; `reply` is its body, read with the arena's memory. */
void meter_count_problem(struct meter *meter, struct span reply, struct arena *arena);
/* All of it for Prometheus. */
void meter_expose(const struct road *road, struct exposition *page);
/* A packed StatusReply; empty when the arena is full. */
struct span meter_answer(const struct road *road, int64_t now_us, struct arena *arena);

#endif
