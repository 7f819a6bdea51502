/* connections.c: a table of connections by descriptor, fed by libzmq's monitors.
 * Never closes a descriptor: it is shut down, and libzmq sees the end and closes it.
 *
 * A descriptor may have been closed and given to another connection a moment before it is looked at here. That
 * costs a wrong sum, which begins anew with the event that is on its way. What an ended connection had sent before may
 * still come in; libzmq numbers connections, and by the number it is told from what the descriptor's new owner sends. */
#include "daemon/server/connections.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
/* The C library's tcp_info lacks the byte counts. */
#include <linux/tcp.h>

#include "daemon/base/clock.h"
#include "daemon/base/logger.h"
#include "daemon/server/door.h"
#include "daemon/server/meter.h"

enum {
    DESCRIPTORS_MAX = 65536,
    DESCRIPTORS_OWN =
        128, /* of the ledger, of libzmq, and of connections that are just being ended */
    LOOK_INTERVAL_MS = 250,
    UNHEARD_MAX = 32 * 1024 * 1024, /* bytes received with no whole message among them */
    SUBSCRIBED_MAX = 1024 * 1024,   /* bytes a subscriber may send in all; days of heartbeats */
    UNREAD_MAX = 8 * 1024 * 1024,   /* bytes of answers that wait for one peer */
    UNREAD_SUM = 256 * 1024 *
                 1024, /* for all peers: beyond it only who has read everything gets an answer */
    HANDSHAKE_BYTES = 500, /* that a client sends at least until it is let in */
    FRAMING = 64,          /* added to each answer; less than it really is */
};

struct connection {
    bool is_open;
    bool is_cut;
    bool was_heard;    /* since the last look */
    struct user *user; /* NULL until it has spoken */
    uint32_t id;       /* libzmq's number; 0 until it has spoken */
    uint32_t older_id; /* of the one that had this descriptor before */
    uint32_t place;    /* in the list of open ones */
    uint64_t opened_ns;
    uint64_t received; /* when last looked at */
    uint64_t heard;    /* of these, up to the last look after a whole message */
    uint64_t queued;   /* bytes of answers */
    uint64_t unread;   /* of these, what the peer had not acknowledged when last asked */
};

struct table {
    void *monitor;
    void *watched;
    struct connection *all; /* by descriptor */
    int *open;
    uint32_t open_count;
    uint32_t cut_count; /* of these, on their way out */
};

struct connections {
    struct connections_options options;
    int capacity;
    uint64_t looked_ns;
    uint64_t unread; /* of all connections */
    struct table tables[CONNECTIONS_KINDS];
};

static bool read_bytes(int descriptor, uint64_t *ret_received, uint64_t *ret_acked)
{
    struct tcp_info info;
    memset(&info, 0, sizeof(info));
    socklen_t size = sizeof(info);
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
        return false;
    }
    *ret_received = info.tcpi_bytes_received;
    *ret_acked = info.tcpi_bytes_acked;
    return true;
}

/* Without a descriptor libzmq can take no connection, not even to end it, and tries again without a pause. */
static void limit_to_descriptors(struct connections *connections)
{
    int each = (connections->capacity - DESCRIPTORS_OWN) / CONNECTIONS_KINDS;
    uint32_t most = each < 4 ? 4 : (uint32_t)each;
    if (connections->options.open_max > most) {
        LOG(LOGGER_WARNING, "connections", LOGGER_NUMBER("descriptors", connections->capacity),
            LOGGER_NUMBER("wanted", connections->options.open_max), LOGGER_NUMBER("allowed", most),
            LOGGER_TEXT("remedy", "raise LimitNOFILE, or lower limits.connections"));
        connections->options.open_max = most;
    }
}

