/* line.c: three frames out, three frames in.
 * Never dies of a peer that is gone: under attack that is to be expected. */
#include "tests/storm/line.h"

#include <errno.h>

#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"

enum { RETRY_MS = 100 };

void line_set(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof(value)) != 0) {
        die("zmq_setsockopt: %s", zmq_strerror(errno));
    }
}

static void set_bytes(void *socket, int option, const void *value, size_t len)
{
    if (zmq_setsockopt(socket, option, value, len) != 0) {
        die("zmq_setsockopt: %s", zmq_strerror(errno));
    }
}

void *line_make(void *context, int type, const char *server_key, const struct author *author)
{
    void *socket = zmq_socket(context, type);
    if (socket == NULL) {
        die("zmq_socket: %s", zmq_strerror(errno));
    }
    line_set(socket, ZMQ_LINGER, 0);
    set_bytes(socket, ZMQ_CURVE_SERVERKEY, server_key, 40);
    set_bytes(socket, ZMQ_CURVE_PUBLICKEY, author->curve_public, AUTHOR_CURVE_SIZE);
    set_bytes(socket, ZMQ_CURVE_SECRETKEY, author->curve_secret, AUTHOR_CURVE_SIZE);
    return socket;
}

void *line_open(void *context, const struct storm *storm, const struct author *author)
{
    void *socket = line_make(context, ZMQ_DEALER, storm->server_key, author);
    if (zmq_connect(socket, storm->endpoint) != 0) {
        die("%s: %s", storm->endpoint, zmq_strerror(errno));
    }
    return socket;
}

bool line_ask(void *socket, uint64_t call, uint16_t kind, struct span body)
{
    uint8_t frame[ENVELOPE_CALL_SIZE];
    const struct envelope envelope = {.call = call, .kind = kind};
    envelope_write_call(&envelope, frame);
    /* The first frame finds the room; the others follow it. */
    return zmq_send(socket, ENVELOPE_VERSION, sizeof(ENVELOPE_VERSION) - 1,
                    ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
           zmq_send(socket, frame, sizeof(frame), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
           zmq_send(socket, body.data, body.len, ZMQ_DONTWAIT) >= 0;
}

bool line_hear(void *socket, struct line_answer *ret)
{
    enum { FRAMES = 3 };
    zmq_msg_t frames[FRAMES];
    struct span spans[FRAMES];
    struct envelope envelope;
    size_t count = 0;
    bool has_more = true;
    for (; count < FRAMES && has_more; count++) {
        zmq_msg_init(&frames[count]);
        if (zmq_msg_recv(&frames[count], socket, ZMQ_DONTWAIT) < 0) {
            if (count > 0) {
                die("half an answer");
            }
            zmq_msg_close(&frames[count]);
            return false;
        }
        spans[count] = span_of(zmq_msg_data(&frames[count]), zmq_msg_size(&frames[count]));
        has_more = zmq_msg_more(&frames[count]) != 0;
    }
    if (has_more || envelope_parse_reply(spans, count, &envelope) != ENVELOPE_OK) {
        die("an answer that is none");
    }
    ret->call = envelope.call;
    ret->kind = envelope.kind;
    ret->outcome = envelope.outcome;
    zmq_msg_init(&ret->body);
    zmq_msg_move(&ret->body, &frames[FRAMES - 1]);
    for (size_t i = 0; i < FRAMES; i++) {
        zmq_msg_close(&frames[i]);
    }
    return true;
}

struct span line_body(struct line_answer *answer)
{
    return span_of(zmq_msg_data(&answer->body), zmq_msg_size(&answer->body));
}

uint32_t line_retry_ms(struct line_answer *answer)
{
    struct span body = line_body(answer);
    Custody__V1__Problem *problem = custody__v1__problem__unpack(NULL, body.len, body.data);
    if (problem == NULL) {
        die("a problem that cannot be read");
    }
    uint32_t retry_ms = problem->retry_after_ms;
    custody__v1__problem__free_unpacked(problem, NULL);
    return retry_ms == 0 ? RETRY_MS : retry_ms;
}
