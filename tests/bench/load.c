/* load.c: a region of generators, all of them packing.
 * Never signs, unpacks or verifies while the clock runs. */
#include "tests/bench/load.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include <custody/status.h>
#include "proto/bytes.h"
#include "proto/checkpoint.h"
#include "proto/custody.pb-c.h"
#include "proto/entry.h"
#include "proto/merkle.h"
#include "daemon/base/clock.h"
#include "tests/lib/author.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

enum {
    SUBMISSION_MAX = 512, /* signature and statement of one pack */
    ANSWER_MS = 30000,
    WARM_UP_EACH = 40, /* statements of each client in a run that nobody counts */
    WARM_UP = 100,     /* at least, of all */
    WARM_UPS_MAX = 50,
    GRANT_MAX = SIGNATURE_SIZE + STATEMENT_HEADER_SIZE + AUTHOR_BODY_MAX,
    PROOFS_EACH_RUN = 500,
    MARGIN_PERCENT = 150, /* a run may be so much faster than the one before */
};

#define REGULATOR "uscc:11540400DEMO00001X"

struct submission {
    uint8_t bytes[SUBMISSION_MAX];
    uint32_t len;
    bool is_answered;
    uint64_t sent_ns;
    zmq_msg_t receipt;
};

struct client {
    struct author author;
    char party[48];
    void *socket;
    struct submission *submissions; /* of this run */
    size_t count, sent;
    uint64_t containers; /* packed so far, of all runs */
};

struct load {
    const struct keeper *keeper;
    struct load_options options;
    void *context;
    char origin[KEEPER_TEXT_MAX];
    char server_key[KEEPER_TEXT_MAX];
    uint8_t ledger_key[PUBLIC_KEY_SIZE];
    double per_second; /* of the run before */
    uint64_t began_ns, until_ns, ended_ns;
    struct sample acknowledgements; /* of those before the clock stopped */
    struct load_tally tally;
    struct client clients[LOAD_CLIENTS_MAX];
    zmq_pollitem_t events[LOAD_CLIENTS_MAX];
};

/* --- receipts ---------------------------------------------------------------------------------- */

static _Noreturn void die_of_problem(zmq_msg_t *body)
{
    Custody__V1__Problem *problem =
        custody__v1__problem__unpack(NULL, zmq_msg_size(body), zmq_msg_data(body));
    if (problem == NULL) {
        die("a problem that cannot be read");
    }
    die("a statement was not taken: %s, field \"%s\", expected \"%s\", got \"%s\"", problem->name,
        problem->field, problem->expected, problem->got);
}

static Custody__V1__Receipt *read_receipt(zmq_msg_t *body, Custody__V1__Outcome outcome)
{
    Custody__V1__Receipt *receipt =
        custody__v1__receipt__unpack(NULL, zmq_msg_size(body), zmq_msg_data(body));
    if (receipt == NULL || receipt->proof == NULL) {
        die("a receipt that cannot be read");
    }
    if (receipt->outcome != outcome || receipt->again || receipt->n_findings > 0) {
        die("a receipt that should not be: outcome %d, %s, field \"%s\", %zu findings%s",
            receipt->outcome, receipt->reason_name, receipt->field, receipt->n_findings,
            receipt->again ? ", again" : "");
    }
    return receipt;
}

/* PROTOCOL.md 5.3, steps 1 to 4. */
static void verify_receipt(const struct load *load,
                           const Custody__V1__Receipt *receipt,
                           struct span submission,
                           struct checkpoint *ret)
{
    static struct merkle_proof proof;
    struct digest leaf;
    struct entry entry;
    struct span statement =
        span_of(submission.data + SIGNATURE_SIZE, submission.len - SIGNATURE_SIZE);
    const Custody__V1__InclusionProof *given = receipt->proof;
    bool is_good = entry_leaf_of(span_of(receipt->entry_head.data, receipt->entry_head.len),
                                 statement, submission.data, &leaf, &entry) &&
                   entry.outcome == receipt->outcome && entry.number == given->entry &&
                   checkpoint_verify(span_of(receipt->checkpoint.data, receipt->checkpoint.len),
                                     load->origin, load->ledger_key, ret) == CHECKPOINT_OK &&
                   ret->size == given->size && given->n_hashes <= MERKLE_PROOF_MAX;
    for (size_t i = 0; is_good && i < given->n_hashes; i++) {
        is_good = given->hashes[i].len == DIGEST_SIZE;
        if (is_good) {
            memcpy(proof.hashes[i].bytes, given->hashes[i].data, DIGEST_SIZE);
        }
    }
    proof.count = (uint32_t)given->n_hashes;
    if (!is_good ||
        !merkle_verify_inclusion(given->entry, given->size, &leaf, &proof, &ret->root)) {
        die("the receipt of entry %" PRIu64 " does not prove it", given->entry);
    }
}

