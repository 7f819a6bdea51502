/* connections.h: what each connection has sent and not read, so that none can fill the daemon's memory.
 * Never reads a message; counts bytes and cuts a connection that takes more than its share.
 *
 * libzmq bounds frames and messages but not everything: a message of endless frames is gathered before anyone sees it,
 * subscriptions pile up in a publisher, answers wait for a peer that does not read, and there is no limit
 * to connections. The kernel knows how many bytes each connection carried (TCP_INFO); with libzmq's monitor,
 * which tells descriptors, that is enough. A cut connection ends like one that the peer closed: libzmq frees what it held.
 *
 * The front's thread. */
#ifndef CUSTODY_SERVER_CONNECTIONS_H
#define CUSTODY_SERVER_CONNECTIONS_H

#include <zmq.h>

#include <custody/status.h>
#include "daemon/server/users.h"

struct connections;
struct meter;

enum connections_kind { CONNECTIONS_REQUESTS, CONNECTIONS_ANNOUNCEMENTS, CONNECTIONS_KINDS };

struct connections_options {
    void *context; /* of libzmq */
    struct users *users;
    struct meter *meter;
    uint32_t open_max; /* of each kind; beyond it some that have not spoken are cut */
    uint32_t user_max; /* of one user, of both kinds together */
};

enum custody_status connections_open(const struct connections_options *options,
                                     struct connections **ret);
void connections_close(struct connections *connections); /* NULL is allowed */
/* Before the socket is bound. */
enum custody_status
connections_watch(struct connections *connections, enum connections_kind kind, void *socket);
/* Tells of connections made and lost; for polling. */
void *connections_monitor(struct connections *connections, enum connections_kind kind);
void connections_receive(struct connections *connections, enum connections_kind kind);

/* A whole message came by the connection that libzmq gave the number `id`: it has a user now. False: that connection has
 * ended, and its descriptor is another's already; nobody would read an answer. `ret_descriptor` is -1 when it is not known. */
bool connections_hear(struct connections *connections,
                      enum connections_kind kind,
                      zmq_msg_t *message,
                      uint32_t id,
                      int *ret_descriptor);
/* May an answer of `len` bytes be queued for it? No when too much waits unread: for this peer, or for all and it has not read
 * everything itself. */
bool connections_may_send(struct connections *connections, int descriptor, size_t len);
/* This one broke the limits: end it, if it is the one that was heard under this number. */
void connections_cut(struct connections *connections,
                     enum connections_kind kind,
                     int descriptor,
                     uint32_t id,
                     const char *why);
/* Cut as many as are too many: the oldest that have not spoken, those that no handshake let in before others. After the messages
 * that came were heard, or a first word that is waiting would be silence. */
void connections_make_room(struct connections *connections);
/* Was it cut, and its end is on the way? What it still brings was sent before. */
bool connections_is_cut(struct connections *connections,
                        enum connections_kind kind,
                        int descriptor);
/* Look at every open connection; returns the milliseconds until the next look, -1 when none is open. */
int connections_look(struct connections *connections, uint64_t now_ns);

#endif
