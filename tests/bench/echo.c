/* echo.c: a ROUTER that sends every frame back.
 * Never measures. */
#include "tests/bench/echo.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zmq.h>

#include "tests/lib/die.h"

enum { TIMEOUT_MS = 10000 };

struct echo {
    void *context, *socket; /* of the one who answers */
    char endpoint[128];
    char public_key[41], secret_key[41];
    pthread_t thread;
    void *asking_context, *asking;
};

static void must(bool is_done, const char *what)
{
    if (!is_done) {
        die("%s: %s", what, zmq_strerror(errno));
    }
}

/* Gives back every frame, addressing included, until the context ends. */
static void *run(void *context)
{
    struct echo *echo = context;
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    while (zmq_msg_recv(&frame, echo->socket, 0) >= 0) {
        zmq_msg_send(&frame, echo->socket, zmq_msg_more(&frame) ? ZMQ_SNDMORE : 0);
    }
    zmq_msg_close(&frame);
    zmq_close(echo->socket);
    return NULL;
}

static void serve(struct echo *echo)
{
    int is_server = 1;
    int linger = 0;
    size_t len = sizeof(echo->endpoint);
    echo->context = zmq_ctx_new();
    must(echo->context != NULL, "context");
    echo->socket = zmq_socket(echo->context, ZMQ_ROUTER);
    must(zmq_curve_keypair(echo->public_key, echo->secret_key) == 0, "CURVE keys");
    zmq_setsockopt(echo->socket, ZMQ_LINGER, &linger, sizeof(linger));
    zmq_setsockopt(echo->socket, ZMQ_CURVE_SERVER, &is_server, sizeof(is_server));
    zmq_setsockopt(echo->socket, ZMQ_CURVE_SECRETKEY, echo->secret_key, 40);
    must(zmq_bind(echo->socket, "tcp://127.0.0.1:*") == 0, "bind");
    zmq_getsockopt(echo->socket, ZMQ_LAST_ENDPOINT, echo->endpoint, &len);
    if (pthread_create(&echo->thread, NULL, run, echo) != 0) {
        die("cannot start a thread");
    }
}

static void connect_asking(struct echo *echo)
{
    char public_key[41];
    char secret_key[41];
    int timeout_ms = TIMEOUT_MS;
    int linger = 0;
    echo->asking_context = zmq_ctx_new();
    must(echo->asking_context != NULL, "context");
    echo->asking = zmq_socket(echo->asking_context, ZMQ_DEALER);
    must(echo->asking != NULL && zmq_curve_keypair(public_key, secret_key) == 0, "socket");
    zmq_setsockopt(echo->asking, ZMQ_LINGER, &linger, sizeof(linger));
    zmq_setsockopt(echo->asking, ZMQ_RCVTIMEO, &timeout_ms, sizeof(timeout_ms));
    zmq_setsockopt(echo->asking, ZMQ_CURVE_SERVERKEY, echo->public_key, 40);
    zmq_setsockopt(echo->asking, ZMQ_CURVE_PUBLICKEY, public_key, 40);
    zmq_setsockopt(echo->asking, ZMQ_CURVE_SECRETKEY, secret_key, 40);
    must(zmq_connect(echo->asking, echo->endpoint) == 0, "connect");
}

struct echo *echo_start(void)
{
    struct echo *echo = calloc(1, sizeof(*echo));
    if (echo == NULL) {
        die("out of memory");
    }
    serve(echo);
    connect_asking(echo);
    return echo;
}

void echo_stop(struct echo *echo)
{
    zmq_close(echo->asking);
    zmq_ctx_term(echo->asking_context);
    zmq_ctx_shutdown(echo->context);
    pthread_join(echo->thread, NULL);
    zmq_ctx_term(echo->context);
    free(echo);
}

void echo_ask(struct echo *echo)
{
    must(zmq_send(echo->asking, "", 0, 0) == 0, "send");
    must(zmq_recv(echo->asking, NULL, 0, 0) == 0, "receive");
}
