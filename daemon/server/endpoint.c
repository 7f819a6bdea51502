/* endpoint.c: the socket options, in one place.
 * Never opens a socket that the door does not guard. */
#include "daemon/server/endpoint.h"

#include <errno.h>
#include <string.h>
#include <zmq.h>

#include "daemon/base/logger.h"

enum {
    HANDSHAKE_MS = 5000,
    HEARTBEAT_MS = 15000,
    HEARTBEAT_TIMEOUT_MS = 45000,
    /* libzmq 4.3.4 stops reading from a connection whose queue is full, and when the peer then leaves, its next heartbeat, or a PING
     * of the peer that was buffered, fails an assertion and ends the process (libzmq issue 4841). */
    RECEIVE_UNLIMITED = 0,
    BACKLOG = 1024, /* a full one costs a newcomer seconds, and so does a long one in a flood */
};

static bool set_number(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool set_all(void *socket, const struct endpoint_options *options)
{
    static const char domain[] = "custody";
    return set_number(socket, ZMQ_LINGER, options->linger_ms) &&
           set_number(socket, ZMQ_CURVE_SERVER, 1) &&
           zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, options->keys->curve_secret, 32) == 0 &&
           zmq_setsockopt(socket, ZMQ_ZAP_DOMAIN, domain, sizeof(domain) - 1) == 0 &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &options->message_max,
                          sizeof(options->message_max)) == 0 &&
           set_number(socket, ZMQ_RCVHWM, RECEIVE_UNLIMITED) &&
           set_number(socket, ZMQ_SNDHWM, options->send_high_water) &&
           set_number(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS) &&
           set_number(socket, ZMQ_HEARTBEAT_IVL, HEARTBEAT_MS) &&
           set_number(socket, ZMQ_HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS) &&
           set_number(socket, ZMQ_BACKLOG, BACKLOG) &&
           set_number(socket, ZMQ_IPV6, strchr(options->endpoint, '[') != NULL);
}

enum custody_status
endpoint_open(void *context, const struct endpoint_options *options, void **ret_socket)
{
    void *socket = zmq_socket(context, options->type);
    if (socket == NULL) {
        return CUSTODY_ERR_MEMORY;
    }
    if (!set_all(socket, options)) {
        LOG(LOGGER_ERROR, "socket", LOGGER_TEXT("endpoint", options->endpoint),
            LOGGER_TEXT("sentence", zmq_strerror(errno)));
        zmq_close(socket);
        return CUSTODY_ERR_IO;
    }
    *ret_socket = socket;
    return CUSTODY_OK;
}

enum custody_status
endpoint_bind(void *socket, const char *endpoint, char ret_endpoint[static ENDPOINT_MAX])
{
    size_t size = ENDPOINT_MAX;
    if (zmq_bind(socket, endpoint) != 0 ||
        zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, ret_endpoint, &size) != 0) {
        LOG(LOGGER_ERROR, "bind", LOGGER_TEXT("endpoint", endpoint),
            LOGGER_TEXT("sentence", zmq_strerror(errno)));
        return CUSTODY_ERR_IO;
    }
    return CUSTODY_OK;
}
