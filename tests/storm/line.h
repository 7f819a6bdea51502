/* line.h: requests out and answers in over one socket, for clients of either kind.
 * Never waits: what has no room now or has not come yet is said to be so. */
#ifndef TESTS_STORM_LINE_H
#define TESTS_STORM_LINE_H

#include <zmq.h>

#include "proto/envelope.h"
#include "tests/storm/storm.h"

struct line_answer {
    uint64_t call;
    uint16_t kind;
    uint16_t outcome; /* 0: the body is the kind's answer, else a Problem */
    zmq_msg_t body;   /* to be closed by whoever received it */
};

/* A DEALER with this author's CURVE pair and the ledger's key, connected. */
void *line_open(void *context, const struct storm *storm, const struct author *author);
/* The same with another server key, and not yet connected: options may still be set. */
void *line_make(void *context, int type, const char *server_key, const struct author *author);
void line_set(void *socket, int option, int value);
/* False: no room. */
bool line_ask(void *socket, uint64_t call, uint16_t kind, struct span body);
/* False: nothing is there. */
bool line_hear(void *socket, struct line_answer *ret);
struct span line_body(struct line_answer *answer);
/* Of an answer with an outcome: when to come back. */
uint32_t line_retry_ms(struct line_answer *answer);

#endif