/* --- founding ---------------------------------------------------------------------------------- */

/* What a key asks for, many things at once: they are decided in any order. */
struct asking {
    const struct load *load;
    void *socket;
    struct author *author;
    uint8_t (*submissions)[GRANT_MAX];
    size_t lens[LOAD_CLIENTS_MAX];
    size_t count;
};

static void asking_begin(struct asking *asking, const struct load *load, struct author *author)
{
    *asking = (struct asking){.load = load, .author = author};
    asking->socket = wire_connect(load->context, load->keeper->endpoint, load->server_key, author);
    asking->submissions = calloc(LOAD_CLIENTS_MAX, sizeof(asking->submissions[0]));
    if (asking->submissions == NULL) {
        die("out of memory");
    }
}

static void ask(struct asking *asking, const ProtobufCMessage *body)
{
    uint8_t *bytes = asking->submissions[asking->count];
    size_t len = author_sign(asking->author, body, bytes, GRANT_MAX);
    asking->lens[asking->count] = len;
    wire_submit(asking->socket, asking->count++, span_of(bytes, len));
}

/* All of it must be granted. The author has seen the newest head that came with the receipts. */
static void wait_for_grants(struct asking *asking)
{
    for (size_t left = asking->count; left > 0; left--) {
        struct wire_answer answer;
        struct checkpoint head;
        if (!wire_receive(asking->socket, true, &answer)) {
            die_check();
            die("no answer from custodyd");
        }
        if (answer.outcome != 0) {
            die_of_problem(&answer.body);
        }
        if (answer.call >= asking->count) {
            die("an answer to a call that nobody made");
        }
        Custody__V1__Receipt *receipt =
            read_receipt(&answer.body, CUSTODY__V1__OUTCOME__OUTCOME_GRANTED);
        verify_receipt(asking->load, receipt,
                       span_of(asking->submissions[answer.call], asking->lens[answer.call]), &head);
        author_see(asking->author, &head);
        custody__v1__receipt__free_unpacked(receipt, NULL);
        zmq_msg_close(&answer.body);
    }
    asking->count = 0;
}

static void asking_end(struct asking *asking)
{
    wait_for_grants(asking);
    zmq_close(asking->socket);
    free(asking->submissions);
}

static void
ask_for_key(struct asking *asking, struct author *author, const char *party, Custody__V1__Role role)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {role, CUSTODY__V1__ROLE__ROLE_ADMIN};
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = author->public_key};
    body.curve_key = (ProtobufCBinaryData){.len = AUTHOR_CURVE_SIZE, .data = author->curve_public};
    body.party = (char *)party;
    body.n_roles = 2;
    body.roles = roles;
    ask(asking, &body.base);
}

static void ask_for_party(struct asking *asking, const struct client *client)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR};
    body.party = (char *)client->party;
    body.n_kinds = 1;
    body.kinds = kinds;
    body.division = (char *)"540402";
    ask(asking, &body.base);
}

static void ask_for_place(struct asking *asking, const struct client *client)
{
    Custody__V1__RegisterPlaceBody body = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    body.party = (char *)client->party;
    body.code = (char *)"T1";
    body.kind = CUSTODY__V1__PLACE_KIND__PLACE_TEMPORARY_STORE;
    ask(asking, &body.base);
}

