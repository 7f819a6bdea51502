/* net.c: libzmq's calls, as far as client/lib/connection.c makes them, over a network of the stage.
 * Never keeps the order of two messages if the weather does not want it. */
#include "tests/sim/net.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/lib/die.h"
#include "tests/sim/stage.h"
#include "tests/sim/tally.h"

enum {
    INBOX_MAX = 64,
    PACKETS_MAX = 1024,
    EVENT_SIZE = 6,
    LEAST_US = 1000, /* on the way, always */
    USUAL_US = 40000,
    HANDSHAKE_US = 300000,
    RECONNECT_US = 5000000,
    NOTICE_US = 10000000, /* until a connection is known to be dead */
};

/* What came in and waits to be read. */
struct inbox {
    struct net_message messages[INBOX_MAX];
    size_t count;
    size_t frame; /* of the first message: the next to be read */
};

struct link {
    bool is_open, is_connected, is_up;
    bool is_shaking; /* hands: a connection is on its way */
    bool has_monitor;
    uint64_t session; /* another one after each break */
    uint8_t curve_key[32];
    struct net_weather weather;
    struct stage_chance chance;
    struct net_message outgoing; /* frames so far of the message being sent */
    struct inbox unsent;         /* whole messages that wait for a connection */
    struct inbox inbox, events;
    unsigned cuts;
};

/* A message on its way. */
struct packet {
    bool is_used, is_answer, was_cut;
    int actor;
    uint64_t session;
    struct net_message message;
};

static struct {
    struct net_house house;
    bool house_is_up;
    struct link links[STAGE_ACTORS_MAX];
    struct packet packets[PACKETS_MAX];
    void (*hazard)(void);
    bool last_had_more;
} net;

void net_message_add(struct net_message *message, struct span frame)
{
    uint8_t *copy = malloc(frame.len + 1);
    if (copy == NULL || message->count == ENVELOPE_FRAMES_MAX)
        die("a message of too many frames");
    if (frame.len > 0)
        memcpy(copy, frame.data, frame.len);
    message->frames[message->count] = copy;
    message->lens[message->count++] = frame.len;
}

void net_message_done(struct net_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        free(message->frames[i]);
    *message = (struct net_message){0};
}

static struct net_message copy_message(const struct net_message *message)
{
    struct net_message copy = {0};
    for (size_t i = 0; i < message->count; i++)
        net_message_add(&copy, span_of(message->frames[i], message->lens[i]));
    return copy;
}

/* False, and the message is gone, when there is no room. */
static bool put(struct inbox *inbox, struct net_message *message)
{
    if (inbox->count == INBOX_MAX) {
        net_message_done(message);
        return false;
    }
    inbox->messages[inbox->count++] = *message;
    *message = (struct net_message){0};
    return true;
}

static void drop_first(struct inbox *inbox)
{
    net_message_done(&inbox->messages[0]);
    inbox->count--;
    memmove(inbox->messages, inbox->messages + 1, inbox->count * sizeof inbox->messages[0]);
    inbox->frame = 0;
}

static void empty(struct inbox *inbox)
{
    while (inbox->count > 0)
        drop_first(inbox);
}

/* ---- the way ---- */

static void arrive(void *context, uint64_t number)
{
    struct packet *packet = context;
    struct link *link = &net.links[packet->actor];
    (void)number;
    bool is_there = link->is_connected && link->session == packet->session;
    packet->is_used = false;
    if (!is_there || (!packet->is_answer && !net.house_is_up)) {
        net_message_done(&packet->message);
    } else if (packet->is_answer) {
        link->cuts += packet->was_cut ? 1 : 0;
        put(&link->inbox, &packet->message);
        stage_wake(packet->actor);
    } else {
        net.house.receive(packet->actor, packet->session, link->curve_key, &packet->message);
    }
}

static void send_packet(int actor, bool is_answer, struct net_message *message)
{
    struct link *link = &net.links[actor];
    size_t at = 0;
    while (at < PACKETS_MAX && net.packets[at].is_used)
        at++;
    if (at == PACKETS_MAX)
        die("too many messages on the way");
    struct packet *packet = &net.packets[at];
    *packet = (struct packet){.is_used = true,
                              .is_answer = is_answer,
                              .actor = actor,
                              .session = link->session,
                              .message = *message};
    *message = (struct net_message){0};
    if (is_answer && dice_chance(stage_throw(&link->chance), link->weather.cut)) {
        size_t *len = &packet->message.lens[packet->message.count - 1];
        packet->was_cut = *len > 0;
        tally.cut += packet->was_cut ? 1 : 0;
        *len = *len > 0 ? dice_below(stage_throw(&link->chance), *len) : 0;
    }
    uint64_t way_us = LEAST_US + dice_below(stage_throw(&link->chance), USUAL_US);
    if (dice_chance(stage_throw(&link->chance), link->weather.late)) {
        tally.late++;
        way_us +=
            dice_below(stage_throw(&link->chance), 1 + UINT64_C(1000) * link->weather.late_ms);
    }
    stage_at(stage_now_us() + (int64_t)way_us, arrive, packet, 0);
}

