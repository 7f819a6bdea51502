/* endpoint.h: a listening socket with everything set that keeps strangers out: CURVE, the door, limits, heartbeats.
 * Never decides who may connect. */
#ifndef CUSTODY_SERVER_ENDPOINT_H
#define CUSTODY_SERVER_ENDPOINT_H

#include <custody/status.h>
#include "daemon/service/ledger.h"

enum { ENDPOINT_MAX = 256 };

struct endpoint_options {
    int type;
    const char *endpoint; /* only for choosing IPv6 */
    const struct ledger_keys *keys;
    int64_t message_max; /* bytes of one frame; longer ones end the connection */
    int send_high_water; /* messages that wait for one peer */
    int linger_ms;
};

/* Made, not bound. What comes in is not held back: whoever polls the socket reads all that waits, and connections.h cuts who
 * sends too much. */
enum custody_status
endpoint_open(void *context, const struct endpoint_options *options, void **ret_socket);
/* `ret_endpoint` has the port that a wildcard became. Failures are logged with what libzmq says. */
enum custody_status
endpoint_bind(void *socket, const char *endpoint, char ret_endpoint[static ENDPOINT_MAX]);

#endif
