/* test_connections.c: a connection is counted, cut and forgotten; what an ended one had sent is not taken for its successor's.
 * Never goes through the door: nobody here has a user. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/server/connections.h"
#include "daemon/server/meter.h"
#include "tests/lib/check.h"

enum { WAIT_MS = 10000 };

struct house {
    void *context, *router;
    struct users *users;
    struct meter *meter;
    struct connections *connections;
    char endpoint[64];
};

struct word {
    zmq_msg_t identity, body;
    uint32_t id;
};

static void open_house(struct house *house, uint32_t open_max)
{
    size_t size = sizeof(house->endpoint);
    *house = (struct house){
        .context = zmq_ctx_new(),
        .users = users_create(16),
        .meter = calloc(1, sizeof(*house->meter)),
    };
    house->router = zmq_socket(house->context, ZMQ_ROUTER);
    const struct connections_options options = {
        .context = house->context,
        .users = house->users,
        .meter = house->meter,
        .open_max = open_max,
        .user_max = 4,
    };
    assert_int_equal(connections_open(&options, &house->connections), CUSTODY_OK);
    assert_int_equal(connections_watch(house->connections, CONNECTIONS_REQUESTS, house->router),
                     CUSTODY_OK);
    assert_int_equal(zmq_bind(house->router, "tcp://127.0.0.1:*"), 0);
    assert_int_equal(zmq_getsockopt(house->router, ZMQ_LAST_ENDPOINT, house->endpoint, &size), 0);
}

static void close_house(struct house *house)
{
    connections_close(house->connections);
    zmq_close(house->router);
    users_destroy(house->users);
    free(house->meter);
    zmq_ctx_term(house->context);
}

/* A DEALER without a mechanism that says one word, by hand: libzmq's own would take descriptors that the test watches for. */
static int come(const struct house *house)
{
    enum { GREETING = 64, ABOVE = 500 };
    static const uint8_t greeting[GREETING] = {[0] = 0xff, [9] = 0x7f, [10] = 3, [12] = 'N',
                                               'U',        'L',        'L'};
    static const char ready[] = "\x04\x1c\x05READY\x0bSocket-Type\0\0\0\6DEALER";
    uint8_t answer[GREETING + 2 + UINT8_MAX];
    const struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
        .sin_port = htons((uint16_t)strtoul(strrchr(house->endpoint, ':') + 1, NULL, 10)),
    };
    int low = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int high = fcntl(low, F_DUPFD_CLOEXEC, ABOVE); /* the low ones are for the other side */
    assert_true(low >= 0 && high >= ABOVE);
    close(low);
    assert_int_equal(connect(high, (const struct sockaddr *)&to, sizeof(to)), 0);
    assert_int_equal(send(high, greeting, GREETING, MSG_NOSIGNAL), GREETING);
    assert_int_equal(send(high, ready, sizeof(ready) - 1, MSG_NOSIGNAL), sizeof(ready) - 1);
    /* A message before the other side is ready would be a fault. */
    assert_int_equal(recv(high, answer, GREETING + 2, MSG_WAITALL), GREETING + 2);
    size_t ready_len = answer[GREETING + 1];
    assert_int_equal(recv(high, answer, ready_len, MSG_WAITALL), ready_len);
    assert_int_equal(send(high, "\0\4word", 6, MSG_NOSIGNAL), 6);
    return high;
}

static void wait_for(void *socket)
{
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    assert_int_equal(zmq_poll(&item, 1, WAIT_MS), 1);
}

static void hear_word(struct house *house, struct word *ret)
{
    zmq_msg_init(&ret->identity);
    zmq_msg_init(&ret->body);
    wait_for(house->router);
    assert_int_equal(zmq_msg_recv(&ret->identity, house->router, 0), 5);
    assert_int_equal(zmq_msg_recv(&ret->body, house->router, 0), 4);
    memcpy(&ret->id, (const uint8_t *)zmq_msg_data(&ret->identity) + 1, sizeof(ret->id));
}

static void forget_word(struct word *word)
{
    zmq_msg_close(&word->identity);
    zmq_msg_close(&word->body);
}

static bool takes(struct house *house, struct word *word, int *ret_descriptor)
{
    return connections_hear(house->connections, CONNECTIONS_REQUESTS, &word->body, word->id,
                            ret_descriptor);
}

static void wait_until_open(struct house *house, uint64_t count)
{
    while (metric_value(&house->meter->connections_open) != count) {
        wait_for(connections_monitor(house->connections, CONNECTIONS_REQUESTS));
        connections_receive(house->connections, CONNECTIONS_REQUESTS);
    }
}