static void take_invitation_up(const struct load *load, struct author *regulator)
{
    char text[KEEPER_TEXT_MAX];
    uint8_t seed[SEED_SIZE];
    struct author one_time;
    struct asking asking;
    author_init(&one_time, load->origin);
    keeper_card(load->keeper, "seed", text);
    if (!bytes_parse_hex(span_text(text), seed, sizeof(seed))) {
        die("the invitation's seed is none");
    }
    digest_key_from_seed(seed, one_time.public_key, one_time.secret_key);
    keeper_card(load->keeper, "curve-public", text);
    zmq_z85_decode(one_time.curve_public, text);
    keeper_card(load->keeper, "curve-secret", text);
    zmq_z85_decode(one_time.curve_secret, text);
    asking_begin(&asking, load, &one_time);
    ask_for_key(&asking, regulator, REGULATOR, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    asking_end(&asking);
}

static void found_region(struct load *load)
{
    struct author regulator;
    struct asking asking;
    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    unsigned clients = load->options.clients;
    author_init(&regulator, load->origin);
    take_invitation_up(load, &regulator);
    asking_begin(&asking, load, &regulator);
    for (unsigned i = 0; i < clients; i++) {
        struct client *client = &load->clients[i];
        author_init(&client->author, load->origin);
        snprintf(client->party, sizeof(client->party), "uscc:12540400DEMO%05uX", i);
        ask_for_party(&asking, client);
    }
    wait_for_grants(&asking);
    for (unsigned i = 0; i < clients; i++) {
        ask_for_place(&asking, &load->clients[i]);
    }
    wait_for_grants(&asking);
    for (unsigned i = 0; i < clients; i++) {
        ask_for_key(&asking, &load->clients[i].author, load->clients[i].party,
                    CUSTODY__V1__ROLE__ROLE_GENERATOR);
    }
    wait_for_grants(&asking);
    ask(&asking, &open.base);
    asking_end(&asking);
    for (unsigned i = 0; i < clients; i++) {
        struct client *client = &load->clients[i];
        client->socket =
            wire_connect(load->context, load->keeper->endpoint, load->server_key, &client->author);
        load->events[i] = (zmq_pollitem_t){.socket = client->socket, .events = ZMQ_POLLIN};
    }
}

struct load *load_open(const struct keeper *keeper, const struct load_options *options)
{
    char vkey[KEEPER_TEXT_MAX];
    char name[CHECKPOINT_ORIGIN_MAX + 1];
    struct load *load = calloc(1, sizeof(*load));
    if (load == NULL || options->clients > LOAD_CLIENTS_MAX) {
        die("too many clients");
    }
    load->keeper = keeper;
    load->options = *options;
    load->context = zmq_ctx_new();
    if (load->context == NULL) {
        die("libzmq cannot start");
    }
    keeper_card(keeper, "origin", load->origin);
    keeper_card(keeper, "server-key", load->server_key);
    keeper_card(keeper, "ledger", vkey);
    if (!checkpoint_parse_vkey(span_text(vkey), name, load->ledger_key)) {
        die("the invitation's ledger key is none");
    }
    found_region(load);
    return load;
}

void load_close(struct load *load)
{
    for (unsigned i = 0; i < load->options.clients; i++) {
        zmq_close(load->clients[i].socket);
    }
    zmq_ctx_term(load->context);
    sample_done(&load->acknowledgements);
    free(load);
}

struct load_tally load_tally(const struct load *load)
{
    return load->tally;
}

void load_tally_add(struct load_tally *sum, const struct load_tally *more)
{
    sum->receipts += more->receipts;
    sum->proofs += more->proofs;
    sum->statement_bytes += more->statement_bytes;
    sum->receipt_bytes += more->receipt_bytes;
}

/* --- one run ----------------------------------------------------------------------------------- */

/* One bag of infectious waste, weighed, coded and packed as the rules ask. */
static void sign_pack(struct client *client, struct submission *ret)
{
    Custody__V1__PackBody body = CUSTODY__V1__PACK_BODY__INIT;
    Custody__V1__PackedContainer bag = CUSTODY__V1__PACKED_CONTAINER__INIT;
    Custody__V1__PackedContainer *bags[] = {&bag};
    Custody__V1__FiveTimes times = CUSTODY__V1__FIVE_TIMES__INIT;
    char code[32];
    snprintf(code, sizeof(code), "DEMO-%08" PRIu64, client->containers++);
    times.generated_before_us = UINT64_C(7200000000);
    times.packed_before_us = 1000000;
    times.weighed_before_us = 1000000;
    times.coded_before_us = 1000000;
    bag.code = code;
    bag.waste_code = (char *)"841-001-01";
    bag.mass_g = 500 + client->containers % 4000;
    bag.mass_source = CUSTODY__V1__MASS_SOURCE__MASS_WEIGHED;
    bag.package = CUSTODY__V1__PACKAGE_KIND__PACKAGE_BAG;
    bag.ward = (char *)"W3";
    bag.times = &times;
    body.generator = client->party;
    body.place = (char *)"T1";
    body.n_containers = 1;
    body.containers = bags;
    ret->len = (uint32_t)author_sign(&client->author, &body.base, ret->bytes, sizeof(ret->bytes));
    ret->is_answered = false;
}

static void sign_all(struct load *load, size_t each)
{
    for (unsigned i = 0; i < load->options.clients; i++) {
        struct client *client = &load->clients[i];
        client->submissions = calloc(each, sizeof(client->submissions[0]));
        if (client->submissions == NULL) {
            die("out of memory");
        }
        client->count = each;
        client->sent = 0;
        for (size_t k = 0; k < each; k++) {
            die_check();
            sign_pack(client, &client->submissions[k]);
        }
    }
}

static void send_next(struct load *load, struct client *client)
{
    struct submission *submission = &client->submissions[client->sent];
    submission->sent_ns = clock_monotonic_ns();
    wire_submit(client->socket, client->sent, span_of(submission->bytes, submission->len));
    if (++client->sent == client->count && load->ended_ns == 0) {
        load->ended_ns = clock_monotonic_ns();
    }
}

static void take_answer(struct load *load, struct client *client, struct wire_answer *answer)
{
    uint64_t now_ns = clock_monotonic_ns();
    if (answer->outcome != 0) {
        die_of_problem(&answer->body);
    }
    if (answer->call >= client->sent || client->submissions[answer->call].is_answered) {
        die("an answer to a call that nobody made");
    }
    struct submission *submission = &client->submissions[answer->call];
    submission->is_answered = true;
    zmq_msg_init(&submission->receipt);
    zmq_msg_move(&submission->receipt, &answer->body);
    zmq_msg_close(&answer->body);
    if (load->ended_ns == 0) {
        sample_add(&load->acknowledgements, now_ns - submission->sent_ns);
        load->ended_ns = now_ns >= load->until_ns ? now_ns : 0;
    }
}

/* Everybody keeps as much unanswered as is allowed, until time or statements are used up and all is
 * answered. */
static void drive(struct load *load, double seconds)
{
    size_t left = 0;
    load->ended_ns = 0;
    load->acknowledgements.count = 0;
    load->began_ns = clock_monotonic_ns();
    load->until_ns = load->began_ns + (uint64_t)(seconds * 1e9);
    for (unsigned i = 0; i < load->options.clients; i++) {
        struct client *client = &load->clients[i];
        while (client->sent < load->options.unanswered && client->sent < client->count) {
            send_next(load, client);
            left++;
        }
    }
    while (left > 0) {
        if (zmq_poll(load->events, (int)load->options.clients, ANSWER_MS) <= 0) {
            die_check();
            die("%zu statements have no answer", left);
        }
        for (unsigned i = 0; i < load->options.clients; i++) {
            struct client *client = &load->clients[i];
            struct wire_answer answer;
            while (load->events[i].revents != 0 && wire_receive(client->socket, false, &answer)) {
                take_answer(load, client, &answer);
                left--;
                if (client->sent < client->count && load->ended_ns == 0) {
                    send_next(load, client);
                    left++;
                }
            }
        }
    }
}

static void look_at_receipts(struct load *load)
{
    size_t all = 0;
    size_t seen = 0;
    for (unsigned i = 0; i < load->options.clients; i++) {
        all += load->clients[i].sent;
    }
    size_t step = all / PROOFS_EACH_RUN + 1;
    for (unsigned i = 0; i < load->options.clients; i++) {
        struct client *client = &load->clients[i];
        for (size_t k = 0; k < client->sent; k++, seen++) {
            struct submission *submission = &client->submissions[k];
            struct checkpoint head;
            die_check();
            Custody__V1__Receipt *receipt =
                read_receipt(&submission->receipt, CUSTODY__V1__OUTCOME__OUTCOME_RECORDED);
            if (seen % step == 0 || k + 1 == client->sent) {
                verify_receipt(load, receipt, span_of(submission->bytes, submission->len), &head);
                author_see(&client->author, &head);
                load->tally.proofs++;
            }
            load->tally.receipts++;
            load->tally.statement_bytes += submission->len;
            load->tally.receipt_bytes += zmq_msg_size(&submission->receipt);
            custody__v1__receipt__free_unpacked(receipt, NULL);
            zmq_msg_close(&submission->receipt);
        }
        free(client->submissions);
        client->submissions = NULL;
    }
}

static struct measure run(struct load *load, size_t each, double seconds)
{
    sign_all(load, each);
    uint64_t cpu_ns = keeper_cpu_ns(load->keeper);
    drive(load, seconds);
    cpu_ns = keeper_cpu_ns(load->keeper) - cpu_ns;
    uint64_t receipts = load->tally.receipts;
    look_at_receipts(load);
    receipts = load->tally.receipts - receipts;
    load->per_second =
        (double)load->acknowledgements.count * 1e9 / (double)(load->ended_ns - load->began_ns);
    struct measure measure = sample_measure(&load->acknowledgements, load->per_second);
    measure.cpu_us = (double)cpu_ns / 1e3 / (double)receipts;
    return measure;
}

void load_warm_up(struct load *load)
{
    size_t each = WARM_UP / load->options.clients;
    each = each < WARM_UP_EACH ? WARM_UP_EACH : each;
    for (int i = 0; i == 0 || (i < WARM_UPS_MAX && !keeper_is_filled(load->keeper)); i++) {
        run(load, each, ANSWER_MS / 1e3);
    }
}

struct measure load_run(struct load *load, double seconds)
{
    double needed = load->per_second * seconds * MARGIN_PERCENT / 100;
    size_t each = (size_t)needed / load->options.clients + load->options.unanswered + 1;
    return run(load, each, seconds);
}
