/* honest.c: a state machine for each client, in one thread.
 * Never waits but in one poll. */
#include "tests/storm/honest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <custody/status.h>
#include "proto/custody.pb-c.h"
#include "daemon/base/clock.h"
#include "tests/lib/die.h"
#include "tests/storm/line.h"

enum {
    SUBMISSION_MAX = 512,
    PATIENCE_MS =
        3000,   /* then the same request is sent once more: the connection may have been lost */
    KEPT = 256, /* statements of each client that are sent again at the end */
    ARRIVAL_MS = 10,       /* between two newcomers */
    SETTLE_MS = 40000,     /* what was taken from the attackers is still recorded, in its turn */
    CONNECTIONS_LEFT = 16, /* of honest clients that are just leaving */
};

enum stage { SUBMITTING, TRACING, COMPARING, DONE };

struct kept {
    size_t len;
    uint64_t entry;
    uint8_t bytes[SUBMISSION_MAX];
};

struct client {
    struct storm *storm;
    struct storm_party *party;
    void *socket;
    enum stage stage;
    uint64_t call;     /* of the newest request */
    uint64_t first_ns; /* when it was sent for the first time */
    uint64_t next_ns;  /* when it is sent again if nothing comes */
    bool was_busy;     /* it is sent again because it was asked to */
    uint64_t said;     /* statements of this run */
    uint64_t compared;
    struct kept kept[KEPT];
};

static uint64_t ns_of_ms(uint64_t ms)
{
    return ms * UINT64_C(1000000);
}

static void send_statement(struct client *client, const struct kept *kept, uint64_t now_ns)
{
    bool is_sent =
        line_ask(client->socket, ++client->call, ENVELOPE_SUBMIT, span_of(kept->bytes, kept->len));
    client->next_ns = now_ns + ns_of_ms(is_sent ? PATIENCE_MS : 10);
}

/* What became of the first bag that the client ever packed. */
static void send_trace(struct client *client, uint64_t now_ns)
{
    Custody__V1__TraceRequest request = CUSTODY__V1__TRACE_REQUEST__INIT;
    Custody__V1__ContainerName name = CUSTODY__V1__CONTAINER_NAME__INIT;
    Custody__V1__QueryOptions options = CUSTODY__V1__QUERY_OPTIONS__INIT;
    uint8_t body[256];
    char code[24];
    snprintf(code, sizeof(code), "%02X%02X-%07d", client->party->author.public_key[0],
             client->party->author.public_key[1], 0);
    options.at_least = client->party->first_entry + 1;
    name.generator = client->party->name;
    name.name_case = CUSTODY__V1__CONTAINER_NAME__NAME_CODE;
    name.code = code;
    request.subject_case = CUSTODY__V1__TRACE_REQUEST__SUBJECT_CONTAINER;
    request.container = &name;
    request.options = &options;
    size_t len = custody__v1__trace_request__pack(&request, body);
    bool is_sent = line_ask(client->socket, ++client->call, ENVELOPE_TRACE, span_of(body, len));
    client->next_ns = now_ns + ns_of_ms(is_sent ? PATIENCE_MS : 10);
}

static void send_again(struct client *client, uint64_t now_ns)
{
    if (client->stage == TRACING) {
        send_trace(client, now_ns);
    } else {
        uint64_t index = client->stage == SUBMITTING ? client->said - 1 : client->compared;
        send_statement(client, &client->kept[index % KEPT], now_ns);
    }
}

static void submit(struct client *client, uint64_t now_ns)
{
    struct kept *kept = &client->kept[client->said++ % KEPT];
    kept->len = storm_pack(client->party, kept->bytes, sizeof(kept->bytes));
    client->stage = SUBMITTING;
    client->first_ns = now_ns;
    send_statement(client, kept, now_ns);
}

/* Everything that was receipted must still be there, under the same number. */
static void compare_next(struct client *client, uint64_t now_ns)
{
    if (client->stage != COMPARING) {
        client->stage = COMPARING;
        client->compared = client->said > KEPT ? client->said - KEPT : 0;
    }
    if (client->compared == client->said) {
        client->stage = DONE;
        client->next_ns = UINT64_MAX;
        return;
    }
    send_statement(client, &client->kept[client->compared % KEPT], now_ns);
}