/* Once, twice or not at all. */
static void set_out(int actor, bool is_answer, struct net_message *message)
{
    struct link *link = &net.links[actor];
    if (dice_chance(stage_throw(&link->chance), link->weather.doubled)) {
        struct net_message copy = copy_message(message);
        tally.doubled++;
        send_packet(actor, is_answer, &copy);
    }
    if (dice_chance(stage_throw(&link->chance), link->weather.lost)) {
        tally.lost++;
        net_message_done(message);
    } else {
        send_packet(actor, is_answer, message);
    }
}

void net_answer(int actor, uint64_t session, struct net_message *message)
{
    if (net.links[actor].is_connected && net.links[actor].session == session)
        set_out(actor, true, message);
    else
        net_message_done(message);
}

/* ---- connections ---- */

/* libzmq's monitor tells it by a message of two frames. */
static void tell_event(int actor, uint16_t event)
{
    struct link *link = &net.links[actor];
    struct net_message message = {0};
    uint8_t frame[EVENT_SIZE] = {0};
    if (!link->has_monitor)
        return;
    memcpy(frame, &event, sizeof event);
    net_message_add(&message, span_of(frame, sizeof frame));
    net_message_add(&message, span_text("endpoint"));
    put(&link->events, &message);
    stage_wake(actor);
}

static bool has_way(const struct link *link)
{
    return link->is_open && link->is_up && net.house_is_up;
}

static void shake_hands(void *context, uint64_t session)
{
    struct link *link = context;
    int actor = (int)(link - net.links);
    link->is_shaking = link->is_shaking && link->session != session;
    if (!has_way(link) || link->is_connected || link->session != session)
        return;
    if (!net.house.admits(link->curve_key)) {
        tell_event(actor, ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
        return;
    }
    link->is_connected = true;
    tell_event(actor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    while (link->unsent.count > 0) {
        struct net_message message = copy_message(&link->unsent.messages[0]);
        drop_first(&link->unsent);
        set_out(actor, false, &message);
    }
}

static void connect_soon(int actor, int64_t within_us)
{
    struct link *link = &net.links[actor];
    if (!has_way(link) || link->is_connected || link->is_shaking)
        return;
    link->is_shaking = true;
    stage_soon(&link->chance, within_us, shake_hands, link, link->session);
}

static void notice(void *context, uint64_t session)
{
    struct link *link = context;
    if (link->is_open && link->session == session && !link->is_connected)
        tell_event((int)(link - net.links), ZMQ_EVENT_DISCONNECTED);
}

static void disconnect(int actor)
{
    struct link *link = &net.links[actor];
    if (!link->is_connected)
        return;
    link->is_connected = link->is_shaking = false;
    link->session++;
    stage_soon(&link->chance, NOTICE_US, notice, link, link->session);
}

void net_begin(uint64_t seed, const struct net_house *house)
{
    net.house = *house;
    for (int actor = 0; actor < STAGE_ACTORS_MAX; actor++) {
        net.links[actor].is_up = true;
        net.links[actor].chance.seed = seed + ((uint64_t)actor << 56);
    }
}

void net_set_house(bool is_up)
{
    net.house_is_up = is_up;
    for (int actor = 0; actor < STAGE_ACTORS_MAX; actor++) {
        if (is_up)
            connect_soon(actor, RECONNECT_US);
        else
            disconnect(actor);
    }
}

void net_set_link(int actor, bool is_up)
{
    net.links[actor].is_up = is_up;
    if (is_up)
        connect_soon(actor, RECONNECT_US);
    else
        disconnect(actor);
}

void net_set_weather(int actor, const struct net_weather *weather)
{
    net.links[actor].weather = *weather;
}

void net_drop(int actor)
{
    struct link *link = &net.links[actor];
    link->is_open = link->is_connected = link->is_shaking = link->has_monitor = false;
    link->session++;
    net_message_done(&link->outgoing);
    empty(&link->unsent);
    empty(&link->inbox);
    empty(&link->events);
}

unsigned net_cuts(int actor)
{
    return net.links[actor].cuts;
}

void net_set_hazard(void (*hazard)(void))
{
    net.hazard = hazard;
}

/* ---- libzmq ---- */

void *__wrap_zmq_ctx_new(void);
int __wrap_zmq_ctx_term(void *context);
void *__wrap_zmq_socket(void *context, int type);
int __wrap_zmq_close(void *socket);
int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t len);
int __wrap_zmq_connect(void *socket, const char *endpoint);
int __wrap_zmq_socket_monitor(void *socket, const char *name, int events);
int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags);
int __wrap_zmq_msg_recv(zmq_msg_t *message, void *socket, int flags);
int __wrap_zmq_msg_more(const zmq_msg_t *message);
int __wrap_zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms);

