/* hub.c: a heap of what is due, a window of what is unanswered.
 * Never sends anything twice. */
#include "tests/month/hub.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/body.h"
#include "proto/custody.pb-c.h"
#include "client/lib/card.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"
#include "tests/month/heap.h"

enum { WINDOW = 64, SUBMISSION_MAX = SIGNATURE_SIZE + STATEMENT_SIZE_MAX };

struct delivery {
    uint64_t call;
    enum custody_outcome expected;
    uint32_t act;
    struct hub_grant *grant;
    size_t len;
    uint8_t *bytes;
};

struct hub {
    void *context, *socket;
    char origin[CHECKPOINT_ORIGIN_MAX + 1];
    char party[CARD_PARTY_MAX + 1];
    struct author author;
    uint64_t *clock; /* mapped: the daemon has it mapped too */
    int64_t now_us;
    struct heap due; /* of deliveries */
    uint64_t calls;
    struct delivery sent[WINDOW];
    size_t unanswered;
    struct hub_tally tally;
    uint8_t scratch[SUBMISSION_MAX];
};

static void set_clock(struct hub *hub, int64_t now_us)
{
    hub->now_us = now_us;
    __atomic_store_n(hub->clock, htole64((uint64_t)now_us), __ATOMIC_RELAXED);
}

static void map_clock(struct hub *hub, const char *path)
{
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *map = file < 0
                    ? MAP_FAILED
                    : mmap(NULL, sizeof *hub->clock, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file >= 0)
        close(file);
    if (map == MAP_FAILED)
        die("%s is no clock file", path);
    hub->clock = map;
}

/* ---- answers ---- */

static struct span span_of_message(zmq_msg_t *message)
{
    return span_of(zmq_msg_data(message), zmq_msg_size(message));
}

static _Noreturn void die_of_problem(const struct delivery *delivery, struct span body)
{
    Custody__V1__Problem *problem = custody__v1__problem__unpack(NULL, body.len, body.data);
    if (problem == NULL)
        die("act %u: an answer that cannot be read", delivery->act);
    die("act %u: %s, field %s, expected %s, got %s", delivery->act, problem->name, problem->field,
        problem->expected, problem->got);
}

static void take_answer(struct hub *hub, struct wire_answer *answer)
{
    struct delivery *delivery = &hub->sent[answer->call % WINDOW];
    struct span body = span_of_message(&answer->body);
    if (delivery->bytes == NULL || delivery->call != answer->call)
        die("an answer to a call that nobody made");
    if (answer->outcome != 0)
        die_of_problem(delivery, body);
    Custody__V1__Receipt *receipt = custody__v1__receipt__unpack(NULL, body.len, body.data);
    if (receipt == NULL)
        die("a receipt that cannot be read");
    if ((unsigned)receipt->outcome != (unsigned)delivery->expected)
        die("act %u: %s (%s, field %s), expected %s", delivery->act,
            custody_outcome_name((uint32_t)receipt->outcome), receipt->reason_name, receipt->field,
            custody_outcome_name(delivery->expected));
    if (delivery->grant != NULL) {
        delivery->grant->is_granted = true;
        snprintf(delivery->grant->number, sizeof delivery->grant->number, "%s", receipt->number);
    }
    hub->tally.statements++;
    hub->tally.bytes += delivery->len;
    hub->tally.findings += receipt->n_findings;
    custody__v1__receipt__free_unpacked(receipt, NULL);
    zmq_msg_close(&answer->body);
    free(delivery->bytes);
    delivery->bytes = NULL;
    hub->unanswered--;
}

static void take_answers(struct hub *hub, bool all)
{
    struct wire_answer answer;
    while (hub->unanswered > 0) {
        if (!wire_receive(hub->socket, all, &answer)) {
            die_check();
            if (all)
                die("no answer from custodyd");
            return;
        }
        take_answer(hub, &answer);
    }
}

static void send_one(struct hub *hub, struct delivery delivery)
{
    uint64_t call = hub->calls++;
    /* Calls go round the window: wait until this place is free. */
    while (hub->sent[call % WINDOW].bytes != NULL) {
        struct wire_answer answer;
        if (!wire_receive(hub->socket, true, &answer)) {
            die_check();
            die("no answer from custodyd");
        }
        take_answer(hub, &answer);
    }
    delivery.call = call;
    hub->sent[call % WINDOW] = delivery;
    hub->unanswered++;
    wire_submit(hub->socket, call, span_of(delivery.bytes, delivery.len));
    take_answers(hub, false);
}