static void test_a_cut_ends_the_connection_that_was_heard(void **state)
{
    (void)state;
    struct house house;
    struct word word;
    int descriptor = -1;
    open_house(&house, 8);
    int dealer = come(&house);
    hear_word(&house, &word);
    assert_true(takes(&house, &word, &descriptor));
    assert_true(descriptor >= 0);
    assert_int_equal(metric_value(&house.meter->connections_open), 1);
    connections_cut(house.connections, CONNECTIONS_REQUESTS, descriptor, word.id + 1, "another");
    assert_false(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptor));
    connections_cut(house.connections, CONNECTIONS_REQUESTS, descriptor, word.id, "a test");
    assert_true(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptor));
    wait_until_open(&house, 0);
    assert_false(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptor));
    assert_int_equal(metric_value(&house.meter->connections_cut), 1);
    forget_word(&word);
    close(dealer);
    close_house(&house);
}

static void test_an_ended_one_is_not_its_successor(void **state)
{
    (void)state;
    enum { TRIES = 64 };
    struct house house;
    struct word old;
    struct word fresh;
    int dealers[TRIES];
    int old_descriptor = -1;
    int descriptor = -1;
    int tries = 0;
    open_house(&house, 2 * TRIES);
    int dealer = come(&house);
    hear_word(&house, &old);
    assert_true(takes(&house, &old, &old_descriptor));
    connections_cut(house.connections, CONNECTIONS_REQUESTS, old_descriptor, old.id, "a test");
    wait_until_open(&house, 0);
    /* While nobody has the descriptor, a late word is served: its sender may only have gone. */
    assert_true(takes(&house, &old, &descriptor));
    assert_int_equal(descriptor, -1);
    /* Somebody will be given the same descriptor. */
    while (descriptor != old_descriptor) {
        assert_true(tries < TRIES);
        dealers[tries++] = come(&house);
        hear_word(&house, &fresh);
        assert_false(zmq_msg_get(&fresh.body, ZMQ_SRCFD) == old_descriptor &&
                     takes(&house, &old, &descriptor));
        assert_true(takes(&house, &fresh, &descriptor));
        if (descriptor != old_descriptor) {
            forget_word(&fresh);
        }
    }
    connections_cut(house.connections, CONNECTIONS_REQUESTS, descriptor, old.id, "the old one");
    assert_false(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptor));
    assert_true(takes(&house, &fresh, &descriptor));
    assert_false(takes(&house, &old, &descriptor));
    forget_word(&fresh);
    forget_word(&old);
    close(dealer);
    while (tries > 0) {
        close(dealers[--tries]);
    }
    close_house(&house);
}

/* The successor's word may be read before the end of the one that was cut. */
static void test_events_may_come_late(void **state)
{
    (void)state;
    enum { TRIES = 64 };
    struct house house;
    struct word old;
    struct word fresh;
    int old_descriptor = -1;
    int descriptor = -1;
    int sockets[TRIES];
    int tries = 0;
    open_house(&house, 2 * TRIES);
    sockets[tries++] = come(&house);
    hear_word(&house, &old);
    assert_true(takes(&house, &old, &old_descriptor));
    connections_cut(house.connections, CONNECTIONS_REQUESTS, old_descriptor, old.id, "a test");
    /* Until the cut one's end was seen by libzmq, others get others; nobody listens to what is told meanwhile. */
    while (descriptor != old_descriptor) {
        assert_true(tries < TRIES);
        sockets[tries++] = come(&house);
        hear_word(&house, &fresh);
        assert_true(takes(&house, &fresh, &descriptor));
        forget_word(&fresh);
    }
    assert_false(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptor));
    forget_word(&old);
    while (tries > 0) {
        close(sockets[--tries]);
    }
    close_house(&house);
}

/* Nobody here reads. Each may have 8 MiB unread until all together have 256; then one answer each. */
static void test_answers_that_nobody_reads(void **state)
{
    (void)state;
    enum { COUNT = 40, MIB = 1024 * 1024, EACH = 7, ALL = 255 };
    struct house house;
    int sockets[COUNT];
    unsigned sent = 0;
    open_house(&house, 2 * COUNT);
    for (int i = 0; i < COUNT; i++) {
        struct word word;
        int descriptor = -1;
        unsigned got = 0;
        sockets[i] = come(&house);
        hear_word(&house, &word);
        assert_true(takes(&house, &word, &descriptor));
        while (connections_may_send(house.connections, descriptor, MIB)) {
            assert_in_range(++got, 1, EACH);
        }
        assert_int_equal(got, sent + EACH <= ALL ? EACH : sent < ALL ? ALL - sent : 1);
        sent += got;
        forget_word(&word);
    }
    assert_in_range(metric_value(&house.meter->bytes_unread), (uint64_t)sent * MIB,
                    (uint64_t)sent * (MIB + 64));
    for (int i = 0; i < COUNT; i++) {
        close(sockets[i]);
    }
    wait_until_open(&house, 0);
    assert_int_equal(metric_value(&house.meter->bytes_unread), 0);
    close_house(&house);
}

