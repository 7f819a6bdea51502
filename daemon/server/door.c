/* door.c: answers ZAP requests one after the other, from memory of fixed size.
 * Never asserts on what a peer sent. */
#include "daemon/server/door.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/bytes.h"
#include "daemon/base/logger.h"
#include "daemon/service/access.h"
#include "daemon/server/meter.h"

struct door {
    void *socket;
    struct ledger *ledger;
    struct meter *meter;
    pthread_t thread;
};

/* Frames of a request: version, request id, domain, address, identity, mechanism, credentials. */
enum {
    FRAME_VERSION,
    FRAME_REQUEST,
    FRAME_DOMAIN,
    FRAME_ADDRESS,
    FRAME_IDENTITY,
    FRAME_MECHANISM,
    FRAME_KEY,
    FRAMES,
    FRAME_SIZE_MAX = 256,
};

struct request {
    size_t count; /* of all frames that came, also beyond FRAMES */
    size_t len[FRAMES];
    uint8_t frames[FRAMES][FRAME_SIZE_MAX];
};

/* False when the context was shut down. */
static bool receive(struct door *door, struct request *request)
{
    uint8_t spare[FRAME_SIZE_MAX] = {0};
    int more = 1;
    request->count = 0;
    while (more) {
        size_t i = request->count;
        int len =
            zmq_recv(door->socket, i < FRAMES ? request->frames[i] : spare, FRAME_SIZE_MAX, 0);
        if (len < 0 && errno == EINTR) {
            continue;
        }
        if (len < 0) {
            /* A closed door with open sockets would admit everyone. */
            INVARIANT(errno == ETERM);
            return false;
        }
        if (i < FRAMES) {
            request->len[i] = (size_t)len; /* may be more than was kept */
        }
        request->count++;
        size_t size = sizeof(more);
        INVARIANT(zmq_getsockopt(door->socket, ZMQ_RCVMORE, &more, &size) == 0);
    }
    return true;
}

static bool is_text(const struct request *request, size_t i, const char *text)
{
    return i < request->count && request->len[i] == strlen(text) &&
           memcmp(request->frames[i], text, strlen(text)) == 0;
}

static bool admit(struct door *door, const struct request *request)
{
    struct access_caller caller;
    return request->count == FRAMES && is_text(request, FRAME_VERSION, "1.0") &&
           is_text(request, FRAME_MECHANISM, "CURVE") && request->len[FRAME_KEY] == 32 &&
           access_admits(door->ledger, request->frames[FRAME_KEY], &caller);
}

static void answer(struct door *door, const struct request *request, bool is_admitted)
{
    char user[DOOR_USER_LEN + 1] = "";
    if (is_admitted) {
        bytes_write_hex(span_of(request->frames[FRAME_KEY], 32), user);
    }
    size_t id_len = request->count > FRAME_REQUEST ? request->len[FRAME_REQUEST] : 0;
    if (id_len > FRAME_SIZE_MAX) {
        id_len = 0;
    }
    const struct span frames[] = {
        span_text("1.0"),
        span_of(request->frames[FRAME_REQUEST], id_len),
        span_text(is_admitted ? "200" : "400"),
        span_text(is_admitted ? "OK" : "this key is not enrolled here"),
        span_text(user),
        span_of("", 0), /* metadata: none */
    };
    enum { COUNT = sizeof(frames) / sizeof(frames[0]) };
    for (size_t i = 0; i < COUNT; i++) {
        int flags = i + 1 < COUNT ? ZMQ_SNDMORE : 0;
        /* The asker may be gone or the context shut down: then there is nobody to tell. */
        if (zmq_send(door->socket, frames[i].data, frames[i].len, flags) < 0) {
            return;
        }
    }
}

static void *run(void *context)
{
    struct door *door = context;
    struct request request;
    while (receive(door, &request)) {
        bool is_admitted = admit(door, &request);
        metric_add(is_admitted ? &door->meter->door_admitted : &door->meter->door_denied, 1);
        answer(door, &request, is_admitted);
    }
    return NULL;
}

enum custody_status
door_open(void *context, struct ledger *ledger, struct meter *meter, struct door **ret)
{
    struct door *door = calloc(1, sizeof(*door));
    if (door == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    door->ledger = ledger;
    door->meter = meter;
    int linger = 0;
    door->socket = zmq_socket(context, ZMQ_REP);
    if (door->socket == NULL ||
        zmq_setsockopt(door->socket, ZMQ_LINGER, &linger, sizeof(linger)) != 0 ||
        zmq_bind(door->socket, "inproc://zeromq.zap.01") != 0 ||
        pthread_create(&door->thread, NULL, run, door) != 0) {
        if (door->socket != NULL) {
            zmq_close(door->socket);
        }
        free(door);
        return CUSTODY_ERR_IO;
    }
    *ret = door;
    return CUSTODY_OK;
}

void door_close(struct door *door)
{
    if (door == NULL) {
        return;
    }
    pthread_join(door->thread, NULL);
    zmq_close(door->socket);
    free(door);
}

bool door_read_user(const char *user, uint8_t ret_key[static 32])
{
    return user != NULL && bytes_parse_hex(span_text(user), ret_key, 32);
}
