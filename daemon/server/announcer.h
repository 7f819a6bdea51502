/* announcer.h: publishes each new head, so that whoever follows knows when to ask.
 * Never publishes an entry: those are asked for, with standing.
 *
 * Frames: "checkpoint", the signed note. Who subscribes gets the newest at once. The front's thread. */
#ifndef CUSTODY_SERVER_ANNOUNCER_H
#define CUSTODY_SERVER_ANNOUNCER_H

#include <custody/status.h>
#include "daemon/service/ledger.h"

struct announcer;
struct connections;
struct meter;

struct announcer_options {
    void *context; /* of libzmq */
    struct ledger *ledger;
    struct meter *meter;
    struct connections *connections; /* is told of whoever speaks */
    const char *endpoint;
};

enum custody_status announcer_open(const struct announcer_options *options, struct announcer **ret);
void announcer_close(struct announcer *announcer);   /* NULL is allowed */
void *announcer_socket(struct announcer *announcer); /* for polling */
/* Where it is bound; a wildcard port has its number here. */
const char *announcer_endpoint(const struct announcer *announcer);

/* Publish the ledger's head if it is newer than the last one published. */
void announcer_publish(struct announcer *announcer);
/* Take what subscribers sent. */
void announcer_receive(struct announcer *announcer);
/* Publish the newest once more when someone subscribed; returns the milliseconds until it wants to be called again, -1
 * when nobody waits. */
int announcer_welcome(struct announcer *announcer, uint64_t now_ns);

#endif