static void take_receipt(struct client *client, struct line_answer *answer)
{
    bool is_again = client->stage == COMPARING;
    struct kept *kept = &client->kept[(is_again ? client->compared : client->said - 1) % KEPT];
    struct span body = line_body(answer);
    Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(NULL, body.len, body.data);
    if (receipt == NULL || receipt->proof == NULL ||
        receipt->outcome != CUSTODY__V1__OUTCOME__OUTCOME_RECORDED) {
        die("an honest statement was not recorded: %s",
            receipt == NULL ? "no receipt" : receipt->reason_name);
    }
    if (is_again && (!receipt->again || receipt->proof->entry != kept->entry)) {
        die("a receipt is lost: it was entry %" PRIu64 ", and now %s %" PRIu64, kept->entry,
            receipt->again ? "it is" : "a new one,", receipt->proof->entry);
    }
    kept->entry = receipt->proof->entry;
    if (client->party->first_entry == 0) {
        client->party->first_entry = kept->entry;
    }
    custody__v1__receipt__free_unpacked(receipt, NULL);
}

static void take_answer(struct client *client, struct line_answer *answer, uint64_t until_ns)
{
    struct storm_honest *result = &client->storm->result;
    uint64_t now_ns = clock_monotonic_ns();
    if (answer->outcome == CUSTODY_OUTCOME_busy) {
        result->busy++;
        client->was_busy = true;
        client->next_ns = now_ns + ns_of_ms(line_retry_ms(answer));
        return;
    }
    if (answer->outcome != 0) {
        die("an honest %s was answered %s", envelope_kind_name(answer->kind),
            custody_outcome_name(answer->outcome));
    }
    switch (client->stage) {
    case SUBMITTING:
        take_receipt(client, answer);
        storm_sample_add(&result->receipts, now_ns - client->first_ns);
        client->stage = TRACING;
        client->first_ns = now_ns;
        send_trace(client, now_ns);
        return;
    case TRACING:
        storm_sample_add(&result->traces, now_ns - client->first_ns);
        if (now_ns < until_ns) {
            submit(client, now_ns);
        } else {
            compare_next(client, now_ns);
        }
        return;
    case COMPARING:
        take_receipt(client, answer);
        client->compared++;
        result->compared++;
        compare_next(client, now_ns);
        return;
    case DONE:
        return;
    }
}

static void hear(struct client *client, uint64_t until_ns)
{
    struct line_answer answer;
    while (line_hear(client->socket, &answer)) {
        /* Of a request that was sent twice only the newest counts. */
        if (answer.call == client->call && client->stage != DONE) {
            take_answer(client, &answer, until_ns);
        }
        zmq_msg_close(&answer.body);
    }
}

static long wait_ms(const struct client *clients, uint64_t now_ns)
{
    uint64_t next_ns = UINT64_MAX;
    for (size_t i = 0; i < STORM_HONEST; i++) {
        next_ns = clients[i].next_ns < next_ns ? clients[i].next_ns : next_ns;
    }
    return next_ns <= now_ns ? 0 : (long)((next_ns - now_ns) / 1000000 + 1);
}

static bool is_done(const struct client *clients)
{
    size_t done = 0;
    for (size_t i = 0; i < STORM_HONEST; i++) {
        done += clients[i].stage == DONE;
    }
    return done == STORM_HONEST;
}

void honest_work(struct storm *storm, unsigned number)
{
    (void)number;
    void *context = zmq_ctx_new();
    struct client *clients = calloc(STORM_HONEST, sizeof(*clients));
    zmq_pollitem_t items[STORM_HONEST];
    uint64_t now_ns = clock_monotonic_ns();
    uint64_t until_ns = now_ns + (uint64_t)(storm->seconds * 1e9);
    if (context == NULL || clients == NULL) {
        die("out of memory");
    }
    for (size_t i = 0; i < STORM_HONEST; i++) {
        clients[i].storm = storm;
        clients[i].party = &storm->honest[i];
        clients[i].socket = line_open(context, storm, &storm->honest[i].author);
        items[i] = (zmq_pollitem_t){.socket = clients[i].socket, .events = ZMQ_POLLIN};
        submit(&clients[i], now_ns);
    }
    while (!is_done(clients)) {
        die_check();
        zmq_poll(items, STORM_HONEST, wait_ms(clients, clock_monotonic_ns()));
        now_ns = clock_monotonic_ns();
        for (size_t i = 0; i < STORM_HONEST; i++) {
            hear(&clients[i], until_ns);
            if (clients[i].next_ns <= now_ns) {
                storm->result.sent_again += !clients[i].was_busy;
                clients[i].was_busy = false;
                send_again(&clients[i], now_ns);
            }
        }
    }
    for (size_t i = 0; i < STORM_HONEST; i++) {
        zmq_close(clients[i].socket);
    }
    free(clients);
    zmq_ctx_term(context);
}

