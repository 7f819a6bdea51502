/* outgoing.h: one message of several frames: all of them leave, or none.
 * Never waits.
 *
 * libzmq takes a message frame by frame, and what follows half of one is taken for its other half: the next answer would go
 * to the peer before it. So every frame has its memory before the first leaves; once that is taken libzmq refuses none of the
 * others, unless its context ends (zmq_send(3)); if it does, the process ends. Threads: the socket's. */
#ifndef CUSTODY_SERVER_OUTGOING_H
#define CUSTODY_SERVER_OUTGOING_H

#include <stdbool.h>
#include <zmq.h>

#include "proto/span.h"

enum { OUTGOING_FRAMES_MAX = 8 };

struct outgoing {
    zmq_msg_t frames[OUTGOING_FRAMES_MAX];
    size_t count;
    bool failed; /* sticky: no memory for a frame */
};

void outgoing_init(struct outgoing *outgoing);
/* A copy; or a message that came from libzmq, which is empty afterwards. */
void outgoing_add(struct outgoing *outgoing, struct span frame);
void outgoing_take(struct outgoing *outgoing, zmq_msg_t *frame);
/* False: nothing of it has left. Either way `*outgoing` is to be made anew. */
bool outgoing_send(struct outgoing *outgoing, void *socket);

#endif
