/* net.h: the network between libcustody and the daemon: loses, doubles, delays and reorders messages, and cuts answers short.
 * Never looks into a frame.
 *
 * Stands in libzmq's place under the library's own connection: a program that uses it wraps zmq_ctx_new, zmq_ctx_term,
 * zmq_socket, zmq_close, zmq_setsockopt, zmq_connect, zmq_socket_monitor, zmq_msg_send, zmq_msg_recv, zmq_msg_more and
 * zmq_poll. One DEALER and its monitor for each device at a time. */
#ifndef TESTS_SIM_NET_H
#define TESTS_SIM_NET_H

#include "proto/envelope.h"

/* Frames of one message, each with memory of its own. */
struct net_message {
    size_t count;
    uint8_t *frames[ENVELOPE_FRAMES_MAX];
    size_t lens[ENVELOPE_FRAMES_MAX];
};
void net_message_add(struct net_message *message, struct span frame);
void net_message_done(struct net_message *message);

/* Percent of messages; a delay is up to `late_ms`. */
struct net_weather {
    uint8_t lost, doubled, late, cut;
    uint32_t late_ms;
};

/* The daemon's side. */
struct net_house {
    bool (*admits)(const uint8_t curve_key[static 32]);
    /* Takes the message over. */
    void (*receive)(int actor,
                    uint64_t session,
                    const uint8_t curve_key[static 32],
                    struct net_message *message);
};

void net_begin(uint64_t seed, const struct net_house *house);
void net_set_house(bool is_up);
void net_set_link(int actor, bool is_up);
void net_set_weather(int actor, const struct net_weather *weather);
/* To the connection that the request came by, if it is still the same one. Takes the message over. */
void net_answer(int actor, uint64_t session, struct net_message *message);
/* The device is gone: its sockets are closed as the kernel would. */
void net_drop(int actor);
/* How many cut answers reached the device so far. */
unsigned net_cuts(int actor);
/* Called in a device whenever it waits for the network or the disk: where it may die. */
void net_set_hazard(void (*hazard)(void));

#endif
