/* connection.c: frames to the daemon and back, over ZeroMQ with CURVE.
 * Never reads what is in a body, never decides to send again. */
#include "client/lib/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zmq.h>

#include "proto/bytes.h"
#include "client/lib/problem.h"

enum {
    QUEUE_LENGTH = 1000,
    HEARTBEAT_MS = 5000,
    HANDSHAKE_MS = 10000,
    CONNECT_MS = 3000, /* a network that is there answers sooner, also over a satellite */
    RECONNECT_MS = 100,
    RECONNECT_MAX_MS = 5000,
    ANSWER_FRAMES = 3,
    EVENT_SIZE = 6, /* u16 event, u32 value, both in the machine's order (zmq_socket_monitor) */
};

struct connection {
    void *context;
    void *socket;
    void *monitor;
    char *endpoint;
    uint64_t next_call;
    bool was_up;          /* ever */
    bool is_up;           /* the last that was seen: a handshake that succeeded */
    bool is_not_admitted; /* the last handshake failed at the door */
    zmq_msg_t frames[ANSWER_FRAMES];
    bool has_frames;
};

int64_t connection_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void connection_wait_ms(int ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    while (ms > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}

static bool set_number(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool configure(void *socket, const uint8_t *server_key, const struct identity *identity)
{
    int64_t reply_max = ENVELOPE_REPLY_SIZE_MAX;
    return set_number(socket, ZMQ_LINGER, 0) && set_number(socket, ZMQ_SNDHWM, QUEUE_LENGTH) &&
           set_number(socket, ZMQ_RCVHWM, QUEUE_LENGTH) &&
           set_number(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set_number(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_number(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_number(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_MAX_MS) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &reply_max, sizeof(reply_max)) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server_key, IDENTITY_CURVE_SIZE) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, identity->curve_public,
                          IDENTITY_CURVE_SIZE) == 0 &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, identity->curve_secret,
                          IDENTITY_CURVE_SIZE) == 0;
}

/* The monitor tells of handshakes; its name is this connection's own. */
static bool watch(struct connection *connection)
{
    char name[64];
    snprintf(name, sizeof(name), "inproc://custody-monitor-%p", (void *)connection);
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                 ZMQ_EVENT_DISCONNECTED;
    if (zmq_socket_monitor(connection->socket, name, events) != 0)
        return false;
    connection->monitor = zmq_socket(connection->context, ZMQ_PAIR);
    return connection->monitor != NULL && set_number(connection->monitor, ZMQ_LINGER, 0) &&
           zmq_connect(connection->monitor, name) == 0;
}

enum custody_status connection_open(const char *endpoint,
                                    const uint8_t server_key[static IDENTITY_CURVE_SIZE],
                                    const struct identity *identity,
                                    struct connection **ret,
                                    struct custody_problem *problem)
{
    enum custody_status status = CUSTODY_OK;
    struct connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL)
        return problem_set(problem, CUSTODY_ERR_MEMORY, endpoint, NULL, "nothing left");
    connection->next_call = 1;
    connection->endpoint = strdup(endpoint);
    connection->context = zmq_ctx_new();
    if (connection->context != NULL)
        connection->socket = zmq_socket(connection->context, ZMQ_DEALER);
    if (connection->endpoint == NULL || connection->socket == NULL ||
        !configure(connection->socket, server_key, identity) || !watch(connection)) {
        status = problem_set(problem, CUSTODY_ERR_MEMORY, endpoint, NULL, "ZeroMQ: %s",
                             zmq_strerror(zmq_errno()));
        goto done;
    }
    if (zmq_connect(connection->socket, endpoint) != 0) {
        status = problem_set(problem, CUSTODY_ERR_INVALID, "endpoint", "tcp://host:port", "%s",
                             endpoint);
        goto done;
    }
    *ret = connection;
    connection = NULL;
done:
    connection_close(connection);
    return status;
}

static void drop_frames(struct connection *connection)
{
    for (size_t i = 0; connection->has_frames && i < ANSWER_FRAMES; i++)
        zmq_msg_close(&connection->frames[i]);
    connection->has_frames = false;
}

void connection_close(struct connection *connection)
{
    if (connection == NULL)
        return;
    drop_frames(connection);
    /* The monitoring ends before its reader goes: libzmq's thread would wait for ever to tell nobody of a connection that breaks
     * just then, and this one for it. */
    if (connection->socket != NULL)
        zmq_socket_monitor(connection->socket, NULL, 0);
    if (connection->monitor != NULL)
        zmq_close(connection->monitor);
    if (connection->socket != NULL)
        zmq_close(connection->socket);
    if (connection->context != NULL)
        zmq_ctx_term(connection->context);
    free(connection->endpoint);
    free(connection);
}

/* ---- sending ---- */

/* `parts` become one frame. */
static bool send_frame(void *socket, const struct span *parts, size_t count, bool is_last)
{
    zmq_msg_t message;
    size_t len = 0, at = 0;
    for (size_t i = 0; i < count; i++)
        len += parts[i].len;
    if (zmq_msg_init_size(&message, len) != 0)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            memcpy((uint8_t *)zmq_msg_data(&message) + at, parts[i].data, parts[i].len);
        at += parts[i].len;
    }
    /* Without waiting: with a full queue nothing has left for long, and that is an answer. The frames of one message go
     * together: only the first can find the queue full. */
    int flags = ZMQ_DONTWAIT | (is_last ? 0 : ZMQ_SNDMORE);
    if (zmq_msg_send(&message, socket, flags) >= 0)
        return true;
    zmq_msg_close(&message);
    return false;
}

