/* test_sends.c: the n-th frame that the daemon sends does not leave, or has no memory, once or from then on (DESIGN 8, TLOG 4.4 F4): an
 * answer is dropped whole, nobody is given another's, and whoever sends again gets the receipt of the same entry.
 * Never fails a call of the client's. */
/* wrap: zmq_send zmq_msg_send zmq_msg_init_size notify_say */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "daemon/base/lastwords.h"
#include "daemon/service/replay.h"
#include "daemon/server/server.h"
#include "tests/fault/drill.h"
#include "tests/lib/check.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

enum {
    CLIENTS = 2,
    LOOK_MS = 20,
    LOOKS = 1500,
    AT_MOST = 64,
    DOOR_AT_MOST = 12,
    NUMBER_AT = 8,
    START_MS = 30000
};

enum kind { NONE, SENDING, MEMORY };

/* Shared with the daemon's process. */
struct control {
    _Atomic int kind;
    _Atomic unsigned fail_at, calls, failed;
    atomic_bool for_ever;
};

static struct control *control;
static bool is_daemon;
static int told_ready = -1;

static bool fails(enum kind kind)
{
    if (!is_daemon || atomic_load(&control->kind) != (int)kind)
        return false;
    unsigned call = atomic_fetch_add(&control->calls, 1) + 1, at = atomic_load(&control->fail_at);
    if (call < at || (call > at && !atomic_load(&control->for_ever)))
        return false;
    atomic_fetch_add(&control->failed, 1);
    return true;
}

int __real_zmq_send(void *socket, const void *data, size_t len, int flags);
int __real_zmq_msg_send(zmq_msg_t *message, void *socket, int flags);
int __real_zmq_msg_init_size(zmq_msg_t *message, size_t len);
void __real_notify_say(const char *state);

int __wrap_zmq_send(void *socket, const void *data, size_t len, int flags);
int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags);
int __wrap_zmq_msg_init_size(zmq_msg_t *message, size_t len);
void __wrap_notify_say(const char *state);

int __wrap_zmq_send(void *socket, const void *data, size_t len, int flags)
{
    if (!fails(SENDING))
        return __real_zmq_send(socket, data, len, flags);
    errno = EAGAIN;
    return -1;
}

int __wrap_zmq_msg_send(zmq_msg_t *message, void *socket, int flags)
{
    if (!fails(SENDING))
        return __real_zmq_msg_send(message, socket, flags);
    errno = EHOSTUNREACH;
    return -1;
}

int __wrap_zmq_msg_init_size(zmq_msg_t *message, size_t len)
{
    if (!fails(MEMORY))
        return __real_zmq_msg_init_size(message, len);
    errno = ENOMEM;
    return -1;
}

void __wrap_notify_say(const char *state)
{
    if (strcmp(state, "READY=1") == 0 && write(told_ready, "", 1) != 1)
        _exit(1);
    __real_notify_say(state);
}

/* ---- the daemon, in a process that was forked before this one had threads ---- */

static struct desk desk;

struct launcher {
    pid_t pid;
    int orders, news; /* a byte: start one; a byte when it is ready, an int when it has ended */
};

static struct launcher launcher;

static _Noreturn void serve(int news)
{
    const struct server_options options = {
        .ledger = desk.options,
        .endpoint = "tcp://127.0.0.1:*",
        .announcements = "tcp://127.0.0.1:*",
        .verifiers = 1,
        .readers = 1,
        .queue = 64,
        .question_ms = 2000,
        .front = {.jobs = 64,
                  .user_jobs = 32,
                  .user_questions = 16,
                  .user_bytes = 4 << 20,
                  .asking = 2,
                  .user_asking = 1,
                  .submitting = 4 << 20,
                  .user_submitting = 1 << 20,
                  .connections = 16,
                  .user_connections = 16},
    };
    is_daemon = true;
    told_ready = news;
    _exit(server_run(&options));
}