/* The two sockets of a link are its own address and that of its events. */
static struct link *link_of(const void *socket)
{
    for (size_t i = 0; i < STAGE_ACTORS_MAX; i++)
        if (socket == &net.links[i] || socket == &net.links[i].events)
            return &net.links[i];
    die("no such socket");
}

static struct inbox *inbox_of(const void *socket)
{
    struct link *link = link_of(socket);
    return socket == link ? &link->inbox : &link->events;
}

void *__wrap_zmq_ctx_new(void)
{
    return &net;
}

int __wrap_zmq_ctx_term(void *context)
{
    (void)context;
    return 0;
}

void *__wrap_zmq_socket(void *context, int type)
{
    (void)context;
    if (stage_actor() == STAGE_NOBODY)
        die("only devices have sockets");
    struct link *link = &net.links[stage_actor()];
    return type == ZMQ_DEALER ? (void *)link : (void *)&link->events;
}

int __wrap_zmq_close(void *socket)
{
    const struct link *link = link_of(socket);
    if (socket == link)
        net_drop((int)(link - net.links));
    return 0;
}

int __wrap_zmq_setsockopt(void *socket, int option, const void *value, size_t len)
{
    struct link *link = link_of(socket);
    if (socket == link && option == ZMQ_CURVE_PUBLICKEY && len == sizeof link->curve_key)
        memcpy(link->curve_key, value, len);
    return 0;
}

int __wrap_zmq_connect(void *socket, const char *endpoint)
{
    struct link *link = link_of(socket);
    (void)endpoint;
    if (socket != link)
        return 0;
    link->is_open = true;
    connect_soon(stage_actor(), HANDSHAKE_US);
    return 0;
}

int __wrap_zmq_socket_monitor(void *socket, const char *name, int events)
{
    struct link *link = socket;
    (void)events;
    link->has_monitor = name != NULL;
    return 0;
}

int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    struct link *link = socket;
    int len = (int)zmq_msg_size(message);
    net_message_add(&link->outgoing, span_of(zmq_msg_data(message), zmq_msg_size(message)));
    zmq_msg_close(message);
    if ((flags & ZMQ_SNDMORE) != 0)
        return len;
    struct net_message whole = link->outgoing;
    link->outgoing = (struct net_message){0};
    if (link->is_connected)
        set_out(stage_actor(), false, &whole);
    else
        put(&link->unsent, &whole);
    connect_soon(stage_actor(), RECONNECT_US); /* who was not admitted knocks again */
    return len;
}

int __wrap_zmq_msg_recv(zmq_msg_t *message, void *socket, int flags)
{
    struct inbox *inbox = inbox_of(socket);
    (void)flags;
    if (inbox->count == 0) {
        errno = EAGAIN;
        return -1;
    }
    const struct net_message *first = &inbox->messages[0];
    size_t len = first->lens[inbox->frame];
    if (zmq_msg_close(message) != 0 || zmq_msg_init_size(message, len) != 0)
        die("no memory for a frame");
    if (len > 0)
        memcpy(zmq_msg_data(message), first->frames[inbox->frame], len);
    net.last_had_more = ++inbox->frame < first->count;
    if (!net.last_had_more)
        drop_first(inbox);
    return (int)len;
}

int __wrap_zmq_msg_more(const zmq_msg_t *message)
{
    (void)message;
    return net.last_had_more ? 1 : 0;
}

static int look(zmq_pollitem_t *items, int count)
{
    int ready = 0;
    for (int i = 0; i < count; i++) {
        items[i].revents = inbox_of(items[i].socket)->count > 0 ? ZMQ_POLLIN : 0;
        ready += items[i].revents != 0 ? 1 : 0;
    }
    return ready;
}

int __wrap_zmq_poll(zmq_pollitem_t *items, int count, long timeout_ms)
{
    int64_t until_us = stage_now_us() + INT64_C(1000) * timeout_ms;
    int ready = look(items, count);
    while (ready == 0) {
        if (net.hazard != NULL)
            net.hazard();
        bool was_woken = stage_wait(until_us);
        ready = look(items, count);
        if (!was_woken)
            break;
    }
    return ready;
}
