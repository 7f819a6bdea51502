/* outgoing.c: one message of several frames: all of them leave, or none.
 * Never waits. */
#include "daemon/server/outgoing.h"

#include <errno.h>
#include <string.h>

#include "daemon/base/logger.h"

void outgoing_init(struct outgoing *outgoing)
{
    outgoing->count = 0;
    outgoing->failed = false;
}

void outgoing_add(struct outgoing *outgoing, struct span frame)
{
    INVARIANT(outgoing->count < OUTGOING_FRAMES_MAX);
    zmq_msg_t *copy = &outgoing->frames[outgoing->count];
    if (outgoing->failed || zmq_msg_init_size(copy, frame.len) != 0) {
        outgoing->failed = true;
        return;
    }
    if (frame.len > 0) {
        memcpy(zmq_msg_data(copy), frame.data, frame.len);
    }
    outgoing->count++;
}

void outgoing_take(struct outgoing *outgoing, zmq_msg_t *frame)
{
    INVARIANT(outgoing->count < OUTGOING_FRAMES_MAX);
    if (!outgoing->failed) {
        zmq_msg_t *taken = &outgoing->frames[outgoing->count++];
        zmq_msg_init(taken);
        zmq_msg_move(taken, frame);
    }
}

bool outgoing_send(struct outgoing *outgoing, void *socket)
{
    bool is_sent = !outgoing->failed;
    for (size_t i = 0; i < outgoing->count; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < outgoing->count ? ZMQ_SNDMORE : 0);
        if (is_sent && zmq_msg_send(&outgoing->frames[i], socket, flags) < 0) {
            INVARIANT(i == 0 || errno == ETERM);
            is_sent = false;
        }
        zmq_msg_close(&outgoing->frames[i]);
    }
    outgoing_init(outgoing);
    return is_sent;
}
