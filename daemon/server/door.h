/* door.h: which CURVE keys may connect at all (ZAP, RFC 27).
 * Never decides what a key may ask; that is looked at with every request.
 *
 * libzmq asks this thread at every handshake of every socket with a ZAP domain. It must be bound before those sockets
 * and outlive them: without a handler libzmq would let everyone in. */
#ifndef CUSTODY_SERVER_DOOR_H
#define CUSTODY_SERVER_DOOR_H

#include <stddef.h>
#include <stdint.h>

#include <custody/status.h>

struct door;
struct ledger;
struct meter;

enum {
    DOOR_USER_LEN = 64
}; /* the User-Id of an admitted connection: its CURVE key in hexadecimal */

enum custody_status
door_open(void *context, struct ledger *ledger, struct meter *meter, struct door **ret);
/* Ends with its thread; only after zmq_ctx_shutdown. NULL is allowed. */
void door_close(struct door *door);

/* The key behind a message's User-Id; false when it is not one of ours. */
bool door_read_user(const char *user, uint8_t ret_key[static 32]);

#endif
