/* wire.h: submissions and questions out, answers in, over one DEALER with CURVE (PROTOCOL.md 2 and 6).
 * Never reads the body of an answer. */
#ifndef TESTS_LIB_WIRE_H
#define TESTS_LIB_WIRE_H

#include <zmq.h>

#include "proto/envelope.h"
#include "tests/lib/author.h"

struct wire_answer {
    uint64_t call;
    uint16_t outcome; /* 0: the body is a Receipt, else a Problem */
    zmq_msg_t body;   /* to be closed by whoever received it */
};

void *wire_connect(void *context,
                   const char *endpoint,
                   const char *server_key, /* Z85 */
                   const struct author *author);
void wire_submit(void *socket, uint64_t call, struct span submission);
/* Any other question: `body` is the packed message of its kind. */
void wire_ask(void *socket, uint64_t call, uint16_t kind, struct span body);
/* False: there is none now, or, when `may_wait`, none came in time. */
bool wire_receive(void *socket, bool may_wait, struct wire_answer *ret);
/* The same of another question: outcome 0 is a reply of that kind. */
bool wire_receive_kind(void *socket, uint16_t kind, bool may_wait, struct wire_answer *ret);

#endif
