/* wire.c: three frames out, three frames in.
 * Never sends anything twice. */
#include "tests/lib/wire.h"

#include <errno.h>

#include "tests/lib/die.h"

enum { TIMEOUT_MS = 30000 };

static void must(bool is_done, const char *what)
{
    if (!is_done) {
        die_check();
        die("%s: %s", what, zmq_strerror(errno));
    }
}

static void set(void *socket, int option, const void *value, size_t len)
{
    must(zmq_setsockopt(socket, option, value, len) == 0, "zmq_setsockopt");
}

void *wire_connect(void *context,
                   const char *endpoint,
                   const char *server_key,
                   const struct author *author)
{
    int linger = 0;
    int timeout_ms = TIMEOUT_MS;
    void *socket = zmq_socket(context, ZMQ_DEALER);
    must(socket != NULL, "zmq_socket");
    set(socket, ZMQ_LINGER, &linger, sizeof(linger));
    set(socket, ZMQ_RCVTIMEO, &timeout_ms, sizeof(timeout_ms));
    set(socket, ZMQ_SNDTIMEO, &timeout_ms, sizeof(timeout_ms));
    set(socket, ZMQ_CURVE_SERVERKEY, server_key, 40);
    set(socket, ZMQ_CURVE_PUBLICKEY, author->curve_public, AUTHOR_CURVE_SIZE);
    set(socket, ZMQ_CURVE_SECRETKEY, author->curve_secret, AUTHOR_CURVE_SIZE);
    must(zmq_connect(socket, endpoint) == 0, endpoint);
    return socket;
}

static void send_frame(void *socket, const void *data, size_t len, int flags)
{
    must(zmq_send(socket, data, len, flags) == (int)len, "sending");
}

void wire_ask(void *socket, uint64_t call, uint16_t kind, struct span body)
{
    uint8_t call_frame[ENVELOPE_CALL_SIZE];
    const struct envelope envelope = {.call = call, .kind = kind};
    envelope_write_call(&envelope, call_frame);
    send_frame(socket, ENVELOPE_VERSION, sizeof(ENVELOPE_VERSION) - 1, ZMQ_SNDMORE);
    send_frame(socket, call_frame, sizeof(call_frame), ZMQ_SNDMORE);
    send_frame(socket, body.data, body.len, 0);
}

void wire_submit(void *socket, uint64_t call, struct span submission)
{
    wire_ask(socket, call, ENVELOPE_SUBMIT, submission);
}

static struct span span_of_frame(zmq_msg_t *frame)
{
    return span_of(zmq_msg_data(frame), zmq_msg_size(frame));
}

bool wire_receive_kind(void *socket, uint16_t kind, bool may_wait, struct wire_answer *ret)
{
    zmq_msg_t frames[3];
    struct span spans[3];
    struct envelope envelope;
    size_t count = 0;
    bool has_more = true;
    for (; count < 3 && has_more; count++) {
        zmq_msg_init(&frames[count]);
        if (zmq_msg_recv(&frames[count], socket, may_wait ? 0 : ZMQ_DONTWAIT) < 0) {
            must(count == 0 && errno == EAGAIN, "receiving");
            zmq_msg_close(&frames[count]);
            return false;
        }
        spans[count] = span_of_frame(&frames[count]);
        has_more = zmq_msg_more(&frames[count]) != 0;
    }
    if (has_more || envelope_parse_reply(spans, count, &envelope) != ENVELOPE_OK ||
        envelope.kind != kind) {
        die("an answer that is none");
    }
    ret->call = envelope.call;
    ret->outcome = envelope.outcome;
    zmq_msg_init(&ret->body);
    zmq_msg_move(&ret->body, &frames[2]);
    zmq_msg_close(&frames[0]);
    zmq_msg_close(&frames[1]);
    zmq_msg_close(&frames[2]);
    return true;
}

bool wire_receive(void *socket, bool may_wait, struct wire_answer *ret)
{
    return wire_receive_kind(socket, ENVELOPE_SUBMIT, may_wait, ret);
}
