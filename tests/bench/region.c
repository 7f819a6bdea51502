/* region.c: what must stand on the ledger before anybody may pack.
 * Never measures anything. */
#include "tests/bench/region.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "proto/digest.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

enum { GRANT_MAX = SIGNATURE_SIZE + STATEMENT_HEADER_SIZE + AUTHOR_BODY_MAX };

#define REGULATOR "uscc:11540400DEMO00001X"

/* What a key asks for, many things at once: they are decided in any order. */
struct asking {
    const struct region *region;
    void *socket;
    struct author *author;
    uint8_t (*submissions)[GRANT_MAX];
    size_t lens[REGION_CLIENTS];
    size_t count;
};

static void asking_begin(struct asking *asking, const struct region *region, struct author *author)
{
    *asking = (struct asking){.region = region, .author = author};
    asking->socket =
        wire_connect(region->context, region->keeper->endpoint, region->server_key, author);
    asking->submissions = calloc(REGION_CLIENTS, sizeof(asking->submissions[0]));
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
            receipts_die_of_problem(&answer.body);
        }
        if (answer.call >= asking->count) {
            die("an answer to a call that nobody made");
        }
        Custody__V1__Receipt *receipt =
            receipts_read(&answer.body, CUSTODY__V1__OUTCOME__OUTCOME_GRANTED);
        receipts_verify(&asking->region->ledger, receipt,
                        span_of(asking->submissions[answer.call], asking->lens[answer.call]),
                        &head);
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

static void ask_for_party(struct asking *asking, const struct region_client *client)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR};
    body.party = (char *)client->party;
    body.n_kinds = 1;
    body.kinds = kinds;
    body.division = (char *)"540402";
    ask(asking, &body.base);
}

static void ask_for_place(struct asking *asking, const struct region_client *client)
{
    Custody__V1__RegisterPlaceBody body = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    body.party = (char *)client->party;
    body.code = (char *)"T1";
    body.kind = CUSTODY__V1__PLACE_KIND__PLACE_TEMPORARY_STORE;
    ask(asking, &body.base);
}

static void take_invitation_up(const struct region *region, struct author *regulator)
{
    char text[KEEPER_TEXT_MAX];
    uint8_t seed[SEED_SIZE];
    struct author one_time;
    struct asking asking;
    author_init(&one_time, region->ledger.origin);
    keeper_card(region->keeper, "seed", text);
    if (!bytes_parse_hex(span_text(text), seed, sizeof(seed))) {
        die("the invitation's seed is none");
    }
    digest_key_from_seed(seed, one_time.public_key, one_time.secret_key);
    keeper_card(region->keeper, "curve-public", text);
    zmq_z85_decode(one_time.curve_public, text);
    keeper_card(region->keeper, "curve-secret", text);
    zmq_z85_decode(one_time.curve_secret, text);
    asking_begin(&asking, region, &one_time);
    ask_for_key(&asking, regulator, REGULATOR, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    asking_end(&asking);
}

static void found_region(struct region *region)
{
    struct author regulator;
    struct asking asking;
    Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    author_init(&regulator, region->ledger.origin);
    take_invitation_up(region, &regulator);
    asking_begin(&asking, region, &regulator);
    for (unsigned i = 0; i < REGION_CLIENTS; i++) {
        struct region_client *client = &region->clients[i];
        author_init(&client->author, region->ledger.origin);
        snprintf(client->party, sizeof(client->party), "uscc:12540400DEMO%05uX", i);
        ask_for_party(&asking, client);
    }
    wait_for_grants(&asking);
    for (unsigned i = 0; i < REGION_CLIENTS; i++) {
        ask_for_place(&asking, &region->clients[i]);
    }
    wait_for_grants(&asking);
    for (unsigned i = 0; i < REGION_CLIENTS; i++) {
        ask_for_key(&asking, &region->clients[i].author, region->clients[i].party,
                    CUSTODY__V1__ROLE__ROLE_GENERATOR);
    }
    wait_for_grants(&asking);
    ask(&asking, &open.base);
    asking_end(&asking);
    for (unsigned i = 0; i < REGION_CLIENTS; i++) {
        struct region_client *client = &region->clients[i];
        client->socket = wire_connect(region->context, region->keeper->endpoint, region->server_key,
                                      &client->author);
    }
}

void region_open(const struct keeper *keeper, struct region *ret)
{
    char vkey[KEEPER_TEXT_MAX];
    char name[CHECKPOINT_ORIGIN_MAX + 1];
    *ret = (struct region){.keeper = keeper, .context = zmq_ctx_new()};
    if (ret->context == NULL) {
        die("libzmq cannot start");
    }
    keeper_card(keeper, "origin", ret->ledger.origin);
    keeper_card(keeper, "server-key", ret->server_key);
    keeper_card(keeper, "ledger", vkey);
    if (!checkpoint_parse_vkey(span_text(vkey), name, ret->ledger.key)) {
        die("the invitation's ledger key is none");
    }
    found_region(ret);
}

void region_close(struct region *region)
{
    for (unsigned i = 0; i < REGION_CLIENTS; i++) {
        zmq_close(region->clients[i].socket);
    }
    zmq_ctx_term(region->context);
}
