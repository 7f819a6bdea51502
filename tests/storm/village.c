/* village.c: one request after the other, each waiting for its grant.
 * Never goes on after a refusal. */
#include "tests/storm/village.h"

#include <stdio.h>
#include <string.h>

#include <custody/status.h>
#include "proto/bytes.h"
#include "proto/custody.pb-c.h"
#include "tests/lib/die.h"
#include "tests/lib/wire.h"

#define REGULATOR "uscc:11540400DEMO00001X"

struct asking {
    void *socket;
    struct author *author;
};

static void ask(const struct asking *asking, const ProtobufCMessage *body)
{
    enum { SUBMISSION_MAX = SIGNATURE_SIZE + STATEMENT_HEADER_SIZE + AUTHOR_BODY_MAX };
    uint8_t bytes[SUBMISSION_MAX];
    struct wire_answer answer;
    size_t len = author_sign(asking->author, body, bytes, sizeof(bytes));
    wire_submit(asking->socket, asking->author->sequence, span_of(bytes, len));
    if (!wire_receive(asking->socket, true, &answer)) {
        die_check();
        die("no answer from custodyd");
    }
    Custody__V1__Receipt *receipt =
        answer.outcome != 0 ? NULL
                            : custody__v1__receipt__unpack(NULL, zmq_msg_size(&answer.body),
                                                           zmq_msg_data(&answer.body));
    if (receipt == NULL || receipt->outcome != CUSTODY__V1__OUTCOME__OUTCOME_GRANTED) {
        die("%s was not granted: %s, %s", body->descriptor->short_name,
            receipt == NULL ? custody_outcome_name(answer.outcome) : receipt->reason_name,
            receipt == NULL ? "" : receipt->field);
    }
    custody__v1__receipt__free_unpacked(receipt, NULL);
    zmq_msg_close(&answer.body);
}

static void
enrol(const struct asking *asking, struct author *author, const char *party, Custody__V1__Role role)
{
    Custody__V1__EnrolKeyBody body = CUSTODY__V1__ENROL_KEY_BODY__INIT;
    Custody__V1__Role roles[] = {role, CUSTODY__V1__ROLE__ROLE_ADMIN};
    body.key = (ProtobufCBinaryData){.len = PUBLIC_KEY_SIZE, .data = author->public_key};
    body.curve_key = (ProtobufCBinaryData){.len = AUTHOR_CURVE_SIZE, .data = author->curve_public};
    body.party = (char *)party;
    body.n_roles = sizeof(roles) / sizeof(roles[0]);
    body.roles = roles;
    ask(asking, &body.base);
}

static void register_clinic(const struct asking *asking, const char *party)
{
    Custody__V1__RegisterPartyBody body = CUSTODY__V1__REGISTER_PARTY_BODY__INIT;
    Custody__V1__RegisterPlaceBody place = CUSTODY__V1__REGISTER_PLACE_BODY__INIT;
    Custody__V1__PartyKind kinds[] = {CUSTODY__V1__PARTY_KIND__PARTY_GENERATOR};
    body.party = (char *)party;
    body.n_kinds = 1;
    body.kinds = kinds;
    body.division = (char *)"540402";
    ask(asking, &body.base);
    place.party = (char *)party;
    place.code = (char *)"T1";
    place.kind = CUSTODY__V1__PLACE_KIND__PLACE_TEMPORARY_STORE;
    ask(asking, &place.base);
}

static void take_invitation_up(void *context, const struct keeper *keeper, struct storm *storm)
{
    char text[KEEPER_TEXT_MAX];
    uint8_t seed[SEED_SIZE];
    struct author one_time;
    keeper_card(keeper, "seed", text);
    if (!bytes_parse_hex(span_text(text), seed, sizeof(seed))) {
        die("the invitation's seed is none");
    }
    author_init_from(&one_time, storm->origin, seed);
    keeper_card(keeper, "curve-public", text);
    zmq_z85_decode(one_time.curve_public, text);
    keeper_card(keeper, "curve-secret", text);
    zmq_z85_decode(one_time.curve_secret, text);
    const struct asking asking = {
        .socket = wire_connect(context, storm->endpoint, storm->server_key, &one_time),
        .author = &one_time,
    };
    enrol(&asking, &storm->regulator, REGULATOR, CUSTODY__V1__ROLE__ROLE_REGULATOR);
    zmq_close(asking.socket);
}

static void read_card(const struct keeper *keeper, struct storm *storm)
{
    char text[KEEPER_TEXT_MAX];
    keeper_card(keeper, "server-key", text);
    snprintf(storm->server_key, sizeof(storm->server_key), "%.40s", text);
    keeper_card(keeper, "origin", storm->origin);
    memcpy(storm->endpoint, keeper->endpoint, sizeof(storm->endpoint));
    memcpy(storm->announcements, keeper->announcements, sizeof(storm->announcements));
}

void village_found(const struct keeper *keeper, struct storm *storm)
{
    const Custody__V1__OpenLedgerBody open = CUSTODY__V1__OPEN_LEDGER_BODY__INIT;
    void *context = zmq_ctx_new();
    if (context == NULL) {
        die("libzmq cannot start");
    }
    read_card(keeper, storm);
    author_init(&storm->regulator, storm->origin);
    take_invitation_up(context, keeper, storm);
    const struct asking asking = {
        .socket = wire_connect(context, storm->endpoint, storm->server_key, &storm->regulator),
        .author = &storm->regulator,
    };
    for (unsigned i = 0; i < STORM_HONEST; i++) {
        struct storm_party *party = &storm->honest[i];
        author_init(&party->author, storm->origin);
        snprintf(party->name, sizeof(party->name), "uscc:12540400DEMO%05uX", i);
        register_clinic(&asking, party->name);
        enrol(&asking, &party->author, party->name, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    }
    author_init(&storm->newcomer, storm->origin);
    enrol(&asking, &storm->newcomer, storm->honest[0].name, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    register_clinic(&asking, "uscc:12540400DEMO66666X");
    for (unsigned i = 0; i < STORM_HOSTILE; i++) {
        struct storm_party *party = &storm->hostile[i];
        author_init(&party->author, storm->origin);
        snprintf(party->name, sizeof(party->name), "uscc:12540400DEMO66666X");
        enrol(&asking, &party->author, party->name, CUSTODY__V1__ROLE__ROLE_GENERATOR);
    }
    ask(&asking, &open.base);
    zmq_close(asking.socket);
    zmq_ctx_term(context);
}