enum custody_status connections_open(const struct connections_options *options,
                                     struct connections **ret)
{
    struct connections *connections = calloc(1, sizeof(*connections));
    if (connections == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    connections->options = *options;
    struct rlimit limit = {.rlim_cur = DESCRIPTORS_MAX};
    getrlimit(RLIMIT_NOFILE, &limit);
    connections->capacity =
        limit.rlim_cur < DESCRIPTORS_MAX ? (int)limit.rlim_cur : DESCRIPTORS_MAX;
    limit_to_descriptors(connections);
    for (int i = 0; i < CONNECTIONS_KINDS; i++) {
        struct table *table = &connections->tables[i];
        table->all = calloc((size_t)connections->capacity, sizeof(*table->all));
        table->open = calloc((size_t)connections->capacity, sizeof(*table->open));
        if (table->all == NULL || table->open == NULL) {
            connections_close(connections);
            return CUSTODY_ERR_MEMORY;
        }
    }
    *ret = connections;
    return CUSTODY_OK;
}

void connections_close(struct connections *connections)
{
    if (connections == NULL) {
        return;
    }
    for (int i = 0; i < CONNECTIONS_KINDS; i++) {
        struct table *table = &connections->tables[i];
        if (table->monitor != NULL) {
            /* Emptied first: libzmq's thread could be waiting for room with the lock that this takes. */
            connections_receive(connections, (enum connections_kind)i);
            zmq_socket_monitor(table->watched, NULL, 0);
            zmq_close(table->monitor);
        }
        free(table->all);
        free(table->open);
    }
    free(connections);
}

enum custody_status
connections_watch(struct connections *connections, enum connections_kind kind, void *socket)
{
    static const char *const names[CONNECTIONS_KINDS] = {
        [CONNECTIONS_REQUESTS] = "inproc://connections.requests",
        [CONNECTIONS_ANNOUNCEMENTS] = "inproc://connections.announcements",
    };
    struct table *table = &connections->tables[kind];
    int none = 0;
    table->monitor = zmq_socket(connections->options.context, ZMQ_PAIR);
    if (table->monitor == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    table->watched = socket;
    bool is_watching =
        zmq_socket_monitor(socket, names[kind], ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED) == 0 &&
        zmq_setsockopt(table->monitor, ZMQ_LINGER, &none, sizeof(none)) == 0 &&
        zmq_connect(table->monitor, names[kind]) == 0;
    return is_watching ? CUSTODY_OK : CUSTODY_ERR_IO;
}

void *connections_monitor(struct connections *connections, enum connections_kind kind)
{
    return connections->tables[kind].monitor;
}

static struct connection *
find(struct connections *connections, enum connections_kind kind, int descriptor)
{
    struct connection *all = connections->tables[kind].all;
    if (all == NULL || descriptor < 0 || descriptor >= connections->capacity ||
        !all[descriptor].is_open) {
        return NULL;
    }
    return &all[descriptor];
}

static void count_open(struct connections *connections)
{
    uint64_t open = 0;
    for (int i = 0; i < CONNECTIONS_KINDS; i++) {
        open += connections->tables[i].open_count;
    }
    metric_set(&connections->options.meter->connections_open, open);
}

static void
count_unread(struct connections *connections, struct connection *connection, uint64_t unread)
{
    connections->unread += unread - connection->unread;
    connection->unread = unread;
    metric_set(&connections->options.meter->bytes_unread, connections->unread);
}

static void
learn_acked(struct connections *connections, struct connection *connection, uint64_t acked)
{
    if (connection->queued < acked) {
        connection->queued = acked; /* all was read; handshake and heartbeats count too */
    }
    count_unread(connections, connection, connection->queued - acked);
}

static void leave_user(struct connections *connections, struct connection *connection)
{
    if (connection->user != NULL) {
        connection->user->connections--;
        users_unpin(connections->options.users, connection->user);
        connection->user = NULL;
    }
}

static void forget(struct connections *connections, enum connections_kind kind, int descriptor)
{
    struct connection *connection = find(connections, kind, descriptor);
    if (connection == NULL) {
        return;
    }
    struct table *table = &connections->tables[kind];
    int last = table->open[--table->open_count];
    table->open[connection->place] = last;
    table->all[last].place = connection->place;
    table->cut_count -= connection->is_cut;
    leave_user(connections, connection);
    count_unread(connections, connection, 0);
    *connection = (struct connection){
        .older_id = connection->id != 0 ? connection->id : connection->older_id,
    };
    count_open(connections);
}

static void
cut(struct connections *connections, enum connections_kind kind, int descriptor, const char *why)
{
    struct connection *connection = find(connections, kind, descriptor);
    if (connection == NULL || connection->is_cut) {
        return;
    }
    connection->is_cut = true;
    connections->tables[kind].cut_count++;
    shutdown(descriptor, SHUT_RDWR);
    metric_add(&connections->options.meter->connections_cut, 1);
    LOG(LOGGER_DEBUG, "cut", LOGGER_TEXT("why", why), LOGGER_NUMBER("descriptor", descriptor));
}

void connections_cut(struct connections *connections,
                     enum connections_kind kind,
                     int descriptor,
                     uint32_t id,
                     const char *why)
{
    const struct connection *connection = find(connections, kind, descriptor);
    if (connection != NULL && connection->id == id) {
        cut(connections, kind, descriptor, why);
    }
}

bool connections_is_cut(struct connections *connections, enum connections_kind kind, int descriptor)
{
    const struct connection *connection = find(connections, kind, descriptor);
    return connection != NULL && connection->is_cut;
}

/* Who goes first: strangers that no handshake let in yet, then those that have not said a word, then the others. */
static int rank_of(const struct connection *connection)
{
    return connection->user != NULL ? 2 : connection->received >= HANDSHAKE_BYTES;
}

/* The oldest of the silent; of those that speak the youngest, which took the place. */
static bool goes_before(const struct connection *one, const struct connection *other)
{
    int rank = rank_of(one);
    if (rank != rank_of(other)) {
        return rank < rank_of(other);
    }
    return (one->opened_ns < other->opened_ns) == (rank < 2);
}

/* There is one that is not cut yet. */
static void make_room(struct connections *connections, enum connections_kind kind)
{
    struct table *table = &connections->tables[kind];
    struct connection *first = NULL;
    for (uint32_t i = 0; i < table->open_count; i++) {
        struct connection *one = &table->all[table->open[i]];
        if (!one->is_cut && (first == NULL || goes_before(one, first))) {
            first = one;
        }
    }
    INVARIANT(first != NULL);
    cut(connections, kind, (int)(first - table->all), "too many connections");
}

void connections_make_room(struct connections *connections)
{
    for (int i = 0; i < CONNECTIONS_KINDS; i++) {
        struct table *table = &connections->tables[i];
        while (table->open_count - table->cut_count > connections->options.open_max) {
            make_room(connections, (enum connections_kind)i);
        }
    }
}

static void remember(struct connections *connections, enum connections_kind kind, int descriptor)
{
    struct table *table = &connections->tables[kind];
    metric_add(&connections->options.meter->connections_accepted, 1);
    forget(connections, kind, descriptor);
    if (descriptor < 0 || descriptor >= connections->capacity) {
        shutdown(descriptor, SHUT_RDWR);
        return;
    }
    table->all[descriptor] = (struct connection){
        .is_open = true,
        .opened_ns = clock_monotonic_ns(),
        .older_id = table->all[descriptor].older_id,
        .place = table->open_count,
    };
    table->open[table->open_count++] = descriptor;
    count_open(connections);
}

void connections_receive(struct connections *connections, enum connections_kind kind)
{
    void *monitor = connections->tables[kind].monitor;
    uint8_t event[6]; /* u16 event, u32 descriptor, in the machine's byte order */
    char endpoint[8]; /* of no interest */
    while (zmq_recv(monitor, event, sizeof(event), ZMQ_DONTWAIT) == sizeof(event)) {
        uint16_t what = 0;
        int32_t descriptor = -1;
        memcpy(&what, event, sizeof(what));
        memcpy(&descriptor, event + sizeof(what), sizeof(descriptor));
        zmq_recv(monitor, endpoint, sizeof(endpoint), ZMQ_DONTWAIT);
        if (what == ZMQ_EVENT_ACCEPTED) {
            remember(connections, kind, descriptor);
        } else if (what == ZMQ_EVENT_DISCONNECTED) {
            forget(connections, kind, descriptor);
        }
    }
}

/* The user that a connection has: whoever spoke last. */
static void learn_user(struct connections *connections,
                       enum connections_kind kind,
                       int descriptor,
                       zmq_msg_t *message)
{
    struct connection *connection = find(connections, kind, descriptor);
    uint8_t key[32];
    if (!door_read_user(zmq_msg_gets(message, "User-Id"), key)) {
        return;
    }
    connection->user = users_pin(connections->options.users, key);
    if (connection->user == NULL) {
        return;
    }
    connection->user->connections++;
    if (connection->user->connections > connections->options.user_max) {
        cut(connections, kind, descriptor, "too many connections of one key");
    }
}

bool connections_hear(struct connections *connections,
                      enum connections_kind kind,
                      zmq_msg_t *message,
                      uint32_t id,
                      int *ret_descriptor)
{
    int descriptor = zmq_msg_get(message, ZMQ_SRCFD);
    struct connection *connection = find(connections, kind, descriptor);
    if (connection == NULL || (connection->id != 0 && connection->id != id)) {
        /* What became of the descriptor was told before the message came, and was not listened to yet. */
        connections_receive(connections, kind);
        connection = find(connections, kind, descriptor);
    }
    *ret_descriptor = connection == NULL ? -1 : descriptor;
    if (connection == NULL) {
        return true;
    }
    if (id != 0 && id == connection->older_id) {
        *ret_descriptor = -1;
        return false;
    }
    if (connection->id != id) {
        leave_user(connections, connection);
        connection->id = id;
    }
    connection->was_heard = true;
    if (connection->user == NULL) {
        learn_user(connections, kind, descriptor, message);
    }
    return true;
}

static bool
has_room(const struct connections *connections, const struct connection *connection, size_t len)
{
    uint64_t max = connections->unread + len > UNREAD_SUM ? 0 : UNREAD_MAX;
    return connection->unread == 0 || connection->unread + len <= max;
}

bool connections_may_send(struct connections *connections, int descriptor, size_t len)
{
    struct connection *connection = find(connections, CONNECTIONS_REQUESTS, descriptor);
    if (connection == NULL) {
        return true;
    }
    uint64_t received = 0;
    uint64_t acked = 0;
    /* The kernel is asked only when it could matter. */
    if (!has_room(connections, connection, len) && read_bytes(descriptor, &received, &acked)) {
        learn_acked(connections, connection, acked);
    }
    if (!has_room(connections, connection, len)) {
        return false;
    }
    connection->queued += len + FRAMING;
    count_unread(connections, connection, connection->unread + len + FRAMING);
    return true;
}

static void look_at(struct connections *connections, enum connections_kind kind, int descriptor)
{
    struct connection *connection = find(connections, kind, descriptor);
    uint64_t received = 0;
    uint64_t acked = 0;
    if (connection == NULL || connection->is_cut || !read_bytes(descriptor, &received, &acked)) {
        return;
    }
    if (received < connection->received) {
        connection->heard = 0; /* the descriptor is another's already */
    }
    connection->received = received;
    if (kind == CONNECTIONS_ANNOUNCEMENTS) {
        if (received > SUBSCRIBED_MAX) {
            cut(connections, kind, descriptor, "a subscriber sent too much");
        }
        return;
    }
    learn_acked(connections, connection, acked);
    if (connection->was_heard) {
        connection->was_heard = false;
        connection->heard = received;
    } else if (received - connection->heard > UNHEARD_MAX) {
        cut(connections, kind, descriptor, "a message without end");
    }
}

int connections_look(struct connections *connections, uint64_t now_ns)
{
    uint32_t open = 0;
    for (int i = 0; i < CONNECTIONS_KINDS; i++) {
        open += connections->tables[i].open_count;
    }
    if (open == 0) {
        return -1;
    }
    uint64_t elapsed_ms = (now_ns - connections->looked_ns) / 1000000;
    if (elapsed_ms < LOOK_INTERVAL_MS) {
        return (int)(LOOK_INTERVAL_MS - elapsed_ms);
    }
    connections->looked_ns = now_ns;
    for (int kind = 0; kind < CONNECTIONS_KINDS; kind++) {
        struct table *table = &connections->tables[kind];
        for (uint32_t i = 0; i < table->open_count; i++) {
            look_at(connections, (enum connections_kind)kind, table->open[i]);
        }
    }
    return LOOK_INTERVAL_MS;
}
