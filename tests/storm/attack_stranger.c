/* attack_stranger.c: what anyone can do who reaches the port, with no key at all.
 * Never a lawful message: most of it does not get as far as libzmq's handshake. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/lib/dice.h"
#include "tests/lib/die.h"
#include "tests/storm/attack.h"
#include "tests/storm/line.h"

/* ZMTP 3.0 and CurveZMQ, RFC 23 and 26. */
enum {
    GREETING_SIZE = 64,
    HELLO_SIZE = 2 + 200, /* flags and length, then the command */
    HELLO_CLIENT_KEY = 2 + 80,
    HELLO_NONCE = 2 + 112,
    HELLO_BOX = 2 + 120,
    COMMAND = 0x04,
};

enum { SOURCES = 200 /* addresses of our own, or the ports would run out */ };

static uint16_t port_of(const char *endpoint)
{
    const char *colon = strrchr(endpoint, ':');
    return colon == NULL ? 0 : (uint16_t)strtoul(colon + 1, NULL, 10);
}

/* A connection that is on its way; -1 when there is none to be had now. */
static int open_raw(const char *endpoint, unsigned source)
{
    const int yes = 1;
    /* Ends with a reset: a polite end would keep the port for a minute. */
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    struct sockaddr_in from = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK + 256 + source % SOURCES),
    };
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons(port_of(endpoint)),
    };
    int raw = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (raw < 0) {
        return -1;
    }
    setsockopt(raw, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    setsockopt(raw, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
    if (bind(raw, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
        (connect(raw, (const struct sockaddr *)&to, sizeof(to)) != 0 && errno != EINPROGRESS)) {
        close(raw);
        return -1;
    }
    return raw;
}

static void write_greeting(uint8_t ret[static GREETING_SIZE])
{
    memset(ret, 0, GREETING_SIZE);
    ret[0] = 0xff;
    ret[9] = 0x7f;
    ret[10] = 3;
    memcpy(ret + 12, "CURVE", 5);
}

/* The first command of a client that knows the ledger's key. It costs the ledger two operations on the curve; made once, it
 * costs us nothing more. */
static void write_hello(const struct storm *storm, uint8_t ret[static HELLO_SIZE])
{
    uint8_t server_key[32];
    uint8_t secret[crypto_box_SECRETKEYBYTES];
    uint8_t nonce[crypto_box_NONCEBYTES] = "CurveZMQHELLO---";
    const uint8_t zeros[64] = {0};
    memset(ret, 0, HELLO_SIZE);
    zmq_z85_decode(server_key, storm->server_key);
    ret[0] = COMMAND;
    ret[1] = HELLO_SIZE - 2;
    memcpy(ret + 2, "\x05HELLO\x01", 8);
    crypto_box_keypair(ret + HELLO_CLIENT_KEY, secret);
    ret[HELLO_NONCE + 7] = 1;
    memcpy(nonce + 16, ret + HELLO_NONCE, 8);
    if (crypto_box_easy(ret + HELLO_BOX, zeros, sizeof(zeros), nonce, server_key, secret) != 0) {
        die("no box for the ledger");
    }
}

static bool is_writable(int raw)
{
    struct pollfd event = {.fd = raw, .events = POLLOUT};
    return poll(&event, 1, 20) == 1 && (event.revents & POLLOUT) != 0;
}

/* A ring of connections that each get as far as they can with these bytes and then hang until their turn to be
 * replaced comes round. */
static void
hang(struct storm *storm, size_t ring, size_t (*next)(void *context, uint8_t *ret), void *context)
{
    enum { BYTES_MAX = 4096 };
    uint8_t bytes[BYTES_MAX];
    int *raws = malloc(ring * sizeof(*raws));
    if (raws == NULL) {
        die("out of memory");
    }
    memset(raws, 0xff, ring * sizeof(*raws));
    for (size_t i = 0; !atomic_load(&storm->is_over); i++) {
        int *raw = &raws[i % ring];
        if (*raw >= 0) {
            close(*raw);
            atomic_fetch_add(&storm->foes.closed, 1);
        }
        *raw = open_raw(i % 4 == 3 ? storm->announcements : storm->endpoint, (unsigned)i);
        if (*raw < 0 || !is_writable(*raw)) {
            poll(NULL, 0, 1);
            continue;
        }
        atomic_fetch_add(&storm->foes.connected, 1);
        size_t len = next(context, bytes);
        if (send(*raw, bytes, len, MSG_NOSIGNAL) == (ssize_t)len) {
            atomic_fetch_add(&storm->foes.sent, 1);
        }
        if (i >= ring / 2) {
            atomic_store(&storm->foes.is_raging, true);
        }
    }
    free(raws);
}

struct hello {
    uint8_t bytes[GREETING_SIZE + HELLO_SIZE];
};

static size_t next_hello(void *context, uint8_t *ret)
{
    const struct hello *hello = context;
    memcpy(ret, hello->bytes, sizeof(hello->bytes));
    return sizeof(hello->bytes);
}

void attack_hellos(struct storm *storm, unsigned number)
{
    struct hello hello;
    write_greeting(hello.bytes);
    write_hello(storm, hello.bytes + GREETING_SIZE);
    if (number % 2 == 1) {
        hello.bytes[GREETING_SIZE + HELLO_BOX] ^= 1; /* as if for another server's key */
    }
    hang(storm, 512, next_hello, &hello);
}

/* Greetings and commands that are cut off anywhere, frames with lengths without measure, plain noise. */
static size_t next_garbage(void *context, uint8_t *ret)
{
    struct dice *dice = context;
    size_t noise = dice_below(dice, 2000);
    size_t len = dice_below(dice, GREETING_SIZE + 1);
    write_greeting(ret);
    len = dice_chance(dice, 50) ? GREETING_SIZE : len;
    if (len == GREETING_SIZE && dice_chance(dice, 50)) {
        ret[len++] = dice_chance(dice, 50) ? COMMAND : 0x06; /* long: eight bytes of length */
        memset(ret + len, 0xff, 8);
        len += 8;
    }
    dice_fill(dice, ret + len, noise);
    return len + noise;
}

void attack_garbage(struct storm *storm, unsigned number)
{
    struct dice dice;
    dice_init(&dice, number);
    hang(storm, 64, next_garbage, &dice);
}

/* ---- many ------------------------------------------------------------------------------------- */

static size_t descriptors_for(size_t wanted)
{
    struct rlimit limit = {0};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur < wanted + 64 ? (size_t)limit.rlim_cur - 64 : wanted;
}

static bool is_gone(int raw)
{
    uint8_t byte;
    return recv(raw, &byte, 1, MSG_DONTWAIT) == 0 ||
           (errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOTCONN);
}

/* Thousands that say nothing at all, to both endpoints; who is shut out comes again. */
void attack_silent(struct storm *storm, unsigned number)
{
    size_t count = descriptors_for(10000);
    int *raws = malloc(count * sizeof(*raws));
    if (raws == NULL) {
        die("out of memory");
    }
    memset(raws, 0xff, count * sizeof(*raws));
    for (size_t i = 0; !atomic_load(&storm->is_over); i++) {
        int *raw = &raws[i % count];
        if (i % count == 0 && i > 0) {
            atomic_store(&storm->foes.is_raging, true);
            poll(NULL, 0, 5);
        }
        if (*raw >= 0 && !is_gone(*raw)) {
            continue;
        }
        if (*raw >= 0) {
            close(*raw);
            atomic_fetch_add(&storm->foes.closed, 1);
        }
        *raw = open_raw(i % 2 == 0 ? storm->endpoint : storm->announcements, number + (unsigned)i);
        atomic_fetch_add(&storm->foes.connected, *raw >= 0);
    }
    free(raws);
}

/* Real connections without a word, by a key that may have them. libzmq connects a socket only once to one endpoint, so each
 * comes from an address of its own. */
void attack_idle(struct storm *storm, unsigned number)
{
    enum { COUNT = 1500, SOCKETS = 4 };
    descriptors_for(COUNT);
    void *context = zmq_ctx_new();
    void *sockets[SOCKETS];
    for (unsigned i = 0; i < COUNT; i++) {
        void **socket = &sockets[i % SOCKETS];
        char endpoint[64];
        if (i < SOCKETS) {
            *socket =
                line_make(context, ZMQ_DEALER, storm->server_key, &storm->hostile[number].author);
            line_set(*socket, ZMQ_RECONNECT_IVL, 10);
        }
        snprintf(endpoint, sizeof(endpoint), "tcp://127.%u.%u.%u:0;127.0.0.1:%u", number + 1,
                 i / 250, i % 250 + 1, port_of(storm->endpoint));
        if (zmq_connect(*socket, endpoint) != 0) {
            die("%s: %s", endpoint, zmq_strerror(errno));
        }
        atomic_fetch_add(&storm->foes.connected, 1);
        if (i == COUNT / 2) {
            atomic_store(&storm->foes.is_raging, true);
        }
    }
    while (!atomic_load(&storm->is_over)) {
        zmq_poll(NULL, 0, 20);
    }
    _exit(EXIT_SUCCESS); /* thousands of polite ends would take their time */
}

/* Whole handshakes by keys that the door does not know; libzmq gives up when it is told so, and the next one comes. */
void attack_wrong_keys(struct storm *storm, unsigned number)
{
    enum { RING = 64 };
    struct author stranger;
    void *context = zmq_ctx_new();
    void *sockets[RING] = {NULL};
    (void)number;
    author_init(&stranger, storm->origin);
    for (size_t i = 0; !atomic_load(&storm->is_over); i++) {
        void **socket = &sockets[i % RING];
        if (*socket != NULL) {
            zmq_close(*socket);
            atomic_fetch_add(&storm->foes.closed, 1);
            atomic_store(&storm->foes.is_raging, true);
        }
        *socket = line_open(context, storm, &stranger);
        atomic_fetch_add(&storm->foes.connected, 1);
        zmq_poll(NULL, 0, 1);
    }
    _exit(EXIT_SUCCESS);
}
