/* connection.h: frames to the daemon and back, over ZeroMQ with CURVE.
 * Never reads what is in a body, never decides to send again.
 *
 * ZeroMQ connects and reconnects by itself; what comes back is whether an answer came in time, and if not, why: the
 * daemon cannot be reached, it does not admit this key, or it did not answer. */
#ifndef CUSTODY_CLIENT_LIB_CONNECTION_H
#define CUSTODY_CLIENT_LIB_CONNECTION_H

#include <custody/client.h>
#include "proto/envelope.h"
#include "client/lib/identity.h"

struct connection;

/* An answer as it came. `body` lives until the next receive or close. */
struct connection_answer {
    uint64_t call;
    uint16_t kind;
    uint16_t outcome; /* 0: `body` is the kind's reply, else a Problem */
    struct span body;
};

CUSTODY_CHECK enum custody_status
connection_open(const char *endpoint,
                const uint8_t server_key[static IDENTITY_CURVE_SIZE],
                const struct identity *identity,
                struct connection **ret,
                struct custody_problem *problem);
void connection_close(struct connection *connection); /* NULL is allowed */
/* The body in two parts (a submission: signature and statement); either may be empty. `*call`: 0 for a new request, whose number it then
 * is; that number to send the same request again, so that an answer to any of them is the answer. */
CUSTODY_CHECK enum custody_status connection_send(struct connection *connection,
                                                  uint16_t kind,
                                                  const struct span body[static 2],
                                                  const struct span *records,
                                                  size_t record_count,
                                                  uint64_t *call,
                                                  struct custody_problem *problem);
/* The next answer that is one. ERR_TIMEOUT, ERR_UNREACHABLE, or ERR_REFUSED (not admitted) when none came. */
CUSTODY_CHECK enum custody_status connection_receive(struct connection *connection,
                                                     int timeout_ms,
                                                     struct connection_answer *ret,
                                                     struct custody_problem *problem);
/* How long it is worth waiting in all: `timeout_ms`, but not so long for a daemon that was never there. */
int connection_patience_ms(const struct connection *connection, int timeout_ms);
int64_t connection_now_ms(void); /* monotonic: for time-outs only */
void connection_wait_ms(int ms);

#endif