enum custody_status connection_send(struct connection *connection,
                                    uint16_t kind,
                                    const struct span body[static 2],
                                    const struct span *records,
                                    size_t record_count,
                                    uint64_t *call,
                                    struct custody_problem *problem)
{
    uint8_t head[ENVELOPE_CALL_SIZE];
    const struct envelope envelope = {.call = *call != 0 ? *call : connection->next_call++,
                                      .kind = kind};
    const struct span version = span_text(ENVELOPE_VERSION);
    envelope_write_call(&envelope, head);
    const struct span call_span = span_of(head, sizeof(head));
    bool is_sent = send_frame(connection->socket, &version, 1, false) &&
                   send_frame(connection->socket, &call_span, 1, false) &&
                   send_frame(connection->socket, body, 2, record_count == 0);
    for (size_t i = 0; is_sent && i < record_count; i++)
        is_sent = send_frame(connection->socket, &records[i], 1, i + 1 == record_count);
    if (!is_sent)
        return problem_set(problem, CUSTODY_ERR_UNREACHABLE, "endpoint", "a daemon that listens",
                           "%s: nothing leaves", connection->endpoint);
    *call = envelope.call;
    return CUSTODY_OK;
}

/* ---- receiving ---- */

static void take_event(struct connection *connection)
{
    zmq_msg_t frame;
    uint16_t event = 0;
    bool is_first = true;
    int more = 1;
    while (more) {
        zmq_msg_init(&frame);
        if (zmq_msg_recv(&frame, connection->monitor, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&frame);
            return;
        }
        if (is_first && zmq_msg_size(&frame) >= EVENT_SIZE)
            memcpy(&event, zmq_msg_data(&frame), sizeof(event));
        is_first = false;
        more = zmq_msg_more(&frame);
        zmq_msg_close(&frame);
    }
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
        connection->is_up = true;
        connection->was_up = true;
        connection->is_not_admitted = false;
    } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        connection->is_up = false;
        connection->is_not_admitted = true;
    } else if (event != 0) {
        connection->is_up = false;
    }
}

/* One message, of which the first ANSWER_FRAMES frames are held. False when it has another number of them. */
static bool take_message(struct connection *connection)
{
    size_t count = 0;
    int more = 1;
    drop_frames(connection);
    for (size_t i = 0; i < ANSWER_FRAMES; i++)
        zmq_msg_init(&connection->frames[i]);
    connection->has_frames = true;
    while (more) {
        zmq_msg_t other;
        zmq_msg_t *frame = &other;
        if (count < ANSWER_FRAMES)
            frame = &connection->frames[count];
        else
            zmq_msg_init(frame);
        int result = zmq_msg_recv(frame, connection->socket, ZMQ_DONTWAIT);
        more = result >= 0 ? zmq_msg_more(frame) : 0;
        if (frame == &other)
            zmq_msg_close(&other);
        if (result < 0)
            return false;
        count++;
    }
    return count == ANSWER_FRAMES;
}

static bool parse_answer(struct connection *connection, struct connection_answer *ret)
{
    struct span frames[ANSWER_FRAMES];
    struct envelope envelope;
    for (size_t i = 0; i < ANSWER_FRAMES; i++)
        frames[i] =
            span_of(zmq_msg_data(&connection->frames[i]), zmq_msg_size(&connection->frames[i]));
    if (envelope_parse_reply(frames, ANSWER_FRAMES, &envelope) != ENVELOPE_OK)
        return false;
    *ret = (struct connection_answer){.call = envelope.call,
                                      .kind = envelope.kind,
                                      .outcome = envelope.outcome,
                                      .body = envelope.body};
    return true;
}

static enum custody_status no_answer(const struct connection *connection,
                                     struct custody_problem *problem)
{
    if (connection->is_not_admitted) {
        problem_from_reason(problem, CUSTODY_OUTCOME_unavailable, CUSTODY_REASON_enrolment_awaited,
                            "curve_key");
        problem_advise(problem, "have this device's key enrolled; what was kept stays kept");
        return CUSTODY_ERR_UNREACHABLE;
    }
    if (connection->is_up)
        return problem_set(problem, CUSTODY_ERR_TIMEOUT, "endpoint", NULL, "%s: no answer",
                           connection->endpoint);
    return problem_set(problem, CUSTODY_ERR_UNREACHABLE, "endpoint", "a daemon that listens",
                       "%s: no connection", connection->endpoint);
}

enum custody_status connection_receive(struct connection *connection,
                                       int timeout_ms,
                                       struct connection_answer *ret,
                                       struct custody_problem *problem)
{
    int64_t deadline = connection_now_ms() + timeout_ms;
    zmq_pollitem_t items[] = {{.socket = connection->socket, .events = ZMQ_POLLIN},
                              {.socket = connection->monitor, .events = ZMQ_POLLIN}};
    for (;;) {
        int64_t left = deadline - connection_now_ms();
        int count = zmq_poll(items, 2, left > 0 ? (long)left : 0);
        if (count < 0 && zmq_errno() != EINTR)
            return problem_set(problem, CUSTODY_ERR_IO, "endpoint", NULL, "ZeroMQ: %s",
                               zmq_strerror(zmq_errno()));
        if (count > 0 && (items[1].revents & ZMQ_POLLIN) != 0)
            take_event(connection);
        if (count > 0 && (items[0].revents & ZMQ_POLLIN) != 0 && take_message(connection) &&
            parse_answer(connection, ret))
            return CUSTODY_OK;
        if (connection->is_not_admitted || (count <= 0 && left <= 0))
            return no_answer(connection, problem);
    }
}

int connection_patience_ms(const struct connection *connection, int timeout_ms)
{
    return connection->was_up || timeout_ms < CONNECT_MS ? timeout_ms : CONNECT_MS;
}