static _Noreturn void launch(int orders, int news, int endings)
{
    char order;
    int status;
    while (read(orders, &order, 1) == 1) {
        pid_t child = drill_fork();
        if (child == 0)
            serve(news);
        if (write(endings, &child, sizeof child) != (ssize_t)sizeof child ||
            waitpid(child, &status, 0) != child ||
            write(endings, &status, sizeof status) != (ssize_t)sizeof status)
            _exit(1);
    }
    _exit(0);
}

static int endings;

static void open_launcher(void)
{
    int orders[2], news[2], ends[2];
    if (pipe(orders) != 0 || pipe(news) != 0 || pipe(ends) != 0)
        die("no pipe");
    fflush(stdout);
    launcher.pid = fork();
    if (launcher.pid == 0) {
        close(orders[1]);
        launch(orders[0], news[1], ends[1]);
    }
    close(orders[0]);
    close(ends[1]);
    launcher.orders = orders[1];
    launcher.news = news[0];
    endings = ends[0];
}

/* ---- clients ---- */

struct client {
    struct author author;
    void *socket;
    uint8_t first[SIGNATURE_SIZE + STATEMENT_HEADER_SIZE + AUTHOR_BODY_MAX];
    size_t first_len; /* a statement that the ledger has had from the beginning */
};

static void *context;
static struct client clients[CLIENTS];
static pid_t daemon_pid;
static char endpoint[128], server_key[41];
static unsigned statement_count;
static uint64_t next_number;

/* When the answer is there nothing is on its way at the door. */
static void greet(const struct client *client)
{
    struct wire_answer answer;
    wire_submit(client->socket, 1, span_of(client->first, client->first_len));
    assert_true(wire_receive(client->socket, true, &answer));
    assert_int_equal(answer.call, 1);
    zmq_msg_close(&answer.body);
}

static void connect_to_it(struct client *client)
{
    client->socket = wire_connect(context, endpoint, server_key, &client->author);
    greet(client);
}

static void connect_all(void)
{
    for (int i = 0; i < CLIENTS; i++)
        connect_to_it(&clients[i]);
}

static void disconnect_all(void)
{
    for (int i = 0; i < CLIENTS; i++)
        zmq_close(clients[i].socket);
}

static void start_daemon(void)
{
    char path[600], text[512] = "", ready;
    struct pollfd news = {.fd = launcher.news, .events = POLLIN};
    /* It died because it was made to: that is no sign of damage. */
    ledger_lastwords_path(desk.data, path);
    lastwords_forget(path);
    atomic_store(&control->kind, NONE);
    assert_int_equal(write(launcher.orders, "", 1), 1);
    assert_int_equal(read(endings, &daemon_pid, sizeof daemon_pid), sizeof daemon_pid);
    assert_int_equal(poll(&news, 1, START_MS), 1);
    assert_int_equal(read(launcher.news, &ready, 1), 1);
    snprintf(path, sizeof path, "%s/endpoints", desk.data);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof text - 1, file) > 0);
    fclose(file);
    assert_int_equal(sscanf(text, "endpoint: %127s", endpoint), 1);
    connect_all();
}

static int wait_for_the_end(void)
{
    int status;
    assert_int_equal(read(endings, &status, sizeof status), sizeof status);
    disconnect_all();
    return status;
}

/* Has it ended by itself? */
static bool is_over(void)
{
    struct pollfd end = {.fd = endings, .events = POLLIN};
    return poll(&end, 1, 0) == 1;
}

/* The next statement of a client; lives until its next but one. */
static struct span sign_one(int client)
{
    static uint8_t room[2 * CLIENTS][SIGNATURE_SIZE + STATEMENT_HEADER_SIZE + AUTHOR_BODY_MAX];
    char code[16];
    uint8_t *bytes = room[statement_count++ % (2 * CLIENTS)];
    snprintf(code, sizeof code, "S-%u", statement_count);
    const struct author_moment moment = {.occurred_us = desk.now_us, .signed_us = desk.now_us};
    const ProtobufCMessage *body = &desk_pack(&desk, DESK_HOSPITAL, code, 700)->base;
    size_t len = author_sign_at(&clients[client].author, body, &moment, bytes, sizeof room[0]);
    return span_of(bytes, len);
}