/* One question on a connection of its own; the answer is to be closed. False: none in time. */
static bool ask_alone(void *context,
                      const struct storm *storm,
                      const struct author *author,
                      uint16_t kind,
                      struct line_answer *ret)
{
    void *socket = line_open(context, storm, author);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    uint64_t end_ns = clock_monotonic_ns() + ns_of_ms(SETTLE_MS);
    bool is_heard = false;
    while (!is_heard && clock_monotonic_ns() < end_ns) {
        die_check();
        line_ask(socket, 1, kind, span_of("", 0));
        uint64_t again_ns = clock_monotonic_ns() + ns_of_ms(PATIENCE_MS);
        while (!is_heard && clock_monotonic_ns() < again_ns) {
            zmq_poll(&item, 1, 100);
            is_heard = line_hear(socket, ret);
            if (is_heard && ret->outcome == CUSTODY_OUTCOME_busy) {
                uint32_t retry_ms = line_retry_ms(ret);
                zmq_msg_close(&ret->body);
                is_heard = false;
                zmq_poll(NULL, 0, retry_ms);
                break;
            }
        }
    }
    zmq_close(socket);
    return is_heard;
}

void honest_arrive(struct storm *storm, unsigned number)
{
    (void)number;
    void *context = zmq_ctx_new();
    uint64_t until_ns = clock_monotonic_ns() + (uint64_t)(storm->seconds * 1e9);
    for (uint64_t now_ns = clock_monotonic_ns(); now_ns < until_ns;) {
        struct line_answer answer;
        if (!ask_alone(context, storm, &storm->newcomer, ENVELOPE_HELLO, &answer) ||
            answer.outcome != 0) {
            die("a newcomer is not let in");
        }
        zmq_msg_close(&answer.body);
        storm_sample_add(&storm->result.arrivals, clock_monotonic_ns() - now_ns);
        zmq_poll(NULL, 0, ARRIVAL_MS);
        now_ns = clock_monotonic_ns();
    }
    zmq_ctx_term(context);
}

static void read_counters(struct line_answer *answer, struct storm_counters *ret)
{
    struct span body = line_body(answer);
    Custody__V1__StatusReply *reply = custody__v1__status_reply__unpack(NULL, body.len, body.data);
    if (answer->outcome != 0 || reply == NULL) {
        die("the daemon does not say how it is");
    }
    ret->count = 0;
    for (size_t i = 0; i < reply->n_counters && i < STORM_COUNTERS_MAX; i++) {
        struct storm_counter *counter = &ret->each[ret->count++];
        snprintf(counter->name, sizeof(counter->name), "%s", reply->counters[i]->name);
        counter->value = reply->counters[i]->value;
    }
    custody__v1__status_reply__free_unpacked(reply, NULL);
}

void honest_inspect(struct storm *storm, unsigned number)
{
    (void)number;
    void *context = zmq_ctx_new();
    uint64_t end_ns = clock_monotonic_ns() + ns_of_ms(SETTLE_MS);
    for (;;) {
        struct line_answer answer;
        if (!ask_alone(context, storm, &storm->regulator, ENVELOPE_STATUS, &answer)) {
            die("the daemon does not answer");
        }
        read_counters(&answer, &storm->counters);
        zmq_msg_close(&answer.body);
        if (storm_counter(&storm->counters, "jobs_in_flight") <= 1 &&
            storm_counter(&storm->counters, "connections_open") <= CONNECTIONS_LEFT) {
            break;
        }
        if (clock_monotonic_ns() > end_ns) {
            die("after the storm %" PRIu64 " jobs and %" PRIu64 " connections are left",
                storm_counter(&storm->counters, "jobs_in_flight"),
                storm_counter(&storm->counters, "connections_open"));
        }
        zmq_poll(NULL, 0, 50);
    }
    zmq_ctx_term(context);
}
