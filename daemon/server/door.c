/* door.c: answers ZAP requests from memory of fixed size.
 * Never asserts on what a peer sent, and never waits: strangers who knock would make all behind them wait. */
#include "daemon/server/door.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "proto/bytes.h"
#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/service/access.h"
#include "daemon/server/meter.h"
#include "daemon/server/outgoing.h"

/* Frames of a request, behind the ROUTER's address and the empty one: version, request id, domain,
 * address, identity, mechanism, credentials. */
enum {
    FRAME_PEER,
    FRAME_EMPTY,
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

enum {
    NAME_MAX_LEN = 16, /* of a peer and of a request id; libzmq's have 5 and 1 */
    WAITING_MAX = 256,
    WAITING_LOOK_MS = 5,
    WAITING_END_MS = 2000,
};

/* A request by a key that is not known, while the look-ups trail the ledger: its enrolment may be on its way. It is not
 * told to come back (ZAP status 300): libzmq 4.3.4 then leaves the connection hanging until the handshake's time is over. */
struct knock {
    uint8_t peer[NAME_MAX_LEN], request[NAME_MAX_LEN];
    size_t peer_len, request_len;
    uint8_t key[32];
    uint64_t size; /* entries that must be reflected before it is denied */
    uint64_t end_ns;
};

struct door {
    void *socket;
    struct ledger *ledger;
    struct meter *meter;
    pthread_t thread;
    size_t waiting_count;
    struct knock waiting[WAITING_MAX];
};

struct request {
    size_t count; /* of all frames that came, also beyond FRAMES */
    size_t len[FRAMES];
    uint8_t frames[FRAMES][FRAME_SIZE_MAX];
};

/* A closed door with open sockets would admit everyone. */
static bool is_over(void)
{
    INVARIANT(errno == ETERM || errno == EINTR);
    return errno == ETERM;
}

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
        if (len < 0 && is_over()) {
            return false;
        }
        if (len < 0) {
            continue;
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

/* False when there is nobody to answer. */
static bool read_knock(const struct request *request, struct knock *ret)
{
    if (request->count <= FRAME_REQUEST || request->len[FRAME_PEER] > NAME_MAX_LEN ||
        request->len[FRAME_REQUEST] > NAME_MAX_LEN) {
        return false;
    }
    *ret = (struct knock){
        .peer_len = request->len[FRAME_PEER],
        .request_len = request->len[FRAME_REQUEST],
    };
    memcpy(ret->peer, request->frames[FRAME_PEER], ret->peer_len);
    memcpy(ret->request, request->frames[FRAME_REQUEST], ret->request_len);
    return true;
}

static bool has_curve_key(const struct request *request)
{
    return request->count == FRAMES && is_text(request, FRAME_VERSION, "1.0") &&
           is_text(request, FRAME_MECHANISM, "CURVE") && request->len[FRAME_KEY] == 32;
}

static void answer(struct door *door, const struct knock *knock, bool is_admitted)
{
    char user[DOOR_USER_LEN + 1] = "";
    if (is_admitted) {
        bytes_write_hex(span_of(knock->key, sizeof(knock->key)), user);
    }
    metric_add(is_admitted ? &door->meter->door_admitted : &door->meter->door_denied, 1);
    const struct span frames[] = {
        span_of(knock->peer, knock->peer_len),
        span_of("", 0),
        span_text("1.0"),
        span_of(knock->request, knock->request_len),
        span_text(is_admitted ? "200" : "400"),
        span_text(is_admitted ? "OK" : "this key is not enrolled here"),
        span_text(user),
        span_of("", 0), /* metadata: none */
    };
    struct outgoing message;
    outgoing_init(&message);
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        outgoing_add(&message, frames[i]);
    }
    /* The asker may be gone or the context shut down: then there is nobody to tell. */
    (void)outgoing_send(&message, door->socket);
}

static bool is_known(struct door *door, const struct knock *knock)
{
    struct access_caller caller;
    return access_find(door->ledger, knock->key, &caller);
}

static void take(struct door *door, const struct request *request)
{
    struct knock knock;
    uint8_t note[CHECKPOINT_SIZE_MAX];
    if (!read_knock(request, &knock)) {
        return;
    }
    if (!has_curve_key(request)) {
        answer(door, &knock, false);
        return;
    }
    memcpy(knock.key, request->frames[FRAME_KEY], sizeof(knock.key));
    ledger_head(door->ledger, note, &knock.size);
    bool is_current = ledger_wait(door->ledger, knock.size, 0);
    if (is_known(door, &knock)) {
        answer(door, &knock, true);
    } else if (is_current || door->waiting_count == WAITING_MAX) {
        answer(door, &knock, false);
    } else {
        knock.end_ns = clock_monotonic_ns() + UINT64_C(1000000) * WAITING_END_MS;
        door->waiting[door->waiting_count++] = knock;
    }
}

static void look_at_waiting(struct door *door)
{
    uint64_t now_ns = clock_monotonic_ns();
    for (size_t i = 0; i < door->waiting_count;) {
        const struct knock *knock = &door->waiting[i];
        bool is_final = ledger_wait(door->ledger, knock->size, 0) || now_ns >= knock->end_ns;
        bool is_admitted = is_known(door, knock);
        if (!is_final && !is_admitted) {
            i++;
            continue;
        }
        answer(door, knock, is_admitted);
        door->waiting[i] = door->waiting[--door->waiting_count];
    }
}

static void *run(void *context)
{
    struct door *door = context;
    struct request request;
    zmq_pollitem_t item = {.socket = door->socket, .events = ZMQ_POLLIN};
    for (;;) {
        int ready = zmq_poll(&item, 1, door->waiting_count > 0 ? WAITING_LOOK_MS : -1);
        if (ready < 0 && is_over()) {
            return NULL;
        }
        if (ready > 0) {
            if (!receive(door, &request)) {
                return NULL;
            }
            take(door, &request);
        }
        look_at_waiting(door);
    }
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
    door->socket = zmq_socket(context, ZMQ_ROUTER);
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