/* The receipt's entry: an answer to another call, or half of one, ends the test. */
static uint64_t take_receipt(struct wire_answer *answer, uint64_t call)
{
    assert_int_equal(answer->call, call);
    assert_int_equal(answer->outcome, 0);
    Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(NULL, zmq_msg_size(&answer->body),
                                                                 zmq_msg_data(&answer->body));
    assert_non_null(receipt);
    assert_true(receipt->entry_head.len >= ENTRY_HEAD_FIXED);
    uint64_t number = bytes_get_u64(receipt->entry_head.data + NUMBER_AT);
    custody__v1__receipt__free_unpacked(receipt, NULL);
    zmq_msg_close(&answer->body);
    return number;
}

/* Until an answer came, a frame did not leave, or the daemon ended. True with an answer. */
static bool wait_for_answer(int client, unsigned failed_before, struct wire_answer *ret)
{
    for (int look = 0; look < LOOKS; look++) {
        zmq_pollitem_t item = {.socket = clients[client].socket, .events = ZMQ_POLLIN};
        if (zmq_poll(&item, 1, LOOK_MS) == 1)
            return wire_receive(clients[client].socket, true, ret);
        if (is_over() || atomic_load(&control->failed) > failed_before)
            return false;
    }
    die("neither an answer nor a failure");
}

struct tally {
    unsigned rounds, dropped, ended;
};

/* The end that a half-sent answer leads to, and a new start. */
static void start_again(struct tally *tally)
{
    int status = wait_for_the_end();
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    tally->ended++;
    start_daemon();
}

/* Sends until a receipt comes, as a client does: the daemon may be on its way out. */
static void
ask_for(int client, uint64_t call, struct span submission, uint64_t expected, struct tally *tally)
{
    struct wire_answer answer;
    wire_submit(clients[client].socket, call, submission);
    while (!wait_for_answer(client, UINT_MAX, &answer)) {
        start_again(tally);
        wire_submit(clients[client].socket, call, submission);
    }
    assert_int_equal(take_receipt(&answer, call), expected);
}

/* One statement under a fault, then both clients without one. False when the fault was not met. */
static bool one_round(enum kind kind, unsigned at, bool for_ever, struct tally *tally)
{
    static uint64_t call = 100;
    struct wire_answer answer;
    struct span submission = sign_one(0);
    uint64_t expected = next_number++;
    unsigned before = atomic_load(&control->failed);
    atomic_store(&control->calls, 0);
    atomic_store(&control->fail_at, at);
    atomic_store(&control->for_ever, for_ever);
    atomic_store(&control->kind, (int)kind);
    wire_submit(clients[0].socket, ++call, submission);
    bool is_answered = wait_for_answer(0, before, &answer);
    if (is_answered)
        assert_int_equal(take_receipt(&answer, call), expected);
    atomic_store(&control->kind, NONE);
    bool is_hit = atomic_load(&control->failed) > before;
    tally->rounds++;
    tally->dropped += !is_answered;
    /* The other one first: what was left of a dropped answer would reach it. */
    struct span other = sign_one(1);
    ask_for(1, ++call, other, next_number++, tally);
    ask_for(0, ++call, submission, expected, tally);
    desk_turn(&desk);
    return is_hit;
}

static void fail_each(enum kind kind, bool for_ever, struct tally *tally)
{
    unsigned at = 1;
    while (one_round(kind, at, for_ever, tally)) {
        at++;
        assert_true(at < AT_MOST);
    }
    assert_true(at > 3);
}

static void a_frame_does_not_leave(void **state)
{
    (void)state;
    struct tally tally = {0};
    fail_each(SENDING, false, &tally);
    fail_each(SENDING, true, &tally);
    printf("# sends: %u failed, %u answers dropped whole, %u ends of the process, lost 0, counted "
           "twice 0\n",
           tally.rounds - 2, tally.dropped, tally.ended);
    assert_true(tally.dropped > 4);
}