static void test_the_oldest_silent_one_makes_room(void **state)
{
    (void)state;
    enum { COUNT = 6, OPEN_MAX = 4 };
    struct house house;
    int sockets[COUNT];
    int descriptors[COUNT];
    open_house(&house, OPEN_MAX);
    for (int i = 0; i < COUNT; i++) {
        struct word word;
        sockets[i] = come(&house);
        hear_word(&house, &word);
        connections_receive(house.connections, CONNECTIONS_REQUESTS);
        descriptors[i] = zmq_msg_get(&word.body, ZMQ_SRCFD);
        forget_word(&word);
    }
    assert_int_equal(metric_value(&house.meter->connections_cut), 0);
    connections_make_room(house.connections);
    for (int i = 0; i < COUNT; i++) {
        assert_true(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptors[i]) ==
                    (i < COUNT - OPEN_MAX));
    }
    connections_make_room(house.connections); /* those that are on their way out count no more */
    assert_int_equal(metric_value(&house.meter->connections_cut), COUNT - OPEN_MAX);
    wait_until_open(&house, OPEN_MAX);
    assert_int_equal(metric_value(&house.meter->connections_accepted), COUNT);
    for (int i = 0; i < COUNT; i++) {
        close(sockets[i]);
    }
    close_house(&house);
}

/* The second and third send as much as a handshake is long; so the first and the fourth go. */
static void test_strangers_make_room_first(void **state)
{
    (void)state;
    enum { COUNT = 4, SECOND_NS = 1000000000 };
    static const char frame[] = {0, '\xff'};
    char noise[255] = {0};
    struct house house;
    int sockets[COUNT];
    int descriptors[COUNT];
    open_house(&house, 2);
    for (int i = 0; i < COUNT; i++) {
        struct word word;
        sockets[i] = come(&house);
        hear_word(&house, &word);
        connections_receive(house.connections, CONNECTIONS_REQUESTS);
        descriptors[i] = zmq_msg_get(&word.body, ZMQ_SRCFD);
        for (int k = 0; k < 2 && (i == 1 || i == 2); k++) {
            struct word more;
            assert_int_equal(send(sockets[i], frame, sizeof(frame), MSG_NOSIGNAL), sizeof(frame));
            assert_int_equal(send(sockets[i], noise, sizeof(noise), MSG_NOSIGNAL), sizeof(noise));
            zmq_msg_init(&more.identity);
            zmq_msg_init(&more.body);
            wait_for(house.router);
            assert_int_equal(zmq_msg_recv(&more.identity, house.router, 0), 5);
            assert_int_equal(zmq_msg_recv(&more.body, house.router, 0), sizeof(noise));
            forget_word(&more);
        }
        forget_word(&word);
    }
    connections_look(house.connections, UINT64_C(100) * SECOND_NS);
    connections_make_room(house.connections);
    for (int i = 0; i < COUNT; i++) {
        assert_true(connections_is_cut(house.connections, CONNECTIONS_REQUESTS, descriptors[i]) ==
                    (i == 0 || i == 3));
        close(sockets[i]);
    }
    close_house(&house);
}

/* A machine that allows few descriptors gets fewer connections, not a daemon without one to spare. */
static void test_descriptors_are_the_limit(void **state)
{
    (void)state;
    enum { FEW = 140, COUNT = 8 };
    struct house house;
    struct rlimit limit;
    struct rlimit few;
    int sockets[COUNT];
    getrlimit(RLIMIT_NOFILE, &limit);
    few = (struct rlimit){.rlim_cur = FEW, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    open_house(&house, 4096);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    for (int i = 0; i < COUNT; i++) {
        struct word word;
        sockets[i] = come(&house);
        hear_word(&house, &word);
        connections_receive(house.connections, CONNECTIONS_REQUESTS);
        forget_word(&word);
    }
    connections_make_room(house.connections);
    wait_until_open(&house, 6); /* (140 - 128) / 2 */
    for (int i = 0; i < COUNT; i++) {
        close(sockets[i]);
    }
    close_house(&house);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cut_ends_the_connection_that_was_heard),
        cmocka_unit_test(test_an_ended_one_is_not_its_successor),
        cmocka_unit_test(test_events_may_come_late),
        cmocka_unit_test(test_answers_that_nobody_reads),
        cmocka_unit_test(test_the_oldest_silent_one_makes_room),
        cmocka_unit_test(test_strangers_make_room_first),
        cmocka_unit_test(test_descriptors_are_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