void hub_say(struct hub *hub,
             struct author *author,
             const ProtobufCMessage *body,
             const struct author_moment *moment,
             int64_t deliver_us,
             enum custody_outcome expected,
             struct hub_grant *grant)
{
    struct delivery *delivery = calloc(1, sizeof *delivery);
    if (delivery == NULL)
        die("out of memory");
    delivery->expected = expected;
    delivery->grant = grant;
    delivery->len = author_sign_at(author, body, moment, hub->scratch, sizeof hub->scratch);
    delivery->act =
        (uint32_t)hub->scratch[SIGNATURE_SIZE + 8] << 8 | hub->scratch[SIGNATURE_SIZE + 9];
    delivery->bytes = malloc(delivery->len);
    if (delivery->bytes == NULL)
        die("out of memory");
    memcpy(delivery->bytes, hub->scratch, delivery->len);
    heap_push(&hub->due, (deliver_us + HUB_TICK_US - 1) / HUB_TICK_US * HUB_TICK_US, delivery);
    hub->tally.waiting++;
}

void hub_advance(struct hub *hub, int64_t until_us)
{
    const struct heap_item *first;
    while ((first = heap_first(&hub->due)) != NULL && first->at_us <= until_us) {
        die_check();
        /* What is recorded was delivered no earlier than it says. */
        if (first->at_us > hub->now_us) {
            take_answers(hub, true);
            set_clock(hub, first->at_us);
        }
        struct delivery *delivery = heap_pop(&hub->due).what;
        hub->tally.waiting--;
        send_one(hub, *delivery);
        free(delivery);
    }
    if (until_us > hub->now_us) {
        take_answers(hub, true);
        set_clock(hub, until_us);
    }
}

void hub_settle(struct hub *hub)
{
    take_answers(hub, true);
}

/* ---- opening ---- */

static void enrol(struct hub *hub, const struct card *card, const char *server_key)
{
    struct author one_time;
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {CUSTODY__V1__ROLE__ROLE_REGULATOR, CUSTODY__V1__ROLE__ROLE_ADMIN};
    author_init_from(&one_time, card->origin, card->seed);
    memcpy(one_time.curve_public, card->curve_public, sizeof one_time.curve_public);
    memcpy(one_time.curve_secret, card->curve_secret, sizeof one_time.curve_secret);
    author_init(&hub->author, card->origin);
    hub->socket = wire_connect(hub->context, card->endpoint, server_key, &one_time);
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = hub->author.public_key};
    body.curve_key =
        (ProtobufCBinaryData){.len = AUTHOR_CURVE_SIZE, .data = hub->author.curve_public};
    body.party = (char *)card->party;
    body.n_roles = sizeof roles / sizeof roles[0];
    body.roles = roles;
    const struct author_moment now = {.occurred_us = hub->now_us, .signed_us = hub->now_us};
    hub_say(hub, &one_time, &body.base, &now, hub->now_us, CUSTODY_OUTCOME_granted, NULL);
    hub_advance(hub, hub->now_us);
    hub_settle(hub);
    zmq_close(hub->socket);
    hub->socket = wire_connect(hub->context, card->endpoint, server_key, &hub->author);
}

struct hub *hub_open(const char *invitation, const char *clock_file, int64_t now_us)
{
    struct card card;
    struct custody_problem problem;
    char server_key[41];
    struct hub *hub = calloc(1, sizeof *hub);
    if (hub == NULL)
        die("out of memory");
    if (card_read(invitation, CARD_INVITATION, &card, &problem) != CUSTODY_OK)
        die("%s: %s", invitation, problem.sentence);
    snprintf(hub->origin, sizeof hub->origin, "%s", card.origin);
    snprintf(hub->party, sizeof hub->party, "%s", card.party);
    zmq_z85_encode(server_key, card.server_key, sizeof card.server_key);
    map_clock(hub, clock_file);
    set_clock(hub, now_us);
    hub->context = zmq_ctx_new();
    if (hub->context == NULL)
        die("libzmq cannot start");
    enrol(hub, &card, server_key);
    card_wipe(&card);
    return hub;
}

void hub_close(struct hub *hub)
{
    zmq_close(hub->socket);
    zmq_ctx_term(hub->context);
    munmap(hub->clock, sizeof *hub->clock);
    while (heap_first(&hub->due) != NULL) {
        struct delivery *delivery = heap_pop(&hub->due).what;
        free(delivery->bytes);
        free(delivery);
    }
    heap_done(&hub->due);
    free(hub);
}

const char *hub_origin(const struct hub *hub)
{
    return hub->origin;
}

const char *hub_party(const struct hub *hub)
{
    return hub->party;
}

struct author *hub_author(struct hub *hub)
{
    return &hub->author;
}

int64_t hub_now_us(const struct hub *hub)
{
    return hub->now_us;
}

struct hub_tally hub_tally(const struct hub *hub)
{
    return hub->tally;
}
