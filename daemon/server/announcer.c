/* announcer.c: one XPUB socket.
 * Never blocks: a subscriber that does not read misses heads, and the next one tells all. */
#include "daemon/server/announcer.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "daemon/server/connections.h"
#include "daemon/server/endpoint.h"
#include "daemon/server/meter.h"
#include "daemon/server/outgoing.h"

enum {
    HIGH_WATER = 8,           /* heads that wait for one subscriber */
    SUBSCRIPTION_MAX = 1024,  /* bytes of one; the frames of a handshake must come in too */
    RECEIVE_MAX = 256,        /* messages at a time */
    WELCOME_INTERVAL_MS = 50, /* a head is sent again to all, so not for every newcomer */
    LINGER_MS = 200,
};

static const char topic[] = "checkpoint";

struct announcer {
    struct announcer_options options;
    void *socket;
    char endpoint[ENDPOINT_MAX];
    uint64_t published; /* size of the newest head that was sent */
    bool has_newcomer;
    uint64_t welcomed_ns;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    size_t note_len;
};

enum custody_status announcer_open(const struct announcer_options *options, struct announcer **ret)
{
    struct announcer *announcer = calloc(1, sizeof(*announcer));
    if (announcer == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    announcer->options = *options;
    const struct endpoint_options socket_options = {
        .type = ZMQ_XPUB,
        .endpoint = options->endpoint,
        .keys = ledger_keys(options->ledger),
        .message_max = SUBSCRIPTION_MAX,
        .send_high_water = HIGH_WATER,
        .linger_ms = LINGER_MS,
    };
    int verbose = 1; /* also a second subscription to the topic is seen */
    enum custody_status status =
        endpoint_open(options->context, &socket_options, &announcer->socket);
    if (status == CUSTODY_OK &&
        zmq_setsockopt(announcer->socket, ZMQ_XPUB_VERBOSE, &verbose, sizeof(verbose)) != 0) {
        status = CUSTODY_ERR_IO;
    }
    if (status == CUSTODY_OK) {
        status =
            connections_watch(options->connections, CONNECTIONS_ANNOUNCEMENTS, announcer->socket);
    }
    if (status == CUSTODY_OK) {
        status = endpoint_bind(announcer->socket, options->endpoint, announcer->endpoint);
    }
    if (status != CUSTODY_OK) {
        announcer_close(announcer);
        return status;
    }
    *ret = announcer;
    return CUSTODY_OK;
}

void announcer_close(struct announcer *announcer)
{
    if (announcer == NULL) {
        return;
    }
    if (announcer->socket != NULL) {
        zmq_close(announcer->socket);
    }
    free(announcer);
}

void *announcer_socket(struct announcer *announcer)
{
    return announcer->socket;
}

const char *announcer_endpoint(const struct announcer *announcer)
{
    return announcer->endpoint;
}

static void send_note(struct announcer *announcer)
{
    if (announcer->note_len == 0) {
        return;
    }
    struct outgoing message;
    outgoing_init(&message);
    outgoing_add(&message, span_of(topic, sizeof(topic) - 1));
    outgoing_add(&message, span_of(announcer->note, announcer->note_len));
    if (outgoing_send(&message, announcer->socket)) {
        metric_add(&announcer->options.meter->heads_announced, 1);
    }
}

void announcer_publish(struct announcer *announcer)
{
    uint64_t size = 0;
    size_t len = ledger_head(announcer->options.ledger, announcer->note, &size);
    announcer->note_len = len;
    if (len > 0 && size > announcer->published) {
        announcer->published = size;
        send_note(announcer);
    }
}

void announcer_receive(struct announcer *announcer)
{
    zmq_msg_t message;
    zmq_msg_init(&message);
    for (int i = 0; i < RECEIVE_MAX; i++) {
        int len = zmq_msg_recv(&message, announcer->socket, ZMQ_DONTWAIT);
        if (len < 0) {
            break;
        }
        int descriptor = -1;
        connections_hear(announcer->options.connections, CONNECTIONS_ANNOUNCEMENTS, &message, 0,
                         &descriptor);
        const uint8_t *data = zmq_msg_data(&message);
        if (len > 0 && data[0] == 1) {
            announcer->has_newcomer = true;
        }
    }
    zmq_msg_close(&message);
}

int announcer_welcome(struct announcer *announcer, uint64_t now_ns)
{
    if (!announcer->has_newcomer) {
        return -1;
    }
    uint64_t elapsed_ms = (now_ns - announcer->welcomed_ns) / 1000000;
    if (elapsed_ms < WELCOME_INTERVAL_MS) {
        return (int)(WELCOME_INTERVAL_MS - elapsed_ms);
    }
    announcer->has_newcomer = false;
    announcer->welcomed_ns = now_ns;
    uint64_t size = 0;
    announcer->note_len = ledger_head(announcer->options.ledger, announcer->note, &size);
    announcer->published = size > announcer->published ? size : announcer->published;
    send_note(announcer);
    return -1;
}