static void a_frame_has_no_memory(void **state)
{
    (void)state;
    struct tally tally = {0};
    fail_each(MEMORY, false, &tally);
    fail_each(MEMORY, true, &tally);
    printf("# frames without memory: %u, %u answers dropped whole, %u ends of the process, lost 0, "
           "counted twice 0\n",
           tally.rounds - 2, tally.dropped, tally.ended);
    assert_true(tally.dropped > 2);
    assert_int_equal(tally.ended, 0);
}

/* A connection that the door could not answer gets nowhere; the ones that stand and the next one do. */
static void the_door_cannot_answer(void **state)
{
    (void)state;
    unsigned hit = 0;
    struct tally tally = {0};
    for (unsigned at = 1; at < DOOR_AT_MOST; at++) {
        unsigned before = atomic_load(&control->failed);
        atomic_store(&control->calls, 0);
        atomic_store(&control->fail_at, at);
        atomic_store(&control->for_ever, true);
        atomic_store(&control->kind, SENDING);
        void *late = wire_connect(context, endpoint, server_key, &clients[1].author);
        zmq_pollitem_t item = {.socket = late, .events = ZMQ_POLLIN};
        for (int look = 0; look < 10 && atomic_load(&control->failed) == before; look++)
            zmq_poll(&item, 1, LOOK_MS);
        atomic_store(&control->kind, NONE);
        hit += atomic_load(&control->failed) > before;
        zmq_close(late);
        /* Those that stand are served, and so is the next one that comes. */
        ask_for(0, 2, sign_one(0), next_number++, &tally);
        zmq_close(clients[1].socket);
        connect_to_it(&clients[1]);
        ask_for(1, 2, sign_one(1), next_number++, &tally);
        desk_turn(&desk);
    }
    assert_true(hit > 3);
    printf(
        "# the door: %u answers of its own failed, everybody who came later was let in, lost 0\n",
        hit);
}

/* ---- around it ---- */

static void enrol(struct author *author)
{
    struct desk_key *key = &desk.keys[DESK_STRANGER];
    author_init(author, ledger_origin(desk.ledger));
    memcpy(key->public_key, author->public_key, PUBLIC_KEY_SIZE);
    memcpy(key->curve_key, author->curve_public, AUTHOR_CURVE_SIZE);
    desk_enrol(&desk, DESK_STRANGER, DESK_HOSPITAL, CUSTODY__V1__ROLE__ROLE_GENERATOR);
}

static void close_ledger(void)
{
    ledger_close(desk.ledger);
    desk.ledger = NULL;
}

static int setup(void **state)
{
    (void)state;
    uint8_t head[CHECKPOINT_SIZE_MAX];
    desk_open(&desk, false);
    for (int i = 0; i < CLIENTS; i++)
        enrol(&clients[i].author);
    ledger_head(desk.ledger, head, &next_number);
    zmq_z85_encode(server_key, ledger_keys(desk.ledger)->curve_public, AUTHOR_CURVE_SIZE);
    close_ledger();
    control =
        mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(control != MAP_FAILED);
    open_launcher();
    context = zmq_ctx_new();
    assert_non_null(context);
    for (int i = 0; i < CLIENTS; i++) {
        struct span first = sign_one(i);
        memcpy(clients[i].first, first.data, first.len);
        clients[i].first_len = first.len;
        next_number++;
    }
    start_daemon();
    return 0;
}

/* All that was sent stands once, and the look-ups are what a rebuild makes of it. */
static int teardown(void **state)
{
    (void)state;
    struct replay_audit found;
    char sentence[240];
    assert_int_equal(kill(daemon_pid, SIGTERM), 0);
    int status = wait_for_the_end();
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    close(launcher.orders);
    assert_int_equal(waitpid(launcher.pid, &status, 0), launcher.pid);
    zmq_ctx_term(context);
    assert_int_equal(replay_audit(&desk.options, true, 1, NULL, NULL, &found, sentence),
                     CUSTODY_OK);
    assert_true(found.journal.is_sound && found.lookups_are_sound);
    assert_int_equal(found.journal.entries, next_number);
    desk_close(&desk);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_does_not_leave),
        cmocka_unit_test(a_frame_has_no_memory),
        cmocka_unit_test(the_door_cannot_answer),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
